"""What a member makes of raw columns: tables fitted on its own training rows, applied while a batch is gathered."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.arrays import Arrays, Image, SparseColumns, Target, Task
from wellfit.errors import InputError
from wellfit.pixels import fit_pixels
from wellfit.recipe import Recipe
from wellfit.techniques.scaling import NOT_KNOWN, PAIR_HIGH, PAIR_LOW, QuantileScaling, Scaling

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class InputSizes:
    """What decides how many parameters a network's first operations have.

    encoded: columns of the encoded input. numbers: how many of them, the first ones, are scaled numbers. bins: of each
    number, for a piecewise linear embedding. tables: rows of the table of each categorical column that has one.
    """

    encoded: int
    numbers: int = 0
    bins: tuple[int, ...] = ()
    tables: tuple[int, ...] = ()


@dataclass(frozen=True)
class Encoding:
    """Plain tables that turn raw columns into a network's inputs, and its outputs into the target's units.

    Inputs in order: scaled numbers, one mark for each number column with missing training values, categories, sparse
    groups.

    centre, scale: (numeric columns,). smooth_clip: x / sqrt(1 + (x / 3)^2) after scaling.
    knots: (numeric columns, knots) for quantile scaling, with scores (knots,); empty otherwise.
    marked: numeric columns with a mark for missing values.
    places: for each categorical column a map from code + 1 to its place (see encode_categories); units: its width;
        tables: 0, or the rows of its embedding's table, and then its one column holds the table's row: 0 for what is
        not known, else the place + 1.
    edges: of each numeric column the edges of its bins, in raw units and rising, for a piecewise linear embedding;
        empty where there are fewer than two; () without such an embedding.
    factors: for each sparse group its columns' factors; sparse_kinds: "numbers" or "text".
    target_centre, target_scale, target_low, target_high: (outputs,), for numbers and counts.
    tasks: what a network with several tasks predicts, in order; empty otherwise.
    image: (height, width, channels) where the numbers are an image's pixels, which have one centre and scale a channel;
        None for a table.
    """

    centre: Float64
    scale: Float64
    smooth_clip: bool
    knots: Float64
    scores: Float64
    marked: NDArray[np.int64]
    places: tuple[NDArray[np.int64], ...]
    units: tuple[int, ...]
    factors: tuple[Float64, ...]
    sparse_kinds: tuple[Literal["numbers", "text"], ...]
    target_centre: Float64
    target_scale: Float64
    target_low: Float64
    target_high: Float64
    image: Image | None = None
    tables: tuple[int, ...] = ()
    edges: tuple[Float64, ...] = ()
    tasks: tuple[Task, ...] = ()

    @property
    def width(self) -> int:
        """Columns of the encoded input; the network's inputs, where nothing is embedded."""
        sparse = sum(len(factor) for factor in self.factors)
        return len(self.centre) + len(self.marked) + sum(self.units) + sparse

    @property
    def cells(self) -> NDArray[np.int64]:
        """What each raw column gives a row's inputs (cells, 4): its columns' begin and end, its mark's (equal: none).

        A number with its mark of a missing value, all columns of a category, one sparse number, one group of text.
        """
        numbers = len(self.centre)
        marks = {int(column): numbers + k for k, column in enumerate(self.marked)}
        cells = [(j, j + 1, *((marks[j], marks[j] + 1) if j in marks else (0, 0))) for j in range(numbers)]
        begin = numbers + len(self.marked)
        widths = [*self.units]
        for factor, kind in zip(self.factors, self.sparse_kinds, strict=True):
            widths += [len(factor)] if kind == "text" else [1] * len(factor)
        for width in widths:
            if width:
                cells.append((begin, begin + width, 0, 0))
            begin += width
        return np.array(cells, np.int64).reshape(-1, 4)

    @property
    def mixable(self) -> NDArray[np.int64]:
        """Runs of inputs that hold quantities, of which a mixture has a meaning (runs, 2): begin and end."""
        edges = [-1, *self.index_columns, self.width]
        runs = [(low + 1, high) for low, high in zip(edges[:-1], edges[1:], strict=True) if low + 1 < high]
        return np.array(runs, np.int64).reshape(-1, 2)

    @property
    def sizes(self) -> InputSizes:
        """What decides how many parameters the network's first operations have."""
        bins = tuple(max(len(edges) - 1, 0) for edges in self.edges)
        return InputSizes(self.width, len(self.centre), bins, tuple(rows for rows in self.tables if rows))

    @property
    def index_columns(self) -> tuple[int, ...]:
        """The encoded columns that hold the place of a category in its table."""
        begins = len(self.centre) + len(self.marked) + np.cumsum((0, *self.units))
        return tuple(int(begin) for begin, rows in zip(begins, self.tables, strict=False) if rows)

    def to_plain(self) -> dict[str, Any]:
        """Arrays, numbers and lists by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Encoding:
        """The inverse of `to_plain`."""
        values = dict(plain)
        for name in ("places", "units", "factors", "sparse_kinds", "tables", "edges"):
            values[name] = tuple(values.get(name, ()))
        values["image"] = None if values.get("image") is None else tuple(values["image"])
        return cls(**values)


def fit_encoding(arrays: Arrays, target: Target, rows: NDArray[np.int64], weight: Float64, recipe: Recipe) -> Encoding:
    """Fit on the given training rows alone. weight: (len(rows),), above 0; a weight k counts as k equal rows."""
    if arrays.image is None and (on := recipe.augmentation.on()):
        raise InputError(
            f"augmentation.{on[0]} is for images, and the data are a table: leave it out, or give images as an array "
            "(rows, height, width) or (rows, height, width, channels)."
        )
    if arrays.image is not None:
        return _fit_images(arrays, arrays.image, target, rows, weight, recipe)
    numbers = arrays.numbers[rows]
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
        **fit_target(target, rows, weight),
    )


def _fit_images(
    arrays: Arrays, image: Image, target: Target, rows: NDArray[np.int64], weight: Float64, recipe: Recipe
) -> Encoding:
    """Pixels are never missing and have ends of their own: no marks, and no soft clip."""
    centre, scale = fit_pixels(arrays.numbers, rows, weight, image, recipe.scaling)
    none: dict[str, Any] = {"knots": np.zeros((len(centre), 0)), "scores": np.zeros(0), "marked": np.zeros(0, np.int64)}
    tables = {**none, **fit_target(target, rows, weight), "edges": fit_edges(arrays.numbers[rows], weight, recipe)}
    return Encoding(centre, scale, False, places=(), units=(), factors=(), sparse_kinds=(), image=image, **tables)


def weighted_quantile(values: Float32 | Float64, weight: Float64, q: Float64) -> Float64:
    """The smallest values at which the weights' cumulative share reaches q: weight k counts as k equal rows."""
    if weight.min() == weight.max():  # the common case needs no order, and sorts several times faster
        positions = np.ceil(q * len(values) * (1 - 1e-12)).astype(np.int64) - 1
        return np.sort(values)[np.clip(positions, 0, len(values) - 1)].astype(np.float64)
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weight[order])
    positions = np.searchsorted(cumulative, q * cumulative[-1] * (1 - 1e-12), side="left")
    return np.asarray(values[order][np.minimum(positions, len(values) - 1)], dtype=np.float64)


def fit_numbers(
    numbers: Float32 | Float64, weight: Float64, scaling: Scaling
) -> tuple[Float64, Float64, Float64, Float64]:
    """Centre, scale (both (columns,)), knots (columns, knots) and scores (knots,). numbers: (rows, columns), NaN
    missing.
    """
    columns = numbers.shape[1]
    centre, scale = np.zeros(columns), np.zeros(columns)
    knots = scaling.knots if isinstance(scaling, QuantileScaling) else 0
    table = np.zeros((columns, knots))
    levels = (np.arange(knots) + 0.5) / max(knots, 1)
    for j in range(columns):
        seen = ~np.isnan(numbers[:, j])
        if seen.any():
            v, w = numbers[seen, j], weight[seen]
            centre[j], scale[j] = _centre_and_scale(v, w, scaling.name)
            if not knots:
                continue
            table[j] = weighted_quantile(v, w, levels)
    return centre, scale, table, _normal_scores(levels)


def _centre_and_scale(v: Float32 | Float64, w: Float64, method: str) -> tuple[float, float]:
    """Centre and factor of one column; the factor of a constant column is 0."""
    low, high = float(v.min()), float(v.max())
    if method == "none":
        return 0.0, 1.0
    if low == high:
        return low, 0.0
    if method == "min_max":
        return low, 1 / (high - low)
    if method == "standard":
        v = v.astype(np.float64)
        mean = float(np.average(v, weights=w))
        return mean, 1 / float(np.sqrt(np.average((v - mean) ** 2, weights=w)))
    first, median, third = weighted_quantile(v, w, np.array([0.25, 0.5, 0.75]))
    return float(median), 1 / float(third - first if third > first else (high - low) / 2)


def _normal_scores(levels: Float64) -> Float64:
    from scipy.special import ndtri

    return np.asarray(ndtri(levels), dtype=np.float64)


def fit_edges(numbers: Float32 | Float64, weight: Float64, recipe: Recipe) -> tuple[Float64, ...]:
    """Edges of the bins of each column for a piecewise linear embedding; () without one."""
    if recipe.number_embedding.name != "piecewise":
        return ()
    found = []
    for column in numbers.T:
        seen = ~np.isnan(column)
        edges = bin_edges(column[seen], weight[seen], recipe.number_embedding.bins) if seen.any() else np.zeros(0)
        found.append(edges if len(edges) > 1 else np.zeros(0))
    return tuple(found)


def bin_edges(values: Float32 | Float64, weight: Float64, bins: int) -> Float64:
    """Edges of at most so many bins, rising: quantiles. Where some coincide, each value that holds more than a bin's
    share is an edge, and the quantiles of the other values share the bins that are left: of a column that is mostly 0
    they would be 0, and say nothing of the rest.
    """
    quantiles = weighted_quantile(values, weight, np.linspace(0, 1, bins + 1))
    if (np.diff(quantiles) > 0).all():
        return quantiles
    distinct, mass = _masses(values.astype(np.float64), weight)
    heavy = np.zeros(len(distinct), dtype=bool)
    while True:
        left = bins - np.count_nonzero(heavy)
        further = ~heavy & (mass * left > mass[~heavy].sum() * (1 + 1e-12))
        if not further.any():
            break
        heavy |= further
    edges = distinct[heavy]
    if not heavy.all():
        # The outer bins go on beyond their edges: between a heavy value and the one next to it they would be slivers.
        low, high = int(heavy[0]), int(heavy[-1])
        others = weighted_quantile(distinct[~heavy], mass[~heavy], np.linspace(0, 1, left + 1 + low + high))
        edges = np.append(edges, others[low : len(others) - high])
    return np.unique(edges)


def _masses(values: Float64, weight: Float64) -> tuple[Float64, Float64]:
    """The distinct values, rising, and the weight that each holds."""
    if weight.min() == weight.max():  # needs no order of the weights
        distinct, counts = np.unique(values, return_counts=True)
        return distinct, np.asarray(counts * float(weight[0]), dtype=np.float64)
    order = np.argsort(values)
    sorted_values = values[order]
    starts = np.flatnonzero(np.append(True, sorted_values[1:] != sorted_values[:-1]))
    mass: Float64 = np.add.reduceat(weight[order], starts).astype(np.float64)
    return sorted_values[starts], mass


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
            factors.append(np.divide(1.0, size, out=np.zeros_like(size), where=size > 0))
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
        values = target.values[rows].astype(np.float64)
        mean = np.average(values, axis=0, weights=weight)
        low, high = values.min(axis=0), values.max(axis=0)
        if target.kind == "numbers":
            centre, spread = mean, np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight))
            scale = np.where(spread > 0, spread, 1.0)
        else:
            scale = np.where(mean > 0, mean, 1.0)
    return {"target_centre": centre, "target_scale": scale, "target_low": low, "target_high": high, "tasks": ()}
