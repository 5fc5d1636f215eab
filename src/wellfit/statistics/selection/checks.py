"""What a selection takes: each part is checked before it is used."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.statistics.selection.greedy import Rules

Float64 = NDArray[np.float64]


def counted_of(predicted: Any, weight: Float64) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the rows that count, and of the candidates that predict all of them."""
    if not len(predicted):
        raise InputError("An ensemble is selected from one candidate or more; got none.")
    known = np.stack([np.isfinite(np.asarray(one)).all(axis=1) for one in predicted])
    if known.shape[1] != len(weight):
        raise InputError(f"Predictions are for {len(weight)} rows of the target; got {known.shape[1]}.")
    counted = np.flatnonzero(known.any(axis=0) & (weight > 0))
    sound = np.flatnonzero(known[:, counted].all(axis=1))
    if not len(counted) or not len(sound):
        raise InputError(
            "A selection needs a candidate with finite predictions for every row that counts, and there is none: hand "
            "in candidates that are trained on all folds."
        )
    return counted, sound


def rules_of(
    candidates: int, costs: Any, most_cost: float, same_as: Any, start: int, steps: int, most_candidates: int
) -> Rules:
    """The rules of a selection; InputError where they do not fit the candidates."""
    given = np.zeros(candidates) if costs is None else np.asarray(costs, np.float64)
    states = np.arange(candidates) if same_as is None else np.asarray(same_as, np.int64)
    if given.shape != (candidates,) or states.shape != (candidates,) or not (given >= 0).all():
        raise InputError(
            f"Costs are a number of 0 or more, and same_as is a number, for each of {candidates} candidates; got costs "
            f"of shape {given.shape} and same_as of shape {states.shape}."
        )
    if min(start, most_candidates) < 1 or steps < 0:
        raise InputError(f"start and most_candidates are at least 1, steps 0; got {start}, {most_candidates}, {steps}.")
    return Rules(given, float(most_cost), states, start, steps, most_candidates)


def sound_pairs(pairs: Any, sound: NDArray[np.int64], candidates: int) -> tuple[tuple[int, int], ...]:
    """Pairs of which both take part."""
    given = tuple((int(a), int(b)) for a, b in pairs)
    for a, b in given:
        if a == b or not (0 <= a < candidates and 0 <= b < candidates):
            raise InputError(f"A pair is two of the candidates 0 to {candidates - 1}; got {(a, b)}.")
    known = set(sound.tolist())
    return tuple((a, b) for a, b in given if a in known and b in known)


def partition_of(partition: Any, pairs: Any, candidates: int) -> NDArray[np.int64]:
    """On which partition of the rows each candidate was trained (candidates,)."""
    if partition is not None:
        return np.asarray(partition, np.int64)
    numbers = np.zeros(candidates, np.int64)
    numbers[[b for _, b in pairs]] = 1
    return numbers
