"""A table with further copies of its training rows, whose labels are noisy; held-out rows keep their true ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.reprs import short_repr
from wellfit.studies.base import StudyTable
from wellfit.tables.arrays import Target
from wellfit.tables.split import LabelledRows

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class NoisyTable:
    """Training rows once for each noise.

    table: the given rows, then their copies. places: by noise, the row numbers of the training rows (rows,).
    """

    table: StudyTable
    places: dict[float, Int64]

    __repr__ = short_repr

    @property
    def noises(self) -> tuple[float, ...]:
        """In the given order."""
        return tuple(self.places)

    @property
    def rows(self) -> int:
        """How many train."""
        return len(next(iter(self.places.values())))


def noisy_table(table: StudyTable, training: Int64, noises: Sequence[float], seed: int) -> NoisyTable:
    """The table with a copy of its training rows for each noise above 0.

    training: row numbers. noises: shares from 0 to 1, different. seed: of the noise.

    Raises:
        InputError: no noise, one out of range or twice, or noise on counts.
    """
    known = [float(noise) for noise in noises]
    if not known or len(set(known)) < len(known) or not all(0 <= noise <= 1 for noise in known):
        raise InputError(f"Label noise is one or more different shares from 0 to 1; got {quoted(list(noises))}.")
    if table.rows.target.kind == "counts" and max(known) > 0:
        raise InputError("Counts have no label noise that leaves them counts: give label_noise = 0.")
    rows, many = table.rows, table.rows.arrays.rows
    wanted, values, places = [np.arange(many)], [rows.target.values], {}
    for number, noise in enumerate(known):
        places[noise] = training
        if noise > 0:
            places[noise] = many + len(training) * (len(wanted) - 1) + np.arange(len(training))
            wanted.append(training)
            rng = np.random.default_rng([seed & 0xFFFFFFFF, 31, number])
            values.append(noisy_values(rows.target.take(training), noise, rng))
    every = np.concatenate(wanted)
    target = replace(rows.target, values=np.concatenate(values))
    longer = LabelledRows(rows.arrays.take(every), target, rows.weight[every])
    return NoisyTable(replace(table, rows=longer, folds=None), places)


def noisy_values(target: Target, noise: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """The target's values with noise.

    Classes and yes/no labels are redrawn among all of them with probability `noise`, the right one included. Numbers
    get normal noise whose standard deviation is `noise` times that of the column.
    """
    values = target.values
    if target.kind == "numbers":
        scale = noise * values.std(axis=0, dtype=np.float64)
        return np.asarray(values + scale * rng.normal(size=values.shape), np.float32)
    classes = 2 if target.kind in ("binary", "labels") else len(target.labels)
    drawn = rng.integers(0, classes, values.shape)
    return np.where(rng.random(values.shape) < noise, drawn, values).astype(np.float32)
