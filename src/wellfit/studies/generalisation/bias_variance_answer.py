"""What many networks' predictions say of bias and variance: table, verdict and remarks."""

from __future__ import annotations

import math
from typing import Any

from wellfit.frames import ResultFrame
from wellfit.reprs import counted
from wellfit.statistics.decomposition import Decomposed, changed
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.paired import rounded
from wellfit.studies.base import Study, StudyPlan
from wellfit.studies.generalisation.bias_variance_figures import figures
from wellfit.studies.generalisation.bias_variance_parts import (
    FUNCTION,
    SQUARED,
    Found,
    Parts,
    long_table,
    parts_by_loss,
)

QUESTION = "How much of the error is bias, and how much is variance?"
LEAST_SAMPLES = 3  # of which an interval can be made
NOISE = (
    "Bias^2 is measured against the targets as they stand, so that it holds their noise too; only where the true "
    "function is known can the two be told apart."
)


def answer(found: Found) -> Study:
    """The study."""
    parts, remarks = parts_by_loss(found)
    table, every = ResultFrame(_rows(found, parts)), long_table(found, parts)
    words = (
        f"{counted(len(found.sweep.values), 'recipe')} on {counted(found.samples, 'training sample')} from "
        f"{counted(found.seeds, 'seed')}"
    )
    plan = StudyPlan(words, len(found.sweep.values) * found.samples * found.seeds, found.core_seconds)
    noise = (NOISE,) if found.function is None else ()
    return Study(
        "bias_variance", QUESTION, plan, _verdict(found, parts[SQUARED]), table, {"parts": every},
        figures=figures(found, every), remarks=(*found.remarks, *remarks, *noise), recipes=dict(found.sweep.recipes),
    )  # fmt: skip


def _rows(found: Found, parts: Parts) -> list[dict[str, Any]]:
    """A row a value and loss; without two seeds the variance has no sources."""
    sources = [
        *(("sampling", "optimisation") if found.seeds > 1 else ()),
        *(FUNCTION if found.function is not None else ()),
    ]
    rows = []
    for loss, several in parts.items():
        for value, one in zip(found.sweep.values, several, strict=True):
            known = {} if one is None else one.parts
            row: dict[str, Any] = {found.sweep.slot: value, "loss": loss, "error": _mean(known, "error")}
            for part in ("bias", "variance"):
                missing = Estimate(math.nan)
                row |= {part: _mean(known, part), f"{part}_low": known.get(part, missing).low,
                        f"{part}_high": known.get(part, missing).high}  # fmt: skip
            rows.append(row | {part: _mean(known, part) for part in sources})
    return rows


def _mean(parts: dict[str, Estimate], name: str) -> float:
    return parts[name].mean if name in parts else math.nan


def _verdict(found: Found, several: list[Decomposed | None]) -> str:
    """The answer in a sentence, by the squared error."""
    if found.samples < LEAST_SAMPLES:
        return f"Cannot tell: {counted(found.samples, 'training sample')} of {LEAST_SAMPLES} that variance needs."
    known = [(name, one) for name, one in zip(found.sweep.recipes, several, strict=True) if one is not None]
    if not known:
        return "Cannot tell: on every training sample a network diverged."
    if len(known) == 1:
        return _of_one(*known[0])
    (first, low), (last, high) = known[0], known[-1]
    best, least = min(known, key=lambda pair: pair[1].parts["error"].mean)
    moves = [_move(word, *changed(low, high, part)) for word, part in (("bias^2", "bias"), ("variance", "variance"))]
    return (
        f"From {first} to {last} {moves[0]}, and {moves[1]}; the lowest squared error, "
        f"{_shown(least.parts['error'], least.errors['error'])}, is at {best}."
    )


def _of_one(name: str, one: Decomposed) -> str:
    shares = [f"{part} {_shown(one.parts[key], one.errors[key])}" for part, key in
              (("bias^2", "bias"), ("variance", "variance"))]  # fmt: skip
    return f"Of the squared error {_shown(one.parts['error'], one.errors['error'])} of {name}, {' and '.join(shares)}."


def _move(word: str, change: Estimate, error: float) -> str:
    """How a part changes, in words."""
    interval = f"(95 % interval {rounded(change.low, error)} to {rounded(change.high, error)})"
    if not change.known or change.low <= 0 <= change.high:
        return f"the change of {word} is not distinguishable from none: {rounded(change.mean, error)} {interval}"
    if change.mean < 0:
        interval = f"(95 % interval {rounded(-change.high, error)} to {rounded(-change.low, error)})"
    return f"{word} {'falls' if change.mean < 0 else 'rises'} by {rounded(abs(change.mean), error)} {interval}"


def _shown(value: Estimate, error: float) -> str:
    words = rounded(value.mean, error)
    if not value.known:
        return words
    return f"{words} ({rounded(value.low, error)} to {rounded(value.high, error)})"
