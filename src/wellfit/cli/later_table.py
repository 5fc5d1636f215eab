"""A table for a saved model, read as its training table was; what is unlike training is told on standard error."""

from __future__ import annotations

from collections.abc import Iterable

from wellfit.cli.output import tell
from wellfit.cli.screen import printable
from wellfit.models.model import Model
from wellfit.tables import ColumnReport, Schema, Table
from wellfit.tables.arrays import Arrays
from wellfit.tables.columns.unlike import in_lines, notes_on
from wellfit.tables.reading.tables import shorten


def read_later_table(model: Model, path: str, sheet: str | None = None) -> tuple[Table, Arrays]:
    """The table and its columns as the networks take them.

    Raises:
        InputError: the table cannot be read, or lacks a column.
    """
    table = model.schema.read(path, sheet)
    arrays, reports = model.schema.apply(table)
    for note in (*table.notes, *notes_on_later_table(model, table, reports)):
        tell(f"Note: {printable(note).plain}")
    return table, arrays


def notes_on_later_table(model: Model, table: Table, reports: Iterable[ColumnReport]) -> list[str]:
    """What is unlike training, a sentence each: values first, then columns that nothing reads."""
    return [*in_lines(notes_on(reports)), *_not_read(model.schema, table, str(model.info.get("target", "")))]


def _not_read(schema: Schema, table: Table, target: str) -> list[str]:
    """A sentence on the columns that the training table did not have; none where there are none."""
    known = {*(column.name for column in schema.columns), *schema.sparse, target, *target.split(",")}
    others = [name for name in table.names if name not in known]
    if not schema.columns or not others:
        return []
    return [f"Not read, since training had no such column: {shorten(others)}."]
