"""Predictions: of a row alone, whatever its neighbours, the threads or the route; as they were validated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines.compiled.bench import make_arrays, make_bench, make_target, plain
from tests.engines.compiled.recipes import losses, recipes
from tests.engines.compiled.step.test_random_recipes import ROWS, mixed_table
from tests.reference import losses as reference
from wellfit.engines.compiled.network.predict import predict, raw_outputs
from wellfit.engines.compiled.run.networks import network_of
from wellfit.engines.contract.network import Network
from wellfit.engines.numpy.forward import numpy_outputs
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, View


def trained(recipe: Recipe, kind: str = "numbers", rows: int = 300, **given: Any) -> tuple[Network, Arrays, Any]:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(rows, 5)).astype(np.float32)
    numbers[::11, 1] = np.nan
    arrays = Arrays(numbers, rng.integers(-1, 4, (rows, 2)).astype(np.int32), (4, 4))
    bench = make_bench(recipe, arrays, make_target(kind, rows, 3), precision="float32", **given)
    bench.finish()
    return network_of(bench.member, kind, 3), arrays, bench


RECIPE = plain(
    hidden=(33, 17), normalization="batch", dropout={"rate": 0.2, "form": "classic"}, epochs=3, batch_size=32
)


@pytest.mark.parametrize("skip", ["none", "residual", "concatenate"])
def test_a_row_does_not_depend_on_its_neighbours(skip: str) -> None:
    network, arrays, _ = trained(RECIPE.vary(skip=skip))
    whole = predict(network, arrays)
    rng = np.random.default_rng(1)
    for picked in [
        rng.permutation(300),
        np.arange(299, -1, -1),
        rng.choice(300, 130),
        np.array([7]),
        np.array([7] * 65),
    ]:
        assert np.array_equal(predict(network, arrays.take(picked)), whole[picked])
    wild = Arrays(
        np.concatenate([np.full((63, 5), 1e30, np.float32), arrays.numbers[:1]]), arrays.codes[:64], arrays.levels
    )
    wild.codes[63] = arrays.codes[0]
    assert np.array_equal(predict(network, wild)[63], whole[0])


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 300])
def test_threads_do_not_matter(rows: int) -> None:
    network, arrays, _ = trained(RECIPE)
    part = arrays.take(np.arange(rows))
    for n_jobs in (2, 3, 16):
        assert np.array_equal(predict(network, part, n_jobs=n_jobs), predict(network, part))


def test_no_rows_give_no_predictions() -> None:
    network, arrays, _ = trained(RECIPE)
    assert predict(network, arrays.take(np.arange(0))).shape == (0, 3)


@settings(max_examples=40)
@given(recipe=recipes(), loss=losses, seed=st.integers(0, 1000))
def test_compiled_and_numpy_predictions_agree(recipe: Recipe, loss: Any, seed: int) -> None:
    kind, name = loss
    outputs = 1 if kind == "binary" else 3
    arrays = mixed_table(seed)
    recipe = recipe.vary(loss=name)
    bench = make_bench(recipe, arrays, make_target(kind, ROWS, outputs, seed), precision="float32", seed=seed)
    bench.train(2)
    network = network_of(bench.member, kind, outputs)
    ours, theirs = predict(network, arrays), numpy_outputs(network, arrays)
    np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-4 * max(1.0, float(np.abs(theirs).max())))
    double = raw_outputs(network, arrays, precision="float64")
    np.testing.assert_allclose(
        raw_outputs(network, arrays), double, rtol=2e-4, atol=2e-4 * max(1.0, np.abs(double).max())
    )


VALIDATED: list[tuple[str, dict[str, Any]]] = [
    ("numbers", {}),
    ("numbers", {"normalization": "batch", "skip": "residual"}),
    ("counts", {}),
    ("classes", {"normalization": "layer"}),
    ("labels", {"skip": "concatenate"}),
    ("classes", {"dropout": {"rate": 0.5, "input_rate": 0.2, "form": "classic"}}),
    ("classes", {"dropout": {"rate": {"value": 0.5, "schedule": "flat_cosine"}}}),
    ("classes", {"optimizer": "nesterov"}),
]


@pytest.mark.parametrize(("kind", "slots"), VALIDATED, ids=str)
def test_what_was_validated_is_what_predicts(kind: str, slots: dict[str, Any]) -> None:
    """The kept weights' predictions have the best validation loss."""
    recipe = plain(hidden=(9, 9), epochs=6, batch_size=50, **slots)
    network, arrays, bench = trained(recipe, kind, view=View(np.arange(200), np.arange(200, 300)))
    validation = np.arange(200, 300)
    z, y = predict(network, arrays.take(validation)), bench.target.values[validation]
    if kind == "counts":
        loss = reference.loss("poisson", np.log(z.astype(float)), y)
    elif kind == "numbers":  # before they are clipped to the range of training, which only predictions are
        encoding = network.encoding
        free = raw_outputs(network, arrays.take(validation)) * encoding.target_scale + encoding.target_centre
        loss = reference.loss("squared", free, y)
    elif kind == "classes":
        loss = reference.loss("cross_entropy", z.astype(float), y[:, 0].astype(int))
    else:
        loss = reference.loss("multi_label", z.astype(float), y)
    assert loss == pytest.approx(bench.member.best_loss, rel=1e-4)


def test_numbers_stay_within_the_range_of_training() -> None:
    network, arrays, bench = trained(plain(hidden=(), epochs=2))
    far = arrays.take(np.arange(4))
    far.numbers[:] = 1e6
    predictions = predict(network, far)
    low, high = bench.target.values.min(axis=0), bench.target.values.max(axis=0)
    assert (predictions >= low).all() and (predictions <= high).all()


@pytest.mark.parametrize("name", ["periodic", "periodic_bias"])
def test_numpy_and_compiled_periods_agree_far_out(name: str) -> None:
    """Many turns from 0 float32 has lost the angle, and both lose the same: but for a row in twenty, where a fused
    multiply-add, which some processors take, keeps one more bit of it.
    """
    recipe = plain(hidden=(5,), epochs=1, number_embedding={"name": name, "frequencies": 4, "size": 3})
    arrays, target = make_arrays(40, 3), make_target("numbers", 40, 1)
    bench = make_bench(recipe, arrays, target, precision="float32")
    bench.finish()
    network = network_of(bench.member, "numbers", 1)
    for far in (1e2, 1e5, 1e7, 1e12, 1e20, 1e30):
        moved = Arrays(arrays.numbers * np.float32(far), arrays.codes)
        agree = np.isclose(numpy_outputs(network, moved), predict(network, moved), rtol=1e-4, atol=1e-4)
        assert agree.mean() >= 0.95, f"{far:g}"
