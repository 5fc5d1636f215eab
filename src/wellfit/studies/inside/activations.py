"""What the units of a network do, by activation: dead, saturated and near-linear ones, twins, drift, densities."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.engines.numpy.encode import encode
from wellfit.engines.numpy.forward import OPERATIONS, forward
from wellfit.figures import Axis, Figure, bar_figure, density_figure, line_figure
from wellfit.frames import ResultFrame
from wellfit.recipe import as_recipe
from wellfit.statistics.intervals import SHARE
from wellfit.studies.base import Grid, Study, StudyOptions, settings_of, study_table, train_grid
from wellfit.studies.inside.probed import (
    all_probes,
    at_ends,
    by_network,
    columns_of,
    estimate_of,
    hidden_layers,
    probes_of,
    with_probes,
)
from wellfit.training import Population, RecipeLike

QUESTION = "What do the units of each layer do?"
ACTIVATIONS = ("sigmoid", "tanh", "relu", "elu")
SHARES = ("dead_units", "saturated_share", "linear_share", "twin_share")
SHOWN_ROWS, SHOWN_VALUES = 200, 400  # whose activations are drawn, and how many of them a layer
Densities = dict[str, dict[str, NDArray[np.float64]]]  # by recipe and layer


class Seen(NamedTuple):
    """Of one round: what probes saw, and activations of the first network of each recipe."""

    probes: pl.DataFrame
    densities: Densities


def activations(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    activations: Sequence[str] | None = None,
    initializations: Sequence[str] | None = None,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train a recipe with every activation (and initialisation), and count what its units do.

    dead_units: units whose slope is practically 0 on every row, so that nothing they could learn from gets through.
    saturated_share: of units and rows, where the slope is below 5 % of its steady value. linear_share: where it is
    within 5 % of it. twin_share: units with another unit of the same incoming weights, as a constant initialisation
    leaves them. See `wellfit.engines.compiled.measure.probes.units`. drift: how far the median of what a layer reads
    has moved from the first probe to the last, in standard deviations at the first (internal covariate shift).

    recipe: as in `wellfit.train`; its activation is replaced.
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    activations: names as in a recipe; None (default): sigmoid, tanh, relu, elu.
    initializations: names as in a recipe; None (default): the recipe's own.
    options: see `StudyOptions`.

    Returns:
        A `Study` whose table has a row a recipe and hidden layer, input side first: the four shares at the end of
        training with 95 % intervals over folds, twin_share_at_start, drift, and the recipe's mean test loss. details:
        "quantiles" (15, 50 and 85 % of what the activation reads, by update, means over networks), "networks".

    Raises:
        InputError: names that a recipe does not know.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(60, 3))
    >>> recipe = wellfit.Recipe.plain((4, 4), epochs=2)
    >>> study = wellfit.studies.activations(recipe, X, X[:, 0] > 0, activations=["relu"], folds=2, seeds=1)
    >>> study.table["layer"].to_list()
    ['hidden0', 'hidden1']
    """
    settings, base = with_probes(settings_of(options)), as_recipe(recipe)
    recipes = {}
    for activation in activations or ACTIVATIONS:
        for initialization in initializations or (None,):
            name = activation if initialization is None else f"{activation}, {initialization}"
            changes = {"activation": activation} | (
                {} if initialization is None else {"initialization": initialization}
            )
            recipes[name] = base.vary(changes)
    table = study_table(X, y, options)
    names = tuple(recipes)
    grid = train_grid(recipes, table, settings, lambda population: _seen(population, names))
    probes = all_probes(grid, tuple(seen.probes for seen in grid.more))
    rows = [row for name in recipes for row in _rows(grid, probes.filter(pl.col("recipe") == name), name)]
    quantiles = _quantiles(probes)
    return Study(
        "activations", QUESTION, grid.plan, _verdict(rows), ResultFrame(rows),
        {"quantiles": ResultFrame(quantiles), "networks": grid.table},
        figures=_figures(rows, quantiles, grid.more[0].densities), remarks=grid.remarks,
    )  # fmt: skip


def _seen(population: Population, names: Sequence[str]) -> Seen:
    """What one round shows. The members stand recipe by recipe."""
    run, folds = population.engine, len(population) // len(names)
    densities: Densities = {}
    for k, name in enumerate(names):
        member = run.members[k * folds]
        if member.status != "diverged":
            rows = member.plan.view.training[:SHOWN_ROWS]
            densities[name] = activations_of(run.network(k * folds), run.arrays.take(rows))
    return Seen(probes_of(population), densities)


def activations_of(network: Any, arrays: Any) -> dict[str, NDArray[np.float64]]:
    """What each hidden layer's activation gives (rows x units,), by layer, in evaluation mode; evenly thinned."""
    found: dict[str, NDArray[np.float64]] = {}

    def activate(node: Any, parts: Mapping[str, Any], encoding: Any, *inputs: Any) -> Any:
        given = OPERATIONS["activate"](node, parts, encoding, *inputs)
        values = np.asarray(given, np.float64).ravel()
        found[node.layer] = values[:: max(len(values) // SHOWN_VALUES, 1)]
        return given

    operations = {**OPERATIONS, "activate": activate}
    forward(network.plan, network.encoding, network.weights(), encode(network.encoding, arrays), operations)
    return found


def _rows(grid: Grid, probes: pl.DataFrame, name: str) -> list[dict[str, Any]]:
    """One recipe's layers."""
    folds, share = len(grid.views.views), grid.views.test_to_training
    ends = at_ends(probes)
    layers = hidden_layers(probes)
    rows = []
    for k, layer in enumerate(layers):
        row: dict[str, Any] = {"recipe": name, "layer": layer}
        for quantity in SHARES:
            values = by_network(_of(ends, layer, quantity, "end"), folds)
            row |= columns_of(quantity, estimate_of(values, share, SHARE))
        row["twin_share_at_start"] = float(by_network(_of(ends, layer, "twin_share", "start"), folds).mean())
        row["drift"] = _drift(ends, layers[k - 1] if k else "input", folds)
        rows.append({**row, "test_loss": float(grid.losses(name).mean())})
    return rows


def _of(ends: pl.DataFrame, layer: str, quantity: str, moment: str) -> pl.DataFrame:
    return ends.filter((pl.col("layer") == layer) & (pl.col("quantity") == quantity) & (pl.col("moment") == moment))


def _drift(ends: pl.DataFrame, layer: str, folds: int) -> float:
    """How far the median of what a layer gives has moved, in standard deviations at the start, mean over networks."""
    start, end = (by_network(_of(ends, layer, "activation_q50", moment), folds) for moment in ("start", "end"))
    spread = by_network(_of(ends, layer, "activation_spread", "start"), folds)
    if start.shape != end.shape or not (spread > 0).all():
        return math.nan
    return float((np.abs(end - start) / spread).mean())


def _quantiles(probes: pl.DataFrame) -> pl.DataFrame:
    """Mean quantiles over networks of what each hidden activation reads, by update."""
    wide = probes.filter(
        pl.col("quantity").is_in(["preactivation_q15", "preactivation_q50", "preactivation_q85"])
        & pl.col("layer").str.starts_with("hidden")
    )
    return (
        wide.group_by("recipe", "layer", "update", "quantity", maintain_order=True)
        .agg(pl.col("value").mean())
        .pivot(on="quantity", index=["recipe", "layer", "update"], values="value")
        .sort("recipe", "layer", "update", maintain_order=True)
    )


def _verdict(rows: list[dict[str, Any]]) -> str:
    parts = []
    for quantity, none, some in (
        ("dead_units", "no unit is dead", "the most dead units are"),
        ("saturated_share", "no unit is saturated on any row", "units are saturated on the most rows"),
        ("twin_share", "no unit has a twin", "the most units with a twin are"),
    ):
        known = [row for row in rows if math.isfinite(row[quantity])]
        if not known:
            continue
        most = max(known, key=lambda row: row[quantity])
        low, high = most[f"{quantity}_low"], most[f"{quantity}_high"]
        interval = f" ({_share(low)} to {_share(high)})" if math.isfinite(low) else ""
        where = f"{some} with {most['recipe']} in {most['layer']}, {_share(most[quantity])}{interval}"
        parts.append(none if most[quantity] == 0 else where)
    if not parts:
        return "What units do at the end of training cannot be told: with every recipe a network diverged."
    lost = sorted({row["recipe"] for row in rows if not math.isfinite(row["saturated_share"])})
    without = f" Of {' and of '.join(lost)} it is not known, for a network diverged." if lost else ""
    return f"At the end of training {'; '.join(parts)}.{without}"


def _share(value: float) -> str:
    """In percent; what is not 0 is never shown as 0."""
    return "under 1%" if 0 < value < 0.01 else f"{value:.0%}"


def _figures(rows: list[dict[str, Any]], quantiles: pl.DataFrame, densities: Densities) -> tuple[Figure, ...]:
    bars: dict[str, list[Any]] = {"recipe": [], "share": [], "low": [], "high": [], "layer": []}
    for row in rows:
        bars["recipe"].append(row["recipe"])
        bars["layer"].append(row["layer"])
        for column, name in (
            ("share", "saturated_share"),
            ("low", "saturated_share_low"),
            ("high", "saturated_share_high"),
        ):
            bars[column].append(row[name])
    values = [
        {"recipe": name, "layer": layer, "value": float(value)}
        for name, layers in densities.items() for layer, found in layers.items() for value in found
    ]  # fmt: skip
    figures = [
        bar_figure(
            bars, Axis("layer", "hidden layer"), Axis("share", "share of units and rows", format=".0%"),
            series="recipe", low="low", high="high", name="saturated",
            title="Where the slope of the activation is nearly 0, at the end of training.",
        ),
        line_figure(
            quantiles, Axis("update", "update"), Axis("preactivation_q50", "what the activation reads: 15, 50, 85 %"),
            low="preactivation_q15", high="preactivation_q85", series="layer", panel="recipe", name="drift",
            title="What each layer's activation reads, while the network trains.",
        ),
    ]  # fmt: skip
    if values:
        figures.append(
            density_figure(
                pl.DataFrame(values),
                Axis("value", "activation"),
                series="recipe",
                panel="layer",
                name="densities",
                title="What the activations give at the end of training, one network each.",
            )
        )
    return tuple(figures)
