"""What many networks' predictions say of bias and variance: table, verdict and remarks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.frames import ResultFrame
from wellfit.reprs import counted, short_repr
from wellfit.statistics.decomposition import (
    Decomposed,
    Terms,
    against_truth,
    changed,
    cross_entropy_terms,
    decomposed,
    squared_terms,
    two_way,
    zero_one_terms,
)
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.paired import rounded
from wellfit.studies.base import Study, StudyPlan
from wellfit.studies.generalisation.sweep import Sweep
from wellfit.tables.arrays import Arrays
from wellfit.tables.split import LabelledRows

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
QUESTION = "How much of the error is bias, and how much is variance?"
SQUARED, ZERO_ONE, ENTROPY = "squared error", "0-1 loss", "cross-entropy"
FUNCTION = ("noise", "bias_of_function", "noise_by_bias")  # where the true function is known
LEAST_SAMPLES = 3  # of which an interval can be made
NOISE = (
    "Bias^2 is measured against the targets as they stand, so that it holds their noise too; only where the true "
    "function is known can the two be told apart."
)


@dataclass(frozen=True)
class Found:
    """What was predicted.

    sweep: the recipes. tested: the rows that measure. predicted: of each recipe (samples, seeds, rows, columns).
    function: (rows, columns), the true means; None: not known. seeds: of each sample. core_seconds: of the plan.
    grid: rows along the only input, and `curves` of each recipe (samples, seeds, grid, columns); None: several inputs.
    remarks: sentences. tested_inputs: (rows,), of the rows that measure, where there is one input.
    """

    sweep: Sweep
    tested: LabelledRows
    predicted: list[Float32]
    function: Float64 | None
    seeds: int
    core_seconds: float
    grid: Arrays | None
    curves: list[Float32] | None
    remarks: tuple[str, ...]
    tested_inputs: NDArray[np.float32] | None = None

    __repr__ = short_repr

    @property
    def samples(self) -> int:
        """Training samples that were trained."""
        return len(self.predicted[0])

    @property
    def truth(self) -> Float64:
        """The targets as networks predict them: of classes 1 for the row's own and 0 for the others."""
        target = self.tested.target
        if target.kind in ("binary", "classes"):
            return np.eye(self.predicted[0].shape[-1])[target.values[:, 0].astype(np.int64)]
        return target.values.astype(np.float64)


def answer(found: Found) -> Study:
    """The study."""
    from wellfit.studies.generalisation.bias_variance_figures import figures

    parts, remarks = _parts(found)
    table, every = ResultFrame(_rows(found, parts)), _long(found, parts)
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


Parts = dict[str, list[Decomposed | None]]  # by loss, of each recipe; None where too few networks were left


def _parts(found: Found) -> tuple[Parts, list[str]]:
    """Every recipe's decomposition by every loss, and what was left out."""
    parts: Parts = {name: [] for name in _losses(found)}
    remarks = []
    kept = [np.isfinite(one).all(axis=(1, 2, 3)) for one in found.predicted]
    # A difference between recipes is of the same samples.
    common = np.logical_and.reduce([one for one in kept if one.any()] or kept)
    for name, whole in zip(found.sweep.recipes, kept, strict=True):
        gone = int((~whole).sum())
        if gone:
            remarks.append(f"{name}: a network diverged on {counted(gone, 'training sample')}, which are left out.")
    for one, whole in zip(found.predicted, kept, strict=True):
        chosen = one[common & whole]
        for loss, parts_of in _losses(found).items():
            parts[loss].append(decomposed(chosen, parts_of, found.tested.weight) if len(chosen) else None)
    return parts, remarks


def _losses(found: Found) -> dict[str, Callable[[Float64], dict[str, Float64]]]:
    """How predictions are taken apart, by the loss."""
    losses = {SQUARED: lambda h: _squared(found, h)}
    target = found.tested.target
    if target.kind in ("binary", "classes"):
        classes = target.values[:, 0].astype(np.int64)
        losses[ZERO_ONE] = lambda h: _named(zero_one_terms(h, classes))
        losses[ENTROPY] = lambda h: _named(cross_entropy_terms(h, classes))
    return losses


def _named(terms: Terms) -> dict[str, Float64]:
    return {"error": terms.error, "bias": terms.bias, "variance": terms.variance}


def _squared(found: Found, h: Float64) -> dict[str, Float64]:
    """Of several columns the mean, but of classes the sum, which is the Brier score."""
    classes = found.tested.target.kind in ("binary", "classes")
    share = 1.0 if classes else 1 / h.shape[-1]
    ways = two_way(h)
    parts = _named(squared_terms(h, found.truth))
    if found.seeds > 1:
        parts |= {"sampling": ways.sampling, "optimisation": ways.optimisation}
    if found.function is not None:
        noise, bias, rest = against_truth(h, found.truth, found.function)
        parts |= dict(zip(FUNCTION, (noise, bias, rest), strict=True))
    return {name: share * one for name, one in parts.items()}


def _long(found: Found, parts: Parts) -> ResultFrame:
    """A row a value, loss and part."""
    rows = [
        {"recipe": recipe, found.sweep.slot: value, "loss": loss, "part": part, "mean": known.mean, "low": known.low,
         "high": known.high, "standard_error": one.errors[part]}
        for loss, several in parts.items()
        for recipe, value, one in zip(found.sweep.recipes, found.sweep.values, several, strict=True)
        if one is not None
        for part, known in one.parts.items()
    ]  # fmt: skip
    return ResultFrame(rows)


def _rows(found: Found, parts: Parts) -> list[dict[str, Any]]:
    """A row a value and loss; without two seeds the variance has no sources."""
    sources = [*(("sampling", "optimisation") if found.seeds > 1 else ()), *(FUNCTION if found.function is not None else ())]
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
