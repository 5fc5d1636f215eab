"""The verdict of a comparison of recipes, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from wellfit.reprs import counted
from wellfit.statistics.paired import BETTER, SAME, UNKNOWN, WORSE, BestOfMany, Comparison, rounded, shown_value
from wellfit.studies.recipes.speed_answer import FASTER


def verdict_of_comparison(
    rows: Sequence[dict[str, Any]], found: Mapping[str, Comparison], speed: Sequence[dict[str, Any]],
    best: BestOfMany | None, reference: str, title: str,
) -> str:  # fmt: skip
    """Which recipe has the lowest loss, how it compares with the reference, and which is the fastest."""
    if not math.isfinite(rows[0]["loss"]):
        return "Networks of every recipe diverged: none is the best."
    lead = "" if best is None or best.beyond_chance else ", which may be chance among so many"
    return f"{_on_quality(rows, found, reference, title, lead)} {_on_speed(speed, reference)}"


def _on_quality(
    rows: Sequence[dict[str, Any]], found: Mapping[str, Comparison], reference: str, title: str, lead: str
) -> str:
    lowest, many = rows[0]["recipe"], counted(len(rows), "recipe")
    if lowest == reference:
        counts = [(v, sum(one.verdict == v for one in found.values())) for v in (WORSE, SAME, UNKNOWN)]
        rest = ", ".join(f"{count} {'is' if count == 1 else 'are'} {verdict}" for verdict, count in counts if count)
        return f"Of {many} the reference, {reference}, has the lowest {title}{lead}; of the others {rest}."
    one = found[lowest]
    if math.isinf(one.alone.value.mean):
        return f"Of {many} {lowest} has the lowest {title}{lead}; networks of the reference, {reference}, diverged."
    size = shown_value(one.alone, flip=True)
    against = f"than the reference, {reference}" if one.verdict == BETTER else f"as the reference, {reference}"
    words = {BETTER: f"it is better {against}", SAME: f"it is practically the same {against}"}
    after = "" if one.verdict == one.alone.verdict else f" after {counted(len(found), 'comparison')}"
    said = words.get(one.verdict, f"it and the reference, {reference}, are {UNKNOWN}{after}")
    return f"Of {many} {lowest} has the lowest {title}{lead}; {said}: lower by {size}."


def _on_speed(speed: Sequence[dict[str, Any]], reference: str) -> str:
    faster = [row for row in speed if row["verdict"] == FASTER]
    if not faster:
        return f"No other is shown to reach the target loss with fewer updates than {reference}."
    row = min(faster, key=lambda row: float(row["share"]))
    spread = (row["share_high"] - row["share_low"]) / 4
    share, low, high = (rounded(row[f"share{end}"], spread) for end in ("", "_low", "_high"))
    return (
        f"The fastest to the target loss is {row['recipe']}, with {share} of the updates of {reference} "
        f"(95 % interval {low} to {high})."
    )
