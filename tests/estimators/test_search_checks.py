"""scikit-learn's own checks of the contract, of the estimators that search."""

from __future__ import annotations

from typing import Any

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


@parametrize_with_checks(
    [WellfitClassifier(**SMALL), WellfitRegressor(**SMALL)],  # type: ignore[arg-type]
    expected_failed_checks=lambda estimator: EXPECTED,
    xfail_strict=True,
)
# The checks leave warnings to the estimator, and make some of their own (numpy.matrix, columns as targets).
@pytest.mark.filterwarnings("default")
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)
