"""What the rules of diagnosis said, as blocks of a report: findings with evidence and remedies, and the rest folded."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from wellfit.diagnosis.base import Finding, Remedy
from wellfit.diagnosis.examination import FROM_ZERO, NO_TIME, ROW_NUMBERS, Examination
from wellfit.errors import clean
from wellfit.recipe import Recipe
from wellfit.report.content import Block, Note, ReportTable
from wellfit.reprs import counted, cut, significant

MOST_VALUES = 12  # of a list in the evidence
LONGEST = 200  # letters of a value
MUTING = (
    "A rule is left out by its code, which stands in brackets: --mute CODE of wellfit fit and wellfit doctor, "
    "mute=[CODE] of wellfit.diagnose."
)


def examination_blocks(examination: Examination, recipe: Recipe | None = None) -> tuple[Block, ...]:
    """Findings first, each a frame; then tables of what is fine and of what does not apply.

    recipe: that was judged, from which remedies tell their changes; None (default): they are told as they are.
    """
    notes = [finding_note(one, recipe) for one in examination.findings]
    return (*(notes or [_nothing_found(len(examination.fine))]), *checked_blocks(examination))


def checked_blocks(examination: Examination) -> tuple[Block, ...]:
    """What is fine, and what did not apply; of what was left out for lack of time only which rules these are."""
    late = [f"{one.title} ({one.code})" for one in examination.not_applicable if one.judgement.sentence == NO_TIME]
    others = tuple(one for one in examination.not_applicable if one.judgement.sentence != NO_TIME)
    blocks = [*_others("Checked and fine", examination.fine), *_others("Did not apply", others)]
    if late:
        blocks.append(f"Left out for lack of time: {', '.join(late)}.")
    if examination.muted:
        blocks.append(f"Left out as asked: {', '.join(examination.muted)}.")
    if blocks:
        blocks.append(MUTING)
    return tuple(blocks)


def left_out_for_time(examination: Examination) -> int:
    """How many rules there was no time for."""
    return sum(one.judgement.sentence == NO_TIME for one in examination.not_applicable)


def _nothing_found(fine: int) -> Note:
    """That no rule found anything, where some could."""
    if not fine:
        return Note("plain", "Nothing was examined", "No rule applied here, or the time was too short for any.")
    return Note("good", "Nothing was found", f"{counted(fine, 'rule')} applied here, and none found anything wrong.")


def finding_note(one: Finding, recipe: Recipe | None = None) -> Note:
    """A finding in a frame: what, its code, where, the evidence, what could be done. recipe: that was judged."""
    said = one.judgement
    words = [clean(said.sentence)]
    if ROW_NUMBERS in said.evidence:  # the worst rows stand on the same page, counted as people count them
        words.append(FROM_ZERO)
    if one.explained_by:
        words.append(f"It likely follows from: {', '.join(one.explained_by)}.")
    if said.layers:
        words.append(f"Seen in {', '.join(said.layers)}.")
    if said.epochs:
        words.append(f"Seen around epoch {', '.join(map(str, said.epochs[:MOST_VALUES]))}.")
    details: list[Block] = []
    if said.evidence:
        told = {name: value for name, value in said.evidence.items() if value not in ("", [], ())}
        rows = tuple((clean(str(name)), evidence_text(value)) for name, value in told.items())
        details.append(ReportTable("Evidence", ("what", "value"), rows))
    if one.remedies:
        rows = tuple((clean(remedy.words), remedy_text(remedy, recipe)) for remedy in one.remedies)
        details.append(ReportTable("What may help; several may be right", ("what to do", "as a change"), rows))
    return Note(said.severity, f"{one.title} ({one.code})", " ".join(words), tuple(details))


def _others(title: str, findings: Sequence[Finding]) -> list[Block]:
    if not findings:
        return []
    rows = tuple((one.title, one.code, clean(one.judgement.sentence)) for one in findings)
    return [ReportTable(f"{title}: {counted(len(rows), 'rule')}.", ("rule", "code", "what it says"), rows)]


def evidence_text(value: Any) -> str:
    """A value of the evidence as text."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not known"}[value]
    if isinstance(value, float):
        return significant(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return cut(clean("; ".join(f"{name}: {evidence_text(one)}" for name, one in value.items())), LONGEST)
    if isinstance(value, (list, tuple)):
        shown = ", ".join(evidence_text(one) for one in value[:MOST_VALUES])
        more = f" and {len(value) - MOST_VALUES:,} more" if len(value) > MOST_VALUES else ""
        return cut(clean(shown), LONGEST) + more
    return cut(clean(str(value)), LONGEST)


def remedy_text(remedy: Remedy, recipe: Recipe | None = None) -> str:
    """A remedy as a change of the recipe or the table. recipe: what differs from it is told; None (default): all."""
    changes = dict(remedy.changes)
    if recipe is not None and changes:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of combinations, which training would tell
            changes = {name: new for name, (_, new) in recipe.diff(recipe.vary(changes)).items()} or changes
    parts = [f"{name} = {evidence_text(value)}" for name, value in changes.items()]
    table = remedy.table
    if table is not None:
        parts += [f"drop the column {cut(clean(name), 40)}" for name in table.drop_columns[:MOST_VALUES]]
        if table.drop_rows:
            parts.append(f"leave out {counted(len(table.drop_rows), 'row')}")
        if table.keep_together:
            parts.append(f"keep {counted(len(table.keep_together), 'group')} of rows on one side of every split")
    return "; ".join(parts)
