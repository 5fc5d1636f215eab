"""Frames as tables of a report: an interval stands beside its value, in the digits that it allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars

from wellfit.errors import clean
from wellfit.report.content import ReportTable
from wellfit.reprs import cut, significant
from wellfit.statistics.paired import rounded

MOST_ROWS = 60
LONGEST = 160  # letters of a cell
ENDS = ("_low", "_high")  # of an interval's columns, after the name of what it is of


def frame_table(title: str, frame: polars.DataFrame, columns: Sequence[str] = (), most: int = MOST_ROWS) -> ReportTable:
    """A frame as a table; of more than `most` rows the first ones, which the title says.

    columns: to be shown, in order (default: all but the ends of intervals, which stand beside their values).
    """
    names = list(columns) or [name for name in frame.columns if not is_end(name, frame.columns)]
    rows = tuple(tuple(cell(row, name) for name in names) for row in frame.head(most).iter_rows(named=True))
    numeric = tuple(k for k, name in enumerate(names) if frame[name].dtype.is_numeric())
    few = f" The first {most} of {frame.height:,} rows." if frame.height > most else ""
    return ReportTable(f"{title}{few}", tuple(clean(name.replace("_", " ")) for name in names), rows, numeric)


def cell(row: dict[str, Any], name: str) -> str:
    """A value with its interval, where it has one."""
    between = interval(row, name)
    return f"{value(row, name)}{f' {between}' if between else ''}"


def value(row: dict[str, Any], name: str) -> str:
    """A value alone, in the digits that its interval allows."""
    spread = _spread(row, name)
    return _plain(row[name]) if math.isnan(spread) else rounded(row[name], spread)


def interval(row: dict[str, Any], name: str) -> str:
    """The interval of a value in brackets; nothing where it has none."""
    spread = _spread(row, name)
    if math.isnan(spread):
        return ""
    low, high = (rounded(row[f"{name}{end}"], spread) for end in ENDS)
    return f"({low} to {high})"


def is_end(name: str, columns: Sequence[str]) -> bool:
    """Whether a column is one end of the interval of another, beside which it is shown."""
    return any(name.removesuffix(end) in columns for end in ENDS if name.endswith(end))


def _spread(row: dict[str, Any], name: str) -> float:
    """About the standard error that an interval shows; NaN without one."""
    ends = [row.get(f"{name}{end}") for end in ENDS]
    if not isinstance(row[name], float) or not all(isinstance(end, float) and math.isfinite(end) for end in ends):
        return math.nan
    return float(ends[1] - ends[0]) / 4  # type: ignore[operator]


def _plain(one: Any) -> str:
    if one is None or (isinstance(one, float) and math.isnan(one)):
        return ""
    if isinstance(one, bool):
        return "yes" if one else "no"
    if isinstance(one, polars.Series):
        one = one.to_list()
    if isinstance(one, list):
        return cut(clean(", ".join(map(_plain, one))), LONGEST)
    return significant(one) if isinstance(one, float) else cut(clean(str(one)), LONGEST)
