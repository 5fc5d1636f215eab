"""What averaging the fold networks gains over the one network that was held out from a row.

A row's held-out prediction comes from one network a candidate, the model averages k of them. Write a candidate's
prediction as f = t + s + e: the truth, an error s that all its networks share, and an error e of its own, of mean 0,
from its seed and its draw of rows. For squared error

    E (f - y)^2 = noise + E s^2 + E e^2,        of k averaged: noise + E s^2 + E e^2 / k,

so that k networks gain E e^2 (1 - 1/k). Two repeats a, b of one recipe, other seed and other partition, share t and s:

    ((a - y)^2 + (b - y)^2) / 2 - ((a + b) / 2 - y)^2 = (a - b)^2 / 4,   of expectation E e^2 / 2,

whatever y is. Hence gain(k) = 2 (1 - 1/k) gain(2), unbiased. A smooth loss L has the same relation to second order in
e: E L(t + s + e) = L(t + s) + L'' E e^2 / 2 + ..., and what is measured is mean(L(a), L(b)) - L((a + b) / 2). Log-loss
adds terms of third and fourth order, which fall as 1/k^2; the extrapolation gives them the wrong share, and errs where
networks differ so much that probabilities differ by factors. Two repeats are trained on rows that overlap in a share
(k - 1)/k, two folds of one partition in (k - 2)/(k - 1): nearly the same, so that the gain is a trifle too small.

Of an ensemble with weights w, let d_r be what the two repeats of recipe r differ by. Candidates of one partition share
the fold, so their errors e may go together; those of different partitions do not. The ensemble's own error has
therefore the variance E [(sum over A of w_r d_r)^2 + (sum over B of w_r d_r)^2] / 2, with A and B the two partitions,
and each part is measured as above: by the ensemble against itself with that partition's members replaced by their
repeats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.arrays import Target
from wellfit.errors import InputError
from wellfit.metrics import Judge, Metric
from wellfit.metrics.judges import Squares
from wellfit.selection.intervals import jackknife

Float64 = NDArray[np.float64]


def bag_gain(
    said_a: NDArray[Any],
    said_b: NDArray[Any],
    target: Target,
    weight: NDArray[Any] | None,
    metric: Metric,
    networks: int,
) -> tuple[float, float]:
    """By how much the loss falls when `networks` networks of one recipe are averaged, and its standard error.

    said_a, said_b: (rows, columns) held-out predictions of one recipe with two seeds on two partitions of the rows;
    rows that either leaves NaN do not count. The standard error is that over rows, by a jackknife over 20
    blocks of them.
    """
    if networks < 1:
        raise InputError(f"One network or more is averaged, and {networks} came.")
    rows = np.flatnonzero(np.isfinite(said_a).all(axis=1) & np.isfinite(said_b).all(axis=1))
    given = np.ones(len(said_a)) if weight is None else np.asarray(weight, np.float64)
    rows = rows[given[rows] > 0]
    judge = metric.judge(target.take(rows), given[rows])
    one, two = judge.compact(said_a[rows]), judge.compact(said_b[rows])

    def gain(part: Judge, kept: NDArray[np.int64]) -> float:
        first, second = one[:, kept], two[:, kept]
        return (gained(part, first, [first - second], networks) + gained(part, second, [second - first], networks)) / 2

    return jackknife(judge, target.take(rows), given[rows], gain)


def gained(judge: Judge, form: Float64, deltas: Sequence[Float64], networks: int, ratio: float = 1.0) -> float:
    """The gain of an ensemble's form whose parts differ from their repeats by `deltas`, times a ratio."""
    factor = 2.0 * (1.0 - 1.0 / networks) * ratio
    if factor == 0.0 or not deltas:
        return 0.0
    if isinstance(judge, Squares):
        squares = judge.each(form)
        fall = factor * sum((judge.each(delta) / 4 for delta in deltas), np.zeros_like(squares))
        return judge.of_squares(squares) - judge.of_squares(squares - fall)
    here = judge.loss(form)
    return factor * sum((here + judge.loss(form - d)) / 2 - judge.loss(form - d / 2) for d in deltas)


@dataclass(frozen=True)
class Repeats:
    """What is known of candidates' own errors.

    pairs: (candidate, its repeat). partition: (candidates,) on which partition of the rows each was trained. networks:
    how many the model averages for each candidate.
    """

    pairs: tuple[tuple[int, int], ...]
    partition: NDArray[np.int64]
    networks: int

    @property
    def twin(self) -> dict[int, int]:
        """The repeat of each candidate that has one."""
        return {one: two for a, b in reversed(self.pairs) for one, two in ((a, b), (b, a))}

    def parts(self, weights: Float64, forms: dict[int, Float64]) -> tuple[list[Float64], float]:
        """What the ensemble's paired members of each partition differ by from their repeats, and by what the gain from
        these is to be multiplied for the members that have no repeat.

        A member without one is taken to have an own error of the mean size of the paired ones, and of their mean
        correlation; where there is one pair alone, of correlation one half.
        """
        twin = self.twin
        chosen = [c for c in np.flatnonzero(weights) if c in twin]
        if not chosen:
            return [], 0.0
        deltas = {int(c): forms[int(c)] - forms[twin[int(c)]] for c in chosen}
        rooms = sorted({int(self.partition[c]) for c in chosen})
        parts = [
            np.sum([weights[c] * deltas[c] for c in deltas if self.partition[c] == room], axis=0) for room in rooms
        ]
        return parts, self._ratio(weights, deltas)

    def _ratio(self, weights: Float64, deltas: dict[int, Float64]) -> float:
        names = sorted(deltas)
        flat = np.stack([deltas[c].ravel() for c in names])
        covariance = flat @ flat.T / flat.shape[1]
        sizes = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
        correlation = covariance / np.outer(sizes, sizes)
        together = self.partition[names][:, None] == self.partition[names][None]
        others = together & ~np.eye(len(names), dtype=bool)
        usual = float(np.clip(correlation[others].mean(), 0.0, 1.0)) if others.any() else 0.5
        known = float(np.sum(np.outer(weights[names], weights[names]) * covariance * together))
        everyone = np.flatnonzero(weights)
        size = np.array([sizes[names.index(c)] if c in names else sizes.mean() for c in everyone.tolist()])
        full = np.where(np.eye(len(everyone), dtype=bool), 1.0, usual) * np.outer(size, size)
        for i, a in enumerate(everyone.tolist()):
            for j, b in enumerate(everyone.tolist()):
                if a in deltas and b in deltas:
                    full[i, j] = covariance[names.index(a), names.index(b)]
        full *= self.partition[everyone][:, None] == self.partition[everyone][None]
        total = float(weights[everyone] @ full @ weights[everyone])
        return total / known if known > 0 else 0.0
