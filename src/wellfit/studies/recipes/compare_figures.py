"""The figures of a comparison: differences from the reference, validation losses in training, and updates to a loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from wellfit.figures import Axis, Figure, interval_figure, line_figure


def compare_figures(
    rows: Sequence[dict[str, Any]], speed: Sequence[dict[str, Any]], curves: Sequence[dict[str, Any]], margin: float,
    title: str, reference: str,
) -> tuple[Figure, ...]:  # fmt: skip
    """All figures of the study."""
    names = ("recipe", "difference", "difference_low", "difference_high", "verdict")
    columns = {name: [row[name] for row in rows] for name in names}
    columns["difference"] = [0.0 if row["recipe"] == reference else row["difference"] for row in rows]
    quality = interval_figure(
        columns, Axis("difference", f"{title} on held-out rows less that of {reference}"), "recipe", name="quality",
        title=f"Loss of each recipe less that of {reference} (left of 0: better)", low="difference_low",
        high="difference_high", note="verdict", margin=margin or None,
    )  # fmt: skip
    return (quality, _curves(curves), _speed(speed, reference))


def _curves(curves: Sequence[dict[str, Any]]) -> Figure:
    """The lowest validation loss so far over updates."""
    columns = {name: [row[name] for row in curves] for name in ("recipe", "update", "validation_loss")}
    known = [one for one in columns["validation_loss"] if math.isfinite(one)]
    scale: Any = "log" if known and min(known) > 0 else "linear"
    return line_figure(
        columns, Axis("update", "updates"), Axis("validation_loss", "validation loss so far", scale=scale),
        name="curves", series="recipe", title="Lowest validation loss so far (median of networks)",
    )  # fmt: skip


def _speed(speed: Sequence[dict[str, Any]], reference: str) -> Figure:
    """Updates to the target as a share of the reference's."""
    ranked = sorted(speed, key=lambda row: float(row["share"]) if math.isfinite(row["share"]) else math.inf)
    columns: dict[str, list[Any]] = {
        name: [row[name] for row in ranked] for name in ("recipe", "share", "share_low", "share_high")
    }
    columns["note"] = [
        f"{row['verdict']}; reached by {row['reached']} of {row['networks']}"
        if row["reached"] < row["networks"] else row["verdict"]
        for row in ranked
    ]  # fmt: skip
    return interval_figure(
        columns, Axis("share", f"updates to the target loss, as a share of those of {reference}", scale="log"),
        "recipe", name="speed", title="Updates to the target loss (left of 1: fewer)", low="share_low",
        high="share_high",
        note="note", zero=1.0,
    )  # fmt: skip
