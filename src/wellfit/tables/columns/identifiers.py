"""Identifiers and codes: columns whose cells name rows, and numbers that are names rather than amounts."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

LEAST_ROWS = 20  # with fewer rows, "all distinct" means nothing
NEARLY_ALL = 0.95
_NAMED = re.compile(
    r"(?i:^(?:.*[ _.\-])?(?:id|uuid|guid)$|^(?:index|unnamed: ?0|row ?(?:number|id|no)|column 1)$)|[a-z]I[Dd]$"
)
_NAMED_CODE = re.compile(
    r"(?i)(?:^|[ _.\-])(?:zip(?:[ _]?code)?|post(?:al)?[ _]?code|plz|postleitzahl|area[ _]?code|phone|telephone|"
    r"telefon|fax|mobile|account|konto|iban|ssn|isbn|ean|upc|gtin|sku)(?:$|[ _.\-](?:no|nr|num|number|code)?$)"
)
_RANDOM = r"^\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?$|^(?:0x)?[0-9a-fA-F]{12,}$"
_LEAST_DIGITS = 9
_SHORT = 6
_EPOCHS = ((10**9, 22 * 10**8), (10**12, 22 * 10**11))  # seconds and milliseconds since 1970 of 2001 to 2039


def is_named_identifier(name: str) -> bool:
    """Whether a column is called like an identifier."""
    return bool(_NAMED.search(name))


def counts_the_rows(cells: pl.Series) -> bool:
    """Whether whole numbers without a gap count up from 0 or 1."""
    return cells[0] in (0, 1) and bool((cells.diff().drop_nulls() == 1).all())


def is_code(distinct: pl.Series) -> bool:
    """Whether different texts without blanks are made-up codes, such as CUST-0017: only the number in them differs, or
    letters and digits are mixed at random. Codes of several patterns are none: the pattern may tell something.
    """
    if distinct.str.contains(r"\s").mean() > 1 - NEARLY_ALL:  # type: ignore[operator]
        return False
    if distinct.str.contains(_RANDOM).mean() >= NEARLY_ALL:  # type: ignore[operator]
        return True
    patterns = distinct.str.replace_all(r"\d+", "0").n_unique()
    if patterns == 1:
        return True
    digits = distinct.str.count_matches(r"[0-9]").sum() / max(1, int(distinct.str.len_chars().sum()))
    return patterns > 0.5 * len(distinct) and digits >= 0.2


def holds_several_numbers(distinct: pl.Series) -> bool:
    """Whether nearly all cells are two or three numbers with a mark between, such as 130/85, 10-20 or 2 x 3."""
    several = distinct.str.contains(r"^[\d.,]+(?: ?(?:[/x×:*-]|to|bis) ?[\d.,]+){1,2}$")
    return len(distinct) > 0 and int(several.sum()) >= NEARLY_ALL * len(distinct)


def are_short_codes(distinct: pl.Series) -> bool:
    """Whether codes of digits are so short, and all of one length, that near ones may lie near: postal codes."""
    lengths = distinct.str.len_chars()
    return (
        bool((lengths == lengths[0]).all())
        and int(lengths[0]) <= _SHORT
        and bool(distinct.str.contains(r"^\d+$").all())
    )


def about_whole_numbers(cells: pl.Series, name: str, distinct: int) -> tuple[bool, str]:
    """Whether whole numbers are codes that repeat, and so categories; and what to say of those that look like codes."""
    if _counts_seconds(cells):
        return (
            False,
            f"whole numbers that could be seconds since 1970 were read as amounts (--kind {name}=date otherwise)",
        )
    long = _digits_of_all(cells)
    if long >= _LEAST_DIGITS:
        if distinct <= 0.5 * len(cells):
            return True, f"whole numbers of {long} digits were taken as codes (--kind {name}=number reads amounts)"
        return False, (
            f"whole numbers of {long} digits, which look like account numbers, were read as amounts "
            f"(--kind {name}=category or --drop {name} otherwise)"
        )
    if _NAMED_CODE.search(name):
        return False, f"the name speaks of codes, and the cells were read as amounts (--kind {name}=category otherwise)"
    return False, ""


def _counts_seconds(cells: pl.Series) -> bool:
    least: Any = cells.min()
    most: Any = cells.max()
    return least is not None and any(low <= int(least) and int(most) < high for low, high in _EPOCHS)


def _digits_of_all(cells: pl.Series) -> int:
    """The number of digits that all whole numbers have, 0 where they differ."""
    least: Any = cells.min()
    most: Any = cells.max()
    if least is None or int(least) <= 0 or len(str(int(least))) != len(str(int(most))):
        return 0
    return len(str(int(least)))
