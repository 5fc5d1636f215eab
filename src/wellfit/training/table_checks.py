"""What is checked before a score on held-out rows is said to be one of rows that nothing has seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import significant
from wellfit.statistics.drift import LEAST_ROWS, MOST_ROWS, Drift, categories_drift, numbers_drift, which_drift
from wellfit.statistics.target_leaks import NamedColumn, TargetLeak, target_leaks
from wellfit.tables import Schema
from wellfit.tables.arrays import Arrays
from wellfit.tables.split import LabelledRows, SplitTable, TableCheck
from wellfit.tables.views.copies import one_of_each, rows_seen

MOST_DRIFT_CELLS = 10_000_000  # of rows x columns of a table: about a second
MOST_LOOKED_AT = 1_000_000  # rows, of which fewer still are looked at for columns that tell
NAMED = 5  # columns in a sentence


def check_table(data: SplitTable, *, later: bool = False, seed: int = 0) -> tuple[TableCheck, ...]:
    """Test rows that are training rows, columns that alone give the target away, and drift; empty where all is well.

    data: the table, split. later: whether the test rows are another table, which may have drifted (default: they are
    drawn from the same one). seed: of drawing rows (default 0).
    """
    found = [] if data.test is None else seen_in_training(data.train, data.test)
    found += columns_that_tell(data.schema, data.train, data.column, seed)
    if later and data.test is not None:
        found += drifted(data, seed)
    return tuple(found)


def seen_in_training(train: LabelledRows, test: LabelledRows) -> list[TableCheck]:
    """Test rows that are equal to a training row in every column that is learned from."""
    seen, rows = int(rows_seen(test.arrays, train.arrays).sum()), test.arrays.rows
    if not seen:
        return []
    if seen == rows:
        words = f"All {rows:,} test rows are training rows as well: their scores say nothing of new rows."
    else:
        part, verb = f"{seen:,} of {rows:,} test rows ({seen / rows:.1%})", "is" if seen == 1 else "are"
        words = f"{part} {verb} equal to a training row in every column that is learned from: not all of them are new."
    return [TableCheck("test-rows-in-training", (), words, {"test_rows": rows, "seen_in_training": seen})]


def columns_that_tell(schema: Schema, train: LabelledRows, name: str, seed: int = 0) -> list[TableCheck]:
    """Columns that alone give a target away; of several targets each is looked at.

    schema: of the columns. train: the rows. name: of the target. seed: of drawing rows.
    """
    rows = np.flatnonzero(train.weight > 0)
    if len(rows) > MOST_LOOKED_AT:
        drawn = np.random.default_rng(seed).choice(len(rows), MOST_LOOKED_AT, replace=False, shuffle=False)
        rows = rows[np.sort(drawn)]
    rows = rows if train.copies is None else one_of_each(train.copies, rows)
    target, columns = train.target, named_columns(schema, train.arrays)
    if target.tasks:
        singles = [(task.name, target.of_task(task)) for task in target.tasks]
    else:
        singles = [(name if target.values.shape[1] == 1 else str(target.labels[0]), target)]
    found = []
    for called, single in singles:
        known = rows[~np.isnan(single.values[rows, 0])]
        found += [_told(leak, called, schema) for leak in target_leaks(columns, single, known, seed=seed)]
    return found


def _told(leak: TargetLeak, target: str, schema: Schema) -> TableCheck:
    column = column_of(schema, leak.name)
    if leak.one_to_one:
        how = f"it tells the same as {target!r} in every row"
    else:
        how = (
            f"it takes {leak.skill:.1%} of a constant's loss on {target!r} away, and all other columns together take "
            f"{max(leak.others, 0.0):.0%}"
        )
    words = (
        f"The column {column!r} alone gives the target away: {how}. If it is made from the target, or is not known "
        "when predictions are wanted, leave it out."
    )
    others = None if math.isnan(leak.others) else leak.others
    evidence = {"target": target, "skill": leak.skill, "skill_of_others": others, "one_to_one": leak.one_to_one}
    return TableCheck("column-tells-target", (column,), words, evidence)


def drifted(data: SplitTable, seed: int = 0) -> list[TableCheck]:
    """The columns, and the target, that are distributed differently in the test rows."""
    if data.test is None or min(data.test.arrays.rows, data.train.arrays.rows) < LEAST_ROWS:
        return []
    columns = len(data.schema.number_names) + len(data.schema.code_names) + 1
    most = min(max(MOST_DRIFT_CELLS // columns, LEAST_ROWS), MOST_ROWS)
    train, test = (_some(part, most, seed) for part in (data.train, data.test))
    pairs = list(zip(_with_target(data, train), _with_target(data, test), strict=True))
    found = [(numbers_drift if a.ordered else categories_drift)(a.values, b.values) for a, b in pairs]
    named = which_drift(found)
    if not named:
        return []
    first, last = pairs[named[0]]
    names = [pairs[k][0].name for k in named]
    shown = ", ".join(repr(name) for name in names[:NAMED])
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    words = (
        f"Distributed differently in the test rows than in the training rows: {shown}{more}"
        f"{_medians(first, last)}. The scores are those of rows like the test rows, not like the training rows."
    )
    return [TableCheck("drift", tuple(names), words, {"distances": _distances(names, [found[k] for k in named])})]


def _distances(names: Sequence[str], found: Sequence[Drift]) -> dict[str, float]:
    return {name: round(one.distance, 4) for name, one in zip(names, found, strict=True)}


def _medians(earlier: NamedColumn, later: NamedColumn) -> str:
    """How the first of them differs, in numbers."""
    if not earlier.ordered or any(np.isnan(np.float64(one.values)).all() for one in (earlier, later)):
        return ""
    was, now = (float(np.nanmedian(np.float64(one.values))) for one in (earlier, later))
    if was == now:
        return ""
    return f" (the median of {earlier.name!r} is {significant(now)}, in training {significant(was)})"


def _some(part: LabelledRows, most: int, seed: int) -> LabelledRows:
    rows = np.flatnonzero(part.weight > 0)
    return part.take(np.sort(np.random.default_rng(seed).permutation(rows)[:most]))


def _with_target(data: SplitTable, part: LabelledRows) -> list[NamedColumn]:
    """The columns that are learned from, and a target of one column."""
    columns, target = named_columns(data.schema, part.arrays), part.target
    if target.tasks or target.values.shape[1] > 1:
        return columns
    return [*columns, NamedColumn(data.column, target.values[:, 0], target.kind not in ("binary", "classes"))]


def column_of(schema: Schema, name: str) -> str:
    """The table's column that a number is made of: of "day: month" it is "day"."""
    parts = {f"{column.name}: {part}": column.name for column in schema.columns for part in column.parts}
    return parts.get(name, name)


def named_columns(schema: Schema, arrays: Arrays) -> list[NamedColumn]:
    """The numbers and categories of a table, by name; texts and sparse columns are left out."""
    numbers: list[tuple[str, NDArray[np.generic]]] = list(zip(schema.number_names, arrays.numbers.T, strict=True))
    codes: list[tuple[str, NDArray[np.generic]]] = list(zip(schema.code_names, arrays.codes.T, strict=True))
    return [NamedColumn(*one, True) for one in numbers] + [NamedColumn(*one, False) for one in codes]
