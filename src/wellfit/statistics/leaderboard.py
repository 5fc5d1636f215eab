"""The leaderboard of a search: a row a candidate, read off the search's record."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.statistics.intervals import POSITIVE, UNBOUNDED, over_folds

ENDS = ("finished", "running", "pruned", "diverged")  # the order in which candidates are listed


def leaderboard(record: Mapping[str, Any], weights: Mapping[int, float]) -> ResultFrame:
    """The candidates of a search, best first; see `SearchResult.leaderboard`.

    record: of the search. weights: of the candidates in the ensemble, by number.
    """
    rows = [_row(one, len(one["members"]), weights) for one in record["candidates"]]
    rows.sort(key=lambda row: (ENDS.index(row["status"]), row["loss"] is None, row["loss"], row["candidate"]))
    ranked = [{"rank": place, **row} for place, row in enumerate(rows, 1)]
    return ResultFrame(ranked, infer_schema_length=None)


def _row(one: Mapping[str, Any], folds: int, weights: Mapping[int, float]) -> dict[str, Any]:
    losses = [math.inf if value is None else value for value in one["losses"][-1]] if one["losses"] else []
    below = min(losses, default=0.0) < 0  # the losses of counts have no floor at 0
    estimate = over_folds(losses, 1 / max(folds - 1, 1), UNBOUNDED if below else POSITIVE)
    return {
        "candidate": int(one["number"]),
        "loss": _known(estimate.mean),
        "low": _known(estimate.low),
        "high": _known(estimate.high),
        "status": str(one["status"]),
        "rung": len(one["losses"]),
        "rungs": len(one["rungs"]),
        "weight": float(weights.get(int(one["number"]), 0.0)),
        "cost": float(one["cost"]),
        "updates": int(one["updates"]),
        "partition": int(one["partition"]),
        "origin": str(one["origin"]),
        "recipe": in_words(one["recipe"]),
    }


def in_words(plain: Mapping[str, Any]) -> str:
    """How a recipe differs from the default, as `Recipe(...)` takes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of combinations: the search has warned of them
        return repr(Recipe.from_dict(plain))


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
