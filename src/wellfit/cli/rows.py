"""Which rows of a table test, what each weighs, and in which order they stand in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.cli.options import FitOptions
from wellfit.cli.screen import counted
from wellfit.errors import InputError
from wellfit.tables import Table, check_weights, holdout
from wellfit.tables.arrays import Int64, Target
from wellfit.tables.columns.kinds import infer_column
from wellfit.tables.views.splits import ranks_of
from wellfit.tables.views.views import Views, ViewWithNotes, by_time

TEST_SHARE = 0.1
MOST_TESTED = 200_000  # rows: the interval of a score is narrow, and more take long to predict
PERIODS = 5  # that validate, where --folds says nothing
ALWAYS_TRAINED = 0.5  # of the rows


def view_of(
    target: Target,
    o: FitOptions,
    groups: NDArray[Any] | None = None,
    copies: NDArray[np.int64] | None = None,
    order: Int64 | None = None,
) -> ViewWithNotes:
    """Which rows train, and which test: none of this table where --test names another, or none at all.

    order: of the rows in time, of which the last test.
    """
    if o.test is not None:
        return ViewWithNotes(np.arange(len(target.values)))
    share = min(TEST_SHARE, MOST_TESTED / len(target.values))
    if order is not None:
        return holdout(target, share, order=order, part="test")
    return holdout(target, share, o.seed, groups=groups, part="test", copies=copies)


def set_aside(view: ViewWithNotes, order: Int64 | None = None) -> str:
    """Where the test rows come from, in words."""
    if not len(view.test):
        return "none"
    return f"{'the last ' if order is not None else ''}{counted(len(view.test), 'row')} set aside"


def weights_of(table: Table, column: str | None) -> NDArray[np.float32]:
    """The weight of each row; 1 without a column."""
    if column is None:
        return np.ones(table.rows, np.float32)
    return np.asarray(check_weights(table.column(column), table.rows, table.choices), dtype=np.float32)


def groups_of(table: Table, column: str | None, of: str = "") -> Int64 | None:
    """The number of each row's group; None without a column. of: words after "groups" in an error (default: none).

    Raises:
        InputError: a row has no group.
    """
    return None if column is None else ranks_of(table.column(column), f"groups{of}")


def order_of(table: Table, column: str | None) -> Int64 | None:
    """The place in time of each row, equal times sharing one; None without a column.

    Raises:
        InputError: the column holds neither dates nor numbers, or misses some.
    """
    if column is None:
        return None
    cells = table.series(column)
    if cells.dtype == pl.String or isinstance(cells.dtype, pl.Categorical | pl.Enum):
        known = infer_column(cells.cast(pl.String), table.choices)
        if known.kind not in ("date", "number"):
            first = str(cells.drop_nulls()[0])[:80] if cells.null_count() < len(cells) else ""
            raise InputError(
                f"--time-column names a column of dates, times or numbers, and {column!r} holds {first!r}: give "
                "another."
            )
        cells = known.moments(cells) if known.kind == "date" else known.values(cells)
    return ranks_of(cells, f"time in {column!r}")


def periods(order: Int64, folds: int | None, weight: NDArray[np.float32]) -> Views:
    """Views that train on earlier rows and validate on the period after them, the latest first.

    The first half of the rows always trains, so that no network knows only a few of them.
    """
    views = by_time(order, folds or PERIODS, first=ALWAYS_TRAINED, rows=np.flatnonzero(weight > 0))
    return Views(views[::-1], views.notes)


def check_order(o: FitOptions) -> None:
    """Refuse options that split rows otherwise than by time.

    Raises:
        InputError: there are some.
    """
    given = {"--group": o.group, "--keep-together": o.keep_together, "--bootstrap": o.bootstrap}
    named = [name for name, value in given.items() if value is not None]
    named += ["--split-equal-rows"] if o.split_equal_rows else []
    if o.time_column is not None and named:
        raise InputError(f"--time-column splits the rows by time, {named[0]} otherwise: give one of the two.")
