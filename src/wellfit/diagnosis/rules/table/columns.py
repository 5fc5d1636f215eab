"""Columns that a network can learn nothing from, or only rows by heart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, Remedy, Severity, TableChange, fine, found, not_applicable, rule
from wellfit.diagnosis.rules.table.facts import columns_of, counted_rows, shown, source_of
from wellfit.statistics.target_leaks import NamedColumn
from wellfit.studies.base import StudyTable
from wellfit.tables.columns.identifiers import is_named_identifier


@rule("identifier-columns", "Columns that name rows", needs=("table",), explains=("overfitting", "drift"))
def identifier_columns(case: Case, *, distinct: float = 0.5, most: float = 0.9, least_rows: int = 50) -> Judgement:
    """A column whose cells name rows: a number of the row, a code of the customer.

    Detected: numbers that rise or fall by one value from row to row through the whole table; whole numbers that are
    called like an identifier and hardly ever repeat; categories of which nearly every row has its own. wellfit leaves
    out what is surely an identifier; such columns are told as a hint.
    Why it matters: a network learns single rows by such a column, and new rows have values that it never saw. A number
    that rises with the rows lets it learn the order of the file.
    What to do: leave the column out; if it says in which order the rows came, use it to split by time instead.
    How sure: that values do not repeat is certain; measurements do not repeat either, so that numbers are named only
    with a further sign.

    distinct: different categories over rows, from which on categories are names of rows.
    most: different whole numbers over rows, of a column that is called like an identifier.
    least_rows: below which "all different" means nothing.
    """
    assert case.table is not None
    rows, columns = counted_rows(case.table), columns_of(case.table)
    left_out = [one.name for one in case.table.schema.columns if one.kind == "identifier"]
    if len(rows) < least_rows:
        return not_applicable(f"With fewer than {least_rows} rows, values that do not repeat mean nothing.")
    named, why = [], []
    for one in columns:
        values = one.values[rows]
        sign = _sign(one.name, values, one.ordered, distinct, most)
        if sign:
            named.append(one.name)
            why.append(sign)
    names = source_of(case.table, named)
    evidence: dict[str, Any] = {"columns": list(names), "signs": why, "left out": left_out, "distinct": distinct}
    if names:
        words = f"{shown(list(names))} {'names' if len(names) == 1 else 'name'} rows: {why[0]}."
        drop = Remedy(f"Leave out {shown(list(names))}.", table=TableChange(drop_columns=names))
        return found("warning", words, evidence=evidence, strength=0.8, remedies=(drop,))
    if left_out:
        words = f"{shown(left_out)} {'names' if len(left_out) == 1 else 'name'} rows and took no part in training."
        return found("hint", words, evidence=evidence, strength=0.2)
    return fine(f"None of {len(columns):,} columns names rows.", evidence)


def _sign(name: str, values: Any, ordered: bool, distinct: float, most: float) -> str:
    """What shows that a column names rows; nothing where it does not."""
    different = len(np.unique(values, equal_nan=True))
    share = different / len(values)
    if not ordered:
        return f"{different:,} different categories in {len(values):,} rows" if share >= distinct else ""
    wide = np.asarray(values, np.float64)
    known = wide[~np.isnan(wide)]
    if len(known) < 0.9 * len(values) or not len(known) or (known != np.round(known)).any():
        return ""
    steps = np.diff(known)
    if len(steps) and ((steps > 0).all() or (steps < 0).all()) and share > most:
        return "its whole numbers run through the rows in order"
    if share >= most and is_named_identifier(name):
        return f"{different:,} different whole numbers in {len(values):,} rows, and its name"
    return ""


@rule("constant-columns", "Columns with one value", needs=("table",))
def constant_columns(case: Case, *, nearly: float = 0.999, least_other: int = 3) -> Judgement:
    """A column with one value in all rows that are trained on, or in all but a few.

    Detected: the different values of each column among the training rows, of all views where networks were trained.
    wellfit leaves out columns with one value in the whole table.
    Why it matters: nothing can be learned from it. Where it varies among later rows the network has never learned what
    that means, and standardising an almost constant column makes its few other values huge.
    What to do: find out why it is constant (a filter, a failed join); leave it out.
    How sure: certain, and a hint: it hardly ever costs anything here. Where all columns are constant it is a problem.

    nearly: share of the rows with the most frequent value, from which on the others are too few to learn from.
    least_other: rows with another value that are too few in any case.
    """
    assert case.table is not None
    left_out = [one.name for one in case.table.schema.columns if one.kind == "constant"]
    columns = columns_of(case.table)
    views = {one.place: np.unique(one.view.training) for one in case.networks}
    parts = list(views.values()) or [counted_rows(case.table)]
    one_value, few = [], []
    for one in columns:
        others = [_others(one.values[rows]) for rows in parts]
        if min(others) == 0:
            one_value.append(one.name)
        elif min(others) < least_other or any(
            n < (1 - nearly) * len(rows) for n, rows in zip(others, parts, strict=True)
        ):
            few.append(one.name)
    evidence: dict[str, Any] = {"constant": one_value, "nearly constant": few, "left out": left_out, "nearly": nearly}
    if one_value:
        names, whole = _as_columns(case.table, one_value, columns)
        words = f"{shown(names)} {'has' if len(names) == 1 else 'have'} one value in all rows of a training part."
        every = len(one_value) == len(columns) and not left_out
        severity: Severity = "problem" if every else "hint"
        return found(severity, words, evidence=evidence, strength=1.0 if every else 0.3, remedies=_without(whole))
    if left_out or few:
        names, whole = _as_columns(case.table, few, columns)
        what = [f"{shown(left_out)} with one value took no part in training"] if left_out else []
        what += [f"{shown(names)} with another value in a few rows only"] if few else []
        return found("hint", f"{'; '.join(what)}.", evidence=evidence, strength=0.2, remedies=_without(whole))
    return fine(f"All {len(columns):,} columns vary.", evidence)


def _as_columns(
    table: StudyTable, names: Sequence[str], columns: Sequence[NamedColumn]
) -> tuple[list[str], list[str]]:  # fmt: skip
    """Names of numbers, those that make up a whole column of the table by its name; and these columns.

    Of a date the year may be the same everywhere, which is no reason to leave out the date.
    """
    others = set(source_of(table, [one.name for one in columns if one.name not in names]))
    made = {name: source_of(table, [name])[0] for name in names}
    told = [made[name] if made[name] not in others else name for name in names]
    return list(dict.fromkeys(told)), [name for name in dict.fromkeys(made.values()) if name not in others]


def _without(names: Sequence[str]) -> tuple[Remedy, ...]:
    if not names:
        return ()
    return (Remedy(f"Leave out {shown(names)}.", table=TableChange(drop_columns=tuple(names))),)


def _others(values: Any) -> int:
    """Rows with another value than the most frequent one."""
    counts = np.unique(values, return_counts=True, equal_nan=True)[1]
    return int(len(values) - counts.max(initial=0))
