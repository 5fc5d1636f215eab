"""Wrong labels: how many there are, where they are, and what is said of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

import wellfit
from wellfit.errors import InputError
from wellfit.studies.base import settings_of, study_table
from wellfit.studies.base.table import measured_views
from wellfit.studies.generalisation.wrong_labels import with_wrong_copies, wrong_target, wrong_view
from wellfit.tables.arrays import Target

X, Y = load_digits(return_X_y=True)


def test_on_a_real_table_wrong_labels_cost_and_true_ones_measure() -> None:
    recipe = wellfit.Recipe(hidden=(16,), epochs=10)
    study = wellfit.studies.label_noise(
        recipe, X[:300], Y[:300], shares=[0.6], remedies=["label_smoothing=0.1"], folds=3, seeds=2, n_jobs=1
    )
    assert study.verdict.startswith("With 60% of training labels wrong the error rate on true ones rises by")
    own = {row["share"]: row for row in study.table.filter(recipe="the recipe").to_dicts()}
    assert own[0.6]["rise"] == pytest.approx(own[0.6]["test_loss"] - own[0.0]["test_loss"]) and own[0.6]["rise_low"] > 0
    assert own[0.6]["training_loss"] > 0.3, "it is measured on the wrong labels"
    plain = wellfit.studies.capacity(recipe, X[:300], Y[:300], widths=[16], folds=3, seeds=2, metric="error", n_jobs=1)
    assert own[0.0]["test_loss"] == pytest.approx(plain.table["test_loss"][0]), "without noise nothing else changes"
    assert study.table.height == 4 and study.details["networks"].height == 2 * 2 * 3 * 2


@pytest.mark.parametrize("kind", ["binary", "classes", "labels"])
def test_a_share_of_labels_is_wrong_and_what_is_wrong_stays_so(kind: Any) -> None:
    classes = 5 if kind == "classes" else 2
    values = np.random.default_rng(0).integers(0, classes, (6000, 2 if kind == "labels" else 1)).astype(np.float32)
    target = Target(kind, values, tuple("abcde"[:classes]))
    few, many = (wrong_target(target, share, 1).values for share in (0.1, 0.3))
    assert np.mean(few != values) == pytest.approx(0.1, abs=0.02)
    assert np.mean(many != values) == pytest.approx(0.3, abs=0.03)
    assert ((few == many) | (few == values)).all() and many.min() == 0 and many.max() == classes - 1
    if kind == "classes":  # every other class as often
        step = (many - values)[many != values] % classes
        assert np.allclose(np.bincount(step.astype(int), minlength=5)[1:] / len(step), 0.25, atol=0.05)
    assert not np.array_equal(many, wrong_target(target, 0.3, 2).values)


def test_noise_of_numbers_has_the_spread_of_the_target() -> None:
    values = np.random.default_rng(0).normal(7, 3, (5000, 1)).astype(np.float32)
    noise = wrong_target(Target("numbers", values), 0.5, 1).values - values
    assert noise.std() == pytest.approx(1.5, rel=0.05) and abs(noise.mean()) < 0.1


def test_views_train_and_validate_on_a_copy_and_measure_on_true_rows() -> None:
    table = study_table(X[:100], Y[:100], {})
    noise = [wrong_target(table.rows.target, share, 0) for share in (0.2, 0.5)]
    copies = with_wrong_copies(table, noise).rows
    view = measured_views(table, settings_of({"folds": 3})).views[1]
    for k in range(3):
        moved = wrong_view(view, k, 100)
        truth = table.rows.target if k == 0 else noise[k - 1]
        for part in ("training", "validation"):
            rows = getattr(view, part)
            assert np.array_equal(copies.target.take(getattr(moved, part)).values, truth.take(rows).values)
            assert np.array_equal(copies.arrays.numbers[getattr(moved, part)], table.rows.arrays.numbers[rows])
        assert np.array_equal(moved.test, view.test)
        assert np.array_equal(copies.target.take(moved.test).values, table.rows.target.take(view.test).values)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shares": [1.0]}, "from 0 to below 1; got 1.0"),
        ({"remedies": ["smoothing"]}, "such as \"label_smoothing=0.1\"; got 'smoothing'"),
        ({"remedies": ["smoothing=1"]}, "smoothing"),
        ({"kind": "count"}, "the target is of kind 'counts'"),
    ],
)
def test_noise_that_cannot_be_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        wellfit.studies.label_noise(None, X[:60], Y[:60], **options)
