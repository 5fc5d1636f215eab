"""Lists of rows in files, as `wellfit doctor` writes them: rows that do not train, and rows that stay together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from wellfit.cli.screen import counted
from wellfit.diagnosis.base.finding import TableChange
from wellfit.errors import InputError
from wellfit.tables import Table
from wellfit.tables.arrays import Int64
from wellfit.tables.split import LabelledRows
from wellfit.tables.views.copies import join_groups

ROW, GROUP = "row", "group"  # the columns of such files; rows are counted from 0


def left_out(train: LabelledRows, file: Path | None) -> tuple[LabelledRows, list[str]]:
    """The rows that train, those that a file names without weight; and a note. Rows that test are not among them.

    file: with a column `row`; None: there is none.

    Raises:
        InputError: it cannot be read, or names no row of the table, or all that train.
    """
    if file is None:
        return train, []
    numbers = np.arange(train.arrays.rows) if train.numbers is None else train.numbers
    named = np.isin(numbers, _columns(file, ROW)[ROW].to_numpy())
    if not named.any():
        raise InputError(f"--leave-out {str(file)!r} names no row that trains: its column {ROW!r} counts them from 0.")
    if not train.weight[~named].any():
        raise InputError(f"--leave-out {str(file)!r} names all rows that train: leave out fewer.")
    note = (
        f"{counted(int(named.sum()), 'row')} of {file} neither train nor validate; rows that test are all as they are."
    )
    return replace(train, weight=np.where(named, np.float32(0), train.weight)), [note]


def together(table: Table, groups: Int64 | None, file: Path | None) -> Int64 | None:
    """The group of each row, rows of one group in a file joined; None without either.

    file: with columns `row` and `group`; None: there is none.

    Raises:
        InputError: it cannot be read, or names no row of the table.
    """
    if file is None:
        return groups
    listed = _columns(file, ROW, GROUP)
    numbers = np.arange(table.rows) if table.row_numbers is None else table.row_numbers
    rows = pl.DataFrame({ROW: numbers}).with_row_index("place")
    known = rows.join(listed, on=ROW, how="inner")
    if not known.height:
        raise InputError(f"--keep-together {str(file)!r} names no row of the table: it counts them from 0.")
    links = np.arange(table.rows)
    first = known.with_columns(first=pl.col("place").min().over(GROUP))
    links[first["place"].to_numpy()] = first["first"].to_numpy()
    return join_groups(np.arange(table.rows) if groups is None else groups, links)


def with_earlier(change: TableChange, leave_out: Path | None, keep_together: Path | None) -> TableChange:
    """An advised change with the rows that files named before it was found, where it names some of its own.

    Raises:
        InputError: a file cannot be read.
    """
    if leave_out is not None and change.drop_rows:
        rows = {*change.drop_rows, *_columns(leave_out, ROW)[ROW].to_list()}
        change = replace(change, drop_rows=tuple(sorted(rows)))
    if keep_together is not None and change.keep_together:
        listed = _columns(keep_together, ROW, GROUP).group_by(GROUP, maintain_order=True).agg(ROW)
        change = replace(change, keep_together=_joined(listed[ROW].to_list(), change.keep_together))
    return change


def _joined(first: Sequence[Sequence[int]], second: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Lists of rows, those that share a row being one."""
    size = 1 + max(row for rows in (*first, *second) for row in rows)
    labels = [np.arange(size) for _ in range(2)]
    for groups, label in zip((first, second), labels, strict=True):
        for rows in groups:
            label[list(rows)] = min(rows)
    joined = pl.DataFrame({GROUP: join_groups(*labels), ROW: np.arange(size)})
    lists = joined.group_by(GROUP, maintain_order=True).agg(ROW)[ROW].to_list()
    return tuple(tuple(rows) for rows in lists if len(rows) > 1)


def _columns(file: Path, *names: str) -> pl.DataFrame:
    """Columns of whole numbers of a CSV file.

    Raises:
        InputError: they are not there.
    """
    try:
        return pl.read_csv(file, columns=list(names), schema_overrides=dict.fromkeys(names, pl.Int64)).drop_nulls()
    except (OSError, pl.exceptions.PolarsError) as error:
        asked = " and ".join(map(repr, names))
        raise InputError(f"{str(file)!r} is no CSV file with whole numbers in {asked}: {str(error)[:100]}") from None
