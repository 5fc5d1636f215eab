"""The weights of the rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.errors import InputError, quoted
from wellfit.tables.arrays import Float32
from wellfit.tables.columns.target_text import as_number_cells
from wellfit.tables.columns.target_values import as_array
from wellfit.tables.reading.choices import ANY, Choices


def check_weights(weight: Any, rows: int, choices: Choices = ANY) -> Float32 | None:
    """Weights of the rows as float32 (rows,), or None where none are given.

    weight: (rows,) of 0 or more, at least one above 0; a single number stands for the same weight in every row.
        Numbers in text are read as those of columns are.
    rows: int, how many there are.
    choices: how numbers in text are read that could be read in several ways (default: as they show).

    Raises:
        InputError: a weight that is negative, missing or infinite, none above 0, or another number of weights.
    """
    if weight is None:
        return None
    cells = as_array(np.full(rows, weight) if np.ndim(weight) == 0 else weight)
    if cells.ndim != 1 or len(cells) != rows:
        raise InputError(f"There must be one weight a row; got an array of shape {cells.shape} for {rows} rows.")
    read = as_number_cells(cells, "weight", choices)
    numbers = read.values
    unknown = "missing or no number" if read.strays.count else "missing (NaN)"
    for bad, what in ((np.isnan(numbers), unknown), (np.isinf(numbers), "infinite"), (numbers < 0, "negative")):
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            came = f"; got {quoted(cells[row])}" if cells.dtype == object else ""
            raise InputError(
                f"A weight is a finite number of 0 or more, and that of row {row + 1} is {what}: "
                f"0 leaves a row out{came}."
            )
    with np.errstate(over="ignore"):
        narrow = numbers.astype(np.float32)
    if not narrow.any():
        raise InputError("At least one row must have a weight above 0, and every weight is zero.")
    if np.isinf(narrow).any():
        raise InputError("Weights must fit in float32, and the largest is beyond 3.4e38: divide them by a constant.")
    return narrow
