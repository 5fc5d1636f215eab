<<<<<<< HEAD
"""Tables whose training labels are partly wrong: copies of the rows with other labels, beside the true ones."""
=======
"""A table with further copies of its training rows, whose labels are noisy; held-out rows keep their true ones."""
>>>>>>> inside

from __future__ import annotations

from collections.abc import Sequence
<<<<<<< HEAD
from dataclasses import replace
=======
from dataclasses import dataclass, replace
>>>>>>> inside

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
<<<<<<< HEAD
from wellfit.studies.base.table import StudyTable
from wellfit.tables.arrays import Arrays, Target, View
=======
from wellfit.reprs import short_repr
from wellfit.studies.base import StudyTable
from wellfit.tables.arrays import Target
>>>>>>> inside
from wellfit.tables.split import LabelledRows

Int64 = NDArray[np.int64]


<<<<<<< HEAD
def noisy_target(target: Target, share: float, seed: int) -> Target:
    """A target of which a share is wrong.

    Of classes each label is with the probability of the share another one, each equally likely; of labels each one is
    turned round; to numbers noise of a normal distribution is added, its spread the share of their standard deviation.
    What is wrong at one share is wrong at every larger one too.

    target: of all rows. share: 0 or more, below 1 but for numbers. seed: of what is wrong.

    Raises:
        InputError: a kind of target that has no such noise, or a share that is none.
    """
    kind = target.kind
    if kind not in ("binary", "classes", "labels", "numbers"):
        raise InputError(f"label_noise changes classes, labels and numbers, and the target is of kind {quoted(kind)}.")
    if not 0 <= share < (np.inf if kind == "numbers" else 1):
        raise InputError(f"A share of wrong labels is a number from 0 to below 1; got {share!r}.")
    rng = np.random.default_rng([seed, 0x1AB])
    values = target.values
    if kind == "numbers":
        spread = values.std(axis=0, dtype=np.float64)
        return replace(target, values=(values + share * spread * rng.normal(size=values.shape)).astype(np.float32))
    wrong = rng.random(values.shape) < share
    classes = 2 if kind in ("binary", "labels") else len(target.labels)
    other = (values + rng.integers(1, max(classes, 2), values.shape)) % classes
    return replace(target, values=np.where(wrong, other, values).astype(np.float32))


def with_noisy_copies(table: StudyTable, noises: Sequence[Target]) -> StudyTable:
    """A table of the true rows, and behind them for each noisy target all rows again with its values."""
    rows = table.rows
    count, times = len(rows.target.values), len(noises) + 1
    every = np.tile(np.arange(count), times)
    values = np.concatenate([rows.target.values, *(noise.values for noise in noises)])
    arrays: Arrays = rows.arrays.take(every)
    labelled = LabelledRows(arrays, replace(rows.target, values=values), rows.weight[every])
    return replace(table, rows=labelled)


def noisy_view(view: View, copy: int, rows: int) -> View:
    """A view that trains and validates on a copy of the rows, and is tested on the true ones.

    copy: its number, from 1 on; 0: the true rows. rows: of the table without copies.
    """
    if copy == 0:
        return view
    moved = {part: getattr(view, part) + copy * rows for part in ("training", "validation")}
    return replace(view, **moved, name=f"{view.name}, copy {copy}")
=======
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
>>>>>>> inside
