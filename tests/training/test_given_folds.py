"""Folds that users give, in training and in the search: rows that no fold holds out are not predicted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import KFold, ShuffleSplit, TimeSeriesSplit

import wellfit
from wellfit.errors import InputError
from wellfit.estimators import NetworkClassifier, WellfitClassifier

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(120, 3))
Y = (X[:, 0] + RANDOM.normal(0, 0.5, 120) > 0).astype(int)
RECIPE = wellfit.Recipe(hidden=(4,), epochs=2)
LATER = TimeSeriesSplit(3)
FIRST = 30  # rows that it never holds out


def test_the_score_is_over_the_folds_that_were_given() -> None:
    validated = wellfit.cross_validate(RECIPE, X, Y, folds=LATER)
    assert validated.scores[0].names == ("fold 1", "fold 2", "fold 3") and validated.scores[0].rows == 90
    trained = wellfit.train(RECIPE, X, Y, folds=LATER)
    assert [member.plan.view.training.size for member in trained.engine.members] == [30, 60, 90]
    with pytest.raises(InputError, match="Only a number of folds can be split again"):
        wellfit.cross_validate(RECIPE, X, Y, folds=LATER, repeats=2)
    with pytest.raises(InputError, match="views and folds both"):
        wellfit.train(RECIPE, X, Y, folds=3, views=trained.engine.members[0].plan.view)
    with pytest.raises(InputError, match="groups belong to folds"):
        wellfit.train(RECIPE, X, Y, groups=Y)


@pytest.mark.parametrize("folds", [LATER, np.repeat([-1, 0, 1, 2], 30)])
def test_rows_that_are_never_held_out_have_no_prediction(folds: Any) -> None:
    fitted = NetworkClassifier(RECIPE, folds=folds, random_state=0).fit(X, Y)
    assert np.isnan(fitted.out_of_fold_[:FIRST]).all() and np.isfinite(fitted.out_of_fold_[FIRST:]).all()


def test_a_search_trains_on_the_folds_that_were_given() -> None:
    found = WellfitClassifier(budget=900, folds=LATER, random_state=0).fit(X, Y)
    assert np.isnan(found.out_of_fold_[:FIRST]).all() and np.isfinite(found.out_of_fold_[FIRST:]).all()
    assert found.record_["search"]["folds"] == 3
    weighted = WellfitClassifier(budget=300, folds=KFold(4), random_state=0)
    weighted.fit(X, Y, sample_weight=np.arange(120) % 5 > 0)
    assert np.isnan(weighted.out_of_fold_[::5]).all()
    with pytest.raises(InputError, match="ShuffleSplit.*holds row"):
        WellfitClassifier(budget=300, folds=ShuffleSplit(5, random_state=0)).fit(X, Y)
