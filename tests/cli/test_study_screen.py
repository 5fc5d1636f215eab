"""A study on the screen: intervals beside their values or below them, what does not fit, the command to repeat it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from wellfit.cli.study import repeat_command
from wellfit.cli.study_options import StudyChoices
from wellfit.cli.study_result import show_study
from wellfit.frames import ResultFrame
from wellfit.studies.base import Study, StudyPlan
from wellfit.studies.catalog import entry_of

TABLE = ResultFrame(
    {
        "width": [2, 128], "loss": [0.61234, 0.2], "loss_low": [0.6, 0.1], "loss_high": [0.7, float("nan")],
        "flow": [1.0, 2.0], "verdict": ["worse", "practically the same"],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("width", "shown", "hidden"),
    [
        (100, ["0.612 (0.600 to 0.700)", "practically the same", "flow"], ["(0.1", "Not shown"]),
        (56, ["(0.600 to 0.700)", "practically the same"], ["0.612 (", "Not shown"]),
        (34, ["0.61", "Not shown here: verdict; see"], ["practically"]),
    ],
)
def test_the_table_of_a_study_fits_the_screen(width: int, shown: list[str], hidden: list[str]) -> None:
    console = Console(file=io.StringIO(), width=width)
    show_study(console, Study("capacity", "Which?", StudyPlan("", 2), "This.", TABLE), Path("out"), ("html",))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(part in text for part in shown), text
    assert not any(part in text for part in hidden), text


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"effective": False, "alpha": 0.5, "values": (2, 4)}, "--no-effective --alpha 0.5 --values 2,4"),
        ({"effective": True, "alpha": 0.0, "values": None}, "--effective --alpha 0.0"),
    ],
)
def test_the_command_that_repeats_a_study_has_what_was_given(own: dict[str, Any], words: str) -> None:
    entry = entry_of("double-descent")
    assert entry is not None
    choices = StudyChoices(entry, "t.csv", own, {"tuned": False})
    assert repeat_command(choices, ("study", "double-descent")) == f"wellfit study double-descent t.csv {words}"
