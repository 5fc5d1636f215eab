"""What the command shows of a study, and the recipe of an earlier result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars
from rich.console import Console
from rich.text import Text

from wellfit.cli.folder import check_writable_file
from wellfit.cli.screen import printable, say, simple_table
from wellfit.errors import InputError, quoted
from wellfit.figures.figure import ENDINGS
from wellfit.parsing import NONSENSE
from wellfit.report.tables import interval, is_end, value
from wellfit.studies import Study
from wellfit.studies.base.study import recipe_file
from wellfit.training.checkpoint.plan_file import PLAN
from wellfit.training.checkpoint.run_folder import load_run

MOST_ROWS = 40


def show_study(
    console: Console, study: Study, folder: Path, forms: Sequence[str], shown: Sequence[str] = ()
) -> None:  # fmt: skip
    """Question, answer, the table of the answer, remarks, and the files. forms: of the report.

    shown: notes that stand on the screen already (default: none).
    """
    say(console, study.question, style="bold")
    say(console, study.verdict)
    console.print()
    columns, left_out = _fitting(study.table.head(MOST_ROWS), console.width)
    numbers = tuple(k for k, name in enumerate(columns) if study.table[name].dtype.is_numeric())
    table = simple_table(*(name.replace("_", " ") for name in columns), right=numbers)
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    console.print(table)
    if left_out:
        say(console, f"Not shown here: {', '.join(left_out).replace('_', ' ')}; see {folder / 'table.parquet'}.")
    if study.table.height > MOST_ROWS:
        say(console, f"... and {study.table.height - MOST_ROWS:,} more rows in {folder / 'table.parquet'}.")
    show_remarks(console, study.remarks, shown)
    console.print()
    for name in study.recipes:
        say(console, f"Recipe   {name}: {folder / recipe_file(name)}")
    for figure in study.figures:
        say(console, f"Figure   {folder / f'{figure.name}.svg'}")
    show_report(console, folder, forms)
    say(console, f"Study    {folder}")
    say(console, f"Repeat   {study.repeat}")


def show_remarks(console: Console, remarks: Sequence[str], shown: Sequence[str]) -> None:
    """The remarks but those that stand on the screen already."""
    for remark in remarks:
        if remark not in shown:
            say(console, f"Remark: {remark}", style="dim")


def show_report(console: Console, folder: Path, forms: Sequence[str]) -> None:
    """The file of the report that is best read: the page, else the text; none where only data are written."""
    for form in [form for form in ("html", "md") if form in forms][:1]:
        say(console, f"Report   {folder / f'report.{form}'}")


def check_figure(file: Path) -> None:
    """Find out before any work whether a figure can be written to a file.

    Raises:
        InputError: its name has another ending than those of figures, or it cannot be written.
    """
    if file.suffix.lower() not in ENDINGS:
        raise InputError(
            f"--figure writes a file whose name ends in {', '.join(ENDINGS)}; got {quoted(str(file))}: give another."
        )
    check_writable_file(file)


def _fitting(table: polars.DataFrame, width: int) -> tuple[dict[str, list[Text]], list[str]]:
    """The columns as text, an interval beside its value or, on a narrow screen, below it; and what does not fit."""
    for between in (" ", "\n"):
        columns = {name: _texts(table, name, between) for name in table.columns if not is_end(name, table.columns)}
        if _width(columns) <= width:
            return columns, []
    left_out: list[str] = []
    while len(columns) > 1 and _width(columns) > width:
        name, _ = columns.popitem()
        left_out.insert(0, name)
    return columns, left_out


def _texts(table: polars.DataFrame, name: str, between: str) -> list[Text]:
    rows = [(value(row, name), interval(row, name)) for row in table.iter_rows(named=True)]
    return [printable(shown) + Text(f"{between}{ends}" if ends else "") for shown, ends in rows]


def _width(columns: dict[str, list[Text]]) -> int:
    """Of the screen that they need: their longest lines, and three spaces between."""
    lines = [
        [len(line) for cell in (name, *cells) for line in str(cell).split("\n")] for name, cells in columns.items()
    ]
    return sum(max(one) for one in lines) + 3 * (len(lines) - 1)


def recipe_of_result(folder: Path) -> dict[str, Any]:
    """The recipe that `wellfit fit` found: of a search the one with the best cross-validated loss, else the bag's;
    of a folder of `wellfit.train` the first.

    Raises:
        InputError: the folder holds no result that can be read.
    """
    if (folder / PLAN).exists():
        return dict(load_run(folder, goes_on=False)[0].members[0].recipe.to_dict())
    try:
        plain = json.loads((folder / "result.json").read_bytes())
        recipe = plain["recipe"]
    except (OSError, *NONSENSE):
        raise InputError(f"{str(folder)!r} holds no result.json of wellfit fit: name its output folder.") from None
    if not isinstance(recipe, dict):
        raise InputError(f"{str(folder)!r} holds a result without a recipe: give one with --recipe.")
    return recipe
