"""What the command shows of a study, and the recipe of an earlier result."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from rich.console import Console

from wellfit.cli.screen import printable, say, simple_table
from wellfit.errors import InputError
from wellfit.parsing import NONSENSE
from wellfit.statistics.paired import rounded
from wellfit.studies import Study
from wellfit.studies.base.study import recipe_file

MOST_ROWS = 40
ENDS = ("_low", "_high")


def show_study(console: Console, study: Study, folder: Path) -> None:
    """Question, answer, the table of the answer, remarks, and the files."""
    say(console, study.question, style="bold")
    say(console, study.verdict)
    console.print()
    columns = study.table.columns
    names = [name for name in columns if not _is_end(name, columns)]
    numbers = tuple(k for k, name in enumerate(names) if study.table[name].dtype.is_numeric())
    table = simple_table(*(name.replace("_", " ") for name in names), right=numbers)
    for row in study.table.head(MOST_ROWS).iter_rows(named=True):
        table.add_row(*(printable(_shown(row, name)) for name in names))
    console.print(table)
    if study.table.height > MOST_ROWS:
        say(console, f"... and {study.table.height - MOST_ROWS:,} more rows in {folder / 'table.parquet'}.")
    for remark in study.remarks:
        say(console, f"Remark: {remark}", style="dim")
    console.print()
    for name in study.recipes:
        say(console, f"Recipe   {name}: {folder / recipe_file(name)}")
    for figure in study.figures:
        say(console, f"Figure   {folder / f'{figure.name}.svg'}")
    say(console, f"Study    {folder}")
    say(console, f"Repeat   {study.repeat}")


def _is_end(name: str, columns: list[str]) -> bool:
    """Whether a column is one end of the interval of another, beside which it is shown."""
    return any(name.removesuffix(end) in columns for end in ENDS if name.endswith(end))


def _shown(row: dict[str, Any], name: str) -> str:
    """A value, with its interval in brackets where it has one, in the digits that the interval allows."""
    value = row[name]
    ends = [end for key in ENDS if isinstance(end := row.get(f"{name}{key}"), float) and math.isfinite(end)]
    if len(ends) < len(ENDS) or not isinstance(value, float):
        return _cell(value)
    low, high = ends
    spread = (high - low) / 4
    return f"{rounded(value, spread)} ({rounded(low, spread)} to {rounded(high, spread)})"


def _cell(value: Any) -> str:
    if value is None or isinstance(value, float) and math.isnan(value):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def recipe_of_result(folder: Path) -> dict[str, Any]:
    """The recipe that `wellfit fit` found: of a search the one with the best cross-validated loss, else the bag's.

    Raises:
        InputError: the folder holds no result that can be read.
    """
    try:
        plain = json.loads((folder / "result.json").read_bytes())
        recipe = plain["recipe"]
    except (OSError, *NONSENSE):
        raise InputError(f"{str(folder)!r} holds no result.json of wellfit fit: name its output folder.") from None
    if not isinstance(recipe, dict):
        raise InputError(f"{str(folder)!r} holds a result without a recipe: give one with --recipe.")
    return recipe
