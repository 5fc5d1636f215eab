"""The estimators that search: budgets, metrics, groups, weights, saving, Ctrl-C."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_diabetes, load_iris

from tests.search.little import make_little
from tests.training.test_refit_scores import cut_off
from wellfit import InputError, Model, Recipe, WellfitClassifier, WellfitRegressor
from wellfit.engines.compiled.run.growing_population import GrowingPopulation
from wellfit.estimators import search_base
from wellfit.estimators.parameters import recipes_of
from wellfit.search import ChosenEnsemble, sample_size, search
from wellfit.search.choose import ensemble as choice
from wellfit.statistics.scores import shown_estimate

X_IRIS, Y_IRIS = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"], dtype=object)[Y_IRIS]
X_NUMBERS, Y_NUMBERS = (part[:150] for part in load_diabetes(return_X_y=True))
SMALL: dict[str, Any] = {"budget": 400, "folds": 2, "n_jobs": 1, "random_state": 0}


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipes that train in no time."""
    make_little(monkeypatch)


def test_what_fit_leaves_behind() -> None:
    found = WellfitClassifier(**SMALL, metric="error").fit(X_IRIS, NAMES)
    assert found.metric_ == "error" and found.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert found.n_features_in_ == 4 and found.history_["member"].n_unique() > 2
    known = ~np.isnan(found.out_of_fold_).any(axis=1)
    assert known.all() and found.out_of_fold_.shape == (150, 3)
    wrong = float((found.out_of_fold_.argmax(axis=1) != Y_IRIS).mean())
    assert found.estimate_ is not None and abs(found.estimate_.mean - wrong) < 0.15
    assert list(found.scores_) == ["error", "log_loss"] and found.scores_["error"].mean == pytest.approx(wrong)
    assert found.result_.search is not None and found.result_.search.held_out == found.scores_
    assert set(found.record_) >= {"search", "ensemble"}
    board, ended = found.leaderboard_, [one["status"] for one in found.record_["search"]["candidates"]]
    assert sorted(board["candidate"]) == list(range(len(ended))) and board["rank"].to_list() == list(
        range(1, len(ended) + 1)
    )
    whole = board.filter(board["status"] == "finished")
    assert whole["loss"].is_sorted() and whole.height == ended.count("finished") > 0
    assert whole.equals(board.head(whole.height))  # what came to its end comes first
    assert (whole["low"] <= whole["loss"]).all() and (whole["loss"] <= whole["high"]).all()
    assert (
        board["weight"].sum() == pytest.approx(1)
        and board["updates"].sum() == found.history_.group_by("member").agg(pl.col("update").max())["update"].sum()
    )
    assert (board["cost"] > 1000).all() and board["recipe"].str.starts_with("Recipe(").all()
    assert "150 training rows" in found.summary() and shown_estimate("error", found.estimate_) in found.summary()
    np.testing.assert_allclose(found.predict_proba(X_IRIS).sum(axis=1), 1, atol=1e-9)


def test_no_loss_below_zero_is_estimated() -> None:
    """Of 100 rows that are easy to tell but for one, the mean log-loss minus its error would reach below 0."""
    y = np.where(Y_IRIS[:100] == 0, "low", "high")
    y[3] = "high"
    found = WellfitClassifier(**{**SMALL, "budget": 2000}).fit(X_IRIS[:100], y)
    low, high = found.record_["ensemble"]["estimate"]["interval_95"]
    assert 0 < low < high and 0 <= found.estimate_.low < found.estimate_.mean < found.estimate_.high


def test_compiling_takes_no_time_from_training_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def search_after_compiling(*data: Any, observers: Any) -> ChosenEnsemble:
        *arrays, settings = data
        found = search(*arrays, replace(settings, seconds=None, updates=400), observers=observers)
        found.searched.compile_seconds = 1000.0
        return found

    def refitted(found: ChosenEnsemble, way: Any, *, schema: Any, seconds: float) -> ChosenEnsemble:
        given.append(seconds)
        return found

    monkeypatch.setattr(search_base, "search", search_after_compiling)
    monkeypatch.setattr(search_base, "refit_ensemble", refitted)
    WellfitClassifier(**{**SMALL, "budget": None}, time_limit=60, refit="from_scratch").fit(X_IRIS, NAMES)
    assert given[0] > 60


def test_a_budget_hangs_on_no_clock_and_no_threads() -> None:
    one = WellfitRegressor(**SMALL).fit(X_NUMBERS, Y_NUMBERS)
    two = WellfitRegressor(**{**SMALL, "n_jobs": 2}).fit(X_NUMBERS, Y_NUMBERS)
    assert np.array_equal(one.predict(X_NUMBERS), two.predict(X_NUMBERS))
    assert one.record_["search"] == two.record_["search"]


def test_intervals_hold_most_held_out_numbers() -> None:
    found = WellfitRegressor(**SMALL).fit(X_NUMBERS, Y_NUMBERS)
    ends = found.predict_interval(X_NUMBERS, 0.8)
    assert ends.shape == (150, 2) and (ends[:, 0] <= ends[:, 1]).all()
    reach = (ends - found.predict(X_NUMBERS)[:, None])[0]
    off = Y_NUMBERS - found.out_of_fold_[:, 0]
    assert 0.75 < np.mean((off >= reach[0]) & (off <= reach[1])) < 0.95


def test_rows_of_weight_0_say_nothing_and_groups_stay_together() -> None:
    spoilt, weight = Y_NUMBERS.copy(), np.ones(150)
    spoilt[:30], weight[:30] = 1e6, 0
    found = WellfitRegressor(**SMALL).fit(X_NUMBERS, spoilt, sample_weight=weight)
    assert np.abs(found.predict(X_NUMBERS)).max() < 1e4
    groups = np.repeat(np.arange(15), 10)
    found = WellfitRegressor(**SMALL).fit(X_NUMBERS, Y_NUMBERS, groups=groups)
    assert found.model_ is not None
    with pytest.raises(InputError, match="groups"):
        WellfitRegressor(**SMALL).fit(X_NUMBERS, Y_NUMBERS, groups=groups[:20])
    for gone in (None, np.nan, pd.NA):
        with pytest.raises(InputError, match="groups must be known in every row, and row 4 "):
            WellfitRegressor(**SMALL).fit(X_NUMBERS, Y_NUMBERS, groups=np.array([*"aaa", gone, *"b" * 146], object))


@pytest.mark.parametrize("class_weight", ["balanced", {"no": 7.0}])
def test_class_weights_are_the_weights_of_their_rows(class_weight: Any) -> None:
    """8 rows of "yes" to 2 of "no", and nothing tells them apart: the probability is that of the weighted rows."""
    X = np.zeros((100, 1)) + np.arange(100)[:, None] % 2
    y = np.where(np.arange(100) % 10 < 2, "no", "yes")
    found = WellfitClassifier(**SMALL, class_weight=class_weight).fit(X, y)
    factor = {"balanced": [100 / (2 * 20), 100 / (2 * 80)]}.get(str(class_weight), [7.0, 1.0])
    weight = np.where(y == "no", *factor)
    same = WellfitClassifier(**SMALL).fit(X, y, sample_weight=weight)
    assert np.array_equal(found.predict_proba(X), same.predict_proba(X))
    assert found.predict_proba(X)[:, 0].mean() > 0.35


@pytest.mark.parametrize(
    ("y", "class_weight", "words"),
    [
        (NAMES, {"tulip": 2.0}, "class_weight names the class 'tulip'"),
        (NAMES, 3, 'None, "balanced" or a dict'),
        (np.eye(3, dtype=int)[Y_IRIS], "balanced", "class_weight is for classes, but the target holds labels"),
    ],
)
def test_class_weights_that_fit_no_class(y: Any, class_weight: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        WellfitClassifier(**SMALL, class_weight=class_weight).fit(X_IRIS, y)


def test_saved_and_loaded(tmp_path: Path) -> None:
    found = WellfitClassifier(**SMALL).fit(X_IRIS, NAMES)
    found.save(tmp_path / "a.wellfit")
    again = WellfitClassifier.load(tmp_path / "a.wellfit")
    assert np.array_equal(found.predict_proba(X_IRIS), again.predict_proba(X_IRIS))
    assert again.leaderboard_.equals(found.leaderboard_) and again.summary() == found.summary()
    assert again.metric_ == "log_loss" and again.estimate_ == found.estimate_ and again.record_ == found.record_
    assert again.scores_ == found.scores_
    assert again.predict(X_IRIS).tolist() == found.predict(X_IRIS).tolist()
    assert isinstance(Model.load(tmp_path / "a.wellfit"), Model)
    with pytest.raises(InputError, match="WellfitClassifier"):
        WellfitRegressor.load(tmp_path / "a.wellfit")


def test_ctrl_c_keeps_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    train, rounds = GrowingPopulation.train, []

    def interrupted(population: GrowingPopulation, *arguments: Any) -> bool:
        rounds.append(1)
        if len(rounds) == 3:
            population.interrupt()
        return train(population, *arguments)

    monkeypatch.setattr(GrowingPopulation, "train", interrupted)
    with pytest.warns(RuntimeWarning, match="interrupted"):
        found = WellfitClassifier(**{**SMALL, "budget": 10**6}).fit(X_IRIS, NAMES)
    assert len(rounds) == 3 and set(found.predict(X_IRIS)) <= set(NAMES)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_while_choosing_keeps_what_was_trained(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """A second one ends it."""
    plain, choose = WellfitClassifier(**SMALL).fit(X_IRIS, NAMES), choice.states

    def struck(*arguments: Any) -> Any:
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)
        return choose(*arguments)

    monkeypatch.setattr(choice, "states", struck)
    if times == 2:
        with pytest.raises(KeyboardInterrupt):
            WellfitClassifier(**SMALL).fit(X_IRIS, NAMES)
        return
    with pytest.warns(RuntimeWarning, match="interrupted"):
        found = WellfitClassifier(**SMALL).fit(X_IRIS, NAMES)
    assert np.array_equal(found.predict_proba(X_IRIS), plain.predict_proba(X_IRIS))


@pytest.mark.parametrize(
    "given, words",
    [
        ({"time_limit": 0}, "time_limit"),
        ({"time_limit": "soon"}, "30s"),
        ({"budget": 2.5}, "budget"),
        ({"budget": 100, "metric": "rmse"}, "auc"),
        ({"budget": 100, "n_jobs": 0}, "n_jobs"),
    ],
)
def test_settings_that_cannot_be(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        WellfitClassifier(**given).fit(X_IRIS, Y_IRIS)


@pytest.mark.parametrize("way", ["from_scratch", {"name": "continue", "limit": 20}])
def test_networks_trained_on_all_rows_keep_the_estimate(tmp_path: Path, way: Any) -> None:
    plain, again = (WellfitRegressor(**SMALL, refit=how).fit(X_NUMBERS, Y_NUMBERS) for how in ("none", way))
    assert again.estimate_ == plain.estimate_ and np.array_equal(again.out_of_fold_, plain.out_of_fold_)
    assert len(again.model_.networks) == len(plain.model_.networks)
    assert not np.array_equal(again.predict(X_NUMBERS), plain.predict(X_NUMBERS))
    again.save(tmp_path / "a.wellfit")
    loaded = WellfitRegressor.load(tmp_path / "a.wellfit")
    assert np.array_equal(loaded.predict(X_NUMBERS), again.predict(X_NUMBERS))
    assert loaded.model_.info["cross_validated_estimate"]["before_refit"] and loaded.record_["refit"]["of"]


def test_an_interrupted_training_on_all_rows_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = WellfitClassifier(**SMALL).fit(X_IRIS, NAMES)
    monkeypatch.setattr("wellfit.training.refit.on_all_rows.train_run", cut_off)
    with pytest.warns(RuntimeWarning, match="on all rows was interrupted"):
        found = WellfitClassifier(**SMALL, refit="from_scratch").fit(X_IRIS, NAMES)
    assert np.array_equal(found.predict_proba(X_IRIS), plain.predict_proba(X_IRIS))
    with pytest.raises(InputError, match="give one"):
        WellfitClassifier(**SMALL, refit="continue", small=True).fit(X_IRIS, NAMES)
    with pytest.raises(InputError, match="refit"):
        WellfitClassifier(**SMALL, refit="twice").fit(X_IRIS, NAMES)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"recipes": [3]}, "recipes is a list"),
        ({"recipes": []}, "recipes is a list"),
        ({"recipes": 3}, "recipes is a list"),
        ({"budget": float("nan")}, "budget is a whole number"),
        ({"budget": "5"}, "budget is a whole number"),
        ({"folds": 0}, "folds is a whole number"),
        ({"folds": "5"}, "folds is a number of 2 or more"),
        ({"folds": 151}, "folds is a whole number"),
    ],
)
def test_what_a_search_cannot_use_is_said_in_a_sentence(words: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        WellfitClassifier(**{**SMALL, **words}).fit(X_IRIS, NAMES)


def test_one_recipe_is_a_list_of_one() -> None:
    assert recipes_of(Recipe(epochs=7)) == recipes_of([{"epochs": 7}]) == [Recipe(epochs=7)]


def test_counts_have_no_intervals_and_the_estimator_says_why() -> None:
    found = WellfitRegressor(**SMALL, metric="poisson_deviance").fit(X_NUMBERS, Y_NUMBERS)
    with pytest.raises(InputError, match="Intervals are for numbers"):
        found.predict_interval(X_NUMBERS)


def test_the_result_is_plain_data_and_loaded_as_it_was(tmp_path: Path) -> None:
    found = WellfitClassifier(**SMALL).fit(X_IRIS, NAMES)
    result = found.result_
    assert (
        result.search is not None and result.search.estimate == found.estimate_ and result.search.metric == "log_loss"
    )
    assert result.rows["training"] == len(X_IRIS) and not result.comparisons and result.seconds["all"] > 0
    assert sum(part.weight for part in result.search.ensemble) == pytest.approx(1)
    assert sum(part.networks for part in result.search.ensemble) == len(found.model_.networks)
    assert len(result.members) == found.history_["member"].n_unique()
    found.save(tmp_path / "found.wellfit")
    again = WellfitClassifier.load(tmp_path / "found.wellfit").result_
    assert again.to_plain() == result.to_plain() and again.search == result.search


def test_of_a_very_large_table_some_rows_are_drawn_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_size, "LEAST_ROWS", 60)
    monkeypatch.setattr(sample_size, "ROWS_AN_UPDATE", 0)
    weight = np.ones(len(X_IRIS))
    found = WellfitClassifier(**SMALL).fit(X_IRIS, NAMES, sample_weight=weight)
    assert found.notes_[0].startswith("60 of 150 rows, drawn at random, are used: networks learn more")
    known = ~np.isnan(found.out_of_fold_).any(axis=1)
    assert known.sum() == 60 and found.out_of_fold_.shape == (150, 3)
    asked = WellfitClassifier(**SMALL, rows=60).fit(X_IRIS, NAMES, sample_weight=weight)
    assert np.array_equal(asked.predict_proba(X_IRIS), found.predict_proba(X_IRIS))
    every = WellfitClassifier(**SMALL, rows="all").fit(X_IRIS, NAMES, sample_weight=weight)
    assert not np.isnan(every.out_of_fold_).any() and not any("drawn" in note for note in every.notes_)
    with pytest.raises(InputError, match="rows is a number of rows, 20 or more, \"all\" or None; got 'some'"):
        WellfitClassifier(**SMALL, rows="some").fit(X_IRIS, NAMES)


def test_both_estimators_take_the_same_settings_of_reading() -> None:
    own, other = (set(cls().get_params()) for cls in (WellfitClassifier, WellfitRegressor))
    assert own - other == {"class_weight"} and not other - own
