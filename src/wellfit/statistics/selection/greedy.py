"""Greedy selection with replacement: which candidates are averaged, and how often each counts.

Source: Caruana, Niculescu-Mizil, Crew & Ksikes, "Ensemble selection from libraries of models", 2004.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.statistics.metrics import MetricOnRows

Float64 = NDArray[np.float64]
Counts = NDArray[np.int64]
PATIENCE = 6  # steps without a lower loss after which no further one is tried
SMALL = 4  # candidates of at most a quarter of the cap are also tried alone: many small ones may beat one large


@dataclass(frozen=True)
class Rules:
    """What an ensemble may hold.

    costs: (candidates,) of predicting a row. most_cost: of all candidates in the ensemble together. states:
    (candidates,) numbers; candidates of one number are states of the same networks, of which one at most is in the
    ensemble. start: how many of the best are tried as a start. steps: how many are added after it, at most.
    most_candidates: how many of the best by their own loss take part.
    """

    costs: Float64
    most_cost: float
    states: Counts
    start: int
    steps: int
    most_candidates: int

    def take(self, picked: Counts) -> Rules:
        """For some of the candidates."""
        return Rules(
            self.costs[picked], self.most_cost, self.states[picked], self.start, self.steps, self.most_candidates
        )


def choose(metric: MetricOnRows, forms: Sequence[Float64], rules: Rules) -> tuple[Counts, float]:
    """How often each candidate counts (candidates,), and the loss of their mean.

    forms: of each candidate, as `MetricOnRows.compact` makes them. Candidates with a loss that is not finite never take
    part; where none is left, or none can be paid for, the cheapest is chosen. Ties go to the earliest.
    """
    single = np.array([metric.loss(form) for form in forms])
    affordable = np.isfinite(single) & (rules.costs <= rules.most_cost)
    if not affordable.any():
        sound = np.where(np.isfinite(single), single, np.inf)
        cheapest = int(np.lexsort((sound, np.where(np.isfinite(single), rules.costs, np.inf)))[0])
        return np.bincount([cheapest], minlength=len(forms)), float(single[cheapest])
    found: list[tuple[Counts, Counts, float]] = []
    for picked in _lists(single, rules, rules.most_candidates):
        found.append((picked, *_Growing(metric, [forms[c] for c in picked], rules.take(picked)).grow()))
    picked, counts, loss = min(found, key=lambda one: one[2])
    whole = np.zeros(len(forms), np.int64)
    whole[picked] = counts
    return whole, loss


def shortlisted(single: Float64, rules: Rules) -> Counts:
    """Numbers of the candidates that `choose` may need, in order: twice as many as take part, and the cheapest."""
    finite = np.where(np.isfinite(single), single, np.inf)
    cheapest = np.lexsort((finite, np.where(np.isfinite(single), rules.costs, np.inf)))[:1]
    return np.unique(np.concatenate([cheapest, *_lists(single, rules, 2 * rules.most_candidates)]))


def _lists(single: Float64, rules: Rules, most: int) -> list[Counts]:
    """Lists from which an ensemble is grown, each of the best by their own loss, best first.

    Within the cap: all, and of states of the same networks the first alone, the second alone and so on (the last where
    there are fewer), for states that are worse alone may be better together; and all within a quarter of the cap.
    """
    sound = np.isfinite(single) & (rules.costs <= rules.most_cost)
    place = np.array([np.count_nonzero(rules.states[:c] == state) for c, state in enumerate(rules.states)])
    last = np.array([np.count_nonzero(rules.states == state) - 1 for state in rules.states])
    wanted = [sound, sound & (rules.costs <= rules.most_cost / SMALL)]
    wanted += [sound & (place == np.minimum(k, last)) for k in range(int(place.max()) + 1)]
    lists: list[Counts] = []
    for chosen in wanted:
        picked = np.flatnonzero(chosen)
        picked = picked[np.argsort(single[picked], kind="stable")][:most]
        if len(picked) and not any(set(picked) == set(other) for other in lists):
            lists.append(picked)
    return lists


class _Growing:
    """An ensemble that grows by one candidate a step. forms: the best first."""

    def __init__(self, metric: MetricOnRows, forms: Sequence[Float64], rules: Rules) -> None:
        self.metric, self.forms, self.rules = metric, forms, rules
        self.total: Float64 = np.zeros_like(forms[0])
        self.trial: Float64 = np.zeros_like(forms[0])
        self.counts: Counts = np.zeros(len(forms), np.int64)
        self.alone = [np.count_nonzero(rules.states == state) == 1 for state in rules.states]

    def grow(self) -> tuple[Counts, float]:
        """Counts and loss of the best ensemble on the way."""
        best, loss = self._started()
        self.counts = best.copy()
        self.total = sum((n * self.forms[c] for c, n in enumerate(best) if n), np.zeros_like(self.total))
        since = 0
        for _ in range(self.rules.steps):
            chosen, reached = self._next()
            if chosen is None:
                break
            self._add(chosen)
            since += 1
            if reached < loss:
                best, loss, since = self.counts.copy(), reached, 0
            if since >= PATIENCE:
                break
        return best, loss

    def _started(self) -> tuple[Counts, float]:
        """The best of: the first candidate, the first two that go together, ... with equal weights."""
        best, least = self.counts, np.inf
        for c in range(len(self.forms)):
            if int(self.counts.sum()) >= self.rules.start:
                break
            if self._sibling(c) is not None or not self._payable()[c]:
                continue
            self._add(c)
            reached = self.metric.loss(self.total / self.counts.sum())
            if reached < least:
                best, least = self.counts.copy(), reached
        return best, least

    def _next(self) -> tuple[int | None, float]:
        """The candidate that makes the mean best, and its loss."""
        chosen, least, payable = None, np.inf, self._payable()
        for c in range(len(self.forms)):
            if payable[c]:
                reached = self.metric.loss(self._with(c))
                if reached < least:
                    chosen, least = c, reached
        return chosen, least

    def _with(self, c: int) -> Float64:
        """The mean with one more of a candidate, which takes the places of another state of itself."""
        np.add(self.total, self.forms[c], out=self.trial)
        other = self._sibling(c)
        if other is not None:
            self.trial += self.counts[other] * (self.forms[c] - self.forms[other])
        self.trial *= 1.0 / (self.counts.sum() + 1)
        return self.trial

    def _add(self, c: int) -> None:
        other = self._sibling(c)
        if other is not None:
            self.total = self.total + self.counts[other] * (self.forms[c] - self.forms[other])
            self.counts[c], self.counts[other] = self.counts[other], 0
        self.total = self.total + self.forms[c]
        self.counts[c] += 1

    def _sibling(self, c: int) -> int | None:
        """Another state of the same networks that is in the ensemble."""
        if self.alone[c]:
            return None
        same = np.flatnonzero((self.rules.states == self.rules.states[c]) & (self.counts > 0))
        return next((int(other) for other in same if other != c), None)

    def _payable(self) -> list[bool]:
        """Which candidates could enter under the cap; a state takes the place of another one of its networks."""
        held = self.counts > 0
        costs = self.rules.costs
        others = [self._sibling(c) for c in range(len(held))]
        saved = np.array([0.0 if other is None else costs[other] for other in others])
        after = costs[held].sum() + np.where(held, 0.0, costs) - saved
        return (after <= self.rules.most_cost * (1 + 1e-12)).tolist()  # type: ignore[no-any-return]
