"""Missing marks: the cells that stand for a value that is not there, and how a user names them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from wellfit.errors import InputError, quoted

# Compared with the whole cell after blanks around it are removed; upper and lower case matter ("none" is often a real
# category). An empty or blank cell and a floating-point NaN are always missing.
MISSING_MARKS: tuple[str, ...] = (
    "",
    "?",
    "-",
    "--",
    ".",
    "NA",
    "N/A",
    "n/a",
    "na",
    "<NA>",
    "NaN",
    "nan",
    "NAN",
    "-NaN",
    "-nan",
    "NaT",
    "null",
    "NULL",
    "Null",
    "None",
    "#N/A",
    "#NA",
    "#N/A N/A",
    "#NULL!",
    "#DIV/0!",
    "#VALUE!",
    "#NUM!",
    "#REF!",
    "1.#IND",
    "-1.#IND",
    "1.#QNAN",
    "-1.#QNAN",
)

DEFAULT, NONE = "default", "none"


def as_marks(given: str | Iterable[str] | None) -> tuple[str, ...]:
    """The marks that a user names.

    given: marks; "none" alone for no mark but the empty cell; "default" among others for `MISSING_MARKS`; None
        (default): `MISSING_MARKS`.

    Raises:
        InputError: a mark is no text.

    >>> as_marks(["-999", "unknown"]), as_marks("none")
    (('-999', 'unknown'), ())
    """
    marks = [DEFAULT] if given is None else [given] if isinstance(given, str) else list(given)
    wrong = [mark for mark in marks if not isinstance(mark, str)]
    if wrong:
        raise InputError(f"A missing mark is text, numbers too, such as '-999'; got {quoted(wrong[0])}.")
    if marks == [NONE]:
        return ()
    every = [each for mark in marks for each in (MISSING_MARKS if mark == DEFAULT else (mark.strip(),))]
    return tuple(dict.fromkeys(every))


@lru_cache
def numbers_among(marks: tuple[str, ...]) -> list[float]:
    """The numbers that marks stand for, found once for all columns."""
    return [value for mark in marks if (value := _as_number(mark)) is not None]


def _as_number(mark: str) -> float | None:
    """The number that a mark such as "-999" stands for, or None where it is a word."""
    try:
        value = float(mark)
    except ValueError:
        return None
    return value if value == value else None
