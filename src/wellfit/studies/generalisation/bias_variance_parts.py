"""Many networks' predictions on the rows that measure, taken apart by every loss that suits the target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.frames import ResultFrame
from wellfit.reprs import counted, short_repr
from wellfit.statistics.decomposition import (
    Decomposed,
    Terms,
    against_truth,
    cross_entropy_terms,
    decomposed,
    squared_terms,
    two_way,
    zero_one_terms,
)
from wellfit.studies.generalisation.sweep import Sweep
from wellfit.tables.arrays import Arrays
from wellfit.tables.split import LabelledRows

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
SQUARED, ZERO_ONE, ENTROPY = "squared error", "0-1 loss", "cross-entropy"
FUNCTION = ("noise", "bias_of_function", "noise_by_bias")  # where the true function is known


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


Parts = dict[str, list[Decomposed | None]]  # by loss, of each recipe; None where too few networks were left


def parts_by_loss(found: Found) -> tuple[Parts, list[str]]:
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


def long_table(found: Found, parts: Parts) -> ResultFrame:
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
