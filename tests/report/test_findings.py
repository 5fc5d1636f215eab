"""Findings as blocks: each once, remedies as what differs from the recipe, what there was no time for apart."""

from __future__ import annotations

from wellfit import Recipe
from wellfit.diagnosis.base import Finding, Judgement, Remedy, TableChange, fine, found, not_applicable
from wellfit.diagnosis.examination import NO_TIME, Examination
from wellfit.report.content import Note, ReportTable
from wellfit.report.findings import (
    checked_blocks,
    examination_blocks,
    finding_note,
    left_out_for_time,
    remedy_text,
)


def finding(code: str, judgement: Judgement) -> Finding:
    return Finding(code, code.replace("-", " ").capitalize(), judgement)


RATE = finding(
    "learning-rate-too-high",
    found("warning", "The loss jumps.", evidence={"jumps": 7, "share": 0.25, "of": [1, 2]}, layers=("hidden0",),
          remedies=(Remedy("Lower the rate.", {"optimizer.learning_rate": 0.001, "epochs": 64}),)),
)  # fmt: skip
EXAMINATION = Examination(
    (RATE,),
    (finding("drift", fine("No column drifts.")),),
    (finding("label-noise", not_applicable(NO_TIME)), finding("plateau", not_applicable("No network was trained."))),
)


def test_a_finding_is_told_once_with_evidence_and_remedies() -> None:
    note = finding_note(RATE, Recipe(epochs=64))
    assert (note.kind, note.title) == ("warning", "Learning rate too high (learning-rate-too-high)")
    assert note.text == "The loss jumps. Seen in hidden0."
    evidence, remedies = (one for one in note.details if isinstance(one, ReportTable))
    assert evidence.rows == (("jumps", "7"), ("share", "0.25"), ("of", "1, 2"))
    assert remedies.rows == (("Lower the rate.", "optimizer.learning_rate = 0.001"),)  # it has 64 epochs already


def test_changes_of_the_table_are_told() -> None:
    change = TableChange(drop_columns=("id",), drop_rows=(3, 4), keep_together=((1, 2),))
    words = remedy_text(Remedy("Clean the table.", {}, change), Recipe())
    assert words == "drop the column id; leave out 2 rows; keep 1 group of rows on one side of every split"


def test_what_there_was_no_time_for_stands_apart() -> None:
    blocks = checked_blocks(EXAMINATION)
    tables = [one for one in blocks if isinstance(one, ReportTable)]
    assert [table.rows for table in tables] == [
        (("Drift", "drift", "No column drifts."),), (("Plateau", "plateau", "No network was trained."),),
    ]  # fmt: skip
    assert blocks[-2] == "Left out for lack of time: Label noise (label-noise)." and left_out_for_time(EXAMINATION) == 1
    assert "--mute CODE" in str(blocks[-1])


def test_nothing_found_is_good_only_where_something_applied() -> None:
    kinds = []
    for one in (Examination((), EXAMINATION.fine), Examination((), (), EXAMINATION.not_applicable)):
        first = examination_blocks(one)[0]
        assert isinstance(first, Note)
        kinds.append(first.kind)
    assert kinds == ["good", "plain"]


def test_rows_are_said_to_be_counted_from_0_and_what_is_empty_is_left_out() -> None:
    evidence = {"columns": [], "left out": ["id"], "by": "", "row numbers": [7, 9], "share": 0.0}
    note = finding_note(finding("outliers-in-target", found("hint", "Rows 7, 9 are far.", evidence=evidence)))
    assert note.text == "Rows 7, 9 are far. Rows are counted from 0."
    (table,) = note.details
    assert isinstance(table, ReportTable)
    assert table.rows == (("left out", "id"), ("row numbers", "7, 9"), ("share", "0"))
