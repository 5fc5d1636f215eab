"""Tables in, arrays out: reading, kinds of columns, targets, weights and views of the rows.

Names are loaded when they are first used, so that importing this package loads no polars.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellfit.tables.columns.columns import Column
    from wellfit.tables.columns.report import ColumnReport
    from wellfit.tables.columns.schema import Schema
    from wellfit.tables.columns.target import infer_target_kind, make_target, unknown_rows
    from wellfit.tables.columns.tasks import is_tasks, make_tasks
    from wellfit.tables.columns.weights import check_weights
    from wellfit.tables.reading.images import read_idx
    from wellfit.tables.reading.missing_marks import MISSING_MARKS
    from wellfit.tables.reading.pictures import read_pictures
    from wellfit.tables.reading.tables import MOST_COLUMNS, Table, read_table
    from wellfit.tables.views.given_folds import views_of_folds
    from wellfit.tables.views.views import Views, ViewWithNotes, bootstrap, by_time, holdout, k_fold

__all__ = [
    "MISSING_MARKS",
    "MOST_COLUMNS",
    "Column",
    "ColumnReport",
    "Schema",
    "Table",
    "ViewWithNotes",
    "Views",
    "bootstrap",
    "by_time",
    "check_weights",
    "holdout",
    "infer_target_kind",
    "is_tasks",
    "k_fold",
    "make_target",
    "make_tasks",
    "read_idx",
    "read_pictures",
    "read_table",
    "unknown_rows",
    "views_of_folds",
]

_HOMES = {
    "MISSING_MARKS": "reading.missing_marks",
    "MOST_COLUMNS": "reading.tables",
    "Column": "columns.columns",
    "ColumnReport": "columns.report",
    "ViewWithNotes": "views.views",
    "Schema": "columns.schema",
    "Table": "reading.tables",
    "Views": "views.views",
    "bootstrap": "views.views",
    "by_time": "views.views",
    "check_weights": "columns.weights",
    "holdout": "views.views",
    "infer_target_kind": "columns.target",
    "k_fold": "views.views",
    "is_tasks": "columns.tasks",
    "make_target": "columns.target",
    "make_tasks": "columns.tasks",
    "read_idx": "reading.images",
    "read_pictures": "reading.pictures",
    "read_table": "reading.tables",
    "unknown_rows": "columns.target",
    "views_of_folds": "views.given_folds",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home, once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'wellfit.tables' has no attribute {name!r}")
    value = getattr(import_module(f"wellfit.tables.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
