"""Underfitting: not even the training rows are fitted as they could be."""

from __future__ import annotations

from wellfit.diagnosis.base import Case, Judgement, Remedy, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import constant_loss, grade, median_of
from wellfit.diagnosis.base.remedies import (
    DEFAULT_NETWORK,
    DEFAULT_REGULARISATION,
    epochs,
    fresh_start,
    tried_first,
    valid,
)
from wellfit.diagnosis.base.shortfall import severity_of, shortfall


@rule("underfitting", "Underfitting", needs=("training",))
def underfitting(case: Case, *, missing: float = 0.25, much: float = 0.5, of_constant: float = 0.95) -> Judgement:
    """Even the training rows are fitted much worse than another recipe fits them.

    Detected: the loss on training rows, in evaluation mode, lacks at least `missing` of what the reference gains there
        over a constant prediction, clearly more than rows and views differ. Without a reference: the loss on training
        rows is at least `of_constant` of a constant prediction's.
    Why it matters: what is not learned on the training rows cannot be right on new ones.
    What to do: see first whether another finding explains it (learning rate, first weights, dead units, penalties);
        else more epochs, a larger network, less regularisation.
    How sure: that the loss is high is measured; why it is, other rules say.

    missing: strong regularisation costs good recipes up to 24 % of the gain on training rows of small tables.
    much: from here on it is a problem, where validation rows are predicted worse too: deep narrow networks that learn
        well enough miss up to 45 % on single views.
    of_constant: a network that gains less than 5 % has hardly learned anything.
    """
    there = shortfall(case, "training")
    if there is None:
        return _against_constant(case, of_constant)
    evidence = there.evidence | {"threshold": missing}
    if not there.clear(missing):
        return fine("The training rows are fitted about as well as by the reference.", evidence)
    return found(
        severity_of(case, there.clear(much)), f"The training rows are fitted worse than by the {there.reference}: "
        f"{min(there.relative, 9.99):.0%} of what it gains over a constant prediction is missing.",
        evidence=evidence, strength=0.5 * grade(there.relative, missing, 1.0), remedies=_remedies(case),
    )  # fmt: skip


def _against_constant(case: Case, of_constant: float) -> Judgement:
    constant = constant_loss(case)
    loss = median_of(case.trained, lambda one: one.training.loss if one.training is not None else float("nan"))
    if not constant > 0 or not loss == loss:
        return not_applicable("There is neither another recipe nor a constant prediction to compare with.")
    evidence = {"training loss": loss, "loss of a constant": constant, "threshold": of_constant}
    if loss < of_constant * constant:
        return fine("The training rows are fitted better than by a constant prediction.", evidence)
    return found(
        "warning", "The training rows are fitted hardly better than by a constant prediction.",
        evidence=evidence, strength=0.4, remedies=_remedies(case),
    )  # fmt: skip


def _remedies(case: Case) -> tuple[Remedy, ...]:
    plain = Remedy("Leave out dropout and decay.", {"dropout": 0.0, "weight_decay": 0.0})
    return valid(
        case, [fresh_start(case), epochs(case, 4, 64), DEFAULT_NETWORK, DEFAULT_REGULARISATION, plain,
               *tried_first("underfits")],
    )  # fmt: skip
