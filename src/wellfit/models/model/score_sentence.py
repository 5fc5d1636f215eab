"""The scores that a model keeps in its info, as a sentence."""

from __future__ import annotations

from typing import Any

from wellfit.tables.arrays import TargetKind


def score_sentence(info: dict[str, Any], kind: TargetKind) -> str:
    """All scores that a model's `info` keeps, in a sentence; empty where there is none."""
    scores = info.get("cross_validation")
    parts = (
        [_loss_and_error(score, kind, "by cross-validation") for score in scores] if isinstance(scores, list) else []
    )
    parts.append(_loss_and_error(info.get("out_of_bag"), kind, "out of bag"))
    parts.append(_searched(info.get("cross_validated_estimate")))
    return "; ".join(part for part in parts if part)


def _loss_and_error(score: Any, kind: TargetKind, how: str) -> str:
    """A score, kept as plain values, in words; empty where it is none. how: it was measured."""
    error = "squared error" if kind in ("numbers", "counts") else "error rate"
    words = []
    for key, name in (("loss", "loss"), ("error", error)):
        value = _estimate(score.get(key) if isinstance(score, dict) else None)
        if not value:
            return ""
        words.append(f"{name} {value}")
    same = len(words) == 2 and words[0].removeprefix("loss") == words[1].removeprefix(error)
    return f"{', '.join(words[same:])}, {how}"


def _searched(estimate: Any) -> str:
    """A search's estimate, kept as plain values, in words; empty where it is none."""
    value = _estimate(estimate)
    if not value or not isinstance(estimate, dict) or not isinstance(estimate.get("metric"), str):
        return ""
    before = ", before the networks were trained on all rows" if estimate.get("before_refit") is True else ""
    return f"{estimate['metric'].replace('_', ' ')} {value}, by cross-validation{before}"


def _estimate(kept: Any) -> str:
    """A mean with its interval, kept as plain values, in words; empty where it is none."""
    if not isinstance(kept, dict) or not isinstance(mean := kept.get("mean"), float):
        return ""
    ends = kept.get("interval_95")
    if isinstance(ends, list) and len(ends) == 2 and all(isinstance(end, float) for end in ends):
        return f"{mean:.4g} (95 % interval {ends[0]:.4g} to {ends[1]:.4g})"
    return f"{mean:.4g}"
