"""The scores that a model keeps in its info, as a sentence."""

from __future__ import annotations

from typing import Any

from wellfit.statistics.intervals import Estimate
from wellfit.statistics.scores import score_title, shown_estimate
from wellfit.tables.arrays import TargetKind


def score_sentence(info: dict[str, Any], kind: TargetKind) -> str:
    """All scores that a model's `info` keeps, in a sentence; empty where there is none."""
    kept = info.get("cross_validation")
    parts = [_scores(one, kind, "by cross-validation") for one in kept] if isinstance(kept, list) else []
    parts.append(_scores(info.get("out_of_bag"), kind, "out of bag"))
    parts.append(_searched(info.get("cross_validated_estimate")))
    return "; ".join(part for part in parts if part)


def _scores(kept: Any, kind: TargetKind, how: str) -> str:
    """Scores, kept as plain values, in words; of several tasks their loss; empty where it is none. how: measured."""
    if not isinstance(kept, dict):
        return ""
    named = {"loss": kept.get("loss")} if kind == "tasks" else kept.get("scores")
    if not isinstance(named, dict) or not named:
        return ""
    words = [_in_words(str(name), one) for name, one in named.items()]
    return f"{', '.join(words)}, {how}" if all(words) else ""


def _searched(estimate: Any) -> str:
    """A search's estimate, kept as plain values, in words; empty where it is none."""
    if not isinstance(estimate, dict) or not isinstance(estimate.get("metric"), str):
        return ""
    words = _in_words(estimate["metric"], estimate)
    before = ", before the networks were trained on all rows" if estimate.get("before_refit") is True else ""
    return f"{words}, by cross-validation{before}" if words else ""


def _in_words(name: str, kept: Any) -> str:
    """A score with its interval, kept as plain values, in words; empty where it is none."""
    if not isinstance(kept, dict) or not isinstance(mean := kept.get("mean"), float):
        return ""
    estimate, ends = Estimate(mean), kept.get("interval_95")
    if isinstance(ends, list) and len(ends) == 2 and all(isinstance(end, float) for end in ends):
        estimate = Estimate(mean, ends[0], ends[1])
    return f"{score_title(name)} {shown_estimate(name, estimate)}"
