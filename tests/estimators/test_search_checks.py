"""scikit-learn's own checks of the contract, of the estimators that search."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from tests.estimators.test_checks import EXPECTED
from tests.search.little import make_little
from wellfit import WellfitClassifier, WellfitRegressor

TINY = {
    "hidden": (16,),
    "epochs": 30,
    "batch_size": 16,
    "dropout": 0.0,
    "optimizer": {"name": "adam", "learning_rate": 0.02},
}
SMALL: dict[str, Any] = {"budget": 250, "folds": 2, "recipes": [TINY], "n_jobs": 1, "random_state": 0}


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proposals that train in no time."""
    make_little(monkeypatch)


@pytest.mark.parametrize("split", [False, True])
def test_equal_rows_are_held_out_by_the_same_networks_unless_they_may_be_split(split: bool) -> None:
    random = np.random.default_rng(0)
    X = np.tile(random.normal(size=(60, 3)), (2, 1))
    fitted = WellfitRegressor(**SMALL, split_equal_rows=split).fit(X, X[:, 0] + random.normal(size=120))
    first, again = fitted.out_of_fold_[:60], fitted.out_of_fold_[60:]
    apart = np.mean(first != again)
    assert apart > 0.3 if split else apart == 0
    said = [
        "60 of 120 rows repeat an earlier row" in note and "split_equal_rows=True" in note for note in fitted.notes_
    ]
    assert any(said) is not split


@parametrize_with_checks(
    [WellfitClassifier(**SMALL), WellfitRegressor(**SMALL)],  # type: ignore[arg-type]
    expected_failed_checks=lambda estimator: EXPECTED,
    xfail_strict=True,
)
# The checks leave warnings to the estimator, and make some of their own (numpy.matrix, columns as targets).
@pytest.mark.filterwarnings("default")
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)
