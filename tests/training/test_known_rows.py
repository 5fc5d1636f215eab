"""Rows whose target is unknown are left out of everything alike; how cells are read is chosen by the same names."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.model_selection import KFold

import wellfit
from wellfit import NetworkClassifier, NetworkRegressor, Recipe, WellfitRegressor
from wellfit.errors import InputError
from wellfit.tables.arrays import View
from wellfit.training.known_rows import folds_of_rows, known_rows, rows_of, views_of_rows

ROWS = 40
RECIPE = Recipe(hidden=(4,), epochs=1)
X = pl.DataFrame({"x": [f"{i % 9},5" for i in range(ROWS)], "country": [("NA", "DE")[i % 2] for i in range(ROWS)]})
Y: list[Any] = [f"{i},25" for i in range(ROWS)]
Y[3], Y[5] = "pending", None
KNOWN = [i for i in range(ROWS) if i not in (3, 5)]


def test_table_target_weights_and_views_lose_the_same_rows() -> None:
    view = View(np.arange(20), np.arange(20, 30), name="first", weight=np.arange(20))
    weight = [f"{i},5" for i in range(ROWS)]
    given: dict[str, Any] = {"views": view, "sample_weight": weight, "skip_unknown_targets": True, "missing": "none"}
    population = wellfit.train(RECIPE, X, Y, **given)
    run = population.engine
    assert run.target.values[:, 0].tolist() == [i + 0.25 for i in KNOWN]
    assert run.weight.tolist() == [i + 0.5 for i in KNOWN]
    assert run.arrays.rows == len(KNOWN) and run.arrays.levels == (2,)
    assert "2 of 40 rows were left out" in population.notes[0]
    kept = views_of_rows(view, known_rows(Y, None), ROWS)[0]
    assert len(kept.training) == 18 and kept.validation.tolist() == list(range(18, 28))
    assert np.asarray(kept.weight).tolist() == [i for i in range(20) if i not in (3, 5)]
    with pytest.raises(InputError, match="2 rows .*: .*skip_unknown_targets=True.*; got 'pending'"):
        wellfit.train(RECIPE, X, Y)


def test_folds_follow() -> None:
    rows = known_rows(Y, "number")
    assert rows.tolist() == KNOWN
    ids = folds_of_rows(np.arange(ROWS), rows, ROWS)
    assert ids.tolist() == KNOWN and folds_of_rows(5, rows, ROWS) == 5
    splitter = KFold(2)
    assert folds_of_rows(splitter, rows, ROWS) is splitter
    pairs = folds_of_rows([(np.arange(4), np.arange(4, 8)), (np.arange(ROWS) > 30, [0, 3])], rows, ROWS)
    assert pairs[0].training.tolist() == [0, 1, 2] and pairs[0].validation.tolist() == [3, 4, 5]
    assert pairs[1].training.tolist() == list(range(29, 38)) and pairs[1].validation.tolist() == [0]
    assert rows_of({"a": Y, "b": np.arange(ROWS)}, rows)["b"].tolist() == KNOWN
    with pytest.raises(InputError, match="'gone' has no training row"):
        views_of_rows(View([3], name="gone"), rows, ROWS)
    with pytest.raises(InputError, match="missing in all 2"):
        known_rows([None, None], None)


@pytest.mark.parametrize(
    ("folds", "message"),
    [
        ([(np.arange(30), [ROWS])], "numbered from 0 to 39, and fold 1 has row 40"),
        ([View([0], [ROWS], name="first")], "first has row 40"),
        ([(np.arange(30), [30.5])], "fold 1 has an array of shape .* and type float64"),
        ([(np.arange(30),)], "list of .training rows, held-out rows.; got"),
        (np.arange(ROWS - 1) % 2, "one value of folds for each row; got 39 for 40"),
        ("ab", "folds is a number of 2 or more.*; got 'ab'"),
        (True, "folds is a number of 2 or more.*; got 'True'"),
    ],
)
def test_folds_are_checked_before_rows_are_left_out(folds: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        wellfit.cross_validate(RECIPE, X, Y, folds=folds, skip_unknown_targets=True)


def test_cross_validation_and_estimators_leave_them_out_too() -> None:
    groups = np.arange(ROWS) // 2
    validated = wellfit.cross_validate(RECIPE, X, Y, folds=2, groups=groups, skip_unknown_targets=True)
    assert validated.scores[0].rows == len(KNOWN) and "2 of 40 rows" in validated.population.notes[0]
    given: dict[str, Any] = {"recipe": RECIPE, "random_state": 0, "skip_unknown_targets": True, "missing": "none"}
    weight = np.ones(ROWS)
    regressor = NetworkRegressor(**given, folds=np.arange(ROWS) % 2).fit(X, Y, sample_weight=weight)
    assert np.flatnonzero(np.isfinite(regressor.out_of_fold_[:, 0])).tolist() == KNOWN
    assert len(regressor.out_of_fold_) == ROWS and "2 of 40 rows" in regressor.notes_[0]
    assert regressor.model_.schema.columns[1].vocabulary == ("DE", "NA") and len(regressor.predict(X)) == ROWS
    labels = ["no", None, "yes", "no"] * (ROWS // 4)
    classifier = NetworkClassifier(**given).fit(X, labels)
    assert classifier.classes_.tolist() == ["no", "yes"] and "10 of 40 rows" in classifier.notes_[0]
    searched = WellfitRegressor(budget=40, folds=2, skip_unknown_targets=True, random_state=0, recipes=[RECIPE])
    assert "2 of 40 rows" in searched.fit(X, Y, groups=groups).notes_[0]
    assert np.flatnonzero(np.isfinite(searched.out_of_fold_[:, 0])).tolist() == KNOWN
    assert len(searched.out_of_fold_) == ROWS
    with pytest.raises(ValueError, match="skip_unknown_targets"):
        NetworkRegressor(RECIPE).fit(X, Y)


def test_choices_hold_for_later_tables_of_an_estimator() -> None:
    ambiguous = pl.DataFrame({"x": [f"{1 + i % 9},404" for i in range(ROWS)]})
    fitted = NetworkRegressor(RECIPE, decimal="comma", random_state=0).fit(ambiguous, np.arange(ROWS, dtype=float))
    assert fitted.model_.schema.columns[0].most == 9.404
    same = NetworkRegressor(RECIPE, random_state=0).fit(ambiguous, np.arange(ROWS, dtype=float))
    assert same.model_.schema.columns[0].most == 9404 and any("--decimal comma" in note for note in same.notes_)
    np.testing.assert_array_equal(
        fitted.predict(ambiguous), fitted.predict(pl.DataFrame({"x": [1 + i % 9 + 0.404 for i in range(ROWS)]}))
    )
