"""The options of `wellfit fit` on how cells are read, rows whose target is unknown, and what is said of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wellfit.cli.options import FitOptions
from wellfit.cli.targets import kinds_of
from wellfit.errors import InputError, quoted
from wellfit.tables import Schema, Table, read_table
from wellfit.tables.columns.sentences import marks_taken, said_of_columns, skipped_note
from wellfit.tables.columns.target import read_target
from wellfit.tables.columns.target_text import refuse_unknown
from wellfit.tables.reading.drawn_rows import Draw
from wellfit.training.known_rows import known_rows

ADVICE = "leave the rows out (--skip-unknown-targets), or predict them later"


def read_given(o: FitOptions, donor: Schema | None, draw: Draw | None = None) -> Table:
    """The table, read as the options say, or as that of a donor of layers was.

    draw: how many of its rows are kept (default None: all).
    """
    if donor is None:
        header = False if o.no_header else None
        decimal: Any = o.decimal
        return read_table(o.table, marks_of(o.missing), decimal, o.dates, header=header, sheet=o.sheet, draw=draw)
    given = {"--missing": o.missing, "--decimal": o.decimal, "--dates": o.dates}
    named = [name for name, value in given.items() if value]
    if named:
        raise InputError(f"With --start-from the table is read as the saved model's was: leave {named[0]} out.")
    return donor.read(o.table, o.sheet, draw)


def marks_of(given: Sequence[str]) -> list[str] | None:
    """Missing marks from an option that may be repeated and holds several with commas between; None for the default."""
    return [mark.strip() for entry in given for mark in entry.split(",")] if given else None


def with_known_targets(table: Table, names: Sequence[str], o: FitOptions) -> tuple[Table, tuple[str, ...]]:
    """The table without the rows of unknown targets where they are to be left out, and how many these are.

    Raises:
        InputError: a row's only target is missing or, among numbers, no number, and it is not to be left out.
    """
    kinds = kinds_of(names, o.task)
    if o.skip_unknown_targets:
        cells = {name: table.column(name) for name in names}
        alone = len(names) == 1
        known = known_rows(cells[names[0]] if alone else cells, kinds.get(names[0]) if alone else kinds, table.choices)
        read = [read_target(cells[name], kinds.get(name), table.choices) for name in names]  # type: ignore[arg-type]
        words = [word for one in read for word in one.strays.words]
        return table.take(known), skipped_note(known, table.rows, words)
    if len(names) == 1:
        marks = table.taken.get(names[0], {})
        marked = ", ".join(f"{mark[:40]!r} ({times:,})" for mark, times in marks.items())
        way = f"choose the marks that count as missing (--missing; taken here: {marked}), " if marked else ""
        cells_of_target = read_target(table.column(names[0]), kinds.get(names[0]), table.choices)  # type: ignore[arg-type]
        refuse_unknown(cells_of_target, f"The target {quoted(names[0])}", way + ADVICE, table.row_numbers)
    return table, ()


def reading_notes(table: Table, schema: Schema, others: Sequence[str], o: FitOptions) -> list[str]:
    """What was assumed in reading the columns that are learned from, and others: targets, weights, groups."""
    kinds = kinds_of(others, o.task)
    assumed = []
    for name in others:
        cells = table.column(name)
        if cells.dtype == object and name not in (o.group,):
            found = read_target(cells, kinds.get(name, "number" if name == o.weight else None), table.choices)  # type: ignore[arg-type]
            assumed += [(name, said) for said in found.assumed]
    read = {*schema.required, *others}
    named = [name for name in table.names if name in read]
    return [*marks_taken(table, named), *schema.assumptions, *said_of_columns(assumed)]
