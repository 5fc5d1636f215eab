"""Guarantee 5: a row of weight k is that row k times, a row of weight 0 is no row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engines.compiled.bench import Bench, make_bench, make_target, plain
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, SparseColumns, Target, View
from wellfit.tables.encoding import fit_encoding

ROWS = 24
WEIGHT = np.random.default_rng(3).integers(0, 4, ROWS).astype(np.float32)
REPEATED = np.repeat(np.arange(ROWS), WEIGHT.astype(int))
# Sums of the same numbers in another order.
TOLERANCE = {"rtol": 2e-4, "atol": 2e-5}


def table() -> Arrays:
    """Numbers with missing values and ties, categories, sparse numbers and text."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(2.0, 3.0, (ROWS, 3)).astype(np.float32)
    numbers[:, 1] = rng.integers(0, 4, ROWS)
    numbers[rng.integers(0, ROWS, 4), 2] = np.nan
    codes = np.ascontiguousarray(np.stack([rng.integers(0, 2, ROWS), rng.integers(-1, 6, ROWS)], axis=1), np.int32)
    full = rng.poisson(0.7, (ROWS, 6)) * rng.uniform(0.5, 2.0, (ROWS, 6))
    starts = np.concatenate([[0], np.cumsum((full != 0).sum(axis=1))]).astype(np.int64)
    sparse = SparseColumns(
        starts, np.nonzero(full)[1].astype(np.int32), full[full != 0].astype(np.float32), 6,
        ((0, 2, "numbers"), (2, 6, "text")),
    )  # fmt: skip
    return Arrays(numbers, codes, (2, 6), sparse)


def pair(recipe: Recipe, target: Target, precision: str) -> tuple[Bench, Bench]:
    """One member with weights, one with rows repeated."""
    arrays = table()
    weighted = make_bench(recipe, arrays, target, weight=WEIGHT, precision=precision)
    repeated = make_bench(recipe, arrays, target, view=View(REPEATED), precision=precision)
    return weighted, repeated


def recipe_of(**slots: Any) -> Recipe:
    """Full batches, fixed epochs, nothing drawn per row.

    With momentum, since Adam blows up gradients that are 0 but for rounding.
    """
    given: dict[str, Any] = {"batch_size": "all", "epochs": 6, "stopping": "none", "categories": 3, "scaling": "robust"}
    given["optimizer"] = {"name": "momentum", "learning_rate": 0.1}
    return plain(**{**given, **slots})


SLOTS: list[dict[str, Any]] = [
    {},
    {"scaling": "standard"},
    {"scaling": "min_max"},
    {"scaling": "quantile"},
    {"normalization": "batch"},
    {"normalization": {"name": "batch", "position": "after", "momentum": 0.5}},
    {"normalization": "layer"},
    {"l2": 0.1, "l1": 0.05, "weight_decay": 0.1, "clipping": "norm"},
    {"optimizer": "rmsprop", "schedule": "linear"},
    {"optimizer": "adam"},
    {"weight_noise": {"sd": 0.1, "biases": True}},
]


@pytest.mark.parametrize("kind", ["numbers", "counts", "binary", "classes", "labels"])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_every_kind_of_target(kind: str, precision: str) -> None:
    compare(*pair(recipe_of(normalization="batch"), make_target(kind, ROWS, 1 if kind == "binary" else 3), precision))


@pytest.mark.parametrize("slots", SLOTS, ids=str)
def test_every_technique_that_reads_weights(slots: dict[str, Any]) -> None:
    compare(*pair(recipe_of(**slots), make_target("numbers", ROWS, 2), "float64"))


@pytest.mark.parametrize(
    "loss", ["squared", "absolute", {"name": "huber", "delta": 0.3}, {"name": "quantile", "quantile": 0.8}]
)
def test_every_loss_of_numbers(loss: Any) -> None:
    compare(*pair(recipe_of(loss=loss), make_target("numbers", ROWS, 2), "float64"))


@pytest.mark.parametrize("class_weight", ["balanced", {"a": 2.0, "c": 0.5}])
def test_class_weights_besides(class_weight: Any) -> None:
    compare(*pair(recipe_of(class_weight=class_weight), make_target("classes", ROWS, 3), "float64"))


@pytest.mark.parametrize("kind", ["binary", "classes", "labels"])
@pytest.mark.parametrize("form", ["all", "others"])
def test_smoothed_labels(kind: str, form: str) -> None:
    recipe = recipe_of(label_smoothing={"epsilon": 0.2, "form": form}, normalization="batch")
    compare(*pair(recipe, make_target(kind, ROWS, 1 if kind == "binary" else 3), "float64"))


def compare(weighted: Bench, repeated: Bench) -> None:
    """Encoding, weights, moving statistics and history. Weights are float32: those that are balanced are rounded."""
    exact = weighted.workspace.precision == "float64" and weighted.recipe.class_weight != "balanced"
    tolerance = {"rtol": 1e-9, "atol": 1e-11} if exact else TOLERANCE
    assert_same_encoding(weighted, repeated, rtol=1e-12 if exact else 1e-6)
    weighted.finish()
    repeated.finish()
    for name, part in repeated.parameters.items():
        np.testing.assert_allclose(weighted.parameters[name], part, err_msg=name, **tolerance)
    for ours, theirs in zip(weighted.member.history.rows(), repeated.member.history.rows(), strict=True):
        for name, a in ours.items():
            np.testing.assert_allclose(a, theirs[name], err_msg=name, rtol=1e-7 if exact else 1e-4)


def assert_same_encoding(weighted: Bench, repeated: Bench, rtol: float) -> None:
    ours, theirs = (bench.member.prepared.encoding.to_plain() for bench in (weighted, repeated))
    for name, value in theirs.items():
        parts = zip(ours[name], value, strict=True) if isinstance(value, tuple) else [(ours[name], value)]
        for a, b in parts:
            if isinstance(b, np.ndarray) and b.dtype.kind == "f":
                np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-14, err_msg=name)
            else:
                assert np.array_equal(a, b), name


AT_RANDOM: dict[str, Any] = {
    "input_noise": 0.1, "weight_noise": 0.1, "cutout": 0.1, "mixup": {"alpha": 0.5, "draw": "row"}, "cutmix": 1.0,
    "swap": 0.2, "label_noise": 0.2, "label_smoothing": 0.1,
}  # fmt: skip


@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_weight_zero_is_a_row_removed_bit_for_bit(kind: str) -> None:
    """Also of the rows from which others take cells, and with which they are mixed."""
    arrays, target = table(), make_target(kind, ROWS, 2 if kind == "numbers" else 3)
    weight = np.where(WEIGHT > 0, np.random.default_rng(1).uniform(0.5, 2, ROWS), 0).astype(np.float32)
    kept = np.flatnonzero(weight > 0)
    slots = {"batch_size": 5, "dropout": 0.3, "normalization": "batch", **(AT_RANDOM if kind == "classes" else {})}
    zero = make_bench(recipe_of(**slots), arrays, target, weight=weight, precision="float32")
    gone = make_bench(recipe_of(**slots), arrays, target, weight=weight, view=View(kept), precision="float32")
    zero.finish()
    gone.finish()
    assert np.array_equal(zero.member.parameters, gone.member.parameters)
    np.testing.assert_equal(zero.member.history.to_arrays(), gone.member.history.to_arrays())


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_weights_of_validation_rows_count_in_loss_and_stopping(precision: str) -> None:
    arrays, target = table(), make_target("numbers", ROWS, 2)
    training = np.arange(10)
    validation = np.arange(10, ROWS)
    weight = np.where(np.arange(ROWS) < 10, 1, WEIGHT).astype(np.float32)
    recipe = recipe_of(stopping="best", optimizer={"name": "adam", "learning_rate": 0.1}, epochs=20)
    weighted = make_bench(recipe, arrays, target, weight=weight, view=View(training, validation), precision=precision)
    again = np.repeat(validation, WEIGHT[validation].astype(int))
    repeated = make_bench(recipe, arrays, target, view=View(training, again), precision=precision)
    weighted.finish()
    repeated.finish()
    np.testing.assert_allclose(
        weighted.member.validation_losses(),
        repeated.member.validation_losses(),
        rtol=1e-9 if precision == "float64" else 1e-4,
    )
    assert weighted.member.best_update == repeated.member.best_update
    assert 0 < weighted.member.best_update < 20


def test_weights_reach_the_encoders() -> None:
    """The test above would also pass if no weight were read: it is."""
    arrays, target = table(), make_target("numbers", ROWS, 2)
    rows = np.flatnonzero(WEIGHT > 0)
    unweighted: NDArray[np.float64] = np.ones(len(rows))
    for scaling in ("robust", "standard", "quantile"):
        recipe = recipe_of(scaling=scaling)
        heavy = fit_encoding(arrays, target, rows, WEIGHT[rows].astype(np.float64), recipe)
        light = fit_encoding(arrays, target, rows, unweighted, recipe)
        assert not np.allclose(heavy.centre, light.centre) or not np.allclose(heavy.knots, light.knots)
        assert not np.allclose(heavy.target_centre, light.target_centre)
        assert not np.allclose(np.concatenate(heavy.factors), np.concatenate(light.factors))
