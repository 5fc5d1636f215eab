"""An encoding of a member's own training rows: of numbers, categories, sparse columns, pixels and the target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Image, SparseColumns, Target
from wellfit.tables.encoding.encoding import Encoding
from wellfit.tables.encoding.pixels import fit_pixels
from wellfit.tables.encoding.quantiles import NO_WIDTH, fit_edges, fit_numbers
from wellfit.techniques.rows.scaling_kernels import NOT_KNOWN, PAIR_HIGH, PAIR_LOW

Float64 = NDArray[np.float64]
MOST_ROWS = 1_000_000  # that columns are scaled by, and their categories known from


def fit_encoding(arrays: Arrays, target: Target, rows: NDArray[np.int64], weight: Float64, recipe: Recipe) -> Encoding:
    """Fit on the given training rows alone. weight: (len(rows),), above 0; a weight k counts as k equal rows."""
    if arrays.image is None and (on := recipe.augmentation.on()):
        raise InputError(
            f"augmentation.{on[0]} is for images, and the data are a table: leave it out, or give images as an array "
            "(rows, height, width) or (rows, height, width, channels)."
        )
    if arrays.image is not None:
        return _fit_images(arrays, arrays.image, target, rows, weight, recipe)
    of_target = fit_target(target, rows, weight)
    rows, weight = _some(rows, weight)
    numbers = arrays.numbers.take(rows, axis=0)
    centre, scale, knots, scores = fit_numbers(numbers, weight, recipe.scaling)
    most, embeds = recipe.categories.one_hot_up_to, recipe.categories.embedding > 0
    categories = [
        fit_categories(arrays.codes[rows, j], levels, weight, most, embeds) for j, levels in enumerate(arrays.levels)
    ]
    sparse = None if arrays.sparse is None else arrays.sparse.take(rows)
    return Encoding(
        centre=centre,
        scale=scale,
        smooth_clip=recipe.scaling.smooth_clip,
        knots=knots,
        scores=scores,
        marked=np.flatnonzero(np.isnan(numbers).any(axis=0)),
        places=tuple(places for places, _, _ in categories),
        units=tuple(units for _, units, _ in categories),
        tables=tuple(table for _, _, table in categories),
        edges=fit_edges(numbers, weight, recipe),
        factors=() if sparse is None else fit_sparse(sparse, weight),
        sparse_kinds=() if sparse is None else tuple(kind for _, _, kind in sparse.groups),
        **of_target,
    )


def _some(rows: NDArray[np.int64], weight: Float64) -> tuple[NDArray[np.int64], Float64]:
    """Of very many rows so many as tell the same of scales and categories, drawn at random, and their weights."""
    if len(rows) <= MOST_ROWS:
        return rows, weight
    drawn = np.sort(np.random.default_rng(0).choice(len(rows), MOST_ROWS, replace=False, shuffle=False))
    return rows[drawn], weight[drawn]


def _fit_images(
    arrays: Arrays, image: Image, target: Target, rows: NDArray[np.int64], weight: Float64, recipe: Recipe
) -> Encoding:
    """Pixels are never missing and have ends of their own: no marks, and no soft clip."""
    centre, scale = fit_pixels(arrays.numbers, rows, weight, image, recipe.scaling)
    none: dict[str, Any] = {"knots": np.zeros((len(centre), 0)), "scores": np.zeros(0), "marked": np.zeros(0, np.int64)}
    tables = {**none, **fit_target(target, rows, weight), "edges": fit_edges(arrays.numbers[rows], weight, recipe)}
    return Encoding(centre, scale, False, places=(), units=(), factors=(), sparse_kinds=(), image=image, **tables)


def fit_categories(
    codes: NDArray[np.int32], levels: int, weight: Float64, most: int, embeds: bool = False
) -> tuple[NDArray[np.int64], int, int]:
    """The map from code + 1 to its place, the number of input columns, and the rows of its table (0: one-hot). Only
    categories of the training rows are known.
    """
    known = codes < levels
    counts = np.bincount(codes[known] + 1, weights=weight[known], minlength=levels + 1)
    places = np.full(levels + 1, NOT_KNOWN, dtype=np.int64)
    seen = np.flatnonzero(counts > 0)
    pair = seen[seen > 0]
    if len(pair) == 2:
        places[pair] = PAIR_LOW, PAIR_HIGH
        return places, 1, 0
    if len(seen) <= 1:
        return places, 0, 0
    frequent = seen[np.argsort(-counts[seen], kind="stable")]
    if embeds and len(frequent) > most:
        places[frequent] = np.arange(len(frequent))
        return places, 1, len(frequent) + 1
    places[frequent] = np.minimum(np.arange(len(frequent)), most - 1)
    return places, min(len(frequent), most), 0


def fit_sparse(sparse: SparseColumns, weight: Float64) -> tuple[Float64, ...]:
    """Factors of each group: 1 / root mean square for numbers, log((1 + n) / (1 + rows with the word)) + 1 for text."""
    row_weight = np.repeat(weight, np.diff(sparse.starts))
    total = weight.sum()
    squares = np.bincount(sparse.indices, row_weight * sparse.values.astype(np.float64) ** 2, sparse.columns)
    found = np.bincount(sparse.indices, row_weight * (sparse.values != 0), sparse.columns)
    factors = []
    for begin, end, kind in sparse.groups:
        if kind == "text":
            factors.append(np.log((1 + total) / (1 + found[begin:end])) + 1)
        else:
            size = np.sqrt(squares[begin:end] / total)
            factors.append(np.divide(1.0, size, out=np.zeros_like(size), where=size > NO_WIDTH))
    return tuple(factors)


def _fit_tasks(target: Target, rows: NDArray[np.int64], weight: Float64) -> dict[str, Any]:
    """Each column of each task on the rows that have its label."""
    tables = []
    for task in target.tasks:
        own = target.of_task(task)
        for j in range(own.values.shape[1]):
            known = ~np.isnan(own.values[rows, j])
            if not known.any():
                where = f"The task {task.name!r}" + (f", column {j}," if own.values.shape[1] > 1 else "")
                raise InputError(f"{where} has no label in a view's training rows: leave it out.")
            column = replace(own, values=own.values[:, j : j + 1])
            tables.append(fit_target(column, rows[known], weight[known]))
    joined = {name: np.concatenate([table[name] for table in tables]) for name in tables[0] if name != "tasks"}
    return {**joined, "tasks": target.tasks}


def fit_target(target: Target, rows: NDArray[np.int64], weight: Float64) -> dict[str, Any]:
    """Centre and scale of numbers (mean, standard deviation), scale of counts (mean), and the range seen."""
    if target.tasks:
        return _fit_tasks(target, rows, weight)
    outputs = target.outputs
    centre, scale = np.zeros(outputs), np.ones(outputs)
    low, high = np.full(outputs, -np.inf), np.full(outputs, np.inf)
    if target.kind in ("numbers", "counts"):
        values = target.values.take(rows, axis=0).astype(np.float64)
        mean = np.average(values, axis=0, weights=weight)
        low, high = values.min(axis=0), values.max(axis=0)
        if target.kind == "numbers":
            centre, spread = mean, np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight))
            scale = np.where(spread > 0, spread, 1.0)
        else:
            scale = np.where(mean > 0, mean, 1.0)
    return {"target_centre": centre, "target_scale": scale, "target_low": low, "target_high": high, "tasks": ()}
