"""Differences that noise explains: folds that do not agree, and a recipe that does no better than another."""

from __future__ import annotations

from collections import Counter

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import constant_loss, grade
from wellfit.diagnosis.base.remedies import (
    BATCH_NORM,
    RESIDUAL,
    fresh_start,
    learning_rate,
    recipe_of,
    tried_first,
    valid,
)
from wellfit.diagnosis.base.shortfall import severity_of, shortfall


@rule("unstable-folds", "Some networks fail where others do not", needs=("training",))
def unstable_folds(case: Case, *, spread: float = 0.4, times: float = 3.0) -> Judgement:
    """Some networks of the recipe do far worse than others that differ only in rows or seed.

    Detected: the losses of the networks on validation rows are further apart than `spread` of what the best one gains
        over a constant prediction, and `times` as far apart as the reference's on the same views.
    Why it matters: whether the recipe works is a matter of luck; a mean over networks hides it.
    What to do: a lower learning rate, normalisation or skip connections; averaging; more rows.
    How sure: views differ in difficulty, so the reference's spread is the measure. With one or two networks it is not
        judged.

    spread: networks of good recipes differ by less than a third of what they gain, even on few rows.
    times: so that a view that is hard for every recipe is not blamed on this one.
    """
    losses = np.array([one.validation.loss for one in case.trained if one.validation is not None])
    constant = constant_loss(case)
    if len(losses) < 3 or not constant > 0:
        return not_applicable("It takes three networks or more, and a constant prediction to compare with.")
    gain = max(constant - losses.min(), 0.02 * constant)
    own = float(losses.max() - losses.min()) / gain
    others = [
        float(np.ptp([one.validation.loss for one in nets if one.validation is not None])) / gain
        for nets in case.references.values() if any(one.validation is not None for one in nets)
    ]  # fmt: skip
    usual = min(others) if others else 0.0
    evidence = {"spread of the losses, of the best gain": own, "threshold": spread, "spread of the reference": usual}
    if own < spread or own < times * usual:
        return fine("The networks differ no more than rows and seeds make them.", evidence)
    return found(
        severity_of(case, bool(others)), f"The networks' losses on validation rows lie {min(own, 9.99):.0%} of the "
        "best one's gain apart: some fail where others do not.",
        evidence=evidence, strength=0.4 * grade(own, spread, 2.0),
        remedies=valid(case, [learning_rate(case, 0.3), fresh_start(case), BATCH_NORM, RESIDUAL,
                              *tried_first("unstable between runs")]),
    )  # fmt: skip


@rule("within-seed-noise", "No clear difference from the reference", needs=("training", "references"))
def within_seed_noise(case: Case, *, practically: float = 0.01) -> Judgement:
    """Recipe and reference differ by less than chance does.

    Detected: with two seeds or more a view, the 95 % interval of the difference of their losses on validation rows
        holds 0 and reaches further than `practically` of the loss to either side.
    Why it matters: to choose between them by these networks is to choose by luck.
    What to do: train more seeds and folds, or take the simpler recipe.
    How sure: it says only that these networks do not tell them apart.

    practically: a smaller difference is none in practice.
    """
    per_view = Counter(one.place for one in case.trained)
    others = {name: nets for name, nets in case.references.items() if nets and nets[0].recipe != recipe_of(case)}
    if not others or not per_view or min(per_view.values()) < 2:
        return not_applicable("It takes two seeds or more on each view, and another recipe.")
    there = shortfall(case)
    if there is None:
        return not_applicable("The recipes have no view in common.")
    evidence = there.evidence | {"interval from": there.low, "interval to": there.high}
    width = (there.high - there.low) / 2 * max(there.constant - there.reference_loss, 0.0)
    if there.low > 0 or there.high < 0 or width < practically * there.reference_loss:
        return fine("Recipe and reference can be told apart, or are practically the same.", evidence)
    return found(
        "hint", f"The recipe and the {there.reference} differ by less than rows and seeds do.",
        evidence=evidence, strength=0.3,
    )  # fmt: skip
