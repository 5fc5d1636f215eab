"""What the rules of diagnosis said, as blocks of a report: findings with evidence and remedies, and the rest folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wellfit.diagnosis.base import Finding, Remedy
from wellfit.diagnosis.examination import Examination
from wellfit.errors import clean
from wellfit.report.content import Block, Note, ReportTable
from wellfit.reprs import counted, cut

SEVERITY_WORDS = {
    "problem": "costs something here",
    "warning": "may cost something",
    "hint": "good to know",
}
MOST_VALUES = 12  # of a list in the evidence
LONGEST = 200  # letters of a value


def examination_blocks(examination: Examination) -> tuple[Block, ...]:
    """Findings first, each a frame; then tables of what is fine and of what does not apply."""
    blocks: list[Block] = []
    if not examination.findings:
        blocks.append(_nothing_found(len(examination.fine)))
    blocks += [finding_note(one) for one in examination.findings]
    blocks += _others("Checked and fine", examination.fine)
    blocks += _others("Did not apply", examination.not_applicable)
    if examination.muted:
        blocks.append(f"Left out as asked: {', '.join(examination.muted)}.")
    return tuple(blocks)


def _nothing_found(fine: int) -> Note:
    """That no rule found anything, where some could."""
    if not fine:
        return Note("plain", "Nothing was examined", "No rule applied here, or the time was too short for any.")
    return Note("good", "Nothing was found", f"{counted(fine, 'rule')} applied here, and none found anything wrong.")


def finding_note(one: Finding) -> Note:
    """A finding in a frame: what, how grave, where, the evidence, what could be done."""
    said = one.judgement
    words = [clean(said.sentence)]
    if one.explained_by:
        words.append(f"It likely follows from: {', '.join(one.explained_by)}.")
    if said.layers:
        words.append(f"Seen in {', '.join(said.layers)}.")
    if said.epochs:
        words.append(f"Seen around epoch {', '.join(map(str, said.epochs[:MOST_VALUES]))}.")
    details: list[Block] = []
    if said.evidence:
        rows = tuple((clean(str(name)), evidence_text(value)) for name, value in said.evidence.items())
        details.append(ReportTable("Evidence", ("what", "value"), rows))
    if one.remedies:
        rows = tuple((clean(remedy.words), remedy_text(remedy)) for remedy in one.remedies)
        details.append(ReportTable("What may help; several may be right", ("what to do", "as a change"), rows))
    kind = said.severity
    title = f"{one.title} ({kind}: {SEVERITY_WORDS[kind]})"
    return Note(kind, title, " ".join(words), tuple(details))


def _others(title: str, findings: Sequence[Finding]) -> list[Block]:
    if not findings:
        return []
    rows = tuple((one.title, clean(one.judgement.sentence)) for one in findings)
    return [ReportTable(f"{title}: {counted(len(rows), 'rule')}.", ("rule", "what it says"), rows)]


def evidence_text(value: Any) -> str:
    """A value of the evidence as text."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not known"}[value]
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return cut(clean("; ".join(f"{name}: {evidence_text(one)}" for name, one in value.items())), LONGEST)
    if isinstance(value, (list, tuple)):
        shown = ", ".join(evidence_text(one) for one in value[:MOST_VALUES])
        more = f" and {len(value) - MOST_VALUES:,} more" if len(value) > MOST_VALUES else ""
        return cut(clean(shown), LONGEST) + more
    return cut(clean(str(value)), LONGEST)


def remedy_text(remedy: Remedy) -> str:
    """A remedy as a change of the recipe or the table."""
    parts = [f"{name} = {evidence_text(value)}" for name, value in remedy.changes.items()]
    table = remedy.table
    if table is not None:
        parts += [f"drop the column {cut(clean(name), 40)}" for name in table.drop_columns[:MOST_VALUES]]
        if table.drop_rows:
            parts.append(f"leave out {counted(len(table.drop_rows), 'row')}")
        if table.keep_together:
            parts.append(f"keep {counted(len(table.keep_together), 'group')} of rows on one side of every split")
    return "; ".join(parts)
