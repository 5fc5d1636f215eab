"""The page of one experiment: the question, what came out, the picture, the code."""

from __future__ import annotations

import polars as pl

from wellfit.lab.catalog import experiment, source_of
from wellfit.lab.runner import CLAIMS, shown
from wellfit.report.content import Block, Code, Report, ReportTable, Section
from wellfit.report.tables import frame_table
from wellfit.report.versions import versions
from wellfit.studies import Study


def experiment_report(study: Study) -> Report:
    """The page of an experiment. study: as `wellfit.lab.run` returns it."""
    about = experiment(study.name)
    facts = {"Experiment": study.name, "Taught in": about.taught, "Trained": study.plan.words or "nothing",
             "Versions": versions()}  # fmt: skip
    numbers = {"claims held": held_of(study), "networks": f"{study.plan.networks:,}"}
    sections = (
        Section("question", "The question", (about.question,)),
        Section("answer", "What came out", answer_blocks(study)),
        Section("numbers", "All numbers", tuple(number_blocks(study)), folded=True),
        Section("code", "The code", (code_of(study.name),), folded=True),
        Section("repeat", "How to repeat it", (Code("The command", study.repeat),)),
    )
    return Report(about.title, "lab", study.verdict, numbers, sections, facts)


def held_of(study: Study) -> str:
    """Such as "2 of 3"."""
    verdicts = study.details[CLAIMS]["verdict"].to_list()
    return f"{verdicts.count('held')} of {len(verdicts)}"


def answer_blocks(study: Study) -> tuple[Block, ...]:
    """Claims with their numbers, why it comes out so, pictures and remarks."""
    about = experiment(study.name)
    explanation = (about.explanation,) if about.explanation else ()
    return (claims_table(study), *study.figures, *explanation, *study.remarks)


def claims_table(study: Study) -> ReportTable:
    """The claims of an experiment: verdict, number, when it holds, what was measured, and what others found."""
    rows = [
        (row["claim"], row["verdict"], shown(row), row["holds_if"], row["measured"], row["published"])
        for row in study.details[CLAIMS].iter_rows(named=True)
    ]
    columns = ["claim", "verdict", "number", "holds if", "measured", "published"]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]  # type: ignore[misc]
    return ReportTable("The claims, decided before the run.", tuple(columns), tuple(rows))


def number_blocks(study: Study) -> list[Block]:
    """The measurements, and the further tables."""
    others = {name: table for name, table in study.details.items() if name != CLAIMS}
    tables = {"measurements": study.table, **others}
    return [_table(name, table) for name, table in tables.items() if table.height]


def _table(name: str, table: pl.DataFrame) -> ReportTable:
    return frame_table(f"{name.replace('_', ' ').capitalize()}.", table)


def code_of(name: str) -> Code:
    """The file of an experiment."""
    return Code("All of the experiment", source_of(name), "python")
