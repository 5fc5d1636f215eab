"""What a member makes of raw columns: tables fitted on its own training rows, applied while a batch is gathered."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr
from wellfit.tables.arrays import Image, Task

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

    __repr__ = short_repr

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
