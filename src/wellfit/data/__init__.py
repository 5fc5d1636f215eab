"""Tables in, arrays out: reading, kinds of columns, targets, weights and views of the rows.

Names are loaded when they are first used, so that importing this package loads no polars.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellfit.data.columns import Column
    from wellfit.data.images import read_idx
    from wellfit.data.marks import MISSING_MARKS
    from wellfit.data.schema import Schema
    from wellfit.data.tables import MOST_COLUMNS, Table, read_table
    from wellfit.data.target import check_weights, infer_target_kind, make_target
    from wellfit.data.tasks import is_tasks, make_tasks
    from wellfit.data.views import NotedView, Views, bootstrap, by_time, holdout, k_fold

__all__ = [
    "MISSING_MARKS",
    "MOST_COLUMNS",
    "Column",
    "NotedView",
    "Schema",
    "Table",
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
    "read_table",
]

_HOMES = {
    "MISSING_MARKS": "marks",
    "MOST_COLUMNS": "tables",
    "Column": "columns",
    "NotedView": "views",
    "Schema": "schema",
    "Table": "tables",
    "Views": "views",
    "bootstrap": "views",
    "by_time": "views",
    "check_weights": "target",
    "holdout": "views",
    "infer_target_kind": "target",
    "k_fold": "views",
    "is_tasks": "tasks",
    "make_target": "target",
    "make_tasks": "tasks",
    "read_idx": "images",
    "read_table": "tables",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home, once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'wellfit.data' has no attribute {name!r}")
    value = getattr(import_module(f"wellfit.data.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
