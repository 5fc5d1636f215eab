"""A study's rounds: limits decide only how many there are; interruption and resuming change no bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.start import Start
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.studies.base import Grid, Round, rounds, settings_of, study_table, train_grid
from wellfit.studies.base.rounds import fingerprints, was_interrupted
from wellfit.tables.arrays import View
from wellfit.training import Population

RECIPES = {"small": Recipe(hidden=(4,), epochs=3), "large": Recipe(hidden=(8,), epochs=3)}


def _table() -> Any:
    X = np.random.default_rng(0).normal(size=(120, 3))
    return study_table(X, X[:, 0] + 0.1 * X[:, 1] > 0, {})


def _grid(**options: Any) -> Grid:
    return train_grid(RECIPES, _table(), settings_of({"folds": 3, "seeds": 3, "n_jobs": 1, **options}))  # type: ignore[typeddict-item]


def test_losses_are_those_of_predictions_on_rows_that_nothing_else_saw() -> None:
    from sklearn.metrics import log_loss

    kept: list[Population] = []
    table = _table()
    grid = train_grid(RECIPES, table, settings_of({"folds": 3, "seeds": 1}), kept.append)
    assert grid.losses("large").shape == (1, 3, 1)
    for row, member in zip(grid.table.to_dicts(), kept[0], strict=True):
        view = member.view
        assert not np.intersect1d(view.test, np.concatenate([view.training, view.validation])).size
        p = member.predict_proba(table.rows.arrays.numbers[view.test])[:, 1]
        assert row["test_loss"] == pytest.approx(log_loss(table.rows.target.values[view.test, 0], p), rel=1e-6)
    tested = np.concatenate([view.test for view in grid.views.views])
    assert sorted(tested) == list(range(120)), "each row measures once"


def test_a_budget_leaves_whole_rounds_that_a_study_of_as_many_seeds_repeats(tmp_path: Path) -> None:
    whole = _grid()
    per_round = int(whole.table.filter(seed=0)["updates"].sum())
    cut = _grid(budget=2 * per_round)
    assert cut.table["seed"].unique().sort().to_list() == [0, 1]
    assert "2 of 3 rounds" in cut.remarks[0] and "budget" in cut.remarks[0].lower()
    drop = ["seconds"]
    assert _grid(seeds=2).table.drop(drop).equals(cut.table.drop(drop))
    least = _grid(budget=1)
    assert least.table["seed"].unique().to_list() == [0], "one round at least"


@pytest.mark.parametrize(
    ("cost", "said"),
    [(3.0, ""), (30.0, "leaves room for about 2 of the 3 rounds"), (900.0, "leaves no room for a whole round")],
)
def test_what_a_limit_leaves_is_said_in_rounds(cost: float, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a study that is a part of another one a limit in seconds is none that anybody asked for."""
    told: list[str] = []
    monkeypatch.setattr(rounds, "core_seconds", lambda *_: cost)
    _grid(time="25s", announce=told.append)
    assert said in told[0] and "25 s" not in told[0] and ("time limit" in told[0]) == bool(said)


def test_the_time_of_estimating_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """All but that of compiling, which is needed once."""
    for compiled, trained in ((0.0, 1), (1000.0, 3)):
        now = [0.0]

        def estimated(*_: object, now: list[float] = now) -> float:
            now[0] += 1000.0
            return 1.0

        spent = iter([0.0, compiled])
        monkeypatch.setattr(rounds, "core_seconds", estimated)
        monkeypatch.setattr(rounds, "compile_seconds", lambda spent=spent: next(spent), raising=False)
        monkeypatch.setattr("wellfit.studies.base.rounds.time.monotonic", lambda now=now: now[0])
        assert _grid(time="25s").table["seed"].n_unique() == trained


def test_an_interrupted_study_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    calls = [0]

    def interrupt(_: object) -> None:
        calls[0] += 1
        if calls[0] == 4:
            raise KeyboardInterrupt

    whole = _grid()
    try:
        _grid(folder=tmp_path / "study", observers=[interrupt])
    except KeyboardInterrupt:
        pass  # before the first round was whole
    resumed = _grid(folder=tmp_path / "study")
    assert resumed.table.drop("seconds").equals(whole.table.drop("seconds"))
    assert not was_interrupted(tmp_path)
    with pytest.raises(InputError, match="holds another study"):
        _grid(folder=tmp_path / "study", folds=4)
    more = _grid(folder=tmp_path / "study", seeds=4, budget=1)
    assert more.remarks[0] == "The budget ended the study after 1 of 4 rounds.", "more seeds are the same study"


def test_an_interruption_while_a_round_is_measured_leaves_the_rounds_before_it(tmp_path: Path) -> None:
    measured: list[Population] = []

    def more(population: Population) -> None:
        measured.append(population)
        if len(measured) == 2:
            raise KeyboardInterrupt

    options: Any = {"folds": 2, "seeds": 3, "n_jobs": 1, "folder": tmp_path / "study"}
    grid = train_grid(RECIPES, _table(), settings_of(options), more)
    assert grid.ended == "interrupted" and grid.remarks[0] == "Ctrl-C ended the study after 1 of 3 rounds."
    assert was_interrupted(tmp_path / "study") and grid.table["seed"].unique().to_list() == [0]


def test_what_stops_a_study_before_it_trains_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rounds, "core_seconds", interrupt)
    with pytest.raises(KeyboardInterrupt):
        _grid(folder=tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_weights_of_rows_and_starts_are_part_of_what_a_folder_is_for() -> None:
    recipe, rows, table = RECIPES["small"], np.arange(80), _table()
    start = Start({"hidden0.bias": np.zeros(4, np.float32)})
    other = Start({"hidden0.bias": np.ones(4, np.float32)})
    plans = [
        Plan(recipe, View(rows), 0), Plan(recipe, View(rows, weight=np.full(80, 2.0, np.float32)), 0),
        Plan(recipe, View(rows), 0, start), Plan(recipe, View(rows), 0, other),
    ]  # fmt: skip
    assert len(set(fingerprints([Round("seed 0", (plan,)) for plan in plans], table))) == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sedes": 3}, "did you mean 'seeds'"),
        ({"seeds": 0}, "seeds is a whole number of 1 or more; got 0"),
        ({"time": "5s", "budget": 3}, "give one of the two"),
        ({"seeds": "abc"}, "seeds is a whole number of 1 or more; got 'abc'"),
        ({"seeds": None}, "seeds is a whole number of 1 or more; got None"),
        ({"n_jobs": float("inf")}, "n_jobs is a whole number of 1 or more; got inf"),
        ({"margin": 0.0}, "margin is a finite difference above 0"),
        ({"margin": float("inf")}, "margin is a finite difference above 0; got inf"),
        ({"metric": "rmse"}, "For a target of kind 'binary' the metrics are"),
        ({"folds": [0] * 60 + [1] * 60, "partitions": 2}, "leave partitions out"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        _grid(**options)
