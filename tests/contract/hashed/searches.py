"""Estimators, searches with a budget of updates, their repetition, and the command."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import wellfit
from tests.contract.hashed import tables
from tests.contract.hashed.outcome import HashedCase, Outcome, of_model, recipe_of
from tests.contract.hashed.tables import recipe
from wellfit.cli import run
from wellfit.statistics.calibration import fit_intervals, fit_temperature
from wellfit.tables import make_target

SMALL = [
    recipe(hidden=[12], epochs=10, schedule="growing_cycles"),
    recipe(hidden=[8, 8], epochs=10, schedule="growing_cycles", dropout=0.1, normalization="batch"),
]


def of_estimator(found: Any, X: Any) -> Outcome:
    outcome = of_model(found.model_, X, found.history_)
    kept = [getattr(found, name) for name in ("out_of_fold_", "best_loss_", "n_iter_") if hasattr(found, name)]
    return outcome.predicted(kept)


def network_classifier(threads: int) -> Outcome:
    X, y = tables.without_text()
    weight = np.arange(len(y)) % 3 + 1.0
    shared: dict[str, Any] = {"hidden": (8,), "epochs": 6, "batch_size": 32, "random_state": 3, "n_jobs": threads}
    outcome = Outcome()
    for words in (
        {"folds": 3, "seeds": 2, "average": "logits", "class_weight": "balanced"},
        {"bootstrap": 3, "refit": "continue"},
        {"schedule": "constant", "patience": 2, "learning_rate": 0.05},
    ):
        found = wellfit.NetworkClassifier(**shared, **words).fit(X, y, sample_weight=weight)
        outcome = outcome.and_also(of_estimator(found, X))
        if hasattr(found, "out_of_bag_"):
            outcome.predicted(found.out_of_bag_.predictions)
    return outcome


def network_regressor(threads: int) -> Outcome:
    X, y = tables.number()
    shared: dict[str, Any] = {"hidden": (8,), "epochs": 6, "batch_size": 32, "random_state": 3, "n_jobs": threads}
    folds = wellfit.NetworkRegressor(**shared, folds=3, average="median", refit="from_scratch").fit(X, y)
    outcome = of_estimator(folds, X)
    given = wellfit.NetworkRegressor(**shared, warm_start=True)
    for _ in range(2):
        outcome = outcome.and_also(of_estimator(given.fit(X[:120], y[:120], eval_set=(X[120:], y[120:])), X))
    return outcome


def searched(found: Any, X: Any, y: Any, **words: Any) -> Outcome:
    """A search's model, estimate and decisions."""
    found.fit(X, y, **words)
    outcome = of_estimator(found, X).predicted([found.estimate_.mean, found.estimate_.low, found.estimate_.high])
    return outcome.predicted(decisions(found.record_))


def decisions(record: Any) -> list[float]:
    """What a search's record holds of numbers but how long it took, rising: a key may be renamed."""
    return sorted(_numbers(record), key=lambda number: (number != number, number))  # NaN last


def _numbers(record: Any) -> list[float]:
    if isinstance(record, dict):
        return [number for key in record if key != "seconds" for number in _numbers(record[key])]
    if isinstance(record, list):
        return [number for one in record for number in _numbers(one)]
    return [float(record)] if isinstance(record, (int, float)) else []


def settings(threads: int, **words: Any) -> dict[str, Any]:
    recipes = [recipe_of(one) for one in SMALL]
    return {"budget": 1500, "folds": 3, "recipes": recipes, "random_state": 2, "n_jobs": threads, **words}


def search_of_classes(threads: int) -> Outcome:
    X, y = tables.without_text()
    return searched(wellfit.WellfitClassifier(**settings(threads)), X, y, groups=tables.groups())


def search_of_the_portfolio(threads: int) -> Outcome:
    X, y = tables.mixed()
    words = {"budget": 1200, "folds": 2, "random_state": 1, "n_jobs": threads}
    return searched(wellfit.WellfitClassifier(**words), X, y)


def search_of_numbers(threads: int) -> Outcome:
    X, y = tables.number()
    found = wellfit.WellfitRegressor(**settings(threads, metric="mae"))
    return searched(found, X, y, sample_weight=np.arange(len(y)) % 3 / 2).predicted(found.predict_interval(X, 0.8))


def search_of_counts_on_all_rows(threads: int) -> Outcome:
    X, y = tables.counts()
    words = settings(threads, metric="poisson_deviance", refit="from_scratch", budget=900)
    return searched(wellfit.WellfitRegressor(**words), X, y)


def small_network(threads: int) -> Outcome:
    X, y = tables.classes()
    return searched(wellfit.WellfitClassifier(**settings(threads, small=True, budget=900)), X, y)


def calibrated(threads: int) -> Outcome:
    X, y = tables.classes()
    said = (
        wellfit.NetworkClassifier(recipe_of(SMALL[0]), folds=3, random_state=1, n_jobs=threads).fit(X, y).out_of_fold_
    )
    numbers, answers = tables.number()
    residuals = fit_intervals(np.round(answers, -1)[:, None], make_target(answers, kind="number"))
    return Outcome().predicted(
        fit_temperature(said, make_target(y), seed=1), residuals.reach(0.8), residuals.reach(0.5)
    )


def command(threads: int) -> Outcome:
    """`wellfit fit` on the first rows of abalone.csv: a search with a budget, its repetition, a bag; and `predict`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as place:
        table = Path(place, "snails.csv")
        table.write_text("\n".join(tables.ABALONE.read_text().splitlines()[:301]) + "\n")
        asked = ["fit", str(table), "--target", "rings", "--jobs", str(threads), "--drop", "height"]
        first, again, bag = (Path(place, name) for name in ("first", "again", "bag"))
        called(*asked, "--budget", "1200", "--folds", "2", "--out", str(first))
        called(*asked, "--replay", str(first / "result.json"), "--out", str(again))
        recipe_of(SMALL[1]).save(Path(place, "own.toml"))
        own = ("--recipe", str(Path(place, "own.toml")), "--folds", "3", "--refit", "from_scratch")
        called(*asked, *own, "--out", str(bag))
        for folder in (first, again, bag):
            model = wellfit.Model.load(folder / "model.wellfit")
            outcome = outcome.and_also(of_model(model, table, pl.read_parquet(folder / "history.parquet")))
            outcome.predicted(decisions(json.loads((folder / "result.json").read_text()).get("record", {})))
        called("predict", str(first / "model.wellfit"), str(table), "--out", str(Path(place, "said.csv")))
        said = pl.read_csv(Path(place, "said.csv"))
        return outcome.predicted([said[name].to_numpy() for name in said.columns if said[name].dtype.is_float()])


def called(*arguments: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as told, contextlib.redirect_stderr(told):
        code = run(list(arguments))
    assert code == 0, told.getvalue()


CASES = [
    HashedCase("NetworkClassifier", network_classifier),
    HashedCase("NetworkRegressor", network_regressor),
    HashedCase("search, classes", search_of_classes),
    HashedCase("search, the portfolio", search_of_the_portfolio),
    HashedCase("search, numbers", search_of_numbers),
    HashedCase("search, counts, refitted", search_of_counts_on_all_rows),
    HashedCase("search, one small network", small_network),
    HashedCase("calibration", calibrated),
    HashedCase("the command, repeated", command),
]
