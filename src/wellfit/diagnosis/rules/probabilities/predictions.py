"""Predictions that are the same for every row, or far outside the numbers that were seen."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, PredictedRows, TrainedNetwork, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import grade, median_of
from wellfit.diagnosis.base.remedies import (
    DEFAULT_NETWORK,
    STANDARDISE,
    USUAL_WEIGHTS,
    fresh_start,
    learning_rate,
    valid,
)
from wellfit.diagnosis.base.shortfall import severity_of, shortfall


@rule(
    "constant-predictions",
    "Every row gets the same prediction",
    needs=("training",),
    explains=("underfitting", "plateau"),
)
def constant_predictions(case: Case, *, share: float = 0.03, missing: float = 0.3) -> Judgement:
    """The network predicts the same for every row, whatever the inputs.

    Detected: the predictions of validation rows spread at most `share` as far as the reference's, in the median over
        networks, and at least `missing` of the reference's gain is missing. Without a reference: at most `share` of a
        probability of 1/2, of numbers at most `share` of the error.
    Why it matters: the network has learned no more than the mean.
    What to do: see first what other findings say (learning rate, first weights, dead units, penalties).
    How sure: measured; where the table holds nothing to learn, the reference's predictions hardly spread either.

    share: networks that have learned anything spread a quarter as far or more.
    missing: so that a table on which nothing can be learned is no fault of the recipe.
    """
    own = [one for one in case.trained if one.validation is not None]
    if not own:
        return not_applicable("No validation row was predicted.")
    spread = median_of(own, lambda one: _spread(one.validation))  # type: ignore[arg-type]
    others = [_reference(nets) for nets in case.references.values()]
    known = [value for value in others if value == value]
    usual = max(known) if known else _without_reference(own[0].validation)  # type: ignore[arg-type]
    evidence = {"spread of predictions": spread, "to compare with": usual, "threshold": share}
    worse = shortfall(case)
    if not spread <= share * usual or (worse is not None and not worse.clear(missing)):
        return fine("The predictions differ from row to row.", evidence)
    return found(
        severity_of(case), "Every row gets about the same prediction: the network has learned no more than the mean.",
        evidence=evidence, strength=0.6 * grade(share * usual / max(spread, 1e-12), 1.0, 30.0),
        remedies=valid(case, [fresh_start(case), USUAL_WEIGHTS, DEFAULT_NETWORK, STANDARDISE, learning_rate(case, 0.1),
                              learning_rate(case, 10.0)]),
    )  # fmt: skip


def _spread(rows: PredictedRows) -> float:
    return float(np.sqrt(np.mean(np.var(rows.values, axis=0))))


def _reference(networks: tuple[TrainedNetwork, ...]) -> float:
    known = [one for one in networks if one.validation is not None]
    return median_of(known, lambda one: _spread(one.validation))  # type: ignore[arg-type]


def _without_reference(rows: PredictedRows) -> float:
    probabilities = rows.values.shape[1] > 1 and bool(np.allclose(rows.values.sum(axis=1), 1.0, atol=1e-3))
    return 0.5 if probabilities else float(np.sqrt(max(rows.error, 0.0)))


@rule("predictions-out-of-range", "Predictions beyond the numbers seen", needs=("training", "table"))
def predictions_out_of_range(case: Case, *, beyond: float = 0.5, share: float = 0.02) -> Judgement:
    """Numbers are predicted far outside those of the training rows.

    Detected: at least `share` of the validation rows are predicted below the least or above the largest target of the
        training rows by more than `beyond` of the targets' range.
    Why it matters: such predictions are wild extrapolation. A model clips them to the range seen, which hides it.
    What to do: scale inputs (rows far outside the others), a lower learning rate, first weights of the right size.
    How sure: counted.

    beyond: a little beyond the largest number seen is right for rows at the edge.
    share: a row or two of a hundred may be odd by themselves.
    """
    target = None if case.table is None else case.table.rows.target
    nets = [one for one in case.trained if one.validation is not None]
    if target is None or target.kind not in ("numbers", "counts") or target.tasks or not nets:
        return not_applicable("The network predicts no numbers, or no validation row.")
    values = target.values.astype(np.float64)
    outside = median_of(nets, lambda one: _outside(one, values, beyond))
    evidence = {"share of rows out of range": outside, "threshold": share}
    if outside < share:
        return fine("The predictions lie about within the numbers seen.", evidence)
    return found(
        severity_of(case), f"{outside:.1%} of the validation rows are predicted far outside the numbers of the "
        "training rows.",
        evidence=evidence, strength=0.6 * grade(outside, share, 0.5),
        remedies=valid(case, [STANDARDISE, learning_rate(case, 0.1), USUAL_WEIGHTS, fresh_start(case)]),
    )  # fmt: skip


def _outside(network: TrainedNetwork, values: np.ndarray, beyond: float) -> float:
    assert network.validation is not None
    seen, given = values[network.view.training], network.validation.values
    low, high = seen.min(axis=0), seen.max(axis=0)
    margin = beyond * np.maximum(high - low, 1e-12)
    return float(np.mean(((given < low - margin) | (given > high + margin)).any(axis=1)))
