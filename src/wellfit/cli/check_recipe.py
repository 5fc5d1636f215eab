"""`wellfit recipe check`: a recipe judged by the rules that need no training, on a table where one is given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wellfit.cli.job import table_name
from wellfit.cli.options import FitOptions
from wellfit.cli.output import write_out
from wellfit.cli.prepare import prepare
from wellfit.cli.recipes import changes_of, penalties_of
from wellfit.cli.screen import counted, printable, result_screen, say
from wellfit.diagnosis.base import Case, Finding
from wellfit.diagnosis.base.finding import SEVERITIES
from wellfit.diagnosis.evidence import later_rows
from wellfit.diagnosis.examination import FROM_ZERO, ROW_NUMBERS, Examination, examine
from wellfit.errors import InputError, quoted
from wellfit.recipe import read_recipe
from wellfit.studies.base import StudyTable

FOUND_WORSE = 1  # the exit code where --fail-on says so
COLOURS = {"problem": "bold red", "warning": "yellow", "hint": "cyan", "fine": "green"}
LONGEST_CODE = 26
MOST_NAMED = 4  # remedies that are shown of a finding


def check_recipe(
    file: Path, table: str | None, target: str | None, test: str | None, drop: Sequence[str], mute: Sequence[str],
    fail_on: str | None,
) -> int:  # fmt: skip
    """Judge a recipe, and a table with it. Returns the exit code: 1 where something at least as grave as `fail_on` was
    found, else 0.

    file: of the recipe. table, target: the table and its column to predict; None: the recipe alone is judged.
    test: a table of rows to predict, whose target need not be known, or None. drop: columns to leave out.
    mute: codes of rules. fail_on: "problem", "warning", "hint", or None: never.

    Raises:
        InputError: the recipe, the table or an option cannot be used.
    """
    if (table is None) != (target is None):
        raise InputError("--table and --target belong together: give both, or neither to check the recipe alone.")
    if table is None and (test is not None or drop):
        raise InputError("--test and --drop are about a table: give --table and --target as well.")
    if fail_on is not None and fail_on not in SEVERITIES:
        raise InputError(f"--fail-on takes {', '.join(SEVERITIES)}; got {quoted(fail_on)}.")
    recipe = read_recipe(file)
    console = result_screen()
    write_out(f"{file} is a valid recipe. {changes_of(recipe)}\n{penalties_of(recipe)}\n")
    case = Case(recipe=recipe)
    if table is not None and target is not None:
        data = prepare(_as_fit_options(table, target, tuple(drop)))
        judged = StudyTable(data.schema, data.train, table_name(table), data.column, tuple(data.notes))
        case = Case(recipe=recipe, table=judged, later=None if test == "none" else later_rows(test, judged))
        console.print()
        say(console, f"{table}: {data.train.arrays.rows:,} rows, predicting {data.column}.")
    examination = examine(case, mute=tuple(mute))
    if case.table is not None:
        examination = examination.numbered(case.table.rows.numbers)
    show_examination(console, examination)
    if table is None:
        console.print()
        say(console, "With --table and --target the rules about the table are run as well.")
    worst = min((SEVERITIES.index(one.severity) for one in examination.findings), default=len(SEVERITIES))
    return FOUND_WORSE if fail_on is not None and worst <= SEVERITIES.index(fail_on) else 0


def show_examination(console: Console, examination: Examination) -> None:
    """What was found, with what to do; what is fine; what was not judged, by its reason."""
    findings = examination.findings
    numbers = [counted(n, name) for name in SEVERITIES if (n := sum(one.severity == name for one in findings))]
    console.print()
    say(console, f"Found: {', '.join(numbers) or 'nothing'}. Fine: {counted(len(examination.fine), 'rule')}.")
    console.print()
    table = _aligned(2)
    for one in findings:
        table.add_row(Text(one.severity, COLOURS[one.severity]), _words(one))
    console.print(table)
    if findings and examination.fine:
        console.print()
    table = _aligned(3)
    for one in examination.fine:
        table.add_row(Text("fine", COLOURS["fine"]), one.code, printable(one.judgement.sentence))
    console.print(table)
    for reason, codes in _by_reason(examination.not_applicable).items():
        console.print()
        say(console, f"Not judged ({reason.rstrip('.')}): {', '.join(codes)}.", "dim")
    if examination.muted:
        console.print()
        say(console, f"Muted: {', '.join(examination.muted)}.", "dim")


def _aligned(columns: int) -> Table:
    """A table without heads and frames, the last column of which breaks into lines."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, show_header=False)
    table.add_column(no_wrap=True, min_width=max(map(len, SEVERITIES)))
    for _ in range(columns - 2):
        table.add_column(no_wrap=True, max_width=LONGEST_CODE)
    table.add_column(overflow="fold")
    return table


def _words(one: Finding) -> Text:
    """The rule's code, its sentence, and a line for each thing to do."""
    text = Text().append(one.code, "bold").append("\n").append_text(printable(one.judgement.sentence))
    if ROW_NUMBERS in one.judgement.evidence:
        text.append(f" {FROM_ZERO}")
    if one.explained_by:
        text.append(f" It may follow from {', '.join(one.explained_by)}.")
    for remedy in one.remedies[:MOST_NAMED]:
        text.append("\n- ", "dim").append(printable(remedy.words)).append(_settings(remedy.changes), "dim")
    return text


def _settings(changes: object) -> str:
    if not isinstance(changes, dict) or not changes:
        return ""
    return f" ({', '.join(f'{name} = {value}' for name, value in changes.items())})"


def _by_reason(findings: Sequence[Finding]) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for one in findings:
        reasons.setdefault(one.judgement.sentence, []).append(one.code)
    return reasons


def _as_fit_options(table: str, target: str, drop: tuple[str, ...]) -> FitOptions:
    """The options by which `wellfit fit` reads a table, with all rows to train on."""
    targets = tuple(part.strip() for part in target.split(","))
    return FitOptions(
        table=table, target=",".join(targets), targets=targets, recipe=None, folds=None, bootstrap=None, seeds=1,
        average="mean", refit="none", time=None, seed=0, task=None, drop=drop, kind=(), weight=None, group=None,
        test="none", test_target=None, jobs=None, out=None, overwrite=False, skip_unknown_targets=True,
    )  # fmt: skip
