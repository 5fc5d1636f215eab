"""What the command shows of a diagnosis: findings with their evidence, what was tried, and the healed recipe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from wellfit.cli.screen import counted, printable, say, simple_table
from wellfit.cli.study_result import show_remarks, show_report
from wellfit.diagnosis.base import Finding
from wellfit.diagnosis.doctor import Diagnosis
from wellfit.diagnosis.doctor.diagnosis import HEALED, KEEP_TOGETHER, LEAVE_OUT
from wellfit.diagnosis.examination import FROM_ZERO, ROW_NUMBERS
from wellfit.reprs import significant
from wellfit.statistics.paired import rounded

STYLES = {"problem": "bold red", "warning": "yellow", "hint": "cyan"}
MOST_EVIDENCE = 6  # numbers of a finding that are shown
MOST_REMEDIES = 3  # of a finding that are shown
WIDE, WIDER = 100, 120  # columns of a screen from which on changes stand in a table, and validation losses too
MOST_RANDOM = 3  # random changes that are shown, the best on validation rows first


def show_diagnosis(
    console: Console, found: Diagnosis, folder: Path, command: str, forms: Sequence[str], shown: Sequence[str]
) -> None:  # fmt: skip
    """Everything, the answer first. command: that uses what was healed; "": nothing was. forms: of the report.

    shown: notes that stand on the screen already.
    """
    say(console, found.verdict, style="bold")
    console.print()
    told: set[str] = set()
    for one in found.examination.findings:
        show_finding(console, one, told)
    show_checked(console, found)
    if found.tables.height:
        show_tables(console, found)
    if found.trial.height:
        show_trial(console, found)
    show_remarks(console, found.remarks, shown)
    console.print()
    if found.healed is not None:
        shown = "" if found.facts.get("shown to help") else " (not shown to help)"
        say(console, f"Healed   {folder / HEALED}{shown}")
    change = found.table_change
    if change is not None and change.drop_rows:
        say(console, f"Rows     {folder / LEAVE_OUT}: {counted(len(change.drop_rows), 'row')} that should not train")
    if change is not None and change.keep_together:
        groups = counted(len(change.keep_together), "group")
        say(console, f"Rows     {folder / KEEP_TOGETHER}: {groups} of rows that should stay on one side of every split")
    if command:
        say(console, f"Use it   {command}")
    for figure in found.figures:
        say(console, f"Figure   {folder / f'{figure.name}.svg'}")
    show_report(console, folder, forms)
    say(console, f"Folder   {folder}")
    say(console, f"Repeat   {found.repeat}")


def show_finding(console: Console, one: Finding, told: set[str]) -> None:
    """Severity, code, words, evidence, where and when it shows, and what to try. told: remedies shown before."""
    said = one.judgement
    say(console, f"{one.severity.upper()}  {one.title}  ({one.code})", style=STYLES[one.severity])
    say(console, f"  {said.sentence}{f' {FROM_ZERO}' if ROW_NUMBERS in said.evidence else ''}")
    numbers = [(name, value) for name, value in said.evidence.items() if value not in ("", None, [], ())]
    shown = "; ".join(f"{name} {plain_value(value)}" for name, value in numbers[:MOST_EVIDENCE])
    if shown:
        say(console, f"  Evidence: {shown}.", style="dim")
    if said.layers:
        say(console, f"  Layers: {', '.join(said.layers)}.", style="dim")
    if one.explained_by:
        say(console, f"  It may follow from: {', '.join(one.explained_by)}.", style="dim")
    new = [remedy.words for remedy in said.remedies if remedy.words not in told]
    for words in new[:MOST_REMEDIES]:
        say(console, f"  To try: {words}")
    told.update(new[:MOST_REMEDIES])
    if len(new) > MOST_REMEDIES:
        say(console, f"  ... and {len(new) - MOST_REMEDIES} more, in the report.", style="dim")
    console.print()


def plain_value(value: Any) -> str:
    """A number in four digits, a list by its first values."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return significant(value)
    if isinstance(value, list | tuple):
        more = f" and {len(value) - 5} more" if len(value) > 5 else ""
        return ", ".join(plain_value(one) for one in value[:5]) + more
    if isinstance(value, dict):
        return plain_value([f"{name} {plain_value(one)}" for name, one in value.items()])
    return str(value)


def show_checked(console: Console, found: Diagnosis) -> None:
    """How many rules found nothing, and which do not apply."""
    said = found.examination
    say(console, f"Fine: {counted(len(said.fine), 'rule')}. Not applicable: {len(said.not_applicable)}. "
                 f"Left out: {', '.join(said.muted) or 'none'}.")  # fmt: skip
    console.print()


def show_trial(console: Console, found: Diagnosis) -> None:
    """What was tried of the recipe, a row a change; of random ones the best few."""
    loss, on_changed = found.facts["loss"], found.facts.get("test loss on the changed table")
    before = found.facts["test loss"] if on_changed is None else on_changed
    where = "" if on_changed is None else " on the changed table"
    say(console, f"Tried, by {loss} less that of the recipe as it is{where} ({significant(before)}), on test rows:")
    rows = found.trial.to_dicts()
    random = [row for row in rows if row["kind"] == "random"]
    shown = [row for row in rows if row["kind"] != "random"] + random[:MOST_RANDOM]
    if console.width < WIDE:
        _lines(console, shown)
    else:
        console.print(_table(shown, console.width >= WIDER))
    if len(random) > MOST_RANDOM:
        say(
            console, f"... and {counted(len(random) - MOST_RANDOM, 'further random change')}, worse on validation rows."
        )
    say(console, "-> chosen by validation rows; ~ the same among random changes.", style="dim")
    console.print()


def _words(row: dict[str, Any]) -> str:
    return str(row["words"] if row["kind"] != "combination" else f"{row['change']}: {row['words']}")


def _mark(row: dict[str, Any]) -> str:
    return {"chosen": "->", "best random": "~"}.get(row["chosen"], "")


def _lines(console: Console, rows: list[dict[str, Any]]) -> None:
    """Two lines a change, for a narrow screen."""
    for row in rows:
        difference, interval = shown_difference(row)
        say(console, f"{_mark(row):2} {_words(row)}")
        numbers = f"difference {difference} ({interval})" if difference else interval
        say(console, f"     test {_number(row['loss'])}, {numbers}: {row['verdict']}")


def _table(rows: list[dict[str, Any]], validation: bool) -> Table:
    """A row a change. validation: whether validation losses are shown."""
    names = ["", "change", *(["validation"] if validation else []), "test", "difference", "95 % interval", "verdict"]
    table = simple_table(*names, right=tuple(range(2, len(names) - 1)))
    table.columns[1].min_width, table.columns[-1].no_wrap = 30, True
    for row in rows:
        losses = [_number(row[name]) for name in (*(["validation_loss"] if validation else []), "loss")]
        table.add_row(_mark(row), printable(_words(row)), *losses, *shown_difference(row), row["verdict"])
    return table


def show_tables(console: Console, found: Diagnosis) -> None:
    """What was tried of the table."""
    say(console, "Tried of the table:")
    table = simple_table("", "change", "validation", "test", "gap", "gap before", "verdict", right=(2, 3, 4, 5))
    for row in found.tables.to_dicts():
        numbers = (_number(row[name]) for name in ("validation_loss", "loss", "gap", "gap_before"))
        table.add_row("->" if row["recommended"] else "", printable(row["change"]), *numbers, row["verdict"])
    console.print(table)
    console.print()


def shown_difference(row: dict[str, Any]) -> tuple[str, str]:
    """The difference and its interval, in the digits that the interval allows."""
    value, low, high = row["difference"], row["difference_low"], row["difference_high"]
    if value is None or not math.isfinite(value):
        return "", f"{row['diverged']} diverged" if row["diverged"] else "the reference diverged"
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return _number(value), ""
    spread = (high - low) / 4
    return rounded(value, spread), f"{rounded(low, spread)} to {rounded(high, spread)}"


def _number(value: float | None) -> str:
    if value is None or math.isnan(value):
        return ""
    return significant(value) if math.isfinite(value) else "infinite"
