"""Error against width and depth: where networks are too small for a table, and where more units bring nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from wellfit.errors import InputError
from wellfit.frames import ResultFrame
from wellfit.recipe import as_recipe
from wellfit.studies.base import Grid, Study, StudyOptions, settings_of, study_table, train_grid
from wellfit.training import RecipeLike

QUESTION = "How large must the network be?"
WIDTHS = (2, 4, 8, 16, 32, 64, 128, 256)


def capacity(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    widths: Sequence[int] | None = None,
    depths: Sequence[int] | None = None,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train a recipe at every width and depth, and measure losses on training and held-out rows.

    recipe: as in `wellfit.train`; its hidden layers are replaced.
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    widths: units of each hidden layer, 1 or more; None (default): 2, 4, ... 256.
    depths: numbers of hidden layers, 1 or more; None (default): that of the recipe.
    options: see `StudyOptions`.

    Returns:
        A `Study` whose table has a row a size: hidden, width, depth, parameters, and the mean losses on training and
        test rows.

    Raises:
        InputError: anything wrong with recipe, table or options.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(120, 3))
    >>> recipe = wellfit.Recipe(epochs=2)
    >>> study = wellfit.studies.capacity(recipe, X, X[:, 0] > 0, widths=[2, 4], folds=2, seeds=1)
    >>> study.table["width"].to_list()
    [2, 4]
    """
    settings, base = settings_of(options), as_recipe(recipe)
    table = study_table(X, y, options)
    sizes = [(width, depth) for depth in depths or [max(len(base.hidden), 1)] for width in widths or WIDTHS]
    if min(min(size) for size in sizes) < 1:
        raise InputError("Widths and depths are 1 or more.")
    recipes = {f"{depth} x {width}": base.vary(hidden=(width,) * depth) for width, depth in sizes}
    grid = train_grid(recipes, table, settings)
    rows = [_row(grid, name, size) for name, size in zip(recipes, sizes, strict=True)]
    best = min(rows, key=lambda row: float(row["test_loss"]))
    verdict = f"The lowest mean loss on held-out rows is that of {best['hidden']} units."
    return Study(
        "capacity", QUESTION, grid.plan, verdict, ResultFrame(rows), {"networks": grid.table}, remarks=grid.remarks
    )


def _row(grid: Grid, name: str, size: tuple[int, int]) -> dict[str, Any]:
    width, depth = size
    parts = {f"{part}_loss": float(np.mean(grid.losses(name, part))) for part in ("training", "test")}
    return {"hidden": name, "width": width, "depth": depth, **parts}
