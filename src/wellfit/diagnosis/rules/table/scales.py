"""Inputs and targets in units that a network learns badly from, where nothing scales them."""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, Remedy, fine, found, not_applicable, rule
from wellfit.diagnosis.rules.table.facts import counted_rows, known, loss_gap
from wellfit.reprs import significant

REMEDIES = (
    Remedy("Scale the columns by their quartiles, which outliers do not move.", {"scaling": "robust"}),
    Remedy("Standardise the columns.", {"scaling": "standard"}),
)
FOLLOWS = (
    "learning-rate-too-high", "learning-rate-too-low", "exploding-gradients", "vanishing-gradients", "saturated-units",
    "dead-units", "bad-initial-scale", "oscillating-loss", "underfitting", "diverged", "plateau", "loss-spikes",
    "constant-predictions",
)  # fmt: skip


@rule("unscaled-inputs", "Inputs are not scaled", needs=("recipe", "table"), explains=FOLLOWS)
def unscaled_inputs(
    case: Case, *, large: float = 10.0, very_large: float = 30.0, small: float = 0.01, uneven: float = 100.0
) -> Judgement:
    """The recipe takes numbers as they are, and they are large, small or of very different size.

    Detected: `scaling` is "none", and the root mean square of a column is far from 1, or that of two columns far apart.
    Why it matters: usual initial weights and learning rates are made for inputs of size 1. Large inputs saturate or
    explode the first layer; the largest column decides everything, and the smallest is hardly ever learned from.
    What to do: let the recipe scale the inputs, on the training rows of each view.
    How sure: sizes and setting are certain. It is a problem where a column is very large, unless the first layer is
    normalised or networks of other recipes do no better.

    large: root mean square from which on it is a warning; usual data of unit scale stay below.
    very_large: from which on it is a problem: pre-activations are then many times what initialisation aims at.
    small: below which the weights would have to grow a hundredfold.
    uneven: ratio of the largest to the smallest column from which on it is a warning: rates that suit one do not suit
        the other.
    """
    assert case.table is not None and case.recipe is not None
    numbers = case.table.rows.arrays.numbers[counted_rows(case.table)]
    if case.recipe.scaling.name != "none":
        return fine(
            f"The recipe scales its inputs ({case.recipe.scaling.name}).", {"scaling": case.recipe.scaling.name}
        )
    if numbers.shape[1] == 0:
        return not_applicable("The table has no columns of numbers.")
    if case.recipe.number_embedding.name == "piecewise":
        return fine("The recipe does not scale its inputs, and its embedding by bins does not need it.")
    names, sizes = _sizes(case, numbers)
    if not len(sizes):
        return fine("No column of numbers varies, so that none has to be scaled.")
    most, least = int(sizes.argmax()), int(sizes.argmin())
    evidence: dict[str, Any] = {
        "largest root mean square": float(sizes[most]), "of": names[most], "smallest": float(sizes[least]),
        "of column": names[least], "large": large, "very large": very_large, "small": small, "uneven": uneven,
    }  # fmt: skip
    big, ratio = float(sizes[most]), float(sizes[most] / sizes[least])
    words = (
        f"The recipe does not scale its inputs; their root mean squares go from {sizes[least]:.3g} "
        f"({names[least]!r}) to {big:.3g} ({names[most]!r})."
    )
    if big < large and sizes[least] > small and ratio < uneven:
        return fine(words, evidence)
    severe = big >= very_large and case.recipe.normalization.name == "none"
    gap = loss_gap(case)
    if gap is not None:
        evidence |= {
            "validation loss": known(gap.own),
            "of the reference": known(gap.other),
            "reference": gap.reference,
        }
        severe = severe and gap.is_worse
    strength = float(np.clip(np.log10(max(big / large, small / sizes[least], ratio / uneven, 1.0)) / 2, 0, 1))
    return found("problem" if severe else "warning", words, evidence=evidence, strength=strength, remedies=REMEDIES)


def _sizes(case: Case, numbers: Any) -> tuple[list[str], Any]:
    """Root mean squares of the columns that vary, by name; of an image one for all pixels."""
    values = numbers.astype(np.float64)
    if case.table is not None and case.table.rows.arrays.image is not None:
        return ["pixels"], np.array([np.sqrt(np.mean(values**2))])
    filled = ~np.isnan(values).all(axis=0)
    values = values[:, filled]
    varies = np.nanmax(values, axis=0) > np.nanmin(values, axis=0)
    assert case.table is not None
    names = [name for name, one in zip(case.table.schema.number_names, filled, strict=True) if one]
    sizes = np.sqrt(np.nanmean(values[:, varies] ** 2, axis=0))
    kept = sizes > 0
    return [name for name, one in zip(names, varies, strict=True) if one], sizes[kept]


@rule("unscaled-target", "Target is not scaled", needs=("recipe", "table"))
def unscaled_target(case: Case, *, orders: float = 3.0) -> Judgement:
    """Numbers to predict that span many orders of magnitude.

    Detected: wellfit standardises a target of numbers on the training rows of each view (counts are divided by their
    mean) and gives predictions in its own unit, so that its unit never matters. What remains is its shape: a positive
    target whose 1st and 99th percentiles lie `orders` orders of magnitude apart.
    Why it matters: the loss is then that of the few largest rows, and relative errors of the others are huge.
    What to do: predict the logarithm, or use a robust loss.
    How sure: the span is certain; whether small values matter to you only you know: a hint.

    orders: of magnitude, from which on the smaller values do not count in a squared error: 3 (a factor of 1,000).
    """
    assert case.table is not None
    target = case.table.rows.target
    if target.kind not in ("numbers", "counts"):
        return not_applicable("The target is no number.")
    y = target.values[counted_rows(case.table)].astype(np.float64)
    evidence = {"mean": float(y.mean()), "standard deviation": float(y.std()), "orders": orders}
    done = "divided by its mean" if target.kind == "counts" else "standardised"
    low, high = np.quantile(y, [0.01, 0.99])
    if low <= 0 or np.log10(high / low) < orders or target.kind == "counts":
        return fine(f"The target is {done} on the training rows, whatever its unit.", evidence)
    span = float(np.log10(high / low))
    words = (
        f"The target spans {span:.1f} orders of magnitude ({significant(low, 3)} to {significant(high, 3)}): squared "
        "errors see the largest rows alone."
    )
    remedies = (Remedy("Predict the logarithm of the target."), Remedy("Use a robust loss.", {"loss": "huber"}))
    return found("hint", words, evidence={**evidence, "span": span}, strength=span / (2 * orders), remedies=remedies)
