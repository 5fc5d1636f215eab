"""Batch sizes on a real table, and gradients of batches against sampling theory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

import wellfit
from wellfit.errors import InputError
from wellfit.studies.optimization.batch_gradients import expected_cosine, mean_cosine

X, Y = load_breast_cancer(return_X_y=True)


def test_on_a_real_table_sizes_are_compared_and_noise_is_what_theory_says() -> None:
    recipe = wellfit.Recipe(hidden=(8,), epochs=6, batch_size=16)
    study = wellfit.studies.batch_size(recipe, X[:300], Y[:300], sizes=[4, 64], rates=[0.1], folds=3, seeds=2, n_jobs=1)
    rows = {(row["batch_size"], row["at"]): row for row in study.table.to_dicts()}
    assert len(rows) == 6 and study.details["networks"].height == 6 * 3 * 2
    training = 160  # of 300 rows 100 measure and 40 validate
    assert rows[16, "equal epochs"]["updates"] == 6 * training / 16
    assert rows[4, "equal epochs"]["updates"] == 6 * training / 4
    assert rows[64, "equal updates"]["updates"] == pytest.approx(6 * training / 16, rel=0.1)
    for row in rows.values():
        assert row["gap"] == pytest.approx(row["test_loss"] - row["training_loss"], rel=1e-6)
    for row in study.details["noise"].to_dicts():
        assert row["measured"] == pytest.approx(row["expected"], abs=4 * row["uncertainty"])
    cosines = study.details["agreement"].filter(network="before training")["cosine"].to_list()
    assert cosines[0] < cosines[-1] <= 1, "larger batches agree more"
    assert "At equal epochs" in study.verdict and "At equal updates" in study.verdict
    assert [figure.name for figure in study.figures] == ["batch-size", "gap", "noise", "agreement"]


@pytest.mark.parametrize("name", ["batch_size", "label_noise", "ensemble_size", "learning_curve"])
def test_networks_that_diverge_are_told_of(name: str) -> None:
    rate = {"name": "sgd", "learning_rate": 1e12}
    recipe = wellfit.Recipe(hidden=(4,), epochs=6, batch_size=4, optimizer=rate, stopping="none")
    own = {"batch_size": {"sizes": [8]}, "label_noise": {"shares": [0.5], "remedies": ["dropout=0.2"]}}.get(name, {})
    study = getattr(wellfit.studies, name)(recipe, X[:60], 1e3 * X[:60, 0], folds=2, seeds=1, n_jobs=1, **own)
    count = study.details["networks"].height
    assert any(remark.startswith(f"{count} of {count} networks diverged") for remark in study.remarks)
    assert " better" not in study.verdict.replace("better or worse", "") and "lower" not in study.verdict


@pytest.mark.parametrize("size", [5, 20])
def test_the_expected_cosine_is_that_of_gradients_drawn_without_replacement(size: int) -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(100, 400)) + 0.3 * rng.normal(size=400)
    gradient = rows.mean(axis=0)
    variance = float(((rows - gradient) ** 2).sum(axis=1).mean())
    found = [
        mean_cosine(rows[rng.permutation(100)].reshape(-1, size, 400)[: 100 // size].mean(axis=1)) for _ in range(20)
    ]
    assert np.mean(found) == pytest.approx(expected_cosine(gradient, variance, size, 100), abs=0.01)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sizes": [0]}, "sizes of batches are whole numbers from 1 to the"),
        ({"sizes": [5000]}, "rows that train; got"),
        ({"rates": [0.0]}, "rates are factors of the learning rate, above 0"),
    ],
)
def test_batches_that_cannot_be_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        wellfit.studies.batch_size(None, X, Y, **options)
