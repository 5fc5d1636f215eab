"""Which choices of the recipes mattered in a search, candidates being compared where they came equally far."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wellfit.errors import InputError
from wellfit.report.evidence.clock import Clock
from wellfit.statistics.importance_of_choices import LEAST_RECIPES, importance_of_choices

LEAST_RESAMPLES, MOST_RESAMPLES = 15, 60
SHARE = 0.5  # of the seconds left, for what comes after it also costs
LEAST_SHARE = 0.8  # of them, within which the fewest resamples have to be done


def compared(candidates: Sequence[Mapping[str, Any]]) -> tuple[int, list[dict[str, Any]], list[float]]:
    """The furthest rung that enough different recipes have passed, the recipes that passed it, and their losses there.

    candidates: of a search's record. The first rung is 1; 0 and nothing: too few passed any.
    """
    furthest = max((len(one["losses"]) for one in candidates), default=0)
    for rung in range(furthest, 0, -1):
        passed = [one for one in candidates if len(one["losses"]) >= rung]
        if len({str(one["recipe"]) for one in passed}) >= LEAST_RECIPES:
            return rung, [dict(one["recipe"]) for one in passed], [_mean(one["losses"][rung - 1]) for one in passed]
    return 0, [], []


def _mean(losses: Sequence[float | None]) -> float:
    return math.inf if None in losses else float(np.mean(np.array(losses, np.float64)))


def choices(record: Mapping[str, Any], clock: Clock) -> dict[str, Any] | None:
    """The importance of each choice of the recipes of a search; None where the time is too short.

    record: of the search.

    Returns:
        "rung", "rungs" and "recipes" that were compared; "explained" with its interval; and "choices", the most
        important first. Nothing but "recipes" where too few came equally far.
    """
    every = record["search"]["candidates"]
    rung, recipes, losses = compared(every)
    if not recipes:
        return {"recipes": 0}
    try:
        affordable = _affordable(recipes, losses, clock)
        if affordable < LEAST_RESAMPLES:
            return None
        found = importance_of_choices(recipes, losses, resamples=affordable)
    except InputError:  # what differs between these recipes is no choice of its own
        return {"recipes": 0}
    mean, low, high = found.explained
    return {
        "rung": rung, "rungs": max(len(one["rungs"]) for one in every), "recipes": found.recipes,
        "explained": {"mean": mean, "low": low, "high": high},
        "choices": [
            {"name": one.name, "importance": one.importance, "low": one.low, "high": one.high, "values": one.values}
            for one in found.choices
        ],
    }  # fmt: skip


def _affordable(recipes: Sequence[Mapping[str, Any]], losses: Sequence[float], clock: Clock) -> int:
    """How many resamples there is time for, by how long one takes here."""
    if clock.left == math.inf:
        return MOST_RESAMPLES
    importance_of_choices(recipes, losses, resamples=1)  # loads what it needs
    started = time.monotonic()
    importance_of_choices(recipes, losses, resamples=1)
    each = max(time.monotonic() - started, 1e-6)
    if LEAST_RESAMPLES * each > clock.share(LEAST_SHARE):
        return 0
    return int(min(max(clock.share(SHARE) / each, LEAST_RESAMPLES), MOST_RESAMPLES))
