"""How smooth the learned function is, and how flat its minimum, against any strength of the recipe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
import polars as pl

from wellfit.errors import InputError
from wellfit.figures import Axis, Figure, line_figure
from wellfit.frames import ResultFrame
from wellfit.recipe import as_recipe
from wellfit.statistics.intervals import POSITIVE, SHARE, UNBOUNDED, Range
from wellfit.studies.base import Grid, Study, StudyOptions, settings_of, study_table, train_grid
from wellfit.studies.inside.probed import (
    Float64,
    all_probes,
    at_ends,
    by_network,
    columns_of,
    estimate_of,
    probes_of,
    with_probes,
)
from wellfit.studies.inside.smooth_function import input_gradient, rise_under_noise, roughness
from wellfit.training import Population, RecipeLike

QUESTION = "How smooth is the learned function?"
VALUES = (0.0, 1e-4, 1e-3, 1e-2, 1e-1)
MOST_ROWS = 1_000  # on which the rise of the loss is measured
MEASURED: dict[str, tuple[str, Range]] = {
    "input_gradient": ("norm of the input gradient", POSITIVE),
    "roughness": ("roughness on lines between rows", POSITIVE),
    "rise_under_noise": ("rise of the loss under 5 % weight noise", UNBOUNDED),
    "linear_share": ("share of units and rows in the near-linear part", SHARE),
    "weight_norm": ("norm of all weights", POSITIVE),
}


def smoothness(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    slot: str = "l2.strength",
    values: Sequence[float] | None = None,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train a recipe with every value of one setting, and measure how smooth the function is that each network learned.

    input_gradient: mean over held-out rows of the norm of the gradient of the raw outputs by the numeric columns, in
    standard deviations of the column. roughness: root mean square of the second derivative on lines between pairs of
    held-out rows. rise_under_noise: of the training loss, where each array of weights is moved by 5 % of its norm in a
    random direction. linear_share: units and rows whose activation has nearly its steady slope.

    recipe: as in `wellfit.train`.
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    slot: dotted name of a setting of the recipe that is a number, such as "dropout.rate" (default "l2.strength").
    values: numbers, of which the first is what the others are compared with; None (default): 0, 0.0001, ... 0.1.
    options: see `StudyOptions`.

    Returns:
        A `Study` whose table has a row a value: the five measures and the test loss, each with a 95 % interval over
        folds. details: "networks", with the measures of each.

    Raises:
        InputError: a setting that the recipe has not, or one value only.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(80, 3))
    >>> recipe = wellfit.Recipe.plain((8,), epochs=4)
    >>> study = wellfit.studies.smoothness(recipe, X, X[:, 0], values=[0, 1], folds=2, seeds=1)
    >>> bool(study.table["input_gradient"][1] < study.table["input_gradient"][0])
    True
    """
    settings, base = with_probes(settings_of(options)), as_recipe(recipe)
    chosen = tuple({f"{value:g}": value for value in (VALUES if values is None else values)}.values())
    if len(chosen) < 2:
        raise InputError(f"Smoothness is compared over two different values or more of a setting; got {chosen}.")
    table = study_table(X, y, options)
    if table.rows.target.tasks:
        raise InputError("Smoothness is that of one target's function, and this table has several: take one.")
    recipes = {f"{value:g}": base.vary({slot: value}) for value in chosen}
    grid = train_grid(recipes, table, settings, _measured)
    networks = _networks(grid)
    rows = [_row(grid, networks, name, value) for name, value in zip(recipes, chosen, strict=True)]
    return Study(
        "smoothness", QUESTION, grid.plan, _verdict(grid, networks, slot, chosen), ResultFrame(rows),
        {"networks": ResultFrame(networks)}, figures=(_figure(rows, slot),), remarks=grid.remarks,
    )  # fmt: skip


def _measured(population: Population) -> tuple[pl.DataFrame, list[dict[str, float]]]:
    """Probes and measures of one round, NaN of a diverged network."""
    run, found = population.engine, []
    for index, member in enumerate(run.members):
        view = member.plan.view
        if member.status == "diverged":
            found.append(dict.fromkeys(("input_gradient", "roughness", "rise_under_noise"), math.nan))
            continue
        network, held = run.network(index), run.arrays.take(view.test)
        training = run.arrays.numbers[view.training].astype(np.float64)
        spread = np.nan_to_num(np.nanstd(training, axis=0)) if training.size else np.zeros(training.shape[1])
        found.append(
            {
                "input_gradient": input_gradient(network, held, spread), "roughness": roughness(network, held),
                "rise_under_noise": rise_under_noise(
                    network, run.arrays, run.target, view.training[:MOST_ROWS], run.weight
                ),
            }
        )  # fmt: skip
    return probes_of(population), found


def _networks(grid: Grid) -> pl.DataFrame:
    """The grid's table with the measures of each network."""
    measures = pl.DataFrame([one for _, found in grid.more for one in found])
    ends = at_ends(all_probes(grid, tuple(probes for probes, _ in grid.more))).filter(pl.col("moment") == "end")
    keys = ["recipe", "fold", "seed"]
    weights = ends.filter((pl.col("layer") == "network") & (pl.col("quantity") == "weight_norm"))
    linear = ends.filter(pl.col("quantity") == "linear_share").group_by(keys).agg(pl.col("value").mean())
    table = pl.DataFrame(grid.table).with_columns(fold=pl.col("partition") * grid.views.folds + pl.col("fold"))
    return (
        pl.concat([table, measures], how="horizontal")
        .join(weights.select(*keys, weight_norm="value"), on=keys, how="left", maintain_order="left")
        .join(linear.rename({"value": "linear_share"}), on=keys, how="left", maintain_order="left")
    )


def _values(grid: Grid, networks: pl.DataFrame, name: str, measure: str) -> Float64:
    chosen = networks.filter(pl.col("recipe") == name).select("fold", "seed", value=measure)
    return by_network(chosen, len(grid.views.views))


def _row(grid: Grid, networks: pl.DataFrame, name: str, value: float) -> dict[str, Any]:
    row: dict[str, Any] = {"value": value}
    for measure, (_, within) in {**MEASURED, "test_loss": ("", UNBOUNDED)}.items():
        found = estimate_of(_values(grid, networks, name, measure), grid.views.test_to_training, within)
        row |= columns_of(measure, found)
    return row


def _verdict(grid: Grid, networks: pl.DataFrame, slot: str, values: Sequence[float]) -> str:
    """By how much the input gradient changes from the first value to the last, paired by fold and seed."""
    first, last = (_values(grid, networks, f"{value:g}", "input_gradient") for value in (values[0], values[-1]))
    if not ((first > 0).all() and (last > 0).all()):
        return "The input gradient cannot be compared: there are no numeric columns, or networks diverged or died."
    change = estimate_of(np.log(last / first), grid.views.test_to_training)
    factor = math.exp(change.mean)
    whole = f"From {slot} = {values[0]:g} to {values[-1]:g} the norm of the input gradient"
    if not change.known:
        return f"{whole} changes by a factor of {factor:.2g}; there is no interval of so few folds."
    low, high = math.exp(change.low), math.exp(change.high)
    interval = f"{factor:.2g} times its size ({low:.2g} to {high:.2g})"
    if low <= 1 <= high:
        return f"{whole} does not change distinguishably: it goes to {interval}."
    return f"{whole} {'falls' if factor < 1 else 'rises'} to {interval}."


def _figure(rows: list[dict[str, Any]], slot: str) -> Figure:
    """Each measure against the strength, as shares of its value at the first."""
    columns: dict[str, list[Any]] = {"value": [], "relative": [], "measure": []}
    positive = [row["value"] for row in rows if row["value"] > 0]
    logarithmic = len(positive) >= len(rows) - 1 and len(positive) > 1 and max(positive) > 10 * min(positive)
    for row in rows:
        # 0 has no place on a logarithmic axis: it stands a step before the least strength.
        place = row["value"] or (min(positive) / 10 if logarithmic else 0.0)
        for measure in MEASURED:
            reference = rows[0][measure]
            columns["value"].append(place)
            columns["relative"].append(row[measure] / reference if reference else math.nan)
            columns["measure"].append(measure.replace("_", " "))
    zero = " (0 at the left end)" if logarithmic and any(row["value"] == 0 for row in rows) else ""
    return line_figure(
        columns, Axis("value", f"{slot}{zero}", scale="log" if logarithmic else "linear"),
        Axis("relative", f"in shares of its value at {rows[0]['value']:g}"), series="measure", name="smoothness",
        title=f"Smoothness and flatness against {slot}.",
    )  # fmt: skip
