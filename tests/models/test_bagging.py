"""Bootstrap samples and the out-of-bag estimate: exact small cases, shares, and Breiman's direction."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_friedman1, make_friedman2, make_friedman3

import wellfit
from tests.training.trained import ASKED, table, targets
from wellfit.errors import InputError
from wellfit.models.ensemble import bag
from wellfit.statistics.row_losses import row_losses
from wellfit.tables import bootstrap, make_target
from wellfit.tables.arrays import View
from wellfit.training import Population
from wellfit.training.refit.members import all_rows


def samples(rows: int, many: int, seed: int = 0, **more: Any) -> list[View]:
    y = np.random.default_rng(1).normal(size=rows)
    return list(bootstrap(make_target(y, kind="number"), many, seed, **more))


@pytest.mark.parametrize("n", [40, 400])
def test_the_share_out_of_bag(n: int) -> None:
    """Expected (1 - 1/n)^n; the variance of the number of rows left out is that of empty cells of an occupancy."""
    many = 300
    left = np.array([len(view.validation) for view in samples(n, many)])
    share = (1 - 1 / n) ** n
    variance = n * share * (1 - share) + n * (n - 1) * ((1 - 2 / n) ** n - share**2)
    assert abs(left.mean() - n * share) < 5 * math.sqrt(variance / many)
    assert 0.7 * variance < left.var(ddof=1) < 1.4 * variance


def test_rows_are_drawn_evenly_with_replacement() -> None:
    """Each row is drawn Poisson-like often, once a sample on average; samples have as many rows as the table."""
    n, many = 50, 400
    views = samples(n, many)
    assert all(len(view.training) == n for view in views)
    times = np.stack([np.bincount(view.training, minlength=n) for view in views])
    variance = 1 - 1 / n  # of a row's count in one sample: binomial (n, 1/n)
    assert (abs(times.sum(axis=0) - many) < 5 * math.sqrt(many * variance)).all()
    assert abs(times.var() - variance) < 0.02
    assert abs(np.corrcoef(times[:-1].ravel(), times[1:].ravel())[0, 1]) < 5 / math.sqrt(times.size)


def test_rows_that_were_not_drawn_validate_or_test() -> None:
    for part, other in (("validation", "test"), ("test", "validation")):
        for view in samples(30, 5, part=part):
            assert np.array_equal(np.setdiff1d(np.arange(30), view.training), getattr(view, part))
            assert not getattr(view, other).size


def test_a_repeated_row_counts_as_often_as_it_was_drawn() -> None:
    """A row drawn three times is a row of weight three, in the loss that training reports."""
    X, y = np.random.default_rng(0).normal(size=(12, 2)), np.arange(12.0)
    drawn = np.array([0, 0, 0, 3, 5, 5, 7, 8, 9, 9, 10, 11])
    recipe = wellfit.Recipe(hidden=(), epochs=1, batch_size="all", dropout=0, schedule="constant", scaling="none")
    repeats = wellfit.train(recipe, X, y, views=View(drawn), kind="number")
    rows, counts = np.unique(drawn, return_counts=True)
    weight = np.zeros(12)
    weight[rows] = counts
    weights = wellfit.train(recipe, X, y, views=View(rows), sample_weight=weight, kind="number")
    one, two = repeats.engine.network(0), weights.engine.network(0)
    three = wellfit.train(recipe, X, y, views=View(rows, weight=counts), kind="number").engine.network(0)
    np.testing.assert_allclose(one.parameters, two.parameters, atol=1e-6)
    np.testing.assert_allclose(one.encoding.target_scale, two.encoding.target_scale, rtol=1e-12)
    np.testing.assert_array_equal(two.parameters, three.parameters)


def test_samples_as_weights() -> None:
    """The same rows are drawn and left out; counts stand as weights, times the sample weights, and survive a kill."""
    for repeats, weights in zip(samples(40, 5), samples(40, 5, drawn_as="weights"), strict=True):
        rows, counts = np.unique(repeats.training, return_counts=True)
        assert np.array_equal(rows, weights.training) and np.array_equal(counts, weights.weight)
        assert np.array_equal(repeats.validation, weights.validation)
    with pytest.raises(InputError, match="got 'votes'"):
        samples(40, 5, drawn_as="votes")
    for wrong in (np.ones(3), [-1.0, 1.0], [np.nan, 1.0]):
        with pytest.raises(ValueError, match="one finite number of 0 or more for each of its 2 training rows"):
            View(np.arange(2), weight=wrong)


def test_weights_of_a_view_survive_a_kill_and_a_refit(tmp_path: Path) -> None:
    y = targets("numbers")
    views = bootstrap(make_target(y, kind="number"), 3, drawn_as="weights")
    recipe, more = wellfit.Recipe(hidden=(4,), epochs=4), {"views": views, "kind": "number"}
    own = np.random.default_rng(0).uniform(0, 2, 120)
    whole = wellfit.train(recipe, table(), y, sample_weight=own, **more)
    wellfit.train(recipe, table(), y, sample_weight=own, budget=5, folder=tmp_path / "run", **more)
    resumed = wellfit.resume(tmp_path / "run", budget=10_000)
    plain = wellfit.train(recipe, table(), y, sample_weight=own, views=[View(v.training, v.validation) for v in views])
    for k in range(3):
        assert np.array_equal(resumed.engine.network(k).parameters, whole.engine.network(k).parameters)
        assert not np.array_equal(plain.engine.network(k).parameters, whole.engine.network(k).parameters)
    for k, member in enumerate(wellfit.refit(whole).members):
        assert member.updates == whole[k].best_update
    rows = all_rows(whole.engine.members[1])
    assert rows.weight is not None and len(rows.training) == 120
    assert rows.weight[np.isin(rows.training, views[1].validation)].tolist() == [1] * len(views[1].validation)
    assert rows.weight[np.isin(rows.training, views[1].training)].tolist() == views[1].weight.tolist()


def by_hand(kind: str, average: Any = "mean") -> tuple[Population, Any]:
    """Three samples of 120 rows, drawn by hand: row 0 in all, row 1 in one, row 2 in none; row 119 takes no part."""
    rows = np.arange(119)
    drawn = [rows[(rows % 3 == k) & (rows > 2) | (rows == 0) | (rows == 1) * (k == 1)] for k in range(3)]
    views = [View(part, test=np.setdiff1d(rows, part)) for part in drawn]
    recipe = wellfit.Recipe(hidden=(6,), epochs=2)
    trained = wellfit.train(recipe, table(), targets(kind), views=views, kind=ASKED.get(kind, "class"))
    return trained, wellfit.out_of_bag(trained, average=average)


def test_which_rows_are_out_of_bag() -> None:
    _, found = by_hand("numbers")
    assert found.never_out_of_bag.tolist() == [0] and found.rows == 118
    assert found.network_counts[[0, 1, 2, 3, 119]].tolist() == [0, 2, 3, 2, 0]
    assert np.isnan(found.predictions[[0, 119]]).all() and np.isfinite(found.predictions[1:119]).all()


@pytest.mark.parametrize(("kind", "average"), [("numbers", "mean"), ("numbers", "median"), ("counts", "mean")])
def test_numbers_out_of_bag_by_hand(kind: str, average: Any) -> None:
    trained, found = by_hand(kind, average)
    single = np.stack([member.predict(table()) for member in trained])
    expected = np.full(120, np.nan)
    for row in range(1, 119):
        said = [single[k, row] for k, member in enumerate(trained) if row not in member.view.training]
        expected[row] = np.mean(said) if average == "mean" else np.median(said)
    np.testing.assert_allclose(found.predictions[:, 0], expected, rtol=1e-12)
    y = targets(kind)[1:119].astype(np.float64)
    square = (expected[1:119] - y) ** 2
    assert found.error.mean == pytest.approx(square.mean(), rel=1e-6)
    rate = expected[1:119]
    loss = rate - y * np.log(rate) if kind == "counts" else square
    assert found.loss.mean == pytest.approx(loss.mean(), rel=1e-6)
    error = 1.98 * loss.std(ddof=1) / math.sqrt(118)
    high = loss.mean() + error if kind == "counts" else loss.mean() * math.exp(error / loss.mean())
    assert found.loss.high == pytest.approx(high, rel=1e-3)
    squared = square.mean()
    assert found.scores["rmse"].mean == pytest.approx(math.sqrt(squared), rel=1e-6)
    assert found.scores["r2"].mean == pytest.approx(1 - squared / y.var(), rel=1e-6)


@pytest.mark.parametrize("average", ["mean", "logits", "majority"])
def test_classes_out_of_bag_by_hand(average: Any) -> None:
    trained, found = by_hand("classes", average)
    y = np.searchsorted(trained.engine.target.labels, targets("classes"))
    rows = [1, 2, 50, 118]
    for row in rows:
        chosen = [k for k, member in enumerate(trained) if row not in member.view.training]
        bag = wellfit.Model(
            trained.schema, "classes", trained[0].model.labels,
            [trained.engine.network(k) for k in chosen], average=average,
        )  # fmt: skip
        np.testing.assert_allclose(bag.predict_proba(table())[row], found.predictions[row], rtol=1e-6)
    own = found.predictions[np.arange(1, 119), y[1:119]]
    assert found.error.mean == pytest.approx(np.mean(found.predictions[1:119].argmax(axis=1) != y[1:119]))
    assert found.loss.mean == pytest.approx(-np.log(np.maximum(own, 1e-15)).mean())


@pytest.mark.parametrize("kind", ["binary", "labels"])
def test_losses_of_rows_are_those_of_the_history(kind: str) -> None:
    """A bag of one member out of bag on its validation rows: what training measured of them."""
    rows = np.arange(120)
    trained = wellfit.train(
        wellfit.Recipe(hidden=(6,), epochs=2), table(), targets(kind), kind=ASKED.get(kind, "class"),
        views=View(rows[:70], rows[70:]),
    )  # fmt: skip
    found = wellfit.out_of_bag(trained)
    assert found.loss.mean == pytest.approx(trained[0].best_loss, rel=1e-5)
    at_best = trained.history.filter(update=trained[0].best_update)
    assert found.error.mean == pytest.approx(at_best["validation_error"].item(), rel=1e-6)
    assert (found.rows, len(found.never_out_of_bag)) == (50, 70)


def test_rows_count_by_their_weights() -> None:
    y = targets("numbers")
    weight = np.random.default_rng(0).uniform(0.5, 2, 120)
    weight[5] = 0
    views = bootstrap(make_target(y, kind="number"), 6)
    trained = wellfit.train(wellfit.Recipe(hidden=(4,), epochs=1), table(), y, views=views, sample_weight=weight)
    found = wellfit.out_of_bag(trained)
    rows = np.flatnonzero((found.network_counts > 0) & (weight > 0))
    square = (found.predictions[rows, 0] - y[rows]) ** 2
    assert found.loss.mean == pytest.approx(np.average(square, weights=weight[rows].astype(np.float32)), rel=1e-6)
    assert found.rows == len(rows) and 5 not in found.never_out_of_bag


def test_nothing_out_of_bag_is_an_error() -> None:
    whole = wellfit.train(wellfit.Recipe(hidden=(4,), epochs=1), table(), targets("binary"), views=View(np.arange(120)))
    with pytest.raises(InputError, match="none is out of bag"):
        wellfit.out_of_bag(whole)


def test_row_losses_stay_finite_for_certain_mistakes() -> None:
    target = make_target(np.array([0, 1]), kind="class")
    loss, error = row_losses(target, np.array([[0.0, 1.0], [0.0, 1.0]]))
    np.testing.assert_allclose(loss, [-math.log(1e-15), 0])
    assert error.tolist() == [1, 0]


RECIPE = wellfit.Recipe(
    hidden=(24,), epochs=40, batch_size=32, dropout=0, weight_decay=0, skip="none", activation="relu"
)
MAKERS = {"1": make_friedman1, "2": make_friedman2, "3": make_friedman3}
NOISE = {"1": 1.0, "2": 125.0, "3": 0.1}  # Breiman's: signal to noise 3 to 1 in 2 and 3


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_breimans_direction(number: str) -> None:
    """200 training rows, 1,000 test rows: the bag's squared error beyond the noise is below its members' mean.

    Breiman 1996 (regression trees): 11.4 to 6.2, 30,800 to 21,700, .0403 to .0249.
    """
    X, y = MAKERS[number](1200, noise=NOISE[number], random_state=int(number))
    views = bootstrap(make_target(y[:200], kind="number"), 15)
    trained = wellfit.train(RECIPE, X[:200], y[:200], views=views, kind="number", n_jobs=2)
    single = np.array([np.mean((member.predict(X[200:]) - y[200:]) ** 2) for member in trained])
    together = np.mean((bag(trained).predict(X[200:]) - y[200:]) ** 2)
    noise = NOISE[number] ** 2  # no predictor does better
    assert together - noise < 0.95 * (single.mean() - noise)
    estimate = wellfit.out_of_bag(trained)
    assert 0.6 * together < estimate.loss.mean < 1.6 * together


@pytest.mark.parametrize("name", ["concrete", "heart_disease"])
def test_bags_on_real_tables(name: str) -> None:
    folder = Path(os.environ.get("WELLFIT_DATA", "../shared/data"))
    if not (folder / "tasks.json").is_file():
        pytest.skip(f"the real tables are not at {folder}: set WELLFIT_DATA")
    import polars

    task = json.loads((folder / "tasks.json").read_text())[name]
    frame = polars.read_csv(folder / task["file"], null_values=task["missing"], infer_schema_length=None)
    frame = frame.drop(task["drop"]).drop_nulls(task["target"])
    order = np.random.default_rng(0).permutation(frame.height)
    X, y = frame.drop(task["target"]), frame[task["target"]].to_numpy()
    train, test = np.sort(order[:200]), np.sort(order[200:])
    views = bootstrap(make_target(y[train], kind=task["kind"]), 15)
    trained = wellfit.train(RECIPE, X[train], y[train], views=views, kind=task["kind"], n_jobs=2)
    model, target = bag(trained), make_target(y[test], kind=task["kind"])

    def loss(one: Any) -> float:
        said = one.predict_proba(X[test]) if task["kind"] == "class" else one.predict(X[test])[:, None]
        return float(row_losses(target, said)[0].mean())

    assert loss(model) < 0.95 * np.mean([loss(member) for member in trained])
    estimate = wellfit.out_of_bag(trained).loss
    assert estimate.low / 1.5 < loss(model) < estimate.high * 1.5
