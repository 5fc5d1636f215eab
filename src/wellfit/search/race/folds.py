"""The partitions of the rows into folds that candidates are trained on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.tables import k_fold
from wellfit.tables.arrays import Target, View
from wellfit.tables.views.splits import generator

FEW_ROWS = 1_000  # below which more folds are dealt, so that each network sees more of the rows
MOST_VALIDATION = 10_000  # rows of a fold; more add little and cost time


class Partitions:
    """Deals of the rows into folds, made when they are first needed.

    Deal 0 is what candidates are compared on; the others serve repeats of a recipe, whose networks then have other
    training rows. All partitions hold out the same rows, in other folds.

    use: how many of a partition's folds are trained (default: all); of very many rows a few are enough.
    """

    def __init__(
        self, target: Target, weight: NDArray[np.float32], groups: NDArray[Any] | None, seed: int, folds: int | None
    ) -> None:
        self.rows = np.flatnonzero(weight > 0)
        self.folds = folds or (8 if len(self.rows) < FEW_ROWS else 5)
        self.use = self.folds
        self.notes: tuple[str, ...] = ()
        self._target, self._weight, self._groups, self._seed = target, weight, groups, seed
        self._dealt: dict[int, list[View]] = {}

    def views(self, partition: int) -> list[View]:
        """The views of a partition that are trained."""
        if partition not in self._dealt:
            self._dealt[partition] = self._redealt(partition) if partition else self._first()
        return self._dealt[partition][: self.use]

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
        dealt = k_fold(self._target, self.folds, self._seed, self._groups, rows=self.rows)
        self.notes = tuple(dealt.notes)
        return [_capped(view, self._seed) for view in dealt]

    def _redealt(self, partition: int) -> list[View]:
        """The rows that the first partition holds out, split anew: all candidates are compared on the same rows."""
        first = self.views(0)
        if len(first) < 2:
            return first
        held = np.sort(np.concatenate([view.validation for view in first]))
        seed = int(generator(self._seed, partition).integers(2**31))
        dealt = k_fold(self._target, len(first), seed, self._groups, rows=held)
        return [replace(view, training=self._others(view.validation)) for view in dealt]

    def _others(self, held: NDArray[np.int64]) -> NDArray[np.int64]:
        """All rows but those held out, and but those of their groups."""
        if self._groups is None:
            return np.setdiff1d(self.rows, held)
        groups = np.asarray(self._groups)
        return self.rows[~np.isin(groups[self.rows], groups[held])]


def _capped(view: View, seed: int) -> View:
    """The view with at most `MOST_VALIDATION` held-out rows, drawn by seed."""
    if len(view.validation) <= MOST_VALIDATION:
        return view
    drawn = generator(seed, 1).choice(view.validation, MOST_VALIDATION, replace=False)
    return replace(view, validation=np.sort(drawn))
