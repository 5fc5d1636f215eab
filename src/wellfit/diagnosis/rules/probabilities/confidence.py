"""Probabilities that promise more than they hold."""

from __future__ import annotations

import math

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, PredictedRows, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import grade, median_of
from wellfit.diagnosis.base.remedies import DEFAULT_REGULARISATION, KEEP_BEST, tried_first, valid
from wellfit.diagnosis.base.shortfall import costs
from wellfit.statistics.calibration import tempered
from wellfit.statistics.row_losses import row_losses

TEMPERATURES = np.geomspace(0.25, 20.0, 40)


@rule("over-confidence", "Over-confidence", needs=("training", "table"))
def over_confidence(case: Case, *, above: float = 0.05, gain: float = 0.05, much: float = 0.15) -> Judgement:
    """The network is surer of its answers than it is right.

    Detected: on validation rows the mean probability of the chosen class exceeds the share of right ones by at least
        `above` and by two standard errors, and one temperature above 1 for all rows lowers the log-loss by `gain` or
        more of itself. A problem from `much` on, where the reference does clearly better.
    Why it matters: whoever decides by the probabilities is misled.
    What to do: keep the best weights, label smoothing, more regularisation, averaging of networks, or a temperature.
    How sure: measured on the validation rows, whose labels also choose the temperature: of few rows the gain is a
        little too large.

    above: networks that hold what they promise show less than 4 points on 300 rows.
    gain: one number fitted to a few hundred rows gains about 1 % by chance.
    much: as much as a better recipe brings.
    """
    kind = case.table.rows.target.kind if case.table is not None else ""
    nets = [one for one in case.trained if one.validation is not None]
    if kind not in ("binary", "classes") or not nets:
        return not_applicable("The network predicts no probabilities of classes, or there are no validation rows.")
    excess = median_of(nets, lambda one: _excess(one.validation)[0])  # type: ignore[arg-type]
    error = median_of(nets, lambda one: _excess(one.validation)[1]) / math.sqrt(len(nets))  # type: ignore[arg-type]
    saved = median_of(nets, lambda one: _saved(case, one.validation))  # type: ignore[arg-type]
    evidence = {"probability above the share of right answers": excess, "threshold": above,
                "log-loss that a temperature saves": saved, "threshold of that": gain}  # fmt: skip
    if excess < above or excess < 2 * error or saved < gain:
        return fine("The probabilities hold what they promise, about.", evidence)
    return found(
        "problem" if saved >= much and costs(case) else "warning",
        f"The chosen class is given {excess:.0%} more probability than the share of right answers; one "
        f"temperature would lower the log-loss by {saved:.0%}.",
        evidence=evidence, strength=0.9 * grade(saved, gain, 0.5),
        remedies=valid(case, [KEEP_BEST, *tried_first("over-confident"), DEFAULT_REGULARISATION,
            *tried_first("overfits")]),
    )  # fmt: skip


def _excess(rows: PredictedRows) -> tuple[float, float]:
    """Mean confidence less the share of right answers, and its standard error."""
    each = rows.values.max(axis=1) - (1 - rows.errors)
    mean = float(np.average(each, weights=rows.weight))
    return mean, float(np.std(each)) / math.sqrt(max(len(each), 1))


def _saved(case: Case, rows: PredictedRows) -> float:
    """The share of the log-loss that the best temperature above 1 saves."""
    assert case.table is not None
    target = case.table.rows.target
    truth, loss = target.take(rows.rows), rows.loss
    best = loss
    for temperature in TEMPERATURES[TEMPERATURES > 1]:
        each, _ = row_losses(truth, tempered(rows.values, target.kind, float(temperature)))
        best = min(best, float(np.average(each, weights=rows.weight)))
    return (loss - best) / loss if loss > 0 else 0.0
