"""Which scores a result shows first, what they are called, and in which unit they are shown."""

from __future__ import annotations

import math
from typing import Literal

from wellfit.reprs import significant
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import GREATER_IS_BETTER
from wellfit.tables.arrays import TargetKind

HEADLINES: dict[TargetKind, tuple[str, ...]] = {
    "binary": ("error", "log_loss"),
    "classes": ("error", "log_loss"),
    "labels": ("error", "log_loss"),
    "numbers": ("r2", "rmse"),
    "counts": ("r2", "rmse", "poisson_deviance"),
    "tasks": (),
}
TITLES = {
    "error": "error rate", "log_loss": "log-loss", "auc": "AUC", "brier": "Brier score", "r2": "R2", "rmse": "RMSE",
    "mae": "MAE", "poisson_deviance": "Poisson deviance",
}  # fmt: skip
SAME = {"accuracy": "error", "balanced_accuracy": "balanced_error"}  # two names of one thing
PERCENT = ("error", "accuracy", "balanced_error", "balanced_accuracy")


def headline(kind: TargetKind, metric: str | None = None) -> tuple[str, ...]:
    """The scores that a result shows, the main one first: the metric, where one was chosen, then those people know.

    >>> headline("numbers"), headline("binary", "auc"), headline("binary", "accuracy")
    (('r2', 'rmse'), ('auc', 'error', 'log_loss'), ('accuracy', 'log_loss'))
    """
    known = HEADLINES[kind]
    if metric is None:
        return known
    return (metric, *(name for name in known if SAME.get(metric, metric) != name))


def better(name: str) -> Literal["higher", "lower"]:
    """Whether more or less of a score is better."""
    return "higher" if name in GREATER_IS_BETTER else "lower"


def score_title(name: str) -> str:
    """A score's name for people."""
    return TITLES.get(name, name.replace("_", " "))


def shown_score(name: str, value: float) -> str:
    """A score in its usual unit: shares of rows in percent; empty where it is not known."""
    if not math.isfinite(value):
        return ""
    if name in PERCENT:
        return f"{value:.2%}"
    in_units = name in ("rmse", "mae", "median_absolute_error", "poisson_deviance")
    return significant(value) if in_units else f"{value:.4f}"


def shown_estimate(name: str, estimate: Estimate) -> str:
    """A score with its interval, each in the usual unit, or the reason why it is missing."""
    if not math.isfinite(estimate.mean):
        return estimate.remark or "not known"
    words = shown_score(name, estimate.mean)
    if estimate.known:
        words += f" (95 % interval {shown_score(name, estimate.low)} to {shown_score(name, estimate.high)})"
    return words


def shown_difference(name: str, value: float) -> str:
    """A difference of scores in their usual unit: of shares of rows in percentage points, without the word."""
    return significant(value * (100 if name in PERCENT else 1) + 0.0, 3)
