"""Weight sharing against PyTorch with truly shared tensors; penalties count once; soft sharing approaches hard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import Bench, make_bench, random_weights, tiny
from tests.engines.compiled.oracle import assert_agrees
from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.contract.network import Network
from wellfit.engines.numpy.forward import numpy_outputs
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.techniques import layout as at

SGD: dict[str, Any] = {"optimizer": {"name": "sgd", "learning_rate": 0.05}}
HARD: list[Any] = ["tied_layers", {"name": "tied_units", "group": 2}, {"name": "tied_units", "group": 3}]
SOFT: list[Any] = [{"name": "close_layers", "strength": 0.3}, {"name": "close_units", "strength": 0.3, "group": 3}]
HIDDEN = (5, 5, 5, 4, 5, 5)  # layers 1, 2 and 5 are of one shape


def member(precision: str = "float64", **slots: Any) -> Bench:
    recipe, arrays, target = tiny(**{"hidden": HIDDEN, **slots})
    return make_bench(recipe, arrays, target, weight=random_weights(arrays.rows), precision=precision)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("sharing", HARD + SOFT, ids=str)
def test_gradients_and_updates(sharing: Any, precision: str) -> None:
    bench = member(precision, sharing=sharing, **SGD).nudge()
    assert_agrees(bench, 5, 1e-9 if precision == "float64" else 1e-4)


@pytest.mark.parametrize("skip", ["residual", "concatenate"])
@pytest.mark.parametrize("normalization", ["batch", "layer"])
@pytest.mark.parametrize("sharing", HARD + SOFT, ids=str)
def test_together_with_skips_normalisation_dropout_and_penalties(sharing: Any, normalization: str, skip: str) -> None:
    slots = {"l2": {"strength": 0.05, "biases": True}, "weight_decay": 0.1, "dropout": 0.2, "activation": "prelu"}
    slots |= {"activation_mix": 0.1, "normalization": {"name": normalization, "epsilon": 1e-2}}
    assert_agrees(member(sharing=sharing, skip=skip, optimizer={"name": "adam", "epsilon": 1e-4}, **slots), 5, 1e-7)


def test_what_is_tied_is_one_part() -> None:
    names = {s.name: s.shape for s in member(sharing="tied_layers").member.program.segments}
    assert {name for name in names if name.endswith("weight")} == {
        "hidden0.weight", "hidden1.weight", "hidden3.weight", "hidden4.weight", "output.weight"
    }  # fmt: skip
    assert "hidden2.bias" not in names and "hidden5.bias" not in names
    names = {s.name: s.shape for s in member(sharing={"name": "tied_units", "group": 3}).member.program.segments}
    assert names["hidden0.weight"] == (5, 2) and names["hidden3.bias"] == (2,)


def test_the_penalty_counts_a_tied_part_once() -> None:
    bench = member(sharing="tied_layers", l2=0.1, **SGD)
    weights = [part for name, part in bench.parameters.items() if name.endswith("weight")]
    bench.train(1)
    expected = 0.05 * sum(float((part**2).sum()) for part in weights)
    assert bench.member.sums[at.PENALTY] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("sharing", SOFT, ids=str)
def test_the_penalty_that_is_reported_is_the_one_that_is_differentiated(sharing: Any) -> None:
    bench = member(sharing=sharing, **SGD)
    p, total, strength = bench.parameters, 0.0, 0.3
    bench.train(1)
    for part in ("weight", "bias"):
        if sharing["name"] == "close_layers":
            w = [p[f"hidden{k}.{part}"] for k in (1, 2, 5)]
            pairs = [(w[0], w[1]), (w[0], w[2]), (w[1], w[2])]
        else:
            w = [p[f"hidden{k}.{part}"] for k in range(len(HIDDEN))]
            pairs = [
                (v[..., a], v[..., b]) for v in w for b in range(v.shape[-1]) for a in range(b) if a // 3 == b // 3
            ]
        total += sum(0.5 * strength * float(((a - b) ** 2).sum()) for a, b in pairs)
    assert bench.member.sums[at.PENALTY] == pytest.approx(total, rel=1e-12)


def test_a_large_penalty_makes_layers_one() -> None:
    distance = []
    for strength in (0.0, 0.1, 10.0):
        sharing = {"name": "close_layers", "strength": strength}
        bench = member(sharing=sharing, optimizer={"name": "sgd", "learning_rate": 0.03}, epochs=60)
        bench.train(120)
        p = bench.parameters
        distance.append(float(np.abs(p["hidden1.weight"] - p["hidden2.weight"]).max()))
    assert distance[0] > 2 * distance[1] > 20 * distance[2] and distance[2] < 0.02


@pytest.mark.parametrize("sharing", HARD, ids=str)
@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_numpy_says_what_the_compiled_code_says(sharing: Any, normalization: str) -> None:
    bench = member("float32", sharing=sharing, normalization=normalization, data_initialization="unit_variance")
    bench.train(6)
    trained = Network(bench.recipe, bench.member.prepared.encoding, "numbers", 2, bench.member.parameters)
    np.testing.assert_allclose(
        numpy_outputs(trained, bench.arrays), predict(trained, bench.arrays), rtol=1e-4, atol=1e-4
    )


def test_layers_that_cannot_be_alike_are_refused() -> None:
    for name in ("tied_layers", "close_layers"):
        with pytest.raises(InputError, match="two hidden layers after the first with equal fan_in and units"):
            Recipe(hidden=(8, 8), sharing=name)
    with pytest.raises(InputError, match="at least 0"):
        Recipe(sharing={"name": "close_units", "strength": -1})
    with pytest.raises(InputError, match="greater than or equal to 2"):
        Recipe(sharing={"name": "tied_units", "group": 1})


@pytest.mark.parametrize(
    "slots",
    [
        {"l2": [0.0, 0.0, 0.1, 0.0]},
        {"l1": [0.0, 0.1, 0.2, 0.0]},
        {"weight_decay": [0.0, 0.0, 0.1, 0.0]},
        {"max_norm": [0.0, 0.0, 1.0, 0.0]},
        {"unit_norm": [0.0, 0.0, 1.0, 0.0]},
        {"constraint": {"radius": [1.0, 1.0, 2.0, 1.0], "scope": "layer"}},
        {"layer_rates": [1.0, 1.0, 0.0, 1.0]},
    ],
    ids=str,
)
def test_tied_layers_have_one_strength_and_one_rate(slots: dict[str, Any]) -> None:
    """What is told of the second use alone would be told of nobody."""
    with pytest.raises(
        InputError, match="differs between hidden layers 2 and 3, which sharing 'tied_layers' makes one"
    ):
        Recipe(hidden=(16, 16, 16), sharing="tied_layers", **slots)
    Recipe(hidden=(16, 16, 16), sharing="close_layers", **slots)
    Recipe(hidden=(16, 16, 16), sharing="tied_layers", l2=[0.0, 0.1, 0.1, 0.2])
