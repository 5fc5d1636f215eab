"""Means from what the kernels have added up."""

from __future__ import annotations

import math
from typing import Any

from wellfit.techniques import layout as at
from wellfit.techniques.targets.tasks import task_means


def means_of(sums: Any) -> tuple[float, float, float]:
    """Loss, error and objective: means over rows; of several tasks the sums of their means, weighted by the tasks'
    weights. NaN where nothing was added up. A task without a label adds nothing.

    The loss of several tasks is their objective: in a target's own units, the unit would say which task counts.
    """
    first = sums[: at.PENALTY].tolist()  # plain numbers, which are much faster to divide
    weight = first[at.WEIGHT]
    if weight != 0:
        return first[at.LOSS] / weight, first[at.ERROR] / weight, first[at.OBJECTIVE] / weight
    labelled = (sums[at.TASK_SUMS + at.TASK_WEIGHT :: at.TASK_SIZE] > 0).nonzero()[0]
    if not len(labelled):
        return math.nan, math.nan, math.nan
    each = [task_means(sums, k) for k in labelled]
    error, objective = (sum(one[3] * one[j] for one in each) for j in (1, 2))
    return objective, error, objective
