"""A table with changes: without some columns, without some training rows, or with rows that stay together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.base import TableChange
from wellfit.errors import InputError, quoted
from wellfit.reprs import counted
from wellfit.reprs import names as shown
from wellfit.studies.base import Settings, StudyTable
from wellfit.studies.base.table import MeasuredViews, measured_views
from wellfit.tables.arrays import Arrays, SparseColumns, View
from wellfit.tables.views.copies import join_groups

Int64 = NDArray[np.int64]
Finder = Callable[[StudyTable, Int64], Int64]


def joined_change(changes: Sequence[TableChange]) -> TableChange | None:
    """All of the changes as one; None of none."""
    if not changes:
        return None
    columns = dict.fromkeys(name for one in changes for name in one.drop_columns)
    dropped = sorted({row for one in changes for row in one.drop_rows})
    return TableChange(tuple(columns), tuple(dropped), tuple(rows for one in changes for rows in one.keep_together))


def changed_table(
    table: StudyTable, views: MeasuredViews, change: TableChange, settings: Settings, finders: Sequence[Finder] = ()
) -> tuple[StudyTable, MeasuredViews]:
    """The table with a change, and the views to train on: the same test and validation rows, but of rows that are kept
    together.

    finders: which of the rows that a view trains and validates on are left out of both, told from these rows alone.
        Weights are chosen by validation rows: where their labels are wrong, the wrong weights are.

    Raises:
        InputError: no column or no row is left.
    """
    if change.drop_columns:
        table = without_columns(table, change.drop_columns)
    if change.keep_together:
        table = with_groups(table, change.keep_together)
        views = measured_views(table, settings)
    if change.drop_rows:
        views = replace(views, views=tuple(_without_rows(view, change.drop_rows) for view in views.views))
    for find in finders:
        views = replace(views, views=tuple(_without_found(view, table, find) for view in views.views))
    return table, views


def _without_found(view: View, table: StudyTable, find: Finder) -> View:
    """A view without the rows that are found among those it trains and validates on; its test rows stay."""
    found = find(table, np.union1d(view.training, view.validation))
    validation = view.validation[~np.isin(view.validation, found)]
    if len(view.validation) and not len(validation):
        raise InputError("all rows that validate would be left out.")
    return replace(_without_rows(view, found), validation=validation)


def _without_rows(view: View, rows: Sequence[int] | Int64) -> View:
    """A view that does not train on some rows; they validate and test as before."""
    kept = ~np.isin(view.training, np.asarray(rows, np.int64))
    if not kept.any():
        raise InputError(f"{counted(len(rows), 'row')} to leave out are all that trains: name fewer.")
    return replace(view, training=view.training[kept], weight=None if view.weight is None else view.weight[kept])


def with_groups(table: StudyTable, together: Sequence[Sequence[int]]) -> StudyTable:
    """The table with lists of rows that stay on one side of every split, beside the groups that it has."""
    number = np.arange(table.rows.arrays.rows)
    links = number.copy()
    for rows in together:
        links[list(rows)] = min(rows)
    copies = links if table.rows.together is None else join_groups(links, table.rows.together)
    groups = join_groups(number if table.rows.groups is None else table.rows.groups, copies)
    return replace(table, rows=replace(table.rows, groups=groups))


def without_columns(table: StudyTable, names: Sequence[str]) -> StudyTable:
    """The table without some columns.

    Raises:
        InputError: there is no such column, or none is left.
    """
    schema, arrays = table.schema, table.rows.arrays
    known = [column.name for column in schema.columns if column.used]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"{quoted(unknown[0])} is no column that the networks see, which are {shown(known)}.")
    numbers = [
        column.name for column in schema.columns if column.used
        for _ in range(column.kind == "number" or len(column.parts))
    ]  # fmt: skip
    codes = [column.name for column in schema.columns if column.kind == "category"]
    kept_numbers, kept_codes = (np.array([one not in names for one in of], bool) for of in (numbers, codes))
    texts = [column.name not in names for column in schema.columns if column.kind == "text"]
    sparse = None if arrays.sparse is None or not any(texts) else _with_texts(arrays.sparse, texts)
    if not kept_numbers.any() and not kept_codes.any() and sparse is None:
        raise InputError("No column would be left to learn from: keep one.")
    left = Arrays(
        np.ascontiguousarray(arrays.numbers[:, kept_numbers]), np.ascontiguousarray(arrays.codes[:, kept_codes]),
        tuple(level for level, kept in zip(arrays.levels, kept_codes, strict=True) if kept), sparse,
    )  # fmt: skip
    columns = tuple(
        replace(column, kind="dropped", note="left out") if column.name in names else column
        for column in schema.columns
    )
    return replace(table, schema=replace(schema, columns=columns), rows=replace(table.rows, arrays=left))


def _with_texts(sparse: SparseColumns, kept: Sequence[bool]) -> SparseColumns:
    """The stored columns of some of the texts. kept: (texts,), whether each stays."""
    new = np.full(sparse.columns, -1, np.int32)
    groups, width = [], 0
    for (begin, end, kind), stays in zip(sparse.groups, kept, strict=True):
        if stays:
            new[begin:end] = np.arange(width, width + end - begin)
            groups.append((width, width + end - begin, kind))
            width += end - begin
    places = new[sparse.indices]
    there = places >= 0
    counts = np.concatenate([[0], np.cumsum(there)])
    return SparseColumns(
        counts[sparse.starts].astype(np.int64), places[there], sparse.values[there], width, tuple(groups)
    )
