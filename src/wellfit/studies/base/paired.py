"""The recipes of a grid compared in pairs: how many rows each fold has, the margin, and what the loss is called."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr
from wellfit.statistics.metrics import Metric
from wellfit.statistics.paired import (
    Comparison,
    Simplest,
    compare_family,
    simplest_as_good,
)
from wellfit.statistics.paired.family import family_advice
from wellfit.statistics.paired.losses import mean_loss
from wellfit.statistics.paired.verdicts import margin_of
from wellfit.statistics.scores.naming import PERCENT, score_title
from wellfit.studies.base.grid import Grid
from wellfit.studies.base.options import Settings
from wellfit.studies.base.table import StudyTable

Float64 = NDArray[np.float64]
FAMILY = (
    "The verdicts hold for all comparisons of one kind together (Holm): at most 5 % of studies say one falsely. An "
    "interval is that of its comparison alone."
)


@dataclass(frozen=True)
class Pairing:
    """What a comparison over the folds of a grid needs beside the losses.

    test_rows, training_rows: (partitions, folds). margin: in units of the loss.
    shares: whether losses are shares of rows. groups: number of groups that folds keep whole; None: rows.
    """

    test_rows: Float64
    training_rows: Float64
    margin: float
    shares: bool
    groups: float | None

    __repr__ = short_repr

    def family(self, losses: Mapping[str, Float64], reference: str) -> list[Comparison]:
        """Each recipe's losses (partitions, folds, seeds) less the reference's, with verdicts for the whole family."""
        return compare_family(losses, reference, self.test_rows, self.training_rows, **self._options)

    def simplest(self, losses: Mapping[str, Float64], complexity: Mapping[str, float]) -> Simplest:
        """The simplest recipe that is practically as good as the best. complexity: lower is simpler."""
        return simplest_as_good(losses, complexity, self.test_rows, self.training_rows, **self._options)

    def mean(self, losses: Float64) -> float:
        """The mean loss over folds, by their test rows, of the networks that did not diverge; NaN of none."""
        return mean_loss(losses, self.test_rows)

    @property
    def _options(self) -> dict[str, Any]:
        return {"margin": self.margin, "shares": self.shares, "groups": self.groups, "same_seeds": False}


def pairing_of(grid: Grid, table: StudyTable, settings: Settings, reference: str) -> Pairing:
    """The pairing of a grid's folds.

    table: that the grid was trained on. settings: of which the margin counts; None: 1 % of the reference's mean loss.
    reference: the name of the recipe that others are compared with.
    """
    rows, views = table.rows, grid.views
    shape = (views.partitions, views.folds)
    counts = [
        [np.count_nonzero(rows.weight[part] > 0) for part in (view.test, np.r_[view.training, view.validation])]
        for view in views.views
    ]
    test, training = np.array(counts, np.float64).T.reshape(2, *shape)
    groups = None if rows.groups is None else float(len(np.unique(rows.groups[rows.weight > 0])))
    loss = mean_loss(grid.losses(reference), test)
    margin = margin_of(settings.margin, 0.0 if math.isnan(loss) else loss)  # all its networks diverged
    shares = grid.metric is not None and grid.metric.name in PERCENT
    return Pairing(test, training, margin, shares, groups)


def loss_title(grid: Grid) -> str:
    """What the losses of a grid are called, for people; of a score of which more is better: 1 - its name."""
    return title_of(grid.metric)


def title_of(metric: Metric | None) -> str:
    """What losses by a metric are called, as in `loss_title`; None: the summed loss of several tasks."""
    if metric is None:
        return "summed loss"
    title = score_title(metric.name)
    return f"1 - {title}" if metric.greater_is_better else title


def comparison_rows(comparisons: Sequence[Comparison]) -> list[dict[str, Any]]:
    """A row a comparison, all that is known of it: difference, standard error, floor, p, variance by source, remark."""
    return [_flat(one) for one in comparisons]


def _flat(one: Comparison) -> dict[str, Any]:
    alone = one.alone
    sources = {f"variance_of_{name}": value for name, value in alone.sources.to_plain().items()}
    return {
        "name": one.name, "difference": alone.value.mean, "difference_low": alone.value.low,
        "difference_high": alone.value.high, "standard_error": alone.standard_error, "freedom": alone.freedom,
        "floor": alone.floor, "p": alone.p, "p_holm": one.p, "p_same_holm": one.p_same, **sources,
        "verdict": one.verdict, "advice": family_advice(one), "remark": one.remark,
    }  # fmt: skip
