"""What a later table holds that training did not, in sentences: for the command and for Python's warnings."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from wellfit.tables.columns.report import ColumnReport

LONGEST = 40  # characters of a value in a sentence
KNOWN_SHOWN = 4
UNITS = {100.0: "shares in place of percents", 0.01: "percents in place of shares"}  # examples for a factor
TRUE, FALSE = ("1", "true", "t", "yes", "y", "on"), ("0", "false", "f", "no", "n", "off")
MANY = 10  # values that are all unlike training; fewer are so by chance
SLIGHT = 0.05  # of the values, beyond the range of training by less than its width


class UnlikeTrainingWarning(UserWarning):
    """A table to predict has columns that are unlike those of training, as if something had gone wrong with them.

    Python's filters silence it (`warnings.simplefilter("ignore", wellfit.UnlikeTrainingWarning)`) or make it an error.
    """


@dataclass(frozen=True)
class ColumnNote:
    """A sentence on one column. serious: something seems to have gone wrong with it; else it happens in good tables.

    slight: how many values lie a little beyond the range of training, where that is all there is to say.
    """

    column: str
    text: str
    serious: bool = False
    slight: int = 0


def notes_on(reports: Iterable[ColumnReport]) -> tuple[ColumnNote, ...]:
    """What is unlike training, column by column, the serious things first."""
    found = [note for report in reports for note in _notes(report)]
    return tuple(sorted(found, key=lambda note: (not note.serious, note.slight > 0)))


def in_lines(notes: Iterable[ColumnNote], most: int = 12) -> list[str]:
    """At most so many sentences, and one more for what they leave out; those on a few values that lie a little outside
    the range of training, as in any new table, become one.
    """
    given = tuple(notes)
    lines = [note.text for note in given if not note.slight]
    slight = [note for note in given if note.slight]
    if len(lines) > most:
        names = ", ".join(dict.fromkeys(repr(note.column) for note in given if note.text in lines[most:]))
        lines = [*lines[:most], f"More columns are unlike training: {_cut(names, 200)}."]
    if slight:
        values, names = sum(note.slight for note in slight), ", ".join(repr(note.column) for note in slight)
        lie = "1 value lies" if values == 1 else f"{values:,} values lie"
        lines.append(f"{lie} a little outside the range of training, in {_cut(names, 200)}.")
    return lines


def warn_of(reports: Iterable[ColumnReport]) -> None:
    """An `UnlikeTrainingWarning` with everything serious, at the user's own line; none where there is nothing."""
    serious = [note.text for note in notes_on(reports) if note.serious]
    if serious:
        warnings.warn(" ".join(serious), UnlikeTrainingWarning, stacklevel=_levels_to_user())


def _levels_to_user() -> int:
    """How many calls above `warn_of` the first line outside this package is."""
    frame, levels = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("wellfit."):
        frame, levels = frame.f_back, levels + 1
    return levels


def _notes(report: ColumnReport) -> Iterator[ColumnNote]:
    name = report.column.name
    if report.strays:
        text = f"Column {name!r}: {_cells(report.strays, report.rows)} cannot be read as a {report.column.kind}"
        count = "counts" if report.strays == report.rows == 1 else "count"
        text += f" ({_quoted(report.stray_examples)}) and {count} as missing.{_truth_for_numbers(report)}"
        yield ColumnNote(name, text, serious=True)
    elif report.rows > 1 and report.filled == 0 and report.column.kind != "text":
        yield ColumnNote(name, f"Column {name!r}: all {report.rows:,} cells are missing.")
    if report.unseen:
        yield _of_categories(report)
    if report.factor != 1:
        yield ColumnNote(name, _of_unit(report), serious=True)
    elif report.below or report.above:
        yield _of_range(report)


def _of_categories(report: ColumnReport) -> ColumnNote:
    """On values that training did not have, and what they may stand for."""
    column, examples = report.column, report.unseen_examples
    written_otherwise = {value: known for value in examples if (known := _meant(value, column.vocabulary))}
    meant = written_otherwise or {value: known for value in examples if (known := _nearest(value, column.vocabulary))}
    hints = ", ".join(f"{_short(value)} for {_short(known)}" for value, known in meant.items())
    of_all = report.unseen == report.filled
    if of_all:
        known = _quoted(column.vocabulary[:KNOWN_SHOWN]) + (", ..." if len(column.vocabulary) > KNOWN_SHOWN else "")
        told = f"none of its {report.filled:,} values was seen in training ({_quoted(examples)}; training had {known})"
    else:
        were = "were" if report.unseen > 1 else "was"
        told = f"{report.unseen:,} of its {report.filled:,} values {were} not seen in training ({_quoted(examples)})"
    text = f"Column {column.name!r}: {told}.{f' Perhaps {hints}.' if hints else ''}"
    return ColumnNote(column.name, text, serious=bool(written_otherwise) or (of_all and report.filled >= MANY))


def _meant(value: str, vocabulary: tuple[str, ...]) -> str:
    """The category of training that a value is in another case, or with another word for a truth value; "" for none."""
    plain = {word.strip().casefold(): word for word in vocabulary}
    given = value.strip().casefold()
    if given in plain:
        return plain[given]
    for words in (TRUE, FALSE):
        known = [plain[word] for word in words if word in plain]
        if given in words and known and set(plain) <= {*TRUE, *FALSE}:
            return known[0]
    return ""


def _nearest(value: str, vocabulary: tuple[str, ...]) -> str:
    """The category that a value may be a slip of the pen for; "" for none, and where their digits differ."""
    digits = [letter for letter in value if letter.isdigit()]
    alike = [word for word in vocabulary if [letter for letter in word if letter.isdigit()] == digits]
    near = get_close_matches(value, alike, n=1, cutoff=0.75) if len(value) > 3 else []
    return near[0] if near else ""


def _truth_for_numbers(report: ColumnReport) -> str:
    words = [word.strip().casefold() for word in report.stray_examples]
    if not words or not set(words) <= {*TRUE, *FALSE}:
        return ""
    return " Perhaps they stand for 1 and 0, which training had."


def _of_unit(report: ColumnReport) -> str:
    column, factor = report.column, report.factor
    size = f"{factor:,.0f} times smaller" if factor > 1 else f"{1 / factor:,.0f} times larger"
    unit = UNITS.get(factor, "grams in place of kilograms" if factor < 1 else "kilograms in place of grams")
    return (
        f"Column {column.name!r}: its values are about {size} than in training ({_range(report)}): perhaps in another "
        f"unit, such as {unit}."
    )


def _of_range(report: ColumnReport) -> ColumnNote:
    column, beyond = report.column, report.below + report.above
    width = column.most - column.least
    far = report.lowest < column.least - width or report.highest > column.most + width
    slight = 0 if far or beyond > SLIGHT * report.filled else beyond
    of_all = beyond == report.filled
    start = "all its" if of_all else f"{beyond:,} of its"
    told = f"{start} {report.filled:,} values lie outside the range of training"
    serious = of_all and column.kind == "number" and report.filled >= MANY
    return ColumnNote(column.name, f"Column {column.name!r}: {told} ({_range(report)}).", serious, slight)


def _range(report: ColumnReport) -> str:
    column = report.column
    ends = (report.lowest, report.highest, column.least, column.most)
    first, last, least, most = map(_day, ends) if column.kind == "date" else (f"{end:.6g}" for end in ends)
    here = first if first == last else f"{first} to {last}"
    return f"{here} here, {least} to {most} there"


def _day(days: float) -> str:
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)).date().isoformat()
    except OverflowError:
        return f"day {days:.0f} since 1970"


def _cells(some: int, every: int) -> str:
    if some == every:
        return f"all {every:,} cells" if every > 1 else "its cell"
    return f"{some:,} of {every:,} cells"


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(_short(value) for value in values)


def _short(value: str) -> str:
    return repr(_cut(value, LONGEST))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
