"""Rows whose label or number is probably wrong."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.base import Case, Judgement, Remedy, Severity, TableChange, fine, found, not_applicable, rule
from wellfit.diagnosis.base.rule import RULES
from wellfit.diagnosis.rules.table.facts import columns_of, counted_rows, is_class, is_number, row_list, shown
from wellfit.numerics.blas import single_threaded_blas
from wellfit.statistics.label_noise import (
    SuspectNumbers,
    ranked_apart,
    sure_halves,
    sure_rows,
    suspect_labels,
    suspect_numbers,
)
from wellfit.studies.base import StudyTable

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
MOST_ROWS, LEAST_ROWS, TREES, FOLDS = 4000, 100, 100, 5
CLASS_REMEDIES = (
    Remedy("Soften the labels.", {"label_smoothing": 0.1}),
    Remedy("Penalise the weights more.", {"weight_decay": 1.0}),
)


@rule("label-noise", "Labels are probably wrong", needs=("table",), explains=("overfitting", "over-confidence"))
def label_noise(
    case: Case, *, least: float = 0.03, flat: float = 0.25, clear: float = 0.45, certain: float = 0.6,
    least_known: float = 3.0, numbers_flat: float = 0.25, numbers_clear: float = 0.38, numbers_certain: float = 0.48,
    most_missed: float = 0.34, far: float = 8.0, far_share: float = 0.005,
) -> Judgement:  # fmt: skip
    """Some rows have another label than everything else about them says.

    Detected: each row is predicted by a model that did not learn from it. Of the rows of which this model is surest, a
    fifth, the share with another label is compared with that of all rows: where classes merely overlap the sure rows
    are nearly all right, while labels that are wrong at random are as often wrong there as elsewhere. The rows listed
    are those that confident learning names (Northcutt et al., 2021). Of numbers: the same for the side of the median
    that they lie on; and rows whose error is far beyond the spread of the errors of rows like it.
    Why it matters: a network that fits wrong labels is wrong on new rows, and a score on held-out rows that are wrong
    themselves is too low.
    What to do: look at the rows listed, the likeliest first; correct them or leave them out. Otherwise soften labels,
    regularise more, or use a robust loss.
    How sure: the share among sure rows tells well whether there is noise; of single rows a third to a half of those
    named are right where classes overlap, and nearly all where they do not (benchmarks/label_noise.py). Noise that
    depends on the columns, or classes that nothing in the table tells apart, look the same.

    least: lower end of the interval of the share that is wrong among sure rows, below which there is nothing to say.
    flat: that lower end over the share that is wrong among all rows: from here on a hint. Of 13 public tables of
        classes as they come the two with the least to predict reach 0.44, the others 0.35.
    clear: from here on a warning; none of them reaches it.
    certain: from here on a problem; most tables reach it with a fifth of the labels wrong, some with a tenth.
    least_known: standard errors by which rows of a class are ranked above the others (area under the ROC curve), below
        which the model knows too little to judge labels: where nothing can be predicted, sure rows are as often wrong
        as all others.
    numbers_flat: the same of numbers, for the side of the median that they lie on, where the prediction is farthest
        from it, from which on it is a hint: half of the numbers that belong to other rows show. Of seven public tables
        as they come that are judged the highest is 0.21.
    numbers_clear: from here on a warning; with a tenth of their targets permuted these tables have 0.10 to 0.40.
    numbers_certain: from here on a problem; with three tenths permuted they have 0.39 to 0.55.
    most_missed: share of all rows on the other side of the median than predicted, beyond which too little is known.
    far: robust standard deviations of the errors of rows like it.
    far_share: share of rows beyond it that is worth a hint.
    """
    assert case.table is not None
    rows = counted_rows(case.table)
    if len(rows) < LEAST_ROWS or not (is_class(case.table) or is_number(case.table)):
        why = f"fewer than {LEAST_ROWS} rows" if len(rows) < LEAST_ROWS else "a target of several columns"
        return not_applicable(f"Single labels are not judged with {why}.")
    judged = _out_of_fold(case, rows)
    if judged is None:
        return not_applicable("There is nothing to predict the labels from, or a class has too few rows.")
    some, predicted, by = judged
    y = case.table.rows.target.values[some, 0]
    if not is_class(case.table):
        limits = (most_missed, numbers_flat, numbers_clear, numbers_certain)
        return _of_numbers(some, predicted[:, 0], y.astype(np.float64), by, least, limits, far, far_share)
    classes = y.astype(np.int64)
    seen = sure_rows(predicted, classes, 0.2)
    ratio, known = seen.low / max(seen.overall, 1e-12), ranked_apart(predicted, classes)
    evidence: dict[str, Any] = {
        "wrong among sure rows": seen.share, "lower end": seen.low, "sure rows": seen.rows,
        "wrong of all": seen.overall, "ratio": ratio, "predicted by": by, "least": least, "clear": clear,
        "certain": certain, "ranked apart": known, "least known": least_known,
    }  # fmt: skip
    if known < least_known:
        return not_applicable(f"Too little can be predicted to judge single labels ({seen.overall:.0%} are missed).")
    if seen.low < least or ratio < flat:
        return fine(
            f"Where a model is surest, {seen.share:.1%} of the labels are others; of all rows {seen.overall:.1%}.",
            evidence,
        )
    suspects = some[suspect_labels(predicted, classes)]
    evidence |= {"suspects": len(suspects), "row numbers": row_list(suspects)}
    severity: Severity = "problem" if ratio >= certain else "warning" if ratio >= clear else "hint"
    why = "labels seem wrong at random" if severity == "problem" else "labels may be wrong, or the columns do not tell"
    words = (
        f"Where a model is surest, {seen.share:.0%} of the labels are others than it predicts, of all rows "
        f"{seen.overall:.0%}: {why}. {len(suspects):,} rows are suspect, first {shown(row_list(suspects))}."
    )
    remedies = (*CLASS_REMEDIES, _look(suspects))
    return found(severity, words, evidence=evidence, strength=min(ratio, 1.0), remedies=remedies)


def _look(rows: Int64) -> Remedy:
    change = TableChange(drop_rows=tuple(row_list(rows, 100_000)))
    return Remedy("Look at the rows that are suspect, and correct them or leave them out.", table=change)


def _of_numbers(
    rows: Int64, predicted: Float64, y: Float64, by: str, least: float, limits: tuple[float, ...], far: float,
    far_share: float,
) -> Judgement:  # fmt: skip
    """limits: most on the wrong side, then from where on a hint, a warning, a problem."""
    most, *grades = limits
    tail, half = suspect_numbers(predicted, y, far), sure_halves(predicted, y, 0.2)
    ratio = half.low / max(half.overall, 1e-12)
    evidence: dict[str, Any] = {
        "on the other side where sure": half.share, "lower end": half.low, "of all rows": half.overall, "ratio": ratio,
        "share far": tail.sure, "far": far, "far share": far_share, "predicted by": by,
        "hint, warning, problem": grades, "least": least,
    }  # fmt: skip
    if half.overall > most:
        return not_applicable(f"Too little can be predicted to judge single numbers ({half.overall:.0%} are missed).")
    grade = sum(ratio >= one for one in grades) if half.low >= least else 0
    if not grade and tail.sure < far_share:
        return fine(
            f"Where the prediction is farthest from the median, {half.share:.1%} of the targets are on its other side; "
            f"of all rows {half.overall:.1%}.", evidence)  # fmt: skip
    suspects = _likeliest(rows, tail, half.share if grade else 0.0)
    evidence |= {"suspects": len(suspects), "row numbers": row_list(suspects)}
    words = (
        f"Where the prediction is farthest from the median, {half.share:.0%} of the targets are on its other side, of "
        f"all rows {half.overall:.0%}: targets seem to belong to other rows."
        if grade
        else f"{len(suspects):,} of {len(y):,} rows have targets far from what rows like them have."
    )
    severity: Severity = ("hint", "hint", "warning", "problem")[grade]
    remedies = (Remedy("Use a loss that large errors do not rule.", {"loss": "huber"}), _look(suspects))
    return found(severity, f"{words} Look first at rows {shown(row_list(suspects))}.", evidence=evidence,
                 strength=min(ratio, 1.0) if grade else 0.2, remedies=remedies)  # fmt: skip


def _likeliest(rows: Int64, tail: SuspectNumbers, share: float) -> Int64:
    """The likeliest rows: such a share of them, and at least those whose error is far beyond all others."""
    wrong = max(len(tail.rows), int(share * len(rows)))
    return rows[np.argsort(-tail.scores, kind="stable")[:wrong]]


def suspect_rows(table: StudyTable, rows: Int64) -> Int64:
    """Which of some rows of a table the rule would name, told from these rows alone: no other row has a say in it.

    rows: row numbers; those without weight are not named.
    """
    judged = _by_trees(Case(table=table), rows[table.rows.weight[rows] > 0])
    if judged is None:
        return np.empty(0, np.int64)
    some, predicted, _ = judged
    y = table.rows.target.values[some, 0]
    if is_class(table):
        return some[suspect_labels(predicted, y.astype(np.int64))]
    limits, guess, known = RULES["label-noise"].thresholds, predicted[:, 0], y.astype(np.float64)
    half = sure_halves(guess, known, 0.2)
    noisy = half.low >= max(limits["least"], limits["numbers_flat"] * half.overall)
    return _likeliest(some, suspect_numbers(guess, known, limits["far"]), half.share if noisy else 0.0)


def _out_of_fold(case: Case, rows: Int64) -> tuple[Int64, Float64, str] | None:
    """Rows, what models that did not learn from them predict, and which models; None where nothing can."""
    from_networks = _by_networks(case, rows)
    return from_networks if from_networks is not None else _by_trees(case, rows)


def _by_networks(case: Case, rows: Int64) -> tuple[Int64, Float64, str] | None:
    """The case's own networks, where they cover the rows and do better than every simple predictor."""
    parts = [one.validation for one in case.trained if one.validation is not None]
    if not parts or not case.baselines:
        return None
    own = np.mean([one.loss for one in parts])
    if not all(own < float(np.mean(losses)) for losses in case.baselines.values()):
        return None
    width, many = parts[0].values.shape[1], int(max(rows.max(), *(one.rows.max() for one in parts))) + 1
    total, times = np.zeros((many, width)), np.zeros(many)
    for one in parts:
        np.add.at(total, one.rows, one.values)
        np.add.at(times, one.rows, 1)
    seen = np.flatnonzero(times)
    if len(seen) < min(0.8 * len(rows), MOST_ROWS / 2):
        return None
    return seen, total[seen] / times[seen, None], "the networks"


def _by_trees(case: Case, rows: Int64) -> tuple[Int64, Float64, str] | None:
    """A forest on folds, of at most 4,000 rows drawn at random."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
    from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict

    assert case.table is not None
    columns = columns_of(case.table)
    some = np.sort(np.random.default_rng(0).permutation(rows)[:MOST_ROWS])
    y = case.table.rows.target.values[some, 0]
    numbers = is_number(case.table)
    if not numbers:
        often = np.bincount(y.astype(np.int64))
        some = some[often[y.astype(np.int64)] >= FOLDS]
        y = case.table.rows.target.values[some, 0]
    if not columns or len(some) < LEAST_ROWS or len(np.unique(y)) < 2:
        return None
    X = np.stack([_placed(one.values[some]) for one in columns], axis=1)
    forest = (ExtraTreesRegressor if numbers else ExtraTreesClassifier)(TREES, min_samples_leaf=2, random_state=0)
    folds = (KFold if numbers else StratifiedKFold)(FOLDS, shuffle=True, random_state=0)
    with single_threaded_blas(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes with few rows in a fold
        if numbers:
            predicted = cross_val_predict(forest, X, y.astype(np.float64), cv=folds)[:, None]
            return some, np.asarray(predicted, np.float64), "a forest"
        shares = cross_val_predict(forest, X, y.astype(np.int64), cv=folds, method="predict_proba")
    predicted = np.zeros((len(some), max(len(case.table.rows.target.labels), 2)))
    predicted[:, np.unique(y.astype(np.int64))] = shares
    return some, predicted, "a forest"


def _placed(values: NDArray[np.generic]) -> NDArray[np.float32]:
    """Places among the different values, missing ones last, so that no value is too large for a tree."""
    return np.asarray(np.unique(values, return_inverse=True, equal_nan=True)[1], np.float32)
