"""What a score was promised to be, in words: of the plain values that a model keeps."""

from __future__ import annotations

from typing import Any

from wellfit.tables.arrays import TargetKind


def promises(info: dict[str, Any], kind: TargetKind) -> str:
    """All that a model's `info` promises, in a sentence; empty where it promises nothing."""
    found = info.get("cross_validation")
    parts = [promise(one, kind) for one in found] if isinstance(found, list) else []
    parts.append(promise(info.get("out_of_bag"), kind, "out of bag"))
    parts.append(searched_promise(info.get("promise")))
    return "; ".join(part for part in parts if part)


def promise(score: Any, kind: TargetKind, how: str = "by cross-validation") -> str:
    """A cross-validated score, kept as plain values, in words; empty where it is no score. how: it was measured."""
    error = "squared error" if kind in ("numbers", "counts") else "error rate"
    words = []
    for name, called in (("loss", "loss"), ("error", error)):
        value = _estimate(score.get(name) if isinstance(score, dict) else None)
        if not value:
            return ""
        words.append(f"{called} {value}")
    same = len(words) == 2 and words[0].removeprefix("loss") == words[1].removeprefix(error)
    return f"{', '.join(words[same:])}, {how}"


def searched_promise(kept: Any) -> str:
    """A search's promise, kept as plain values, in words; empty where it is none."""
    value = _estimate(kept)
    if not value or not isinstance(kept, dict) or not isinstance(kept.get("metric"), str):
        return ""
    before = ", before the networks were trained on all rows" if kept.get("before_refit") is True else ""
    return f"{kept['metric'].replace('_', ' ')} {value}, by cross-validation{before}"


def _estimate(kept: Any) -> str:
    """A mean with its interval, kept as plain values, in words; empty where it is none."""
    if not isinstance(kept, dict) or not isinstance(mean := kept.get("mean"), float):
        return ""
    ends = kept.get("interval_95")
    if isinstance(ends, list) and len(ends) == 2 and all(isinstance(end, float) for end in ends):
        return f"{mean:.4g} (95 % interval {ends[0]:.4g} to {ends[1]:.4g})"
    return f"{mean:.4g}"
