"""One small network in place of the ensemble: what it learns from, and that its measured loss is an honest one."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from wellfit import Model, Recipe, WellfitClassifier
from wellfit.errors import InputError
from wellfit.search import ChosenEnsemble, SearchSettings, search
from wellfit.search.distil import distillation as small
from wellfit.search.distil.distillation import SMALL_COST, _folds, distil
from wellfit.search.distil.students import LEAST_WEIGHT, distillation_set, mixed, teacher_predictions, train_students
from wellfit.tables import Schema, make_target, read_table
from wellfit.tables.arrays import Arrays

RECIPES = [Recipe(hidden=(16,), epochs=12, batch_size=32), Recipe(hidden=(12,), epochs=12, batch_size=32)]


class Little:
    """Proposes recipes that train in no time."""

    def propose(self, tried: Any, random: np.random.Generator) -> tuple[Recipe, str]:
        return RECIPES[0].vary(hidden=(int(random.integers(4, 16)),)), "drawn"

    def examples(self) -> list[Recipe]:
        return []


def table(kind: str, rows: int = 240) -> tuple[Any, np.ndarray]:
    random = np.random.default_rng(3)
    X = random.normal(size=(rows, 3))
    z = X[:, 0] + X[:, 1] * X[:, 2] + 0.5 * random.normal(size=rows)
    y = {"number": 40 * z + 200, "count": random.poisson(np.exp(z / 2)), "class": np.digitize(z, [-0.7, 0.7])}
    return X, (z > 0).astype(int) if kind == "binary" else y[kind]


def searched(kind: str, **settings: Any) -> tuple[ChosenEnsemble, Schema, Any]:
    X, y = table(kind)
    frame = read_table(X)
    schema = Schema.infer(frame)
    target = make_target(y, kind={"binary": "class"}.get(kind, kind))  # type: ignore[arg-type]
    options = {"updates": 2_500, "recipes": RECIPES, "folds": 3, "most_candidates": 4, "proposer": Little(), **settings}
    return search(schema.arrays(frame), target, None, SearchSettings(**options)), schema, X


@pytest.fixture(scope="module")
def classes() -> tuple[ChosenEnsemble, Schema, Any]:
    return searched("class")


def test_soft_targets_of_classes_are_right_on_average():
    """As rows of one class each with weights: oracle the soft targets themselves, averaged over seeds."""
    random = np.random.default_rng(0)
    soft = random.dirichlet([0.2] * 5, size=40)
    target = make_target(random.integers(5, size=40), labels=range(5))
    weight = random.random(40).astype(np.float32)
    mean = np.zeros((40, 5))
    for seed in range(400):
        data = distillation_set(np.arange(100, 140), target, weight, soft, 10, seed)
        assert data.rows.min() >= 100 and data.target.values.shape == (len(data.rows), 1)
        np.add.at(mean, (data.rows - 100, data.target.values[:, 0].astype(int)), data.weight / 400)
    np.testing.assert_allclose(mean, soft * weight[:, None], atol=5 * LEAST_WEIGHT / 2 / 20)
    likely = soft >= LEAST_WEIGHT  # those are no draws: exact
    np.testing.assert_allclose(mean[likely], (soft * weight[:, None])[likely], rtol=1e-5)


def test_updates_stay_as_many_where_rows_become_more():
    target, soft = make_target([0, 1, 2] * 10), np.full((30, 3), 1 / 3)
    data = distillation_set(np.arange(30), target, np.ones(30, np.float32), soft, 12, 0)
    assert len(data.rows) * data.epochs == 30 * 12


def test_mixing_truth_and_teacher():
    predictions = np.array([[0.9, 0.1], [0.4, 0.6]])
    target = make_target([1, 0])
    np.testing.assert_array_equal(mixed(target, predictions, 0.0), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(mixed(target, predictions, 1.0), predictions)
    np.testing.assert_allclose(mixed(make_target([2.0, 4.5]), np.array([[3.0], [4.0]]), 0.5), [[2.5], [4.25]])


@pytest.mark.parametrize("kind", ["class", "binary", "number"])
def test_a_network_learns_its_teachers_word(kind):
    """Trained on a teacher's predictions alone, although the labels are the opposite."""
    X, y = table(kind)
    frame = read_table(X)
    arrays, target = Schema.infer(frame).arrays(frame), make_target(y)
    values = target.values
    wrong = replace(target, values=np.float32(2 if kind == "class" else 1) - values if kind != "number" else -values)
    if kind == "number":
        soft = values.astype(np.float64)
    else:
        truth = np.eye(3 if kind == "class" else 2)[values[:, 0].astype(int)]
        soft = 0.9 * truth + 0.1 / truth.shape[1]
    rows = np.arange(len(X))
    data = distillation_set(rows, wrong, np.ones(len(X), np.float32), soft, 60, 0)
    predictions = teacher_predictions(train_students(RECIPES[0], [data], arrays), [1.0], arrays)
    if kind == "number":
        assert np.corrcoef(predictions[:, 0], values[:, 0])[0, 1] > 0.8
    else:
        assert (
            (predictions.argmax(axis=1) == values[:, 0]).mean()
            > 0.65
            > 0.4
            > (predictions.argmax(axis=1) == wrong.values[:, 0]).mean()
        )


def test_one_network_with_both_losses(classes):
    found, schema, X = classes
    small = distil(found)
    model = small.model(schema, {"target": "y"})
    assert isinstance(model, Model) and len(model.networks) == 1 and model.temperature == small.temperature
    assert small.cost < small.ensemble_cost and small.cost <= SMALL_COST
    assert small.loss.low < small.loss.mean < small.loss.high
    assert set(small.rows) <= set(found.rows) and len(small.rows) > 200
    assert small.loss.mean < 0.9  # of 3 classes: 1.1 without having learned anything
    assert abs(small.loss.mean - small.ensemble_loss.mean) < 0.15
    plain = small.to_plain()
    assert plain["metric"] == "log_loss" and plain["small"]["mean"] == small.loss.mean
    assert model.predict_proba(X).shape == (len(X), 3)


def test_the_same_bits_from_the_same_search_whatever_the_threads(classes):
    found, _, _ = classes
    more = replace(found, searched=replace(found.searched, settings=replace(found.searched.settings, n_jobs=3)))
    one, three = distil(found), distil(more)
    np.testing.assert_array_equal(one.network.parameters, three.network.parameters)
    np.testing.assert_array_equal(one.predictions, three.predictions)


def test_the_loss_is_measured_on_rows_whose_labels_played_no_part(classes):
    """Other labels of a fold, in the table alone, change the networks of the other folds and not the one measured."""
    found, _, _ = classes
    honest = distil(found, most_cost=1.0)  # the recipe is then not chosen by these labels
    population = found.population
    held = _folds(found)[0][1]
    values = population.target.values.copy()
    values[held] = (values[held] + 1) % 3
    kept = population.target
    try:
        population.target = replace(kept, values=values)
        changed = distil(found, most_cost=1.0)
    finally:
        population.target = kept
    fold = np.isin(honest.rows, held)
    np.testing.assert_array_equal(changed.predictions[fold], honest.predictions[fold])
    assert (changed.predictions[~fold] != honest.predictions[~fold]).mean() > 0.9


def test_the_teachers_of_a_fold_are_those_that_did_not_train_on_it(classes):
    """Oracle: what the search itself wrote down as held-out predictions of these rows."""
    found, _, _ = classes
    assert len(_folds(found)) > 1
    for _, held, teachers, _ in _folds(found):
        assert teachers
        places = np.searchsorted(found.rows, held)
        known = [state.predictions[places] for state in found.states]
        for teacher in teachers:
            predictions = teacher_predictions([teacher], [1.0], found.population.arrays.take(held))
            assert any(np.array_equal(predictions, one) for one in known)


def test_the_interval_draws_whole_groups_which_lie_on_one_side():
    """A target that hangs on the group alone: 12 groups of 20 equal rows count for no more than 12 rows."""
    random = np.random.default_rng(2)
    groups = np.repeat(np.arange(12), 20)
    y = (random.normal(size=12)[groups] + 0.01 * random.normal(size=240)).astype(np.float32)
    X = random.normal(size=(240, 3)).astype(np.float32)
    arrays, target = Arrays(X, np.zeros((240, 0), np.int32)), make_target(y)
    wide = []
    for given in (groups, None):
        settings = SearchSettings(
            updates=600, recipes=RECIPES, folds=3, most_candidates=2, proposer=Little(), groups=given
        )
        small = distil(found := search(arrays, target, None, settings))
        wide.append((small.loss.high - small.loss.low, small.ensemble_loss.high - small.ensemble_loss.low))
        if given is not None:
            for training, held, _, _ in _folds(found):
                assert not set(groups[training]) & set(groups[held])
    assert wide[0][0] > 2 * wide[1][0] and wide[0][1] > 2 * wide[1][1]


def test_noise_promises_nothing():
    """Labels that hang on nothing: networks that had seen the measured rows would seem to do better than chance."""
    random = np.random.default_rng(8)
    X = random.normal(size=(150, 6)).astype(np.float32)
    arrays = Arrays(X, np.zeros((150, 0), np.int32))
    settings = SearchSettings(
        updates=3_000, recipes=[Recipe(hidden=(32,), epochs=40)], folds=3, most_candidates=2, proposer=Little()
    )
    found = search(arrays, make_target(random.integers(2, size=150)), None, settings)
    assert distil(found, share=0.5).loss.high > np.log(2)


@pytest.mark.parametrize("kind", ["number", "count"])
def test_numbers_and_counts(kind):
    found, schema, X = searched(kind)
    small = distil(found)
    model = small.model(schema)
    assert abs(small.loss.mean / small.ensemble_loss.mean - 1) < 0.6
    predictions = model.predict(X)
    if kind == "number":
        low, high = np.moveaxis(np.asarray(model.predict_interval(X, level=0.9)).reshape(len(X), 2), 1, 0)
        assert (low < predictions.ravel()).all() and (predictions.ravel() < high).all()
        assert 150 < predictions.mean() < 250
    else:
        assert (predictions > 0).all()


def test_few_seconds_measure_fewer_folds(classes):
    found, _, _ = classes
    small = distil(found, seconds=1e-6)
    assert 0 < len(small.rows) < 120
    assert small.network.recipe.epochs < distil(found).network.recipe.epochs


def test_the_seconds_hold_what_is_not_training_too(classes, monkeypatch):
    """A clock that only predictions move, a second for a row and network."""
    found, _, _ = classes
    now = [0.0]
    whole, folds = 240 * sum(map(len, found.folds)), _folds(found)
    each = [len(training) * len(teachers) for training, _, teachers, _ in folds]

    def slowly(networks, weights, arrays, n_jobs=1):
        now[0] += arrays.rows * len(networks)
        return teacher_predictions(networks, weights, arrays, n_jobs)

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(small, "teacher_predictions", slowly)
    for many in range(1, 4):
        now[0], limit = 0.0, whole + sum(each[:many]) + 150.0  # less than another fold's, more than training
        rows = len(distil(found, seconds=limit).rows)
        assert rows == sum(len(held) for _, held, _, _ in folds[:many])
        assert now[0] <= whole + sum(each[:many]) + rows  # the measured networks predict theirs


def test_where_nothing_is_small_enough_a_small_recipe_is_taken(classes):
    found, _, _ = classes
    assert distil(found, most_cost=1.0, seconds=0.01).network.recipe.hidden == (64, 64, 64)


def test_a_share_that_is_none_is_refused(classes):
    with pytest.raises(InputError, match="0 to 1"):
        distil(classes[0], share=1.5)


def test_an_estimator_keeps_the_one_network():
    X, y = table("class")
    kept = [
        WellfitClassifier(budget=600, folds=3, recipes=RECIPES, random_state=0, small=small, n_jobs=1).fit(X, y)
        for small in (True, False)
    ]
    assert [len(one.model_.networks) > 1 for one in kept] == [False, True]
    assert kept[0].estimate_.mean != kept[1].estimate_.mean
    assert not np.array_equal(kept[0].out_of_fold_, kept[1].out_of_fold_)
    assert kept[0].predict_proba(X).shape == (len(X), 3)


def test_too_few_rows_to_hold_any_out():
    """There is a network all the same, and nothing is estimated."""
    arrays, target = Arrays(np.eye(3, dtype=np.float32), np.zeros((3, 0), np.int32)), make_target(["a", "b", "b"])
    found = search(arrays, target, None, SearchSettings(updates=60, recipes=RECIPES[:1], proposer=Little()))
    small = distil(found, seconds=5.0)
    assert np.isnan(small.loss.mean) and len(small.rows) == 0
    assert small.to_plain()["small"] == {"mean": None, "interval_95": None}


def test_it_is_trained_as_long_as_the_state_that_did_best(classes):
    """A part of the ensemble that stopped early, or was taken at an early rung, would overfit in a whole run."""
    found, _, _ = classes
    state = replace(found.states[0], rung=1)
    early = replace(found, states=(state,), weights=np.ones(1), folds=found.folds[:1])
    whole = state.candidate.recipe.epochs
    share = state.candidate.rungs[0] / state.candidate.rungs[-1]
    assert share < 0.5
    assert distil(early).network.recipe.epochs <= np.ceil(whole * share) < whole
