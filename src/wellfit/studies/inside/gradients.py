"""Norms of the backward signal over depth: where gradients vanish or explode, by activation and initialisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
import polars as pl

from wellfit.figures import Axis, Figure, line_figure
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe, as_recipe
from wellfit.studies.base import Grid, Study, StudyOptions, settings_of, study_table, train_grid
from wellfit.studies.base.options import check_whole
from wellfit.studies.inside.probed import (
    Float64,
    all_probes,
    at_ends,
    by_network,
    columns_of,
    estimate_of,
    hidden_layers,
    probes_of,
    with_probes,
)
from wellfit.training import RecipeLike

QUESTION = "Do gradients vanish or explode over depth?"
ACTIVATIONS = ("sigmoid", "tanh", "relu")
INITIALIZATIONS = ("fan_in_uniform", "glorot_uniform", "he_normal")
DEPTH, WIDTH = 10, 32


def gradients(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    activations: Sequence[str] | None = None,
    initializations: Sequence[str] | None = None,
    depth: int = DEPTH,
    width: int = WIDTH,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train a deep network with every activation and initialisation, and follow the gradient from output to input.

    Measured is the norm of the gradient of a mini-batch's loss by what each hidden layer's linear map gives. Its factor
    a layer is the geometric mean over layers, from the last one to the first: below 1 the gradient shrinks on its way
    to the input, above 1 it grows.

    recipe: as in `wellfit.train`; hidden layers, activation and initialisation are replaced. Skip connections and
        normalisation stay, and cure much of this: start from "plain" to see networks without.
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    activations: names as in a recipe; None (default): sigmoid, tanh, relu.
    initializations: names as in a recipe; None (default): fan_in_uniform, glorot_uniform, he_normal.
    depth: int, hidden layers, 2 or more (default 10).
    width: int, units of each, 1 or more (default 32).
    options: see `StudyOptions`.

    Returns:
        A `Study` whose table has a row a combination: factor_at_start and factor_at_end, each with a 95 % interval over
        folds (of its logarithm), and the mean test loss. details: "layers" (geometric means of signal, gradient,
        activation spread and weight norms by layer and moment), "networks".

    Raises:
        InputError: fewer than 2 layers, or names that a recipe does not know.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(60, 3))
    >>> options = dict(activations=["sigmoid"], initializations=["glorot_uniform"], depth=4, folds=2, seeds=1)
    >>> study = wellfit.studies.gradients(wellfit.Recipe.plain(epochs=2), X, X[:, 0] > 0, **options)
    >>> bool(study.table["factor_at_start"][0] < 0.5)
    True
    """
    check_whole("width", width, 1)
    check_whole("depth", depth, 2)
    settings, base = with_probes(settings_of(options)), as_recipe(recipe)
    recipes = {
        f"{activation}, {initialization}": base.vary(
            hidden=(width,) * depth, activation=activation, initialization=initialization
        )
        for activation in activations or ACTIVATIONS
        for initialization in initializations or INITIALIZATIONS
    }
    grid = train_grid(recipes, study_table(X, y, options), settings, probes_of)
    ends = at_ends(all_probes(grid, grid.more))
    rows = [_row(grid, ends, name, one) for name, one in recipes.items()]
    layers = _layers(ends)
    return Study(
        "gradients", QUESTION, grid.plan, _verdict(rows), ResultFrame(rows),
        {"layers": ResultFrame(layers), "networks": grid.table}, figures=_figures(layers), remarks=grid.remarks,
    )  # fmt: skip


def _row(grid: Grid, ends: pl.DataFrame, name: str, recipe: Recipe) -> dict[str, Any]:
    row: dict[str, Any] = {"recipe": name}
    for moment in ("start", "end"):
        chosen = ends.filter((pl.col("recipe") == name) & (pl.col("moment") == moment))
        factors = log_factors(chosen, len(grid.views.views))
        row |= columns_of(f"factor_at_{moment}", estimate_of(factors, grid.views.test_to_training), math.exp)
    return {**row, "test_loss": float(grid.losses(name).mean())}


def log_factors(probes: pl.DataFrame, folds: int) -> Float64:
    """The logarithm of the factor a layer of each network (folds, seeds); minus infinity where the signal is 0."""
    names = hidden_layers(probes)
    signal = probes.filter(pl.col("quantity") == "signal_norm")
    near, far = (by_network(signal.filter(pl.col("layer") == name), folds) for name in (names[0], names[-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((np.log(near) - np.log(far)) / (len(names) - 1))


def _layers(ends: pl.DataFrame) -> pl.DataFrame:
    """Geometric means over networks, a row a recipe, moment, layer and quantity."""
    quantities = ("signal_norm", "gradient_norm", "weight_norm", "activation_spread")
    return (
        ends.filter(pl.col("quantity").is_in(quantities) & pl.col("layer").str.starts_with("hidden"))
        .with_columns(depth=pl.col("layer").str.strip_prefix("hidden").cast(pl.Int64) + 1)
        .group_by("recipe", "moment", "depth", "quantity", maintain_order=True)
        .agg(value=pl.col("value").log().mean().exp())
        .sort("moment", "depth", descending=[True, False], maintain_order=True)
    )


def _verdict(rows: list[dict[str, Any]]) -> str:
    known = [row for row in rows if 0 < row["factor_at_start"] < math.inf]
    lost = [row["recipe"] for row in rows if row not in known]
    if not known:
        return "At the start the gradient is 0 or not finite with every recipe: with such weights nothing is learned."
    steady = min(known, key=lambda row: abs(math.log(row["factor_at_start"])))
    worst = max(known, key=lambda row: abs(math.log(row["factor_at_start"])))
    zero = f" In some network it is 0 or not finite with {' and with '.join(lost)}." if lost else ""
    if worst is steady:
        return f"At the start the gradient changes by {_factor(steady)} a layer towards the input.{zero}"
    return (
        f"At the start the gradient changes most with {worst['recipe']}, by {_factor(worst)} a layer towards the "
        f"input, and least with {steady['recipe']}, by {_factor(steady)}.{zero}"
    )


def _factor(row: dict[str, Any]) -> str:
    low, high = row["factor_at_start_low"], row["factor_at_start_high"]
    interval = f" ({low:.2g} to {high:.2g})" if math.isfinite(low) else " (no interval)"
    return f"a factor of {row['factor_at_start']:.2g}{interval}"


def _figures(layers: pl.DataFrame) -> tuple[Figure, ...]:
    """The signal over depth at the start and at the end, a panel an initialisation."""
    signal = layers.filter(pl.col("quantity") == "signal_norm").with_columns(
        activation=pl.col("recipe").str.split(", ").list.first(),
        initialization=pl.col("recipe").str.split(", ").list.last(),
    )
    return tuple(
        line_figure(
            signal.filter(pl.col("moment") == moment), Axis("depth", "hidden layer, input side first"),
            Axis("value", "norm of the backward signal", scale="log"), series="activation", panel="initialization",
            name=f"signal-{moment}", title=f"The gradient by what each hidden layer gives, {words} of training.",
        )
        for moment, words in (("start", "at the start"), ("end", "at the end"))
        if (signal["moment"] == moment).any()
    )  # fmt: skip
