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
    weight = sums[at.WEIGHT]
    if weight != 0:
        return sums[at.LOSS] / weight, sums[at.ERROR] / weight, sums[at.OBJECTIVE] / weight
    labelled = [k for k in range(at.MOST_TASKS) if sums[at.TASK_SUMS + at.TASK_SIZE * k + at.TASK_WEIGHT] > 0]
    if not labelled:
        return math.nan, math.nan, math.nan
    each = [task_means(sums, k) for k in labelled]
    error, objective = (sum(one[3] * one[j] for one in each) for j in (1, 2))
    return objective, error, objective
