"""Which candidates are averaged with which weights, and the loss to expect of their ensemble on new rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import Metric, MetricOnRows, checked_weight
from wellfit.statistics.metrics.formulas import Squares
from wellfit.statistics.scores import loss_of_form, loss_range
from wellfit.statistics.selection.averaging_gain import Repeats, gained
from wellfit.statistics.selection.checks import counted_of, partition_of, rules_of, sound_pairs
from wellfit.statistics.selection.greedy import Rules, choose, shortlisted
from wellfit.statistics.selection.parts import deal
from wellfit.tables.arrays import Target

__all__ = ["Selection", "effort", "select"]

Float64 = NDArray[np.float64]
Chosen = tuple[Float64, NDArray[np.int64]]  # weights (candidates,), and the numbers of the rows for which they hold
MOST_ROWS = 20_000  # of more rows a sample is looked at, and
MOST_CELLS, LEAST_ROWS = 200_000, 2_000  # at most so many numbers a candidate, but at least so many rows;
CANDIDATES, STEPS = 30, 25
EXPENSIVE_CELLS, EXPENSIVE_ROWS = 16_000, 1_000  # fewer of all for metrics that sort, such as AUC: rows,
EXPENSIVE_CANDIDATES, EXPENSIVE_STEPS = 16, 12  # candidates, and steps
# The gain is exact for squares alone. Of other losses no more than this share is believed: networks that differ more
# than that, as on a few dozen rows, are beyond the second order that it is reckoned to.
MOST_GAIN = 0.5


@dataclass(frozen=True)
class Selection:
    """An ensemble of candidates, and the loss to expect of it.

    weights: (candidates,), they add up to 1.
    loss: of the weighted mean on the held-out rows that chose it.
    estimate: the loss to expect on new rows, with a 95 % interval over rows: the optimism of selecting taken off and,
        where `bagged`, with the gain of averaging the fold networks.
    optimism: how much higher the cross-fitted loss is than `loss`.
    gain: what averaging gains, 0 where no repeat of a recipe shows it.
    bagged: whether the gain of averaging is known.
    cost: of predicting a row.
    rows: how many the selection looked at, a seeded sample of very many.
    """

    weights: Float64
    loss: float
    estimate: Estimate
    optimism: float
    gain: float
    bagged: bool
    cost: float
    rows: int

    __repr__ = short_repr

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "weights": [float(weight) for weight in self.weights],
            "loss": self.loss if math.isfinite(self.loss) else None,
            "estimate": self.estimate.to_plain(),
            "optimism": self.optimism if math.isfinite(self.optimism) else None,
            "gain": self.gain,
            "bagged": self.bagged,
            "cost": self.cost,
            "rows": self.rows,
        }


def select(
    predicted: Sequence[NDArray[Any]] | NDArray[Any],
    target: Target,
    weight: NDArray[Any] | None,
    metric: Metric,
    *,
    costs: Sequence[float] | NDArray[Any] | None = None,
    most_cost: float = math.inf,
    seed: int = 0,
    same_as: Sequence[int] | None = None,
    pairs: Sequence[tuple[int, int]] = (),
    partition: Sequence[int] | None = None,
    networks: float | Callable[[Float64], float] = 1,
    groups: NDArray[Any] | None = None,
    folds: int = 5,
    start: int = 3,
    steps: int = STEPS,
    most_candidates: int = CANDIDATES,
) -> Selection:
    """Choose an ensemble greedily, with replacement, and estimate its loss on new rows.

    predicted: (candidates, rows, columns) held-out predictions; rows that no candidate predicts (NaN) do not count, and
        a candidate with a NaN in one of the others does not take part.
    target: of all rows.
    weight: (rows,) of 0 or more, None: 1 each.
    metric: by which the ensemble is chosen.
    costs: (candidates,) of predicting a row with all networks of a candidate, 0 or more (default 0).
    most_cost: of the ensemble (default no limit). A candidate that would exceed it cannot enter; the cheapest is always
        allowed.
    seed: of assigning and sampling rows (default 0).
    same_as: (candidates,) numbers, equal for states of the same networks (the best and the last of a run): the ensemble
        holds at most one of them, and another one takes its place where that is better. None (default): no two are.
    pairs: candidates that are one recipe with two seeds on two partitions of the rows (default none).
    partition: (candidates,) which partition each was trained on. None (default): the second ones of pairs on 1, all
        others on 0.
    networks: how many networks, each from a seed of its own, the model averages for each candidate (its folds), or a
        function of the weights that returns it; not whole where candidates have unequal numbers (default 1). See
        `wellfit.statistics.selection.averaging_gain`.
    groups: (rows,); rows of one group are taken as one. None (default): every row is its own.
    folds: parts of the rows for the estimate, 2 or more (default 5): the whole selection is done without each part and
        measured on it.
    start: how many of the best candidates are tried as a start, 1 or more (default 3).
    steps: how many candidates are added after the start at most, 0 or more (default 25).
    most_candidates: how many of the best by their own loss take part, 1 or more (default 30).

    Raises:
        InputError: no candidate, no row that counts, or shapes that do not fit.
    """
    given = checked_weight(weight, target)
    rules = rules_of(len(predicted), costs, most_cost, same_as, start, steps, most_candidates)
    counted, sound = counted_of(predicted, given)
    rows = _Rows(target.take(counted), given[counted], metric, predicted, counted, groups)
    chooser = _Chooser(rows, rows.sample(int(sound[0]), seed), sound, rules)
    weights = chooser.weights(None)
    ensemble = rows.mean(weights)
    chosen = _cross_fitted(chooser, deal(len(counted), folds, seed, rows.groups)) or [
        (weights, np.arange(len(counted)))
    ]
    crossed = rows.patched(chosen)
    many = networks(weights) if callable(networks) else networks
    repeats = Repeats(sound_pairs(pairs, sound, len(predicted)), partition_of(partition, pairs, len(predicted)), many)
    loss, pessimist = rows.metric.loss(ensemble), rows.metric.loss(crossed)
    estimate, gain, bagged = _cross_fitted_estimate(rows, crossed, chosen, repeats)
    cost = float(rules.costs[weights > 0].sum())
    return Selection(weights, loss, estimate, pessimist - loss, gain, bagged, cost, len(chooser.looked))


def effort(metric: MetricOnRows, lines: int, candidates: int) -> tuple[int, int]:
    """How many of a metric's rows a selection looks at, and about how many losses of them it takes.

    lines: of a form, as `MetricOnRows.compact` makes it.
    """
    steps, most = (EXPENSIVE_STEPS, EXPENSIVE_CANDIDATES) if metric.expensive else (STEPS, CANDIDATES)
    lists, parts = 2, 6  # from which ensembles are grown, about; all rows, and those without each part
    return min(metric.size, _most_rows(metric, lines)), candidates + lists * parts * steps * min(candidates, most)


def _most_rows(metric: MetricOnRows, lines: int) -> int:
    cells, least = (EXPENSIVE_CELLS, EXPENSIVE_ROWS) if metric.expensive else (MOST_CELLS, LEAST_ROWS)
    return min(max(least, cells // lines), MOST_ROWS)


class _Rows:
    """The rows that count, with candidates' forms of them, made when first used."""

    def __init__(
        self, target: Target, weight: Float64, metric: Metric, predicted: Any, numbers: NDArray[np.int64], groups: Any
    ) -> None:
        self.target, self.weight, self.predicted, self.numbers = target, weight, predicted, numbers
        self.metric = metric.on_rows(target, weight)
        self.groups = None if groups is None else np.unique(np.asarray(groups)[numbers], return_inverse=True)[1]
        self.known: dict[int, Float64] = {}

    def form(self, candidate: int) -> Float64:
        """A candidate's form of all rows."""
        return self.metric.compact(np.asarray(self.predicted[candidate])[self.numbers])

    def mean(self, weights: Float64) -> Float64:
        """The form of the weighted mean."""
        return np.asarray(sum(weights[c] * self.form(int(c)) for c in np.flatnonzero(weights)))

    def patched(self, chosen: list[Chosen]) -> Float64:
        """The form of weighted means with other weights for each part of the rows."""
        form = np.empty_like(self.form(0))
        for weights, held in chosen:
            form[:, held] = self.mean(weights)[:, held]
        return form

    def sample(self, candidate: int, seed: int) -> NDArray[np.int64]:
        """The rows that selection looks at: all, or a seeded sample in order."""
        rows = len(self.weight)
        most = _most_rows(self.metric, len(self.form(candidate)))
        if rows <= most:
            return np.arange(rows)
        return np.sort(np.random.default_rng([seed, 0x5A3B1E]).choice(rows, most, replace=False))

    def part(self, rows: NDArray[np.int64]) -> MetricOnRows:
        """The metric on some rows."""
        return type(self.metric)(self.target.take(rows), self.weight[rows])


class _Chooser:
    """The whole of the selection, on the rows that it looks at or on some of them.

    looked: row numbers. sound: candidates that may take part; of very many, those that are best by their loss on all
    these rows.
    """

    def __init__(self, rows: _Rows, looked: NDArray[np.int64], sound: NDArray[np.int64], rules: Rules) -> None:
        self.rows, self.looked, self.all = rows, looked, len(rules.costs)
        part = rows.part(looked)
        if part.expensive:
            few = min(rules.most_candidates, EXPENSIVE_CANDIDATES)
            rules = replace(rules, most_candidates=few, steps=min(rules.steps, EXPENSIVE_STEPS))
        forms = {int(c): self._form(int(c)) for c in sound}
        losses = np.array([part.loss(forms[int(c)]) for c in sound])
        kept = shortlisted(losses, rules.take(sound))
        self.names = sound[kept]
        self.forms = [forms[int(c)] for c in self.names]
        self.rules = rules.take(self.names)

    def _form(self, candidate: int) -> Float64:
        kept = self.rows.numbers[self.looked]
        return self.rows.part(self.looked).compact(np.asarray(self.rows.predicted[candidate])[kept])

    def weights(self, picked: NDArray[np.int64] | None) -> Float64:
        """Weights (candidates,) by some of the rows looked at (places among them); None: by all."""
        places = np.arange(len(self.looked)) if picked is None else picked
        forms = self.forms if picked is None else [np.ascontiguousarray(form[:, places]) for form in self.forms]
        counts, _ = choose(self.rows.part(self.looked[places]), forms, self.rules)
        weights = np.zeros(self.all)
        weights[self.names] = counts / counts.sum()
        return weights


def _cross_fitted(chooser: _Chooser, part: NDArray[np.int64]) -> list[Chosen]:
    """For each part of the rows the weights that the selection gives when it is done without that part; [] of one."""
    chosen = []
    for k in range(int(part.max(initial=0)) + 1):
        others = np.flatnonzero(part[chooser.looked] != k)
        if len(others) == 0:
            return []
        chosen.append((chooser.weights(others), np.flatnonzero(part == k)))
    return chosen


def _cross_fitted_estimate(
    rows: _Rows, crossed: Float64, chosen: list[Chosen], repeats: Repeats
) -> tuple[Estimate, float, bool]:
    """The loss of cross-fitted predictions less the gain of averaging, with its interval; the gain; whether known."""
    parts, ratio = repeats.parts(chosen, rows.form, crossed) if repeats.networks > 1 else ([], 0.0)
    bagged = repeats.networks == 1 or bool(parts)

    estimate = loss_of_form(rows.metric, crossed, rows.groups)
    gain = gained(rows.metric, crossed, parts, repeats.networks, ratio)
    # The gain varies little beside the loss, so that the interval is that of the loss.
    if isinstance(rows.metric, Squares) or estimate.mean <= 0:
        estimate = estimate.shifted(-gain)
    else:
        gain = min(gain, MOST_GAIN * estimate.mean)
        estimate = estimate.scaled(1 - gain / estimate.mean)
    return estimate.within(loss_range(rows.metric)), gain, bagged
