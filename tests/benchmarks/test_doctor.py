"""The doctor's proof: operators make valid ill patients, counts are right, and what stands in the file is not rerun."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import doctor
import doctor_planted
import numpy as np
import pandas as pd
import pytest
from doctor_added_operators import ADDED
from doctor_operators import ILLNESSES, PAIRS, Illness, illness
from doctor_patients import Patient, generator, healthy_recipes
from doctor_published import initialization, recipe_of, rows_of
from doctor_summary import detected, first_right, healed, share
from doctor_training import Measured, improvement
from scipy.stats import beta

from wellfit.errors import InputError

KNOWN, ROWS = 60, 90


def patient(kind: str, base: str = "residual") -> Patient:
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(ROWS, 3)), columns=["a", "b", "c"])
    y = X["a"] * X["b"]
    targets = (y > 0).astype(str).to_numpy() if kind == "class" else y.to_numpy()
    return Patient(healthy_recipes()[base], X, targets, KNOWN, kind)


@pytest.mark.parametrize("one", (*ILLNESSES, *ADDED), ids=lambda one: one.name)
def test_an_operator_changes_recipe_or_table_and_nothing_that_is_untouched(one: Illness) -> None:
    before = patient(one.kinds[0])
    after = one.plant(before, generator(one.name))
    assert after.recipe != before.recipe or not after.X.equals(before.X) or not np.array_equal(after.y, before.y)
    assert one.cause and after.known + ROWS - KNOWN == len(after.y) == len(after.X)
    if one.name != "rare class" and one.measure != "none":
        assert np.array_equal(after.y[after.known :], before.y[KNOWN:])


def test_the_plan_is_large_even_over_both_halves_and_holds_every_illness() -> None:
    cases = doctor_planted.cases()
    names = {one.illnesses[0].name for one in cases if len(one.illnesses) == 1}
    assert len(cases) >= 150 and names == {one.name for one in ILLNESSES}
    assert len({one.name for one in cases}) == len(cases)
    assert {tuple(one.name for one in case.illnesses) for case in cases if len(case.illnesses) == 2} == set(PAIRS)
    assert not {one.table for one in cases if one.half == "tuning"} & {
        one.table for one in cases if one.half == "final"
    }


def test_what_was_added_later_is_a_part_of_its_own_on_both_halves(tmp_path: Path) -> None:
    jobs = [(part, name) for part, name, _ in doctor.jobs(tmp_path, ["planted", "added"], "both")]
    added = doctor_planted.added_cases()
    assert {part for part, name in jobs if any(name == case.name for case in added)} == {"added"}
    assert len({case.name for case in added}) == len(added) == 4 * len(ADDED)
    assert {one.name for one in ADDED}.isdisjoint(one.name for one in ILLNESSES)
    rules = {code for one in ADDED for code in one.cause}
    assert rules >= {"loss-spikes", "plateau", "unstable-folds", "predictions-out-of-range", "diverged"}


def test_a_leaking_column_tells_known_targets_alone() -> None:
    one = illness("leaking column").plant(patient("number"), np.random.default_rng(1))
    told = one.X["settled"].to_numpy()
    assert np.corrcoef(told[:KNOWN], one.y[:KNOWN])[0, 1] > 0.99
    assert abs(np.corrcoef(told[KNOWN:], one.y[KNOWN:])[0, 1]) < 0.6


def measured(losses: list[list[float]], validation: list[float]) -> Measured:
    values = np.array(losses)
    return Measured(values, values > 1, np.array([1.0, 1.0, 2.0]), np.array(validation))


def test_measures_and_their_improvement() -> None:
    before, after = measured([[1, 2, 3], [3, 2, 1]], [0.5, 1.5]), measured([[1, 1, 1], [1, 1, 1]], [1.0, 0.5])
    assert before.value("loss") == 2.0 and before.value("gap") == 1.0 and after.value("gap") == 0.25
    assert before.value("balanced error") == pytest.approx((0.5 + 1 + 2 * 0.5) / 4)
    better, low, high = improvement(before, after, "loss")
    assert better == 0.5 and low <= better <= high
    assert improvement(before, before, "loss") == (0.0, 0.0, 0.0)


def line(findings: list[list[str]], **more: Any) -> dict[str, Any]:
    return {"findings": findings, "measure": "loss", "right": [["a", "b"]], "cause": [["a"]], **more}


def test_what_counts_as_detected_and_as_first() -> None:
    assert detected(line([["x", "problem"], ["b", "warning"]])) and not first_right(line([["x", "problem"]]))
    assert not detected(line([["a", "hint"]])) and detected(line([["a", "hint"]], measure="none"))
    assert first_right(line([["b", "problem"]])) and not first_right(line([["b", "problem"]]), "cause")
    assert healed((0.2, 0.01, 0.4)) and not healed((0.2, -0.01, 0.4)) and not healed((0.05, 0.01, 0.1))
    assert not healed(None) and not detected(line([]))


def test_clopper_pearson() -> None:
    low, high = beta.ppf(0.025, 8, 3), beta.ppf(0.975, 9, 2)
    assert share(8, 10) == f"8 of 10, 80.0% ({low:.1%} to {high:.1%})" and share(0, 0) == "0 of 0"


def test_what_stands_in_the_file_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, ran = tmp_path / "lines.jsonl", []

    def jobs(folder: Path, parts: list[str], half: str, keep: Path | None) -> Any:
        for name in ("one", "two"):
            yield "planted", name, lambda name=name: ran.append(name) or [{"part": "planted", "case": name}]

    monkeypatch.setattr(doctor, "jobs", jobs)
    options = SimpleNamespace(out=out, data=tmp_path, parts=["planted"], half="both", only="", most=1, keep=None)
    doctor.run(options)
    doctor.run(options)
    doctor.run(options)
    assert ran == ["one", "two"]
    assert [json.loads(text)["case"] for text in out.read_text().splitlines()] == ["one", "two"]


def test_a_published_net_is_translated_or_refused() -> None:
    entry: dict[str, Any] = {
        "layers": [5, 5], "activation": ["tanh", "tanh"], "output_activation": "softmax", "healthy": True,
        "initializer": {"kernel": ["uniform[-0.05,0.05]", "he_uniform"]}, "optimizer": "SGD", "learning_rate": 0.01,
        "momentum": 0.9, "batch_size": 16, "epochs": 3, "training_assumed": None,
    }  # fmt: skip
    recipe = recipe_of(entry)
    assert (recipe.optimizer.name, recipe.optimizer.momentum, recipe.stopping.name) == ("momentum", 0.9, "none")
    assert recipe.initialization.r == 0.05 and recipe.scaling.name == "none" and initialization("zeros") == "zeros"
    with pytest.raises(InputError, match="exp"):
        recipe_of({**entry, "activation": ["exponential"]})
    X, y = rows_of("blob")
    assert np.unique(y[:700], return_counts=True)[1].tolist() == [227, 232, 241] and X.shape == (1000, 2)
