"""The value of a study: what is saved is what is loaded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import wellfit
from wellfit.errors import InputError
from wellfit.frames import ResultFrame
from wellfit.studies.base import Study, StudyPlan


def test_a_study_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    table = ResultFrame({"recipe": ["a", "b"], "loss": [0.5, float("inf")]})
    study = Study(
        "compare", "Which?", StudyPlan("2 recipes", 2, 1.5), "a is better.", table, {"networks": table.head(1)},
        facts={"gain": np.float64(0.25), "unknown": float("nan")}, recipes={"the best": wellfit.Recipe(epochs=3)},
        remarks=("Few rows.",), repeat="again",
    )  # fmt: skip
    study.save(tmp_path / "out")
    found = Study.load(tmp_path / "out")
    assert found.table.equals(table) and found.details["networks"].equals(table.head(1))
    assert (found.plan, found.recipes, found.remarks) == (study.plan, study.recipes, study.remarks)
    assert found.facts == {"gain": 0.25, "unknown": None}
    assert wellfit.Recipe.from_toml((tmp_path / "out" / "the-best.toml").read_text()) == study.recipes["the best"]
    assert "a is better." in study._repr_html_() and repr(study) == "<Study compare: a is better.>"
    with pytest.raises(InputError, match="has no figure 'loss'"):
        study.display("loss")
    (tmp_path / "out" / "mine.toml").write_text("")
    replace(study, details={}, recipes={"another": wellfit.Recipe()}).save(tmp_path / "out")
    kept = ["another.toml", "mine.toml", "study.json", "table.parquet"]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == kept, "nothing of the earlier study is left"
    plain = json.loads((tmp_path / "out" / "study.json").read_text())
    (tmp_path / "elsewhere.parquet").write_text("")
    (tmp_path / "out" / "study.json").write_text(json.dumps({**plain, "details": ["../elsewhere"]}))
    study.save(tmp_path / "out")
    assert (tmp_path / "elsewhere.parquet").exists()
    (tmp_path / "out" / "study.json").write_text("[1, 2")
    with pytest.raises(InputError, match="holds no study that can be read"):
        Study.load(tmp_path / "out")
