"""The table of a study: its rows with target, weights and groups, and which of them train, validate and measure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wellfit.errors import InputError
from wellfit.reprs import short_repr
from wellfit.studies.base.options import Settings, StudyOptions
from wellfit.tables import Schema, check_weights, holdout, views_of_folds
from wellfit.tables.arrays import View
from wellfit.tables.columns.sentences import marks_taken, skipped_note
from wellfit.tables.split import LabelledRows
from wellfit.tables.views.copies import equal_rows, join_groups
from wellfit.tables.views.given_folds import is_number_of_folds
from wellfit.tables.views.splits import ranks_of
from wellfit.tables.views.views import by_time
from wellfit.training import target_of
from wellfit.training.known_rows import folds_of_rows, known_rows, rows_of
from wellfit.training.transfer import table_of

VALIDATION_SHARE = 0.2  # of the rows that do not measure, where recipes keep their best weights


@dataclass(frozen=True)
class StudyTable:
    """Rows with a target, and how their columns are read.

    schema: of the columns. rows: the rows. name: of the table, for people. target: the name of the target's column,
    or "y". notes: what was assumed to read it, a sentence each. folds: as `wellfit.train` takes them, where they were
    given row by row and rows were left out since; None: none were.
    """

    schema: Schema
    rows: LabelledRows
    name: str = "table"
    target: str = "y"
    notes: tuple[str, ...] = ()
    folds: Any = None

    __repr__ = short_repr


def study_table(X: Any, y: Any, options: StudyOptions) -> StudyTable:
    """The table that a study is made on.

    X: as in `wellfit.train`; or a `StudyTable`, which stays as it is.
    y: targets, as in `wellfit.train`; None where X is a `StudyTable`.
    options: the study's, of which those that say how to read the table count.

    Raises:
        InputError: anything wrong with table, target, weights or groups.
    """
    if isinstance(X, StudyTable):
        return X
    o = options
    kind, groups, order, folds = o.get("kind"), o.get("groups"), o.get("order"), o.get("folds")
    table = table_of(X, None, o.get("missing"), o.get("decimal"), o.get("dates"))
    notes, weight = marks_taken(table), o.get("sample_weight")
    skips = o.get("skip_unknown_targets", False)
    if skips:
        rows = known_rows(y, kind, table.choices)
        notes = (*skipped_note(rows, table.rows), *notes)
        folds = folds_of_rows(folds, rows, table.rows)
        groups, order, y, weight = (rows_of(one, rows) for one in (groups, order, y, weight))
        table = table.take(rows)
    schema = Schema.infer(table, kinds=o.get("column_kinds"))
    arrays = schema.arrays(table)
    target = target_of(y, kind, table.choices, skips)
    if len(target.values) != arrays.rows:
        raise InputError(
            f"The table has {arrays.rows} rows and the target {len(target.values)}: they must have equally many."
        )
    weights = np.ones(arrays.rows, np.float32)
    if weight is not None:
        weights = np.asarray(check_weights(weight, arrays.rows, table.choices), np.float32)
    copies = equal_rows(arrays)
    if groups is not None:
        groups = ranks_of(groups, "groups")
        groups = groups if copies is None else join_groups(groups, copies)
    known_order = None if order is None else ranks_of(order, "order")
    labelled = LabelledRows(arrays, target, weights, groups, copies, known_order)
    return StudyTable(schema, labelled, notes=(*notes, *schema.assumptions), folds=folds)


@dataclass(frozen=True)
class MeasuredViews:
    """Views whose test rows measure.

    views: partition by partition, in each fold by fold. partitions, folds: how many. notes: sentences.
    """

    views: tuple[View, ...]
    partitions: int
    folds: int
    notes: tuple[str, ...] = ()

    __repr__ = short_repr

    @property
    def test_to_training(self) -> float:
        """Rows that measure for each row that the networks may learn from (validation included), of the mean fold."""
        shares = [len(view.test) / (len(view.training) + len(view.validation)) for view in self.views]
        return float(np.mean(shares))


def measured_views(table: StudyTable, settings: Settings, validates: bool = True) -> MeasuredViews:
    """Every fold's held-out rows as test rows, which nothing but the measurement sees; a fifth of the others validates.

    validates: whether rows are set aside to choose the best weights by (default True). Without it all others train.

    Raises:
        InputError: folds that do not fit, or too few rows.
    """
    rows, folds = table.rows, table.folds if table.folds is not None else settings.folds
    target, groups, copies = rows.target, rows.groups, rows.together
    by_number = is_number_of_folds(folds)
    if settings.partitions > 1 and (rows.order is not None or not by_number):
        raise InputError("Rows are split anew only into a number of folds, and not in time: leave partitions out.")
    views: list[View] = []
    notes: list[str] = []
    for partition in range(settings.partitions):
        seed = settings.seed + partition
        if rows.order is not None and by_number:
            dealt = by_time(rows.order, int(folds), first=0.5)
        else:
            dealt = views_of_folds(folds, target, seed=seed, groups=groups, copies=copies if by_number else None)
        if any(not len(view.validation) for view in dealt):
            raise InputError(f"{len(target.values)} rows are too few to study: 20 rows or more can be held out.")
        views += [with_validation(view, table, seed, validates) for view in dealt]
        notes += getattr(dealt, "notes", ())
    return MeasuredViews(
        tuple(views), settings.partitions, len(views) // settings.partitions, tuple(dict.fromkeys(notes))
    )


def with_validation(view: View, table: StudyTable, seed: int, validates: bool) -> View:
    """A view whose held-out rows test, and a fifth of whose training rows validates.

    view: training rows, and the rows that measure as its validation rows. validates: whether any rows validate.
    """
    measured = replace(view, validation=np.empty(0, np.int64), test=view.validation)
    if not validates:
        return measured
    rows = table.rows
    inner = holdout(
        rows.target,
        VALIDATION_SHARE,
        seed,
        rows.groups,
        rows.order,
        rows=np.unique(view.training),
        copies=rows.together,
    )
    kept = view.training[~np.isin(view.training, inner.validation)]
    weight = None if view.weight is None else view.weight[~np.isin(view.training, inner.validation)]
    return replace(measured, training=kept, validation=inner.validation, weight=weight)
