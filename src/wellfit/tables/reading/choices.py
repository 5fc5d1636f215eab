"""What a user says about the cells of a table: missing marks, the decimal mark, the order of dates."""

from __future__ import annotations

from dataclasses import dataclass

from wellfit.tables.reading.date_formats import check_date_order
from wellfit.tables.reading.numbers import Decimal, check_decimal


@dataclass(frozen=True)
class Choices:
    """How the cells of a whole table are read where they do not tell.

    decimal: "comma" or "point", the mark of fractions; None: as the cells of each column show.
    dates: "day-first", "month-first", or a format as in Python's strptime; None: as they look.
    usual_decimal: the mark that other columns show, for a column that shows none.

    Raises:
        InputError: one of them is none.
    """

    decimal: Decimal | None = None
    dates: str | None = None
    usual_decimal: Decimal | None = None

    def __post_init__(self) -> None:
        check_decimal(self.decimal)
        check_date_order(self.dates)


ANY = Choices()
