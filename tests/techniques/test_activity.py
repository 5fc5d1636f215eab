"""The activity penalty against PyTorch, and how sparse weights and activations are said to be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engine.bench import make_arrays, make_bench, make_target, plain, random_weights, tiny
from tests.engine.oracle import Oracle, assert_agrees
from wellfit.engine.gradient import full_gradient
from wellfit.engine.sparsity import activation_sparsity, weight_sparsity
from wellfit.engine.training import network_of


@pytest.mark.parametrize(
    "slots",
    [
        {"activity": 0.05},
        {"activity": [0.0, 0.1]},
        {"activity": {"value": 0.1, "schedule": {"name": "linear"}}},
        {"activity": 0.05, "dropout": 0.3, "normalization": {"name": "batch", "position": "after", "epsilon": 1e-2}},
        {"activity": 0.05, "skip": "residual", "sharpness": 0.0},
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
    objective, running = bench.member.history[0][4], bench.member.history[0][3]
    assert objective == pytest.approx(expected, rel=1e-9)
    assert objective > 0.5 * running / bench.member.ready.encoding.target_scale[0] ** 2 + 0.01


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
