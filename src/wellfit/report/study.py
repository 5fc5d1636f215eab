"""The report of a study: its answer, pictures, remarks, recipes and numbers, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wellfit.report.content import Block, Code, Note, Report, ReportTable, Section
from wellfit.report.tables import frame_table
from wellfit.report.versions import versions
from wellfit.reprs import counted, number
from wellfit.studies import Study

MOST_NUMBERS = 4  # beside the verdict
LONGEST_NUMBER = 24  # letters of one


def study_report(study: Study) -> Report:
    """What a study found. study: as it was run, or as `Study.load` reads it."""
    name = study.name.replace("_", " ")
    return Report(
        f"Study: {name}", "study", study.verdict, _key_numbers(study), tuple(_sections(study)),
        {"Study": name, "Trained": study.plan.words, "Versions": versions()},
    )  # fmt: skip


def _sections(study: Study) -> Iterator[Section]:
    yield Section("answer", "The answer", (study.question, frame_table("The answer, row by row.", study.table)))
    if study.figures:
        yield Section("figures", "Pictures", study.figures)
    if study.remarks:
        notes = tuple(Note("plain", "", remark) for remark in study.remarks)
        yield Section("remarks", "Before it is trusted", notes)
    if study.recipes:
        codes = tuple(Code(f"The recipe: {name}", one.to_toml(), "toml") for name, one in study.recipes.items())
        yield Section("recipes", "Recipes to copy", codes)
    numbers = tuple(_numbers(study))
    if numbers:
        yield Section("numbers", "All numbers", numbers, folded=True)
    yield Section("repeat", "How to repeat it", tuple(repeat_blocks(study.repeat, study.plan.words)))


def _numbers(study: Study) -> Iterator[Block]:
    """Single numbers, and the further tables."""
    if study.facts:
        yield facts_table("Single numbers.", study.facts)
    for name, table in study.details.items():
        if table.height:
            yield frame_table(f"{name.replace('_', ' ').capitalize()}.", table)


def facts_table(title: str, facts: Mapping[str, Any]) -> Block:
    """Numbers and texts by name as a table of two columns."""
    rows = tuple((name.replace("_", " "), number(one)) for name, one in facts.items())
    return ReportTable(title, ("what", "value"), rows)


def repeat_blocks(repeat: str, trained: str) -> Iterator[Block]:
    """What was trained, and the command or call that trains it again."""
    yield f"Trained were {trained}." if trained else "Nothing was trained."
    if repeat:
        yield Code("The command" if repeat.startswith("wellfit ") else "The call", repeat, _language(repeat))


def _language(repeat: str) -> str:
    return "console" if repeat.startswith("wellfit ") else "python"


def _key_numbers(study: Study) -> dict[str, str]:
    """The first few short numbers of the study, then how much was trained."""
    short = {
        name.replace("_", " "): number(one) for name, one in study.facts.items()
        if isinstance(one, (int, float)) and not isinstance(one, bool) and len(number(one)) in range(1, LONGEST_NUMBER)
    }  # fmt: skip
    trained = {"trained": counted(study.plan.networks, "network")} if study.plan.networks else {}
    return {**dict(list(short.items())[:MOST_NUMBERS]), **trained}
