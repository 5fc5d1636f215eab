"""The gallery: all experiments that were run on one page, with the table of their claims first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from wellfit.lab.base import HELD, NOT_HELD, UNKNOWN
from wellfit.lab.catalog import GROUPS, experiment, places
from wellfit.lab.pages.experiment import answer_blocks, code_of
from wellfit.lab.runner import CLAIMS, shown
from wellfit.report.content import Folded, Note, Report, ReportTable, Section
from wellfit.report.versions import versions
from wellfit.reprs import counted
from wellfit.studies import Study

INTRODUCTION = (
    "Each experiment asks a question: predict the answer, then open it. A claim and the bounds in which it holds were "
    "decided before the run. It held where the whole 95 % interval lies within them, did not hold where all of it lies "
    "outside, and otherwise the run cannot tell."
)
CHANCE = (
    "Repetitions are independent draws of rows and seeds: an interval speaks of such draws from the data that are "
    "named, not of other data. Of intervals at 95 %, about one of twenty misses the true value by chance."
)


def gallery_report(studies: Sequence[Study], words: str = "") -> Report:
    """The page of several experiments.

    studies: as `wellfit.lab.run` returns them. words: how they were run, such as "at full size" (default "").
    """
    claims = claims_of(studies)
    counts = Counter(row[2] for row in claims.rows)
    numbers = {verdict: str(counts[verdict]) for verdict in (HELD, NOT_HELD, UNKNOWN)}
    networks = sum(study.plan.networks for study in studies)
    facts = {"Networks": f"{networks:,}", "Run": words or "as asked for", "Versions": versions()}
    sections = (
        Section("about", "How to read it", (INTRODUCTION, CHANCE)),
        *_groups(studies),
        Section("claims", "All claims", (claims,), folded=True),
    )
    return Report("The lab", "lab", gallery_verdict(studies), numbers, sections, facts)


def gallery_verdict(studies: Sequence[Study]) -> str:
    """How many claims held, in a sentence."""
    counts = Counter(row[2] for row in claims_of(studies).rows)
    unknown = f", and of {counts[UNKNOWN]} the runs cannot tell" if counts[UNKNOWN] else ""
    return (
        f"Of {counted(sum(counts.values()), 'claim')} in {counted(len(studies), 'experiment')} {counts[HELD]} held, "
        f"{counts[NOT_HELD]} did not hold{unknown}."
    )


def claims_of(studies: Sequence[Study]) -> ReportTable:
    """A row a claim: experiment, claim, verdict, number, when it holds, published."""
    rows = [
        (study.name, row["claim"], row["verdict"], shown(row), row["holds_if"], row["published"])
        for study in studies for row in study.details[CLAIMS].iter_rows(named=True)
    ]  # fmt: skip
    columns = ("experiment", "claim", "verdict", "number", "holds if", "published")
    return ReportTable("All claims, decided before the runs.", columns, tuple(rows))


def _groups(studies: Sequence[Study]) -> Iterator[Section]:
    """A section a group, in the order in which they are taught."""
    for group, title in GROUPS.items():
        notes = tuple(_note(study) for study in studies if places()[study.name] == group)
        if notes:
            yield Section(f"group-{group}", title, notes)


def _note(study: Study) -> Note:
    """One experiment: title and question, with what came out and the code to be opened."""
    about = experiment(study.name)
    answer = Folded("What came out", (*answer_blocks(study), f"Taught in: {about.taught}."))
    return Note("plain", about.title, about.question, (answer, Folded("The code", (code_of(study.name),))))
