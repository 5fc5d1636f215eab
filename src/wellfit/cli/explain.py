"""`wellfit recipe explain`: a recipe's training step as a table for the terminal."""

from __future__ import annotations

import textwrap
from pathlib import Path

from wellfit.engines.compiled.measure.explanation import Explanation, Row, example, explain
from wellfit.errors import InputError
from wellfit.recipe import as_recipe
from wellfit.tables import Schema, make_target, read_table

WIDTH = 80
SHAPES = 19  # letters
GAP = "  "


def explain_recipe(file: Path | None, table: str | None, target: str | None) -> str:
    """The training step of a recipe (None: the default one), on a table or on an example.

    Raises:
        InputError: the recipe, the table or its target cannot be used, or only one of these two was given.
    """
    if (table is None) != (target is None):
        raise InputError("--table and --target belong together: give both, or neither for an example table.")
    recipe = as_recipe(file)
    if table is None or target is None:
        arrays, wanted, words = example(recipe)
        words = f"an example table: {words}"
    else:
        read = read_table(table)
        wanted = make_target(read.column(target))
        arrays = Schema.infer(read, [target], []).arrays(read)
        words = f"{table}: {arrays.rows:,} rows, predicting {target}"
    title = f"The training step of {file or 'the default recipe'} on {words}."
    return "\n".join([*textwrap.wrap(title, WIDTH), "", *lines_of(explain(recipe, arrays, wanted))])


def lines_of(explanation: Explanation) -> list[str]:
    """The step's lines with their operations below them, and the totals."""
    lines = textwrap.wrap(
        f"A mini-batch has {explanation.batch:,} rows. Each line of the step is followed by its operations: what they "
        "act on, the technique, columns read -> written, shapes of the arrays used, how many numbers these hold.",
        WIDTH,
    )
    quiet = None  # the line before, if it has no operations
    for text, rows in explanation.step:
        together = not rows and lines[-1] == quiet
        lines += [text] if together else ["", text]
        quiet = lines[-1] if not rows else None
        lines += _aligned([_cells(row) for row in rows])
    return [*lines, "", *_totals(explanation)]


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    """What it acts on, the technique, columns, shapes, count."""
    columns = "" if row.reads is None else f"{' + '.join(map(str, row.reads))} -> {row.writes}"
    shapes = textwrap.shorten(
        " + ".join("x".join(map(str, shape)) for _, shape in row.parameters), SHAPES, placeholder=" ..."
    )
    return row.acts_on, row.technique, columns, shapes, f"{row.count:,}" if row.count else ""


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Cells below one another, the last to the right; columns that are empty in all rows are left out."""
    columns = [column for column in zip(*rows, strict=True) if any(column)]
    widths = [max(map(len, column)) for column in columns]
    lines = []
    for row in zip(*columns, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        lines.append(GAP + GAP.join([*cells, row[-1].rjust(widths[-1])]).rstrip())
    return lines


def _totals(one: Explanation) -> list[str]:
    """How large the network and its training are."""
    frozen = f", {one.frozen:,} are frozen" if one.frozen else ""
    moving = f", and {one.statistics:,} moving statistics" if one.statistics else ""
    sentence = (
        f"{one.trained:,} parameters are trained{frozen}{moving}. The optimiser and others keep {one.state:,} numbers "
        f"beside them. A mini-batch takes {one.workspace / 2**20:,.1f} MiB. Predicting a row costs as much as "
        f"{one.cost:,.0f} multiply-adds."
    )
    return textwrap.wrap(sentence, WIDTH)
