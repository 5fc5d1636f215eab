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

The k networks of a candidate need a seed each. Where the folds share one, they share its error too: k average to less
than two repeats with two seeds show, and the gain is overstated.

Of an ensemble with weights w, let d_r be what the two repeats of recipe r differ by. Candidates of one partition share
the fold, so their errors e may go together; those of different partitions do not. The ensemble's own error has
therefore the variance E [(sum over A of w_r d_r)^2 + (sum over B of w_r d_r)^2] / 2, with A and B the two partitions,
and each part is measured as above: by the ensemble against itself with that partition's members replaced by their
repeats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from wellfit.statistics.metrics import MetricOnRows
from wellfit.statistics.metrics.formulas import LogLoss, PoissonDeviance, Squares

Float64 = NDArray[np.float64]
Rows = NDArray[np.int64]
Part = tuple[Float64, Float64]  # the form of an ensemble, and what a part of it differs by from its repeat


def gained(metric: MetricOnRows, form: Float64, parts: Sequence[Part], networks: float, ratio: float = 1.0) -> float:
    """The gain of an ensemble's form by what its parts differ by from their repeats, times a ratio of variances."""
    factor = 2.0 * (1.0 - 1.0 / networks)
    if factor * ratio == 0.0 or not parts:
        return 0.0
    if isinstance(metric, Squares):
        squares = metric.each(form)
        fall = factor * ratio * sum((metric.each(delta) / 4 for _, delta in parts), np.zeros_like(squares))
        return metric.of_squares(squares) - metric.of_squares(squares - fall)
    # A step of the ratio's root has less noise than a small step times the ratio, but may leave what has a logarithm.
    stretch = 1.0 if isinstance(metric, (LogLoss, PoissonDeviance)) else math.sqrt(ratio)
    total = 0.0
    for base, delta in parts:
        step = stretch * delta
        total += (metric.loss(base) + metric.loss(base - step)) / 2 - metric.loss(base - step / 2)
    return factor * total * ratio / stretch**2


@dataclass(frozen=True)
class Repeats:
    """What is known of candidates' own errors.

    pairs: (candidate, its repeat). partition: (candidates,) on which partition of the rows each was trained. networks:
    how many the model averages for each candidate.
    """

    pairs: tuple[tuple[int, int], ...]
    partition: NDArray[np.int64]
    networks: float

    @property
    def twin(self) -> dict[int, int]:
        """The repeat of each candidate that has one."""
        return {one: two for a, b in reversed(self.pairs) for one, two in ((a, b), (b, a))}

    def parts(
        self, chosen: Sequence[tuple[Float64, Rows]], form: Callable[[int], Float64], ensemble: Float64
    ) -> tuple[list[Part], float]:
        """The ensemble's parts that have a repeat, one a partition, and the ratio of the variance of the ensemble's own
        error to that of these parts.

        chosen: weights (candidates,) and the numbers of the rows for which they hold: weights that these rows have not
        chosen, or the ensemble would be flattered and its repeats would not. form: of a candidate. ensemble: its form.

        A member without a repeat is taken to have an own error of the mean size of the others, and of their mean
        correlation; where none is known, of one half. Where no member has a repeat, pairs outside the ensemble stand
        for it.
        """
        twin = self.twin
        inside = [int(c) for c in np.flatnonzero(sum(weights for weights, _ in chosen)) if int(c) in twin]
        names = inside or [a for a, _ in self.pairs]
        deltas = {c: form(c) - form(twin[c]) for c in names}
        parts = [(form(c), deltas[c]) for c in names if not inside]
        for partition in sorted({int(self.partition[c]) for c in inside}):
            delta = np.zeros_like(ensemble)
            for weights, rows in chosen:
                for c in inside:
                    if weights[c] and self.partition[c] == partition:
                        delta[:, rows] += weights[c] * deltas[c][:, rows]
            parts.append((ensemble, delta))
        known = float(sum(np.mean(delta**2) for _, delta in parts))
        if known == 0.0:
            return parts, 0.0
        total = sum(len(rows) * self._variance(weights, deltas) for weights, rows in chosen)
        return parts, total / sum(len(rows) for _, rows in chosen) / known

    def _variance(self, weights: Float64, deltas: dict[int, Float64]) -> float:
        """Mean squared difference of the whole ensemble from a repeat of it, added over partitions."""
        place = {c: i for i, c in enumerate(deltas)}
        flat = np.stack([delta.ravel() for delta in deltas.values()])
        products = flat @ flat.T / flat.shape[1]
        sizes = np.sqrt(np.maximum(np.diag(products), 1e-300))
        partitions = self.partition[list(place)]
        others = (partitions[:, None] == partitions[None]) & ~np.eye(len(place), dtype=bool)
        usual = float(np.clip((products / np.outer(sizes, sizes))[others].mean(), 0.0, 1.0)) if others.any() else 0.5
        selected = [int(c) for c in np.flatnonzero(weights)]
        size = [float(sizes[place[c]]) if c in place else float(sizes.mean()) for c in selected]
        total = 0.0
        for (i, a), (j, b) in product(enumerate(selected), repeat=2):
            if self.partition[a] != self.partition[b]:
                continue
            both = a in place and b in place
            known = products[place[a], place[b]] if both else size[i] * size[j] * (1.0 if a == b else usual)
            total += weights[a] * weights[b] * float(known)
        return total
