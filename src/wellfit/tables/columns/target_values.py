"""Target values or weights as an array, whatever they are given as."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.tables.arrays import Label


def as_array(values: Any) -> NDArray[Any]:
    """Values as an array of numbers, truth values or objects, (rows,) or (rows, columns); one column is flattened."""
    if type(values).__module__.startswith("scipy.sparse"):
        raise InputError("A target is dense; got a sparse matrix: use y.toarray() (Sparse data was passed for y).")
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    cells = values if isinstance(values, np.ndarray) else _from_sequence(values)
    if cells.dtype.kind in "cmMV":
        raise InputError(
            f"A target is text, truth values or real numbers; got values of type {cells.dtype} "
            "(Complex data not supported)."
        )
    if cells.dtype.kind == "S":
        cells = np.char.decode(cells, "utf-8", "replace")
    if cells.ndim == 2 and cells.shape[1] == 1:
        cells = cells[:, 0]
    if cells.ndim not in (1, 2) or 0 in cells.shape[1:]:
        raise InputError(f"A target has the shape (rows,) or (rows, columns); got one of shape {cells.shape}.")
    return cells if cells.dtype.kind in "biuf" else _narrow(cells.astype(object))


def _from_sequence(values: Any) -> NDArray[Any]:
    if hasattr(values, "__array__"):
        return np.asarray(values)
    if not hasattr(values, "__iter__"):
        raise InputError(f"A target has a value for each row; got a single {type(values).__name__}.")
    cells = list(values)
    if cells and isinstance(cells[0], list | tuple | np.ndarray):
        if len({len(row) for row in cells}) > 1:
            raise InputError("Every row of a target must have as many columns as the first, and these differ.")
        return np.array(cells, dtype=object)
    out = np.empty(len(cells), dtype=object)
    out[:] = cells
    return out


def _narrow(cells: NDArray[Any]) -> NDArray[Any]:
    """Objects that are all numbers (None as NaN) or all truth values as an array of these; others stay objects."""
    flat = cells.ravel().tolist()
    if only_text(flat):
        return cells
    kinds = {type(value.item() if isinstance(value, np.generic) else value) for value in flat if not is_missing(value)}
    if complex in kinds:
        raise InputError(
            "A target is text, truth values or real numbers; got complex ones (Complex data not supported)."
        )
    if kinds == {bool} and not any(map(is_missing, flat)):
        return cells.astype(bool)
    if kinds and kinds <= {int, float}:
        whole = kinds == {int} and not any(map(is_missing, flat))
        try:
            numbers = np.array([np.nan if is_missing(value) else value for value in flat], np.int64 if whole else float)
        except OverflowError as error:
            raise InputError("The numbers of a target must fit in 64 bits, and one does not.") from error
        return numbers.reshape(cells.shape)
    return cells


def only_text(cells: list[Any]) -> bool:
    """Whether all cells are text or None, as most are that are objects: asked of all at once, which takes no loop."""
    return {str, type(None)}.issuperset(map(type, cells))


def plain_labels(cells: NDArray[Any]) -> list[Label]:
    """Each cell as a class; see `plain_label`."""
    flat = cells.tolist()
    return flat if {str}.issuperset(map(type, flat)) else [plain_label(value) for value in flat]


def is_missing(value: Any) -> bool:
    """Whether a Python value stands for a missing one."""
    return (
        value is None or type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value)
    )


def plain_label(value: Any) -> Label:
    """A class as a plain Python value, so that it can be saved."""
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if isinstance(plain, str | int | float | bool) else str(plain)
