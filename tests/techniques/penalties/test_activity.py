"""The activity penalty against PyTorch, and how sparse weights and activations are said to be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import (
    make_arrays,
    make_bench,
    make_mixed_target,
    make_target,
    plain,
    random_weights,
    tiny,
)
from tests.engines.compiled.oracle import Oracle, assert_agrees
from wellfit.engines.compiled.measure.full_gradient import full_gradient
from wellfit.engines.compiled.measure.multipliers import multipliers
from wellfit.engines.compiled.measure.sparsity import activation_sparsity, weight_sparsity
from wellfit.engines.compiled.network.predict import raw_outputs
from wellfit.engines.compiled.run.networks import network_of
from wellfit.engines.contract.inputs import network_inputs
from wellfit.errors import InputError
from wellfit.tables.arrays import Arrays


@pytest.mark.parametrize(
    "slots",
    [
        {"activity": 0.05},
        {"activity": [0.0, 0.1]},
        {"activity": {"value": 0.1, "schedule": {"name": "linear"}}},
        {"activity": 0.05, "dropout": 0.3, "normalization": {"name": "batch", "position": "after", "epsilon": 1e-2}},
        {"activity": 0.05, "skip": "residual", "sharpness_aware": 0.0},
        {"activity": 0.05, "activation": "relu", "optimizer": "nesterov"},
    ],
    ids=str,
)
def test_update_by_update_against_pytorch(slots: dict[str, Any]) -> None:
    recipe, arrays, target = tiny(**slots)
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows)).nudge()
    assert_agrees(bench, 5, 1e-9)


def test_the_objective_holds_it_and_the_loss_does_not() -> None:
    recipe, arrays, target = tiny(activity=0.2, batch_size="all", epochs=1, outputs=1)
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows))
    expected = Oracle(bench).step()[1]
    bench.finish()
    objective, running = (bench.member.history.row(0)[name] for name in ("objective", "running_loss"))
    assert objective == pytest.approx(expected, rel=1e-9)
    assert objective > 0.5 * running / bench.member.prepared.encoding.target_scale[0] ** 2 + 0.01


def test_the_gradient_of_the_data_loss_is_without_it() -> None:
    arrays, target = make_arrays(20, 4), make_target("numbers", 20, 1)
    slopes = []
    for strength in (0.0, 0.3):
        bench = make_bench(plain(activity=strength), arrays, target)
        network = network_of(bench.member, "numbers", 1)
        slopes.append(full_gradient(network, arrays, target).gradient)
    assert np.array_equal(*slopes)


def test_it_silences_units() -> None:
    shares = []
    for strength in (0.0, 0.3):
        quick = {"name": "adam", "learning_rate": 0.01}
        recipe = plain(activity=strength, activation="relu", hidden=(16,), epochs=60, optimizer=quick)
        bench = make_bench(recipe, make_arrays(60, 5), make_target("numbers", 60, 1))
        bench.finish()
        network = network_of(bench.member, "numbers", 1)
        shares.append(activation_sparsity(network, bench.arrays).zeros["hidden0"])
    assert shares[1] > shares[0] + 0.3


def test_shares_of_silent_activations() -> None:
    bench = make_bench(plain(hidden=(3, 2), activation="relu"), make_arrays(4, 2), make_target("numbers", 4, 1))
    weights = bench.member.parameters
    weights[:] = 0
    first = bench.member.program.segment("hidden0.weight")
    weights[first.begin : first.end] = np.array([[1, -1, 1e-9], [0, 0, 0]]).ravel()
    x = bench.arrays.numbers[:, 0]
    told = activation_sparsity(network_of(bench.member, "numbers", 1), bench.arrays, small=1e-3)
    assert told.zeros == {"hidden0": pytest.approx((1 + (x <= 0).mean()) / 3), "hidden1": 1.0}
    assert told.small == {"hidden0": pytest.approx(2 / 3), "hidden1": 1.0}


@pytest.mark.parametrize("skip", ["none", "concatenate"])
def test_inputs_that_no_weight_reads(skip: str) -> None:
    bench = make_bench(plain(hidden=(3, 2), skip=skip), make_arrays(6, 4), make_target("numbers", 6, 1))
    parts = {s.name: s for s in bench.member.program.segments}
    for name, segment in parts.items():
        if name == "hidden0.weight" or (skip == "concatenate" and name in ("hidden1.weight", "output.weight")):
            w = bench.member.parameters[segment.begin : segment.end].reshape(segment.shape)
            w[-4:][[1, 3]] = 0
    told = weight_sparsity(network_of(bench.member, "numbers", 1))
    assert told.unread == told.unread_columns == (1, 3)
    assert told.zeros["hidden0"] == 0.5 and set(told.zeros) == {"hidden0", "hidden1", "output"}
    if skip == "concatenate":
        last = parts["output.weight"]
        bench.member.parameters[last.begin + last.shape[0] - 1] = 1.0
        assert weight_sparsity(network_of(bench.member, "numbers", 1)).unread == (1,)


EMBEDDED = {"number_embedding": {"name": "piecewise", "bins": 3}, "categories": {"one_hot_up_to": 2, "embedding": 3}}


@pytest.mark.parametrize(
    "slots", [{}, EMBEDDED, {"skip": "concatenate"}, {"hidden": ()}], ids=["", "embedded", "skip", "linear"]
)
def test_a_column_is_unread_where_changing_it_changes_nothing(slots: dict[str, Any]) -> None:
    """Columns with missing values, one-hot and embedded categories; rows of weights are zeroed at random."""
    rng = np.random.default_rng(3)
    numbers = rng.normal(size=(40, 3)).astype(np.float32)
    numbers[::5, 1] = np.nan
    codes = np.stack([rng.integers(0, 3, 40), rng.integers(0, 6, 40)], axis=1).astype(np.int32)
    arrays = Arrays(numbers, codes, levels=(3, 6))
    bench = make_bench(plain(**{"hidden": (5, 4), **slots}), arrays, make_target("numbers", 40, 1)).nudge()
    entering = network_inputs(bench.recipe, bench.member.prepared.encoding.sizes)
    unread_once = set()
    for seed in range(8):
        kept = np.random.default_rng(seed).random(entering) < 0.3
        for s in bench.member.program.segments:
            if s.role == "weight" and (s.name == readers(bench)[0] or slots.get("skip")):
                bench.member.parameters[s.begin : s.end].reshape(s.shape)[-entering:][~kept] = 0
        network = network_of(bench.member, "numbers", 1)
        before = raw_outputs(network, arrays)
        found = tuple(k for k in range(5) if np.array_equal(raw_outputs(network, changed(arrays, k)), before))
        assert weight_sparsity(network).unread_columns == found
        unread_once |= set(found)
    assert unread_once == set(range(5))  # zeroed rows add up


def readers(bench: Any) -> list[str]:
    return [s.name for s in bench.member.program.segments if s.role == "weight"]


def changed(arrays: Arrays, column: int) -> Arrays:
    """Every cell of a column becomes another: also missing where it was not, and the other way round."""
    numbers, codes = arrays.numbers.copy(), arrays.codes.copy()
    if column < 3:
        numbers[:, column] = np.where(np.isnan(numbers[:, column]), 0.3, np.roll(numbers[:, column], 1) * 0.7 - 0.1)
    else:
        codes[:, column - 3] = np.roll(codes[:, column - 3], 1)
    return Arrays(numbers, codes, arrays.levels)


def test_heads_of_tasks() -> None:
    target = make_mixed_target(13)
    recipe = plain(hidden=(), tasks={"hidden": [3]}, constraint={"radius": 0.5, "scope": "layer"})
    bench = make_bench(recipe, make_arrays(13, 5), target)
    bench.train(1)
    weights = [w for name, w in bench.parameters.items() if name.endswith(".weight")]
    assert np.sqrt(sum((w**2).sum() for w in weights)) == pytest.approx(0.5)  # all heads are the layer "output"
    with pytest.raises(InputError, match="several tasks"):
        multipliers(bench.member, bench.arrays, target)
    for s in bench.member.program.segments:
        if s.name.endswith("hidden0.weight"):
            bench.member.parameters[s.begin : s.end].reshape(s.shape)[2] = 0
    told = weight_sparsity(network_of(bench.member, "tasks", target.outputs))
    assert told.unread_columns == (2,) and set(told.zeros) == {"output"}


@pytest.mark.parametrize("normalization", ["batch", "layer"])
def test_multipliers_with_normalisation(normalization: str) -> None:
    """The gradient is that of the network as it is evaluated, by finite differences along the weights."""
    recipe = plain(normalization=normalization, constraint=2.0, dropout=0.2)
    bench = make_bench(recipe, make_arrays(30, 5), make_target("numbers", 30, 1))
    bench.train(20)
    (told,) = multipliers(bench.member, bench.arrays, bench.target)
    network = network_of(bench.member, "numbers", 1)
    network = replace(network, parameters=bench.member.parameters.copy())
    losses = []
    for step in (1e-5, -1e-5):
        moved = bench.member.parameters.copy()
        for s in bench.member.program.segments:
            if s.role == "weight":
                moved[s.begin : s.end] *= 1 + step
        slope = full_gradient(replace(network, parameters=moved), bench.arrays, bench.target, precision="float64")
        losses.append(0.5 * slope.loss / bench.member.prepared.encoding.target_scale[0] ** 2)
    along = (losses[0] - losses[1]) / 2e-5
    assert told.strength == pytest.approx(-along / told.size**2, rel=1e-4, abs=1e-6) and told.active
