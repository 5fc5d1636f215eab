"""Sentences on what was assumed to read a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized

from wellfit.tables.reading.tables import Table, shorten

_MOST_NAMED = 12
_MOST_WORDS = 5


def said_of_columns(said: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Pairs (column, what is said of it) as sentences; columns of which the same is said share one."""
    names: dict[str, list[str]] = {}
    for name, words in said:
        names.setdefault(words, []).append(name)
    return tuple(f"{shorten(columns, _MOST_NAMED)}: {words}." for words, columns in names.items())


def marks_taken(table: Table, names: Iterable[str] | None = None) -> tuple[str, ...]:
    """Which cells were taken as missing marks, column by column. names: of which columns; None (default): all."""
    wanted = table.names if names is None else tuple(names)
    said = []
    for name in wanted:
        marks = table.taken.get(name, {})
        if marks:
            counted = ", ".join(f"{mark[:40]!r} ({times:,})" for mark, times in marks.items())
            said.append((name, f"{counted} taken as missing (--missing chooses the marks; none: empty cells alone)"))
    return said_of_columns(said)


def skipped_note(known: Sized, rows: int, words: Sequence[str] = ()) -> tuple[str, ...]:
    """How many rows were left out for want of a target, if any. known: the rows that were kept. words: the strays."""
    gone = rows - len(known)
    if not gone:
        return ()
    shown = ", ".join(repr(word[:40]) for word in words[:_MOST_WORDS]) + (", ..." if len(words) > _MOST_WORDS else "")
    why = f"is missing or no number ({shown})" if words else "is missing or cannot be read"
    return (f"{gone:,} of {rows:,} rows {'was' if gone == 1 else 'were'} left out: the target {why}.",)
