"""Scores over folds and their intervals, by hand and against what training measured itself."""

from __future__ import annotations

import math

import numpy as np
import pytest

import wellfit
from tests.training.trained import population, table, targets
from wellfit.errors import InputError
from wellfit.statistics.intervals import Estimate, over_folds, over_rows
from wellfit.tables.arrays import View
from wellfit.training.cross_validation import fold_score

T_2, T_3 = 4.302652729749464, 3.182446305283710  # t(0.975) with 2 and 3 degrees of freedom, from a table


def test_interval_over_folds_by_hand() -> None:
    """Scores 1, 2, 3: variance 1; three folds, test to training 1 to 2: 1/3 + 1/2."""
    found = over_folds([1.0, 2.0, 3.0], 0.5)
    reach = T_2 * math.sqrt(1 / 3 + 1 / 2)
    np.testing.assert_allclose([found.mean, found.low, found.high], [2, 2 - reach, 2 + reach], rtol=1e-12)
    assert over_folds([4.0], 0.5).mean == 4 and math.isnan(over_folds([4.0], 0.5).low)
    assert over_folds([0.5, 0.5], 0.25) == Estimate(0.5, 0.5, 0.5)


def test_interval_over_rows_by_hand() -> None:
    found = over_rows(np.array([1.0, 2.0, 3.0, 6.0]), np.ones(4))
    reach = T_3 * np.std([1, 2, 3, 6], ddof=1) / 2
    np.testing.assert_allclose([found.mean, found.low, found.high], [3, 3 - reach, 3 + reach], rtol=1e-12)
    weighted = over_rows(np.array([1.0, 2.0, 3.0, 6.0, 99.0]), np.array([2.0, 2, 2, 2, 0]))
    np.testing.assert_allclose([weighted.mean, weighted.low, weighted.high], [found.mean, found.low, found.high])


def test_the_interval_over_rows_covers() -> None:
    """Of 2,000 samples of 40 exponential rows, 95 % intervals hold the mean in about 93 % (skewness costs a little)."""
    rng = np.random.default_rng(0)
    found = [over_rows(rng.exponential(size=40), np.ones(40)) for _ in range(2000)]
    share = np.mean([one.low <= 1 <= one.high for one in found])
    assert 0.90 < share < 0.96


@pytest.mark.parametrize("kind", ["binary", "classes", "numbers", "counts", "labels"])
def test_folds_score_what_training_measured(kind: str) -> None:
    trained = population(kind, folds=3)
    score = fold_score(trained)
    np.testing.assert_array_equal(score.losses, [member.best_loss for member in trained])
    at_best = [trained.history.filter(member=i, update=m.best_update) for i, m in enumerate(trained)]
    np.testing.assert_array_equal(score.errors, [line["validation_error"].item() for line in at_best])
    assert score.names == ("fold 1", "fold 2", "fold 3") and score.rows == 120
    share = np.mean([len(m.view.validation) / len(m.view.training) for m in trained])
    assert score.loss == over_folds(score.losses, share)


def test_seeds_of_one_fold_count_as_one() -> None:
    trained = population("binary", folds=3, seeds=2)
    score = fold_score(trained)
    losses = np.array([member.best_loss for member in trained]).reshape(3, 2)
    np.testing.assert_allclose(score.losses, losses.mean(axis=1), rtol=1e-15)


def test_repeated_folds() -> None:
    recipes = [wellfit.Recipe(hidden=(4,), epochs=epochs) for epochs in (1, 2)]
    found = wellfit.cross_validate(recipes, table(), targets("binary"), folds=3, repeats=2, seeds=[4])
    assert len(found.population) == 12 and len(found.scores) == 2
    assert found.scores[1].recipe == recipes[1] and found.scores[1].names[3] == "repeat 2, fold 1"
    first, second = found.population[0].view, found.population[3].view
    assert not np.array_equal(first.validation, second.validation)
    held = np.concatenate([m.view.validation for m in found.population[:6]])
    assert np.array_equal(np.bincount(held), np.full(120, 2))
    again = wellfit.cross_validate(recipes, table(), targets("binary"), folds=3, repeats=2, seeds=[4], n_jobs=2)
    assert again.scores == found.scores


def test_rows_count_by_their_weights() -> None:
    y = targets("numbers")
    weight = np.where(np.arange(120) % 3 == 0, 0.0, 1.0)
    found = wellfit.cross_validate(wellfit.Recipe(hidden=(4,), epochs=1), table(), y, folds=3, sample_weight=weight)
    said = np.stack([m.predict(table()) for m in found.population])
    for member, error, own in zip(found.population, found.scores[0].errors, said, strict=True):
        rows = member.view.validation[weight[member.view.validation] > 0]
        np.testing.assert_allclose(error, np.mean((own[rows] - y[rows]) ** 2), rtol=0.02)  # predictions are clipped


def test_test_rows_are_a_part_of_their_own() -> None:
    rows = np.arange(120)
    views = [View(rows[:60], rows[60:90], rows[90:]), View(rows[60:], rows[:30], rows[30:60])]
    trained = wellfit.train(wellfit.Recipe(hidden=(4,), epochs=1), table(), targets("binary"), views=views)
    with pytest.raises(InputError, match="got 'valid'"):
        fold_score(trained, part="valid")  # type: ignore[arg-type]
    score = fold_score(trained, part="test")
    assert score.rows == 60 and score.part == "test" and score.losses != fold_score(trained).losses


def test_mistakes_are_one_sentence() -> None:
    recipe = wellfit.Recipe(hidden=(4,), epochs=1)
    with pytest.raises(InputError, match="got repeats = 0"):
        wellfit.cross_validate(recipe, table(), targets("binary"), repeats=0)
    with pytest.raises(InputError, match="2 or more; got 1"):
        wellfit.cross_validate(recipe, table(), targets("binary"), folds=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'views'"):
        wellfit.cross_validate(recipe, table(), targets("binary"), views=[])  # type: ignore[call-arg]
    trained = population("binary", folds=3)
    with pytest.raises(InputError, match="No member holds out test rows"):
        fold_score(trained, part="test")
    both = wellfit.train([recipe, recipe.vary(epochs=2)], table(), targets("binary"))
    with pytest.raises(InputError, match="one recipe's; got 2"):
        fold_score(both)


def test_several_tasks_are_dealt_over_their_rows() -> None:
    X = np.random.default_rng(0).normal(size=(60, 3))
    y = {"sign": X[:, 0] > 0, "size": X[:, 1]}
    found = wellfit.cross_validate(wellfit.Recipe(hidden=(4,), epochs=2), X, y, folds=3)
    assert found.scores[0].rows == 60 and np.isfinite(found.scores[0].losses).all()
    for how in ("from_scratch", "continue"):
        again = wellfit.refit(found.population, how).model
        assert {name: len(said) for name, said in again.predict(X).items()} == {"sign": 60, "size": 60}
