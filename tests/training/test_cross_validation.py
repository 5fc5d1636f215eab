"""Scores over folds and their intervals, by hand and against what training measured itself."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score

import wellfit
from tests.training.trained import population, table, targets
from wellfit.errors import InputError
from wellfit.estimators.network_training import Rows, views_of
from wellfit.models.ensemble import best_recipes, out_of_fold
from wellfit.statistics.intervals import POSITIVE, UNBOUNDED, over_folds
from wellfit.tables import make_target
from wellfit.tables.arrays import Arrays, View
from wellfit.training.cross_validation import fold_score


@pytest.mark.parametrize("kind", ["binary", "classes", "numbers", "counts", "labels"])
def test_folds_score_what_training_measured(kind: str) -> None:
    trained = population(kind, folds=3)
    score = fold_score(trained)
    if kind != "numbers":  # of which the history measures what is not yet clipped
        np.testing.assert_array_equal(score.losses, [member.best_loss for member in trained])
        at_best = [trained.history.filter(member=i, update=m.best_update) for i, m in enumerate(trained)]
        np.testing.assert_array_equal(score.errors, [line["validation_error"].item() for line in at_best])
    assert score.names == ("fold 1", "fold 2", "fold 3") and (score.rows, score.untrained) == (120, 0)
    share = np.mean([len(m.view.validation) / len(m.view.training) for m in trained])
    assert score.loss == over_folds(score.losses, share, UNBOUNDED if kind == "counts" else POSITIVE)


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


def test_equal_rows_are_on_one_side_of_every_split() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    X, y = np.concatenate([rows, rows[::2]]), np.arange(90) % 2
    recipe = wellfit.Recipe(hidden=(2,))
    trained = [wellfit.train(recipe, X, y, folds=folds, budget=0) for folds in (None, 4)]
    trained += [wellfit.cross_validate(recipe, X, y, folds=4, repeats=2, budget=0).population]
    in_groups = wellfit.train(recipe, X, y, folds=3, groups=np.arange(90) % 45, budget=0)
    trained.append(in_groups)
    views = [member.view for population in trained for member in population]
    found = Rows(Arrays(X, np.zeros((90, 0), np.int32)), make_target(y), None)
    views += [view for given in ((None, None), (4, None), (None, 3)) for view in views_of(found, *given, 0.2, 0)[0]]
    for view in views:
        assert len(view.validation) and not set(X[view.training, 0]) & set(X[view.validation, 0])
    for member in in_groups:
        assert not set(member.view.training % 45) & set(member.view.validation % 45)


def test_rows_count_by_their_weights() -> None:
    y = targets("numbers")
    weight = np.where(np.arange(120) % 3 == 0, 0.0, 1.0)
    found = wellfit.cross_validate(wellfit.Recipe(hidden=(4,), epochs=1), table(), y, folds=3, sample_weight=weight)
    said = np.stack([m.predict(table()) for m in found.population])
    for member, error, own in zip(found.population, found.scores[0].errors, said, strict=True):
        rows = member.view.validation[weight[member.view.validation] > 0]
        np.testing.assert_allclose(error, np.mean((own[rows] - y[rows]) ** 2), rtol=1e-5)
    assert found.scores[0].effective_rows == pytest.approx(80) and found.scores[0].rows == 120


def test_numbers_are_measured_as_they_are_predicted() -> None:
    """Of targets in [0, 1] some outputs lie outside: the history measures these, every score what `predict` returns."""
    X = np.random.default_rng(0).normal(size=(120, 3))
    y = np.clip(2 * X[:, 0], 0, 1)
    recipe = wellfit.Recipe(hidden=(8,), epochs=3, batch_size=8, stopping="none").vary(
        {"optimizer.learning_rate": 0.05}
    )
    found = wellfit.cross_validate(recipe, X, y, folds=3, kind="number")
    score, trained = found.scores[0], found.population
    own = np.full(120, np.nan)
    for member in trained:
        own[member.view.validation] = member.predict(X)[member.view.validation]
    folds = [member.view.validation for member in trained]
    squared = [np.mean((own[rows] - y[rows]) ** 2) for rows in folds]
    np.testing.assert_allclose(score.errors, squared, rtol=1e-5)
    np.testing.assert_allclose(score.losses, squared, rtol=1e-5)
    assert score.scores["rmse"].mean == pytest.approx(np.mean(np.sqrt(squared)), rel=1e-5)
    assert score.scores["r2"].mean == pytest.approx(np.mean([r2_score(y[rows], own[rows]) for rows in folds]), rel=1e-5)
    (ranked,) = best_recipes(trained)
    assert ranked.by_fold == score.losses
    np.testing.assert_allclose(out_of_fold(trained)[:, 0], own, rtol=1e-6)
    raw = [trained.history.filter(member=i)["validation_error"].item(-1) for i in range(3)]
    assert np.all(np.array(raw) > 1.05 * np.array(squared))


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


def test_probes_are_taken_where_they_are_asked_for() -> None:
    X = np.random.default_rng(0).normal(size=(60, 3))
    recipe = wellfit.Recipe(hidden=(4,), epochs=2)
    found = wellfit.cross_validate(recipe, X, X[:, 0] > 0, folds=2, probes=True)
    assert set(found.population.probes["member"]) == {0, 1}
    assert wellfit.cross_validate(recipe, X, X[:, 0] > 0, folds=2).population.probes.is_empty()
