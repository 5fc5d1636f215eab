"""Rows that a model is to predict, read as the training table was."""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.studies.base import StudyTable
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.split import LabelledRows


def later_rows(X: Any, table: StudyTable) -> StudyTable | None:
    """Rows whose target is not looked at: it is NaN.

    X: a table as `wellfit.train` takes it, read by the schema of the training table; or a `StudyTable`, or the arrays
        of one; None: there are none.
    table: the training table.

    Raises:
        InputError: X lacks a column, or cannot be read.
    """
    if X is None:
        return None
    if isinstance(X, StudyTable):
        arrays = X.rows.arrays
    else:
        arrays = X if isinstance(X, Arrays) else table.schema.arrays(table.schema.read(X))
    target = table.rows.target
    values = np.full((arrays.rows, target.values.shape[1]), np.nan, np.float32)
    unknown = Target(target.kind, values, target.labels, target.tasks)
    rows = LabelledRows(arrays, unknown, np.ones(arrays.rows, np.float32))
    return StudyTable(table.schema, rows, "later rows", table.target)
