"""What an earlier run kept, as a case: folders of a fit and of a population; a finished search in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import wellfit
from wellfit.cli import run
from wellfit.diagnosis.base import Finding, Judgement
from wellfit.diagnosis.doctor import examine_result, examine_search
from wellfit.diagnosis.doctor.results import joined
from wellfit.diagnosis.evidence import case_of_search, of_population, of_result
from wellfit.diagnosis.examination import SEARCHING, Examination, every_rule
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.search import SearchSettings, search
from wellfit.studies.base import study_table
from wellfit.tables.split import SplitTable

QUICK = "hidden = [8, 4]\nepochs = 4\nbatch_size = 16\n"


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fit of one recipe on three folds of 90 rows."""
    folder = tmp_path_factory.mktemp("fit")
    X = np.random.default_rng(0).normal(size=(90, 2))
    pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": X[:, 0]}).write_csv(folder / "table.csv")
    (folder / "quick.toml").write_text(QUICK)
    arguments = ("fit", folder / "table.csv", "--target", "y", "--recipe", folder / "quick.toml", "--folds", "3")
    assert run([str(one) for one in (*arguments, "--test", "none", "--out", folder / "out", "--report", "none")]) == 0
    return folder / "out"


def test_a_fit_is_read_as_it_was_measured(fitted: Path) -> None:
    case = of_result(fitted)
    assert case.recipe is not None and case.recipe.hidden == (8, 4) and len(case.networks) == 3
    history = pl.read_parquet(fitted / "history.parquet")
    for place, one in enumerate(case.networks):
        own = history.filter(pl.col("member") == place)
        assert np.array_equal(one.history["validation_loss"], own["validation_loss"].to_numpy())
        assert (one.place, one.layers, one.updates_per_epoch) == (place, ("hidden0", "hidden1", "output"), 4)
        assert len(one.view.training) == 60 and one.updates == 16 and one.parameters > 2 * 8 + 8 * 4
        weight = one.probe("hidden0", "weight_norm")
        assert weight is not None and weight.updates[0] == 0


def test_a_population_is_read_with_its_table(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    population = wellfit.train(Recipe(hidden=(4,), epochs=2), X, X[:, 0], seeds=[0, 1], probes=True)
    population.save(tmp_path / "run")
    again = of_result(tmp_path / "run")
    assert len(again.networks) == 2 and again.table is not None and again.networks[0].probes
    assert again.networks[1].history["training_loss"].tolist() == of_population(population).networks[1].history[
        "training_loss"
    ].tolist()  # fmt: skip
    with pytest.raises(InputError, match="keeps nothing of its training"):
        of_population(population[0].model)
    with pytest.raises(InputError, match="holds no result"):
        of_result(tmp_path)


def test_rules_read_what_was_kept_and_nothing_is_trained(fitted: Path) -> None:
    found = examine_result(fitted)
    assert found.plan.networks == 0 and found.healed is None and not found.trial.height
    said = found.examination
    codes = [one.code for part in (said.findings, said.fine, said.not_applicable) for one in part]
    assert len(codes) == len(set(codes)) and "linear-network" in [one.code for one in said.fine]


def test_what_was_found_once_stands_whatever_the_other_says() -> None:
    def one(code: str, status: Any) -> Finding:
        return Finding(code, code, Judgement(status, code, {}))

    first = Examination((), (one("linear-network", "fine"),), (one("drift", "not applicable"),))
    second = Examination((one("linear-network", "found"),), (), (one("drift", "not applicable"),))
    both = joined(first, second)
    assert [each.code for each in both.findings] == ["linear-network"] and not both.fine
    assert [each.code for each in both.not_applicable] == ["drift"]


def test_a_search_in_memory_is_a_case_of_its_best_candidate() -> None:
    X = np.random.default_rng(0).normal(size=(120, 3))
    table = study_table(X[:90], X[:90, 0], {})
    test = study_table(X[90:], X[90:, 0], {})
    data = SplitTable("y", table.schema, table.rows, test.rows, "set aside", "number")
    little = (Recipe(hidden=(8,), epochs=4), Recipe(hidden=(4, 4), activation="identity", epochs=4))
    rows = table.rows
    found = search(
        rows.arrays, rows.target, None, SearchSettings(updates=2_000, recipes=little, folds=3, most_candidates=2)
    )
    case = case_of_search(found, data)
    best = found.states[int(np.argmax(found.weights))].candidate
    assert case.recipe == best.recipe and [one.recipe for one in case.networks] == [best.recipe] * len(best.members)
    assert case.later is not None and np.isnan(case.later.rows.target.values).all()
    view = case.networks[0].view
    held = rows.target.values[view.validation, 0].astype(float)
    mean = rows.target.values[view.training, 0].astype(float).mean()
    assert case.baselines["constant"][0] == pytest.approx(((held - mean) ** 2).mean(), rel=1e-5)
    said = examine_search(found, data, mute="linear-network")
    assert said.muted == ("linear-network",)
    short = examine_search(found, data, seconds=0.001)
    left = [one for one in short.not_applicable if "lack of time" in one.judgement.sentence]
    assert len(left) >= len(set(SEARCHING) & set(every_rule())) - 1
