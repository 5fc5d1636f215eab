"""What is to be predicted: its kind and its values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.tables.arrays import Label, Target
from wellfit.tables.columns.target_classes import class_target, refuse_a_class_a_row
from wellfit.tables.columns.target_text import (
    Cells,
    are_few_whole_numbers,
    as_number_cells,
    numbers_or_text,
    refuse_unknown,
)
from wellfit.tables.columns.target_values import as_array, plain_label
from wellfit.tables.distinct import distinct_values
from wellfit.tables.reading.choices import ANY, Choices

TargetKindChoice = Literal["class", "number", "count", "labels"]

_UNKNOWN_ADVICE = "leave the rows out (--skip-unknown-targets, skip_unknown_targets=True), or predict them later"
_LARGEST, _LEAST_SPREAD = 1e36, 1e-36  # of a target: float32 holds numbers to 3.4e38, and in full from 1.2e-38
_ROUNDING = 1e-2  # of the spread: where float32 rounds a target by more, it cannot be learned


def make_target(
    values: Any,
    kind: TargetKindChoice | None = None,
    labels: Sequence[Label] | None = None,
    choices: Choices = ANY,
) -> Target:
    """The target of each row.

    values: (rows,), or (rows, columns) for several numbers, counts or yes/no labels: an array, a list, a column of a
        frame. Numbers in text are read as those of columns are: "12,5", "$1,200", "(3.50)", "12 kg".
    kind: "class", "number", "count" (whole numbers of 0 or more), "labels" (several yes/no labels a row); None
        (default): by the rule of `infer_target_kind`.
    labels: for classes, the classes in index order where they are known (rows of a test table may lack some); otherwise
        names of the columns. Default: the classes that occur in rising order; y0, y1, ...
    choices: how numbers in text are read that could be read in several ways (default: as they show).

    Raises:
        InputError: a target that is missing, infinite or no number, a single class, nearly as many classes as rows
            where none was asked for, counts that are none, or unknown classes; without a kind several columns of 0 and
            1, which may be yes/no labels or numbers.

    >>> make_target(["no", "yes", "no"]).labels
    ('no', 'yes')
    """
    cells = read_target(values, kind, choices)
    refuse_unknown(cells, "The target", _UNKNOWN_ADVICE)
    _refuse_infinite(cells.values)
    if kind is None:
        _refuse_ambiguous(cells.values)
        _refuse_constant(cells.values)
    chosen = kind or _inferred(cells.values)[0]
    if chosen != "class":
        return _numbers(cells.values, chosen, labels)
    if kind is None and labels is None:
        refuse_a_class_a_row(cells.values)
    return class_target(cells.values, labels)


def read_target(values: Any, kind: TargetKindChoice | None = None, choices: Choices = ANY) -> Cells:
    """The cells of a target, numbers in text as numbers, and which of them are unknown; as in `make_target`.

    Raises:
        InputError: no rows, or an unknown kind.
    """
    cells = as_array(values)
    if kind not in (None, "class", "number", "count", "labels"):
        raise InputError(f"The kind of a target is class, number, count or labels; got {quoted(kind)}.")
    if len(cells) == 0:
        raise InputError("A target needs rows, and this one has none: 0 sample(s).")
    if kind == "class":
        return Cells(cells)
    if cells.ndim == 2 and cells.dtype == object:
        return as_number_cells(cells, "target", choices)
    return numbers_or_text(cells, choices) if kind is None else as_number_cells(cells, "target", choices)


def unknown_rows(values: Any, kind: TargetKindChoice | None = None, choices: Choices = ANY) -> NDArray[np.bool_]:
    """Whether each row's target is missing or, among numbers, no number (rows,); of several columns, in any of them."""
    unknown = read_target(values, kind, choices).unknown
    return unknown if unknown.ndim == 1 else np.asarray(unknown.any(axis=1))


def infer_target_kind(values: Any, choices: Choices = ANY) -> tuple[TargetKindChoice, str]:
    """The kind that `make_target` takes where none is given, and the reason as a sentence.

    Text and truth values are classes, unless the text holds amounts. Numbers are classes if all are whole and they take
    2 values, or at most 10 with 3 rows or more for each in the mean; otherwise numbers. Several columns are numbers, or
    labels if truth values.
    """
    return _inferred(read_target(values, None, choices).values)


def _inferred(cells: NDArray[Any]) -> tuple[TargetKindChoice, str]:
    if cells.ndim == 2 and cells.shape[1] > 1:
        return ("labels", "several columns of truth values") if cells.dtype == bool else ("number", "several columns")
    if cells.dtype.kind not in "iuf":
        return "class", "the target is text or truth values"
    finite = cells[np.isfinite(cells)]
    if np.any(finite != np.round(finite)):
        return "number", "the target has fractions"
    distinct = distinct_values(finite)
    if are_few_whole_numbers(cells):
        return "class", f"the target takes only {len(distinct)} whole values (ask for numbers if they are amounts)"
    return "number", f"the target takes {len(distinct)} different whole values"


def _refuse_constant(cells: NDArray[Any]) -> None:
    """InputError where every row has the same value: there is nothing to learn."""
    flat = cells.ravel().tolist()
    if len(flat) < 2 or any(value != flat[0] for value in flat):
        return
    value = plain_label(flat[0])
    raise InputError(
        "A target takes two different values or more, and this one is constant, so that nothing can be learned: "
        f"check the column; got {quoted(value)} in every row."
    )


def _refuse_ambiguous(cells: NDArray[Any]) -> None:
    """Several columns of the numbers 0 and 1 are labels to some libraries and numbers to others."""
    if cells.ndim != 2 or cells.shape[1] < 2 or cells.dtype.kind not in "iuf" or not np.isin(cells, (0, 1)).all():
        return
    one_hot = bool((cells.sum(axis=1) == 1).all())
    classes = "; or, as every row has a single 1, one class a row: y.argmax(axis=1)" if one_hot else ""
    raise InputError(
        f'Several columns of 0 and 1 may be yes/no labels or numbers: give kind="labels" or kind="number"{classes}; '
        f"got {cells.shape[1]} such columns."
    )


def _refuse_infinite(cells: NDArray[Any]) -> None:
    if cells.dtype.kind == "f" and np.isinf(cells).any():
        rows = np.flatnonzero(np.isinf(cells) if cells.ndim == 1 else np.isinf(cells).any(axis=1))
        raise InputError(
            f"The target must be finite, and {_shown(rows)} infinite (infinity): correct or remove the rows."
        )


def _shown(rows: NDArray[Any]) -> str:
    """Rows as "row 3 is" or "5 rows are (the first is row 3)"."""
    first = int(rows[0]) + 1
    return f"row {first} is" if rows.size == 1 else f"{rows.size} rows (the first is row {first}) are"


def _numbers(cells: NDArray[Any], kind: TargetKindChoice, names: Sequence[Label] | None) -> Target:
    wide = cells.astype(np.float64)
    table = wide[:, None] if wide.ndim == 1 else wide
    if kind == "count" and (np.any(table < 0) or np.any(table != np.round(table))):
        bad = table[(table < 0) | (table != np.round(table))][0]
        raise InputError(f"Counts are whole numbers of 0 or more; got {bad}: ask for numbers instead.")
    if kind == "labels" and not np.isin(table, (0, 1)).all():
        raise InputError(f"Yes/no labels are 0 or 1; got {table[~np.isin(table, (0, 1))][0]}.")
    largest = float(np.abs(table).max())
    if largest > _LARGEST:
        raise InputError(
            f"The target's values must be below {_LARGEST:g}, for they are computed with in float32: divide them by a "
            f"constant; got {largest:.4g}."
        )
    narrow = np.ascontiguousarray(table, dtype=np.float32)
    spread = np.where(table.min(axis=0) == table.max(axis=0), 0.0, table.std(axis=0))  # of equal ones it may round up
    if np.any((spread > 0) & (spread < _LEAST_SPREAD)):
        raise InputError(
            f"The target's values must differ by {_LEAST_SPREAD:g} or more, for they are computed with in float32: "
            f"multiply them by a constant; got a standard deviation of {spread.min():.4g}."
        )
    if np.any((np.abs(narrow - table).max(axis=0) > _ROUNDING * spread) & (spread > 0)):
        raise InputError(
            "The target's values lie too close together for float32, and too far from zero: subtract a constant."
        )
    labels = tuple(names) if names is not None else tuple(f"y{i}" for i in range(narrow.shape[1]))
    if len(labels) != narrow.shape[1]:
        raise InputError(
            f"Each column of the target needs a name; got {len(labels)} names for {narrow.shape[1]} columns."
        )
    kinds: dict[str, Literal["numbers", "counts", "labels"]] = {
        "number": "numbers",
        "count": "counts",
        "labels": "labels",
    }
    return Target(kinds[kind], narrow, labels)
