"""The partitions of the rows into folds that candidates are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.tables import k_fold
from wellfit.tables.arrays import Target, View
from wellfit.tables.distinct import rows_without
from wellfit.tables.views.copies import with_copies
from wellfit.tables.views.splits import generator

FEW_ROWS = 1_000  # below which there are more folds, so that each network sees more of the rows
MOST_VALIDATION = 10_000  # rows of a fold; more add little and cost time


class Partitions:
    """Partitions of the rows into folds, made when they are first needed.

    Candidates are compared on partition 0; the others serve repeats of a recipe, whose networks then have other
    training rows. All partitions hold out the same rows, in other folds.

    rows: array (rows,), those of weight above 0.
    folds: of each partition.
    fixed: whether the user gave the views; then all partitions are this one, for nobody else knows which rows may be
        held out together.
    use: how many folds of a partition are trained (default: all); of very many rows a few are enough.
    notes: sentences for the user about the folds.
    """

    def __init__(
        self, target: Target, weight: NDArray[np.float32], groups: NDArray[Any] | None, seed: int,
        folds: int | Sequence[View] | None, copies: NDArray[np.int64] | None = None,
    ) -> None:  # fmt: skip
        self.rows = np.flatnonzero(weight > 0)
        self.fixed = isinstance(folds, Sequence)
        self._given = list(folds) if isinstance(folds, Sequence) else []
        usual = 8 if len(self.rows) < FEW_ROWS else 5
        self.folds = len(folds) if isinstance(folds, Sequence) else folds or usual
        self.use = self.folds
        self.notes: tuple[str, ...] = ()
        self._target, self._weight, self._groups, self._seed = target, weight, groups, seed
        self._copies = copies
        self._made: dict[int, list[View]] = {}

    def views(self, partition: int) -> list[View]:
        """The views of a partition that are trained."""
        partition = 0 if self.fixed else partition
        if partition not in self._made:
            self._made[partition] = self._repartitioned(partition) if partition else self._first()
        return self._made[partition][: self.use]

    def least_losses(self, partition: int) -> NDArray[np.float64]:
        """The least loss that any prediction has on the held-out rows of each fold (folds,), where it is not 0.

        The Poisson loss leaves out a constant, and is mostly below 0. Above its floor it is half the deviance, which
        has ratios as other losses do.
        """
        if self._target.kind != "counts":
            return np.zeros(len(self.views(partition)))
        found = []
        for view in self.views(partition):
            y, weight = self._target.values[view.validation].astype(np.float64), self._weight[view.validation]
            each = (y - y * np.log(np.where(y > 0, y, 1.0))).reshape(len(y), -1).mean(axis=1)
            found.append(np.average(each, weights=weight) if len(y) else 0.0)
        return np.array(found)

    def _first(self) -> list[View]:
        if self.fixed:
            return [_capped(view, self._seed) for view in self._given]
        views = k_fold(self._target, self.folds, self._seed, self._groups, rows=self.rows, copies=self._copies)
        self.notes = tuple(views.notes)
        return [_capped(view, self._seed) for view in views]

    def _repartitioned(self, partition: int) -> list[View]:
        """A new partition of the rows that the first one holds out: all candidates are compared on the same rows."""
        first = self.views(0)
        if len(first) < 2:
            return first
        held = np.sort(np.concatenate([view.validation for view in first]))
        seed = int(generator(self._seed, partition).integers(2**31))
        views = k_fold(self._target, len(first), seed, self._groups, rows=held, copies=self._copies)
        return [replace(view, training=self._others(view.validation)) for view in views]

    def _others(self, held: NDArray[np.int64]) -> NDArray[np.int64]:
        """All rows but those held out, and but those of their groups and their copies."""
        if self._copies is not None:
            held = with_copies(held, self._copies, self.rows)
        if self._groups is None:
            return rows_without(self.rows, held)
        groups = np.asarray(self._groups)
        return self.rows[~np.isin(groups[self.rows], groups[held])]


def _capped(view: View, seed: int) -> View:
    """The view with at most `MOST_VALIDATION` held-out rows, drawn by seed."""
    if len(view.validation) <= MOST_VALIDATION:
        return view
    drawn = generator(seed, 1).choice(view.validation, MOST_VALIDATION, replace=False)
    return replace(view, validation=np.sort(drawn))
