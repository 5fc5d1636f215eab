"""Tables whose training labels are partly wrong: copies of the rows with other labels, beside the true ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.studies.base.table import StudyTable
from wellfit.tables.arrays import Arrays, Target, View
from wellfit.tables.split import LabelledRows

Int64 = NDArray[np.int64]


def wrong_target(target: Target, share: float, seed: int) -> Target:
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


def with_wrong_copies(table: StudyTable, noises: Sequence[Target]) -> StudyTable:
    """A table of the true rows, and behind them for each noisy target all rows again with its values."""
    rows = table.rows
    count, times = len(rows.target.values), len(noises) + 1
    every = np.tile(np.arange(count), times)
    values = np.concatenate([rows.target.values, *(noise.values for noise in noises)])
    arrays: Arrays = rows.arrays.take(every)
    labelled = LabelledRows(arrays, replace(rows.target, values=values), rows.weight[every])
    return replace(table, rows=labelled)


def wrong_view(view: View, copy: int, rows: int) -> View:
    """A view that trains and validates on a copy of the rows, and is tested on the true ones.

    copy: its number, from 1 on; 0: the true rows. rows: of the table without copies.
    """
    if copy == 0:
        return view
    moved = {part: getattr(view, part) + copy * rows for part in ("training", "validation")}
    return replace(view, **moved, name=f"{view.name}, copy {copy}")
