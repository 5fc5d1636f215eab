"""Strays: the few cells of a column of numbers or dates that are neither, and words that say a value is missing."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

# Of the cells that are there. Words for "missing" mean nothing else beside numbers, so that more of them are tolerated.
MOST_STRAYS = 0.10
MOST_MISSING = 0.50
LEAST_READ = 10  # different values beside strays: with fewer the column could as well be categories
KEPT = 50
_SHOWN = 4

_WORDS = (
    "unknown unk ukn not\\s?known missing miss absent none null nil nan na naan nd nr ns ni nat void empty blank "
    "unavailable undefined undisclosed unspecified unreported undetermined unassigned withheld redacted hidden pending "
    "tba tbd tbc tbs ask confidential error err invalid "
    "not\\s(?:available|applicable|specified|reported|recorded|provided|given|measured|stated|disclosed|determined|set|"
    "tested|found|yet.*) no\\s(?:data|value|info|information|answer|response|entry|record|date) nodata novalue "
    "to\\sbe\\s(?:announced|determined|confirmed|defined|decided) don'?t\\sknow dk "
    "unbekannt keine\\s(?:angaben?|daten) k\\.?\\s?a\\.? entfällt fehlt offen ohne inconnue? "
    "non\\s(?:disponible|renseigné) desconocid[oa] sin\\sdatos s/?d sconosciut[oa] onbekend geen okänd ukjent ukendt "
    "nieznan[aey] brak неизвестно н/?д "
    "n/?a n\\.\\s?a\\.? n/?d n\\.\\s?d\\.? n/?k #n/?a #null! #div/0! #value! #num! #ref! #name\\?"
)
_MISSING = rf"(?i)^[(\[<*\s]*(?:{'|'.join(_WORDS.split())})[)\]>*.!\s]*$|^[^\p{{L}}\p{{N}}]*$|^0+([-/. :]0+)+$"


@dataclass(frozen=True)
class Strays:
    """Cells that could not be read: how many of how many, and the different ones, the most frequent first."""

    count: int = 0
    filled: int = 0
    words: tuple[str, ...] = ()
    times: tuple[int, ...] = ()

    def sentence(self, what: str) -> str:
        """Which cells they are and that they are missing. what: the kind of the column in the plural."""
        shown = ", ".join(f"{word[:40]!r} ({n:,})" for word, n in zip(self.words[:_SHOWN], self.times, strict=False))
        more = len(self.words) - _SHOWN
        rest = f" and {more:,} other{'s' if more > 1 else ''}" if more > 0 else ""
        verb = "cell is" if self.count == 1 else "cells are"
        return f"{self.count:,} of {self.filled:,} {verb} no {what} and taken as missing: {shown}{rest}"


def find_strays(counts: pl.DataFrame, read: pl.Series) -> Strays:
    """The strays among the different cells.

    counts: columns "cell" and "times", a row for each different cell. read: which of these could be read.
    """
    filled = int(counts["times"].sum())
    left = counts.filter(~read).sort("times", descending=True, maintain_order=True)
    words, times = left["cell"].to_list(), left["times"].to_list()
    return Strays(sum(times), filled, tuple(words), tuple(times))


def are_few(counts: pl.DataFrame, values: pl.Series) -> bool:
    """Whether so many cells could be read that the others are strays.

    At most 10 % of the cells, or 50 % where all others are words such as "unknown" or "n/a"; and there are 10
    different values at least. values: of the different cells, null where one could not be read.
    """
    gone = values.is_null()
    if not gone.any():
        return len(values) > 0
    if values.n_unique() - 1 < LEAST_READ:
        return False
    times, filled = counts["times"], int(counts["times"].sum())
    missing = gone & is_missing_word(counts["cell"])
    others = int(times.filter(gone & ~missing).sum())
    return others <= MOST_STRAYS * filled and int(times.filter(gone).sum()) <= MOST_MISSING * filled


def is_missing_word(cells: pl.Series) -> pl.Series:
    """Which cells say that a value is missing, in words or signs; also dates of zeros."""
    return cells.str.contains(_MISSING)


def count_cells(cells: pl.Series) -> pl.DataFrame:
    """Each different cell that is there and how often it occurs: columns "cell" and "times", in order of appearance."""
    there = cells.drop_nulls().alias("cell").to_frame()
    return there.group_by("cell", maintain_order=True).len("times").with_columns(pl.col("times").cast(pl.Int64))
