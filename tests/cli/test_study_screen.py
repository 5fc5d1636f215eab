"""A study's table on the screen: intervals beside their values or below them, and what does not fit is named."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from wellfit.cli.study_result import show_study
from wellfit.frames import ResultFrame
from wellfit.studies.base import Study, StudyPlan

TABLE = ResultFrame(
    {
        "width": [2, 128], "loss": [0.61234, 0.2], "loss_low": [0.5, 0.1], "loss_high": [0.7, float("nan")],
        "flow": [1.0, 2.0], "verdict": ["worse", "practically the same"],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("width", "shown", "hidden"),
    [
        (100, ["0.61 (0.50 to 0.70)", "practically the same", "flow"], ["(0.1", "Not shown"]),
        (53, ["(0.50 to 0.70)", "practically the same"], ["0.61 (", "Not shown"]),
        (30, ["0.61", "Not shown here: verdict; see"], ["practically"]),
    ],
)
def test_the_table_of_a_study_fits_the_screen(width: int, shown: list[str], hidden: list[str]) -> None:
    console = Console(file=io.StringIO(), width=width)
    show_study(console, Study("capacity", "Which?", StudyPlan("", 2), "This.", TABLE), Path("out"))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(part in text for part in shown), text
    assert not any(part in text for part in hidden), text
