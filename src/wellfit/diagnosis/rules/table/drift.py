"""Rows to predict that are distributed differently from the rows that were trained on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.base import Case, Judgement, Remedy, Severity, TableChange, fine, found, not_applicable, rule
from wellfit.diagnosis.rules.table.facts import columns_of, counted_rows, shown, source_of
from wellfit.statistics.drift import MOST_ROWS, Drift, categories_drift, numbers_drift, which_drift
from wellfit.statistics.drift_classifier import Separation, separation
from wellfit.statistics.target_leaks import NamedColumn
from wellfit.studies.base import StudyTable

MERGED = -2  # a code that no category has


@rule("drift", "Later rows differ from the training rows", needs=("table", "later rows"))
def drift(
    case: Case, *, apart: float = 0.55, far_apart: float = 0.75, distance: float = 0.1, level: float = 0.01,
    least_rows: int = 30, rare: int = 5,
) -> Judgement:  # fmt: skip
    """The rows to predict are distributed differently from those that were trained on.

    Detected: a forest on folds is asked to tell later rows from training rows; its area under the ROC curve is 0.5
    where it cannot. Then each column is tested alone (Kolmogorov-Smirnov, chi-squared), with Holm's correction for as
    many tests. The column of times by which the rows were split is left out: it differs by construction.
    Why it matters: validation rows are like training rows. The score on them says nothing certain of rows that differ,
    and where the network has seen no rows it extrapolates.
    What to do: see how the columns named differ: another unit, another time, another source? Train on rows like those
    to predict, validate on the latest ones, or leave out a column that only tells when a row was made.
    How sure: the area has an interval, and it is found only where the whole interval is above `apart`. Whether
    predictions get worse depends on the columns that matter.

    apart: area from which on the rows can be told apart: below it scores hardly change.
    far_apart: from which on it is a problem: three of four pairs of rows are told apart.
    distance: of a column's distributions (of 1), below which a certain difference is too small to name.
    level: the chance that any column is named without drift.
    rare: rows of a category among the training rows, below which it counts as one with those that were never seen:
        of many rare categories later rows always bring new ones.
    least_rows: of either table, below which nothing can be told.
    """
    assert case.table is not None and case.later is not None
    by = case.later_by
    earlier, later = (_columns(table, by) for table in (case.table, case.later))
    earlier, later = _without_rare(earlier, later, rare)
    if not earlier or [one.name for one in earlier] != [one.name for one in later]:
        beside = "" if by is None else f" beside {by!r}, by which they were split"
        return not_applicable(f"The tables have no columns of numbers or categories in common{beside}.")
    if min(len(earlier[0].values), len(later[0].values)) < least_rows:
        return not_applicable(f"With fewer than {least_rows} rows a difference cannot be told from chance.")
    seen = separation([one.values for one in earlier], [one.values for one in later])
    tests = [_tested(a, b) for a, b in zip(earlier, later, strict=True)]
    named = which_drift(tests, level=level, least_distance=distance)
    names = source_of(case.table, [earlier[k].name for k in named])
    evidence: dict[str, Any] = {
        "AUC": seen.auc, "lower end": seen.low, "upper end": seen.high, "rows": list(seen.rows), "apart": apart,
        "columns": list(names), "distances": {earlier[k].name: tests[k].distance for k in named},
    } | ({} if by is None else {"left out": by})  # fmt: skip
    words = (
        f"A model tells later rows from training rows with an AUC of {seen.auc:.2f} ({seen.low:.2f} to "
        f"{seen.high:.2f}; 0.5 is chance)"
    )
    if by is not None:
        words += f" without {by!r}, by which they were split"
    if seen.low <= apart:
        few = f"; {shown(list(names))} differ a little" if names else ""
        return fine(f"{words}{few}.", evidence)
    said = list(names) or [earlier[k].name for k in np.argsort(-seen.importance)[:3]]
    severity: Severity = "problem" if seen.low >= far_apart else "warning"
    return found(severity, f"{words}: {shown(said)} {'differs' if len(said) == 1 else 'differ'}.", evidence=evidence,
                 strength=2 * (seen.auc - 0.5), remedies=_remedies(names, seen))  # fmt: skip


def _remedies(names: tuple[str, ...], seen: Separation) -> tuple[Remedy, ...]:
    latest = Remedy("Validate on the rows that are most like those to predict, such as the latest ones.")
    if len(names) == 1 and seen.auc > 0.9:
        drop = Remedy(f"Leave out {names[0]!r}, if it only tells when a row was made.",
                      table=TableChange(drop_columns=names))  # fmt: skip
        return (drop, latest)
    return (latest, Remedy("Train on rows like those to predict."))


def _columns(table: StudyTable, left_out: str | None) -> list[NamedColumn]:
    """The columns of at most 20,000 rows drawn at random, without what is made of one column of the table."""
    rows = np.sort(np.random.default_rng(0).permutation(counted_rows(table))[:MOST_ROWS])
    kept = [one for one in columns_of(table) if source_of(table, [one.name]) != (left_out,)]
    return [NamedColumn(one.name, one.values[rows], one.ordered) for one in kept]


def _without_rare(
    earlier: list[NamedColumn], later: list[NamedColumn], rare: int
) -> tuple[list[NamedColumn], list[NamedColumn]]:
    """The same with the rare categories of the earlier table, and those that it does not have, as one code."""
    if [one.name for one in earlier] != [one.name for one in later]:
        return earlier, later
    pairs = []
    for one, other in zip(earlier, later, strict=True):
        if not one.ordered:
            values, counts = np.unique(one.values, return_counts=True)
            often = values[counts >= rare]
            one, other = (
                replace(part, values=np.where(np.isin(part.values, often), part.values, MERGED))
                for part in (one, other)
            )
        pairs.append((one, other))
    return [one for one, _ in pairs], [other for _, other in pairs]


def _tested(earlier: NamedColumn, later: NamedColumn) -> Drift:
    test = numbers_drift if earlier.ordered else categories_drift
    values: tuple[NDArray[np.generic], NDArray[np.generic]] = (earlier.values, later.values)
    return test(*values)
