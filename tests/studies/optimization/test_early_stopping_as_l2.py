"""Early stopping as an L2 penalty: the engine's weights against scikit-learn's ridge, direction by direction."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

import wellfit
from wellfit.errors import InputError


def test_stopped_descent_is_ridge_with_a_penalty_for_each_direction() -> None:
    X, y = load_diabetes(return_X_y=True)
    y = y + 0.25  # numbers, not counts
    study = wellfit.studies.early_stopping_as_l2(X, y, steps=40)
    z, inputs = (y - y.mean()) / y.std(), (X - X.mean(axis=0)) / X.std(axis=0)
    values, vectors = np.linalg.eigh(inputs.T @ inputs / len(z))
    rows = {round(row["eigenvalue"], 4): row for row in study.table.to_dicts()}
    for value, vector in zip(values, vectors.T, strict=True):
        row = rows[round(float(value), 4)]
        # Ridge on this direction alone, with the penalty that the study names.
        along = inputs @ vector[:, None]
        ridge = Ridge(alpha=row["penalty"] * len(z), fit_intercept=False, solver="cholesky").fit(along, z).coef_[0]
        assert abs(ridge) == pytest.approx(abs(row["trained"]), abs=1e-5)
    assert study.facts["largest_difference"] < 1e-5 < 0.05 < study.facts["largest_difference_with_one_penalty"]
    assert study.verdict.startswith("Yes, direction by direction")


def test_one_penalty_agrees_where_steps_are_small() -> None:
    """e l and l/a are small: few short steps."""
    X, y = load_diabetes(return_X_y=True)
    study = wellfit.studies.early_stopping_as_l2(X, y + 0.25, steps=2, step=0.002)
    assert study.facts["largest_difference_with_one_penalty"] < 2e-3


def test_what_has_no_such_answer_is_refused() -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    with pytest.raises(InputError, match="one target of numbers"):
        wellfit.studies.early_stopping_as_l2(X, X[:, 0] > 0)
    with pytest.raises(InputError, match="steps is a whole number of 1 or more; got 'ten'"):
        wellfit.studies.early_stopping_as_l2(X, X[:, 0], steps="ten")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="where descent diverges"):
        wellfit.studies.early_stopping_as_l2(X, X[:, 0], step=50.0)
