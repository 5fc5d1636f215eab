"""The report of a diagnosis: what was found, what was tried and helped, the healed recipe, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator

import polars

from wellfit.diagnosis.base import TableChange
from wellfit.diagnosis.doctor import Diagnosis
from wellfit.diagnosis.doctor.diagnosis import KEEP_TOGETHER, LEAVE_OUT
from wellfit.errors import clean
from wellfit.figures import Figure
from wellfit.report.content import Block, Code, Note, Report, ReportTable, Section
from wellfit.report.finding_pictures import with_pictures
from wellfit.report.findings import examination_blocks
from wellfit.report.study import facts_table, repeat_blocks
from wellfit.report.tables import frame_table
from wellfit.report.versions import versions
from wellfit.reprs import counted, names

TRIED = ("change", "words", "answers", "loss", "difference", "verdict", "chosen")
TABLE_TRIED = ("change", "answers", "loss", "gap", "difference", "verdict", "recommended")
MOST_ROWS = 8  # numbers of rows that are named
CHANGES = "changes"  # the figure of what was tried
HEALED_COMMAND = "command of the healed recipe"  # the fact that holds it


def diagnosis_report(diagnosis: Diagnosis) -> Report:
    """What a diagnosis concluded. diagnosis: as `wellfit.diagnose` returns it, or as `Diagnosis.load` reads it."""
    return Report(
        "Diagnosis", "diagnosis", diagnosis.verdict, _key_numbers(diagnosis), tuple(_sections(diagnosis)),
        {"Trained": diagnosis.plan.words, "Versions": versions()},
    )  # fmt: skip


def _key_numbers(diagnosis: Diagnosis) -> dict[str, str]:
    """Findings by severity, and how much was tried."""
    kinds = [one.severity for one in diagnosis.examination.findings]
    found = {f"{kind}s": str(kinds.count(kind)) for kind in ("problem", "warning", "hint")}
    tried = diagnosis.trial.height + diagnosis.tables.height
    return {**found, "rules that found nothing": str(len(diagnosis.examination.fine)), "changes tried": str(tried)}


def _sections(diagnosis: Diagnosis) -> Iterator[Section]:
    said = examination_blocks(diagnosis.examination)
    figures = {one.name: one for one in diagnosis.figures}
    notes, shown = with_pictures(
        diagnosis.examination.findings, [one for one in said if isinstance(one, Note)], figures
    )
    yield Section("findings", "Findings", notes)
    others = tuple(one for one in said if not isinstance(one, Note))
    curves = tuple(one for one in diagnosis.figures if one.name != CHANGES and one.name not in shown)
    if curves:
        yield Section("curves", "How the networks learned", curves)
    tried = tuple(_tried(diagnosis))
    if tried:
        yield Section("trial", "What was tried", tried)
    if others:
        yield Section("checked", "What is fine, and what did not apply", others, folded=True)
    yield Section("healed", "The healed recipe", tuple(_healed(diagnosis)))
    if diagnosis.remarks:
        notes = tuple(Note("plain", "", remark) for remark in diagnosis.remarks)
        yield Section("remarks", "Before it is trusted", notes)
    facts = {name: one for name, one in diagnosis.facts.items() if name != HEALED_COMMAND}
    if facts:
        yield Section("numbers", "All numbers", (facts_table("Single numbers.", facts),), folded=True)
    yield Section("repeat", "How to repeat it", tuple(repeat_blocks(diagnosis.repeat, diagnosis.plan.words)))


def _tried(diagnosis: Diagnosis) -> Iterator[Block]:
    """The changes with their intervals; random ones, which show what chance does, apart."""
    if diagnosis.trial.height or diagnosis.tables.height:
        yield (
            "Each change was trained beside the recipe as it is, on the same rows and from the same seeds. One was "
            "chosen on validation rows; the losses are of test rows, which no choice saw. A difference below 0 is "
            "better than the recipe as it is; its 95 % interval stands beside it."
        )
    if diagnosis.table_change is not None:
        yield (
            "The changes of the table that are advised were made first, each tried on top of those before it; the "
            "recipe as it is, and every change of it, was trained on the changed table."
        )
    yield from _changes_figure(diagnosis)
    own, chance = polars.col("kind") != "random", polars.col("kind") == "random"
    if diagnosis.trial.height:
        for title, which in (
            ("Changes of the recipe.", own),
            ("Random changes of the recipe, at the same cost.", chance),
        ):
            rows = diagnosis.trial.filter(which)
            if rows.height:
                yield _table(title, rows, TRIED)
    if diagnosis.tables.height:
        yield _table("Changes of the table.", diagnosis.tables, TABLE_TRIED)


def _changes_figure(diagnosis: Diagnosis) -> Iterator[Figure]:
    yield from (one for one in diagnosis.figures if one.name == CHANGES)


def _table(title: str, rows: polars.DataFrame, wanted: tuple[str, ...]) -> ReportTable:
    return frame_table(title, rows, [name for name in wanted if name in rows.columns])


def _healed(diagnosis: Diagnosis) -> Iterator[Block]:
    """The recipe and the change of the table that are advised; the recipe as it is where none is."""
    if diagnosis.healed is not None:
        helped = diagnosis.facts.get("shown to help")
        which = "that helped" if helped else "chosen on validation rows, which is not shown to help"
        yield Code(f"The recipe with the change {which} (healed.toml)", diagnosis.healed.to_toml(), "toml")
    elif diagnosis.recipe is not None:
        yield "No change of the recipe is shown to help, so that none is advised."
        yield Code("The recipe as it is (patient.toml)", diagnosis.recipe.to_toml(), "toml")
    command = diagnosis.facts.get(HEALED_COMMAND)
    if command:
        yield Code("The command that trains with it", str(command))
    if diagnosis.table_change is not None:
        yield Note("hint", "Change the table", " ".join(_table_words(diagnosis.table_change)))


def _table_words(change: TableChange) -> Iterator[str]:
    if change.drop_columns:
        yield f"Leave out the columns {clean(names(change.drop_columns, MOST_ROWS))}."
    if change.drop_rows:
        rows = f"{counted(len(change.drop_rows), 'row')}, all in {LEAVE_OUT}: {names(change.drop_rows, MOST_ROWS)}"
        yield f"Do not train on {rows}."
    if change.keep_together:
        groups = counted(len(change.keep_together), "group")
        yield f"Keep {groups} of equal rows each on one side of every split ({KEEP_TOGETHER})."
