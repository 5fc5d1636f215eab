"""The rules run on what an earlier fit kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from wellfit.diagnosis.base import Case, Finding
from wellfit.diagnosis.doctor.answer import empty_frames
from wellfit.diagnosis.doctor.diagnosis import Diagnosis
from wellfit.diagnosis.doctor.words import on_findings
from wellfit.diagnosis.evidence import of_result
from wellfit.diagnosis.examination import Examination, examine, in_order
from wellfit.reprs import counted
from wellfit.studies.base import StudyPlan, StudyTable

ONLY_READ = (
    "Nothing was trained: what the fit kept was read. Rules that compare with another recipe do not apply, and no "
    "change was tried."
)


def examine_result(folder: str | Path, table: StudyTable | None = None, *, mute: Any = ()) -> Diagnosis:
    """What the rules say of the networks of an earlier fit, of which history and probes were kept. Nothing is trained.

    folder: that `wellfit fit` wrote, or that holds a population. table: of the fit, for rules about tables. None
    (default): they do not apply. mute: codes of rules to leave out (default: none).

    Raises:
        InputError: the folder holds no result, or there is no rule of such a code.
    """
    case = of_result(folder)
    # Which rows a network saw is not kept, so that rules about the table are asked about the table alone.
    alone = Case(case.recipe, case.table if table is None else table)
    examination = joined(examine(replace(case, table=None), mute=mute), examine(alone, mute=mute))
    if alone.table is not None:
        examination = examination.numbered(alone.table.rows.numbers)
    words = f"nothing; {counted(len(case.networks), 'network')} of an earlier run were read"
    trial, tables = empty_frames()
    return Diagnosis(
        StudyPlan(words), on_findings(examination), examination, case.recipe, None, None, trial, tables,
        facts={"result": str(folder)}, remarks=(ONLY_READ,),
        repeat=f"wellfit.diagnosis.doctor.examine_result({str(folder)!r})",
    )  # fmt: skip


def joined(*examinations: Examination) -> Examination:
    """Several examinations by the same rules as one: of each rule what was found, else that all is fine."""
    said: dict[str, Finding] = {}
    for part in ("not_applicable", "fine", "findings"):
        for examination in examinations:
            said |= {one.code: one for one in getattr(examination, part)}
    parts: dict[str, list[Finding]] = {"found": [], "fine": [], "not applicable": []}
    for one in said.values():
        parts[one.judgement.status].append(one)
    findings = in_order(parts["found"])
    return Examination(findings, tuple(parts["fine"]), tuple(parts["not applicable"]), examinations[0].muted)
