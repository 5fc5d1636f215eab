"""What a later table holds that the training table did not, column by column."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from wellfit.tables.columns.categories import category_text
from wellfit.tables.columns.columns import Column
from wellfit.tables.columns.other_unit import unit_factor
from wellfit.tables.reading.dates import days_of

EXAMPLES = 3


@dataclass(frozen=True)
class ColumnReport:
    """One column of a later table, beside what was known of it.

    column: what is known of it from training: its kind, `vocabulary` (categories), `least` and `most` (numbers; of
        dates days since 1970).
    rows, filled: cells in all, and those that are not missing or stray.
    strays: cells that cannot be read as the column is (text among numbers, infinities): they count as missing.
    stray_examples: up to 3 different ones, the most frequent first.
    unseen, unseen_examples: cells of categories that training did not have, and up to 3 such categories.
    below, above: numbers or dates beyond the range of training. lowest, highest: the ends of the range here (0 where no
        cell is filled; of dates days since 1970).
    factor: by which the numbers must be multiplied to be like those of training, where they seem to be in another unit
        (100 for shares where training had percents); else 1.
    """

    column: Column
    rows: int
    filled: int
    strays: int = 0
    stray_examples: tuple[str, ...] = ()
    unseen: int = 0
    unseen_examples: tuple[str, ...] = ()
    below: int = 0
    above: int = 0
    lowest: float = 0.0
    highest: float = 0.0
    factor: float = 1.0

    @property
    def strange(self) -> bool:
        """Whether anything is unlike training."""
        return bool(self.strays or self.unseen or self.below or self.above or self.factor != 1)


def report_of(column: Column, cells: pl.Series) -> ColumnReport:
    """What cells of a later table hold that the training table did not."""
    if column.kind == "category":
        return _of_categories(column, cells)
    if column.kind == "text":
        return ColumnReport(column, len(cells), len(cells) - cells.null_count())
    values = days_of(column.moments(cells)) if column.kind == "date" else column.finite_values(cells)
    known = cells.set(cells.cast(pl.String).is_in(column.strays), None) if column.strays else cells
    unread = values.is_null() & known.is_not_null()
    return _in_range(column, values, int(unread.sum() or 0), _examples(known.filter(unread)))


def _in_range(column: Column, values: pl.Series, strays: int, examples: tuple[str, ...]) -> ColumnReport:
    filled = len(values) - values.null_count()
    if filled == 0:
        return ColumnReport(column, len(values), 0, strays, examples)
    below, above = int((values < column.least).sum() or 0), int((values > column.most).sum() or 0)
    ends = float(values.min()), float(values.max())  # type: ignore[arg-type]
    factor = unit_factor(column, values) if column.kind == "number" else 1.0
    return ColumnReport(column, len(values), filled, strays, examples, 0, (), below, above, *ends, factor)


def _of_categories(column: Column, cells: pl.Series) -> ColumnReport:
    words = category_text(cells).drop_nulls()
    unseen = words.filter(~words.is_in(list(column.vocabulary)))
    return ColumnReport(column, len(cells), len(words), unseen=len(unseen), unseen_examples=_examples(unseen))


def _examples(cells: pl.Series) -> tuple[str, ...]:
    """The most frequent values as text, those that come first where they are equally frequent."""
    if not len(cells):
        return ()
    counts = cells.cast(pl.String).alias("cell").to_frame().group_by("cell", maintain_order=True).len("times")
    return tuple(counts.sort("times", descending=True, maintain_order=True).head(EXAMPLES)["cell"].to_list())
