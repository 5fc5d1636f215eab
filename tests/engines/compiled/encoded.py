"""A plain NumPy reading of an Encoding's tables, in float64: what the compiled kernels must make of raw columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.tables.arrays import Arrays, SparseColumns, Target
from wellfit.tables.encoding import Encoding

Array = NDArray[np.float64]


def encode(encoding: Encoding, arrays: Arrays) -> Array:
    """The network's inputs (rows, width)."""
    parts = [numbers(encoding, arrays.numbers.astype(np.float64))]
    parts.append(np.isnan(arrays.numbers[:, encoding.marked]).astype(np.float64))
    for j, (places, units, rows) in enumerate(zip(encoding.places, encoding.units, encoding.tables, strict=True)):
        codes = arrays.codes[:, j]
        parts.append(index(places, codes) if rows else category(places, units, codes))
    if arrays.sparse is not None:
        parts += groups(encoding, arrays.sparse)
    return np.concatenate(parts, axis=1)


def numbers(encoding: Encoding, raw: Array) -> Array:
    missing = np.isnan(raw)
    if encoding.knots.shape[1]:
        columns = [np.interp(v, *middles(k, encoding.scores)) for v, k in zip(raw.T, encoding.knots, strict=True)]
        return np.where(missing, 0.0, np.array(columns).T.reshape(raw.shape))
    x = np.where(missing, 0.0, (raw - encoding.centre) * encoding.scale)
    return x / np.sqrt(1 + (x / 3) ** 2) if encoding.smooth_clip else x


def middles(knots: Array, scores: Array) -> tuple[Array, Array]:
    """Each run of equal knots as a jump: from its first score, through the middle, to its last."""
    xs: list[float] = []
    ys: list[float] = []
    for value in np.unique(knots):
        run = scores[knots == value]
        below, above = np.nextafter(value, -np.inf), np.nextafter(value, np.inf)
        if len(run) == 1:
            xs, ys = [*xs, value], [*ys, run[0]]
        else:
            xs, ys = [*xs, below, value, above], [*ys, run[0], (run[0] + run[-1]) / 2, run[-1]]
    return np.array(xs), np.array(ys)


def category(places: NDArray[Any], units: int, codes: NDArray[Any]) -> Array:
    x = np.zeros((len(codes), units))
    for i, code in enumerate(codes + 1):
        place = places[code] if 0 <= code < len(places) else -1
        if place >= 0:
            x[i, place] = 1.0
        elif place < -1:
            x[i, 0] = -1.0 if place == -2 else 1.0
    return x


def index(places: NDArray[Any], codes: NDArray[Any]) -> Array:
    known = [places[code] if 0 <= code < len(places) else -1 for code in codes + 1]
    return np.array([[place + 1 if place >= 0 else 0] for place in known], dtype=np.float64)


def dense(sparse: SparseColumns) -> Array:
    x = np.zeros((len(sparse.starts) - 1, sparse.columns))
    for i in range(len(x)):
        stored = slice(sparse.starts[i], sparse.starts[i + 1])
        x[i, sparse.indices[stored]] = sparse.values[stored]
    return x


def groups(encoding: Encoding, sparse: SparseColumns) -> list[Array]:
    raw, parts = dense(sparse), []
    for (begin, end, kind), factor in zip(sparse.groups, encoding.factors, strict=True):
        x = raw[:, begin:end] * factor
        if kind == "text":
            length = np.sqrt((x**2).sum(axis=1, keepdims=True))
            x = np.divide(x, length, out=np.zeros_like(x), where=length > 0)
        parts.append(x)
    return parts


def scaled_target(encoding: Encoding, target: Target) -> Array:
    """Targets as the loss sees them (rows, target columns)."""
    values = target.values.astype(np.float64)
    if target.kind in ("numbers", "counts"):
        return (values - encoding.target_centre) / encoding.target_scale
    return values
