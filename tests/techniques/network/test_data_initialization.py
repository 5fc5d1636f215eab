"""Weights that start from data: variance 1 at each layer by PyTorch, kinks inside the data, weights as repetitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.engines.compiled.bench import Bench, make_arrays, make_bench, make_target, plain, random_weights
from tests.engines.compiled.encoded import encode
from tests.engines.compiled.oracle import describe
from tests.reference import network
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import View

ROWS = 60


class Listening(network.Forward):
    """Keeps each hidden layer's pre-activations."""

    def block(self, h: torch.Tensor, layer: int) -> torch.Tensor:
        z = h @ self.p[f"hidden{layer}.weight"]
        bias = self.p.get(f"hidden{layer}.bias")
        self.heard: list[torch.Tensor] = getattr(self, "heard", [])
        self.heard.append(z if bias is None else z + bias)
        return super().block(h, layer)


def started(weight: Any = None, **slots: Any) -> Bench:
    arrays, target = make_arrays(ROWS, 5), make_target("numbers", ROWS, 2)
    settings = {"name": "unit_variance", **slots.pop("settings", {})}
    recipe = plain(**{"hidden": (7, 6, 6), "data_initialization": settings, **slots})
    return make_bench(recipe, arrays, target, weight=weight, precision="float64")


def heard(bench: Bench, weight: Any) -> list[np.ndarray]:
    x = torch.tensor(encode(bench.member.prepared.encoding, bench.arrays))
    parameters = network.tensors(bench.parameters)
    description = describe(bench.recipe, x.shape[1], 2)
    forward = Listening(description, parameters, parameters, {}, torch.tensor(weight), training=False)
    forward(x)
    return [z.numpy() for z in forward.heard]


@pytest.mark.parametrize("skip", ["none", "residual", "concatenate"])
@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
@pytest.mark.parametrize("activation", ["relu", "silu", ["prelu", "tanh", "selu"]])
def test_every_pre_activation_has_variance_one(skip: str, normalization: str, activation: Any) -> None:
    weight = random_weights(ROWS)
    dropout = {"rate": 0.3, "input_rate": 0.2}
    slots = {"skip": skip, "normalization": normalization, "activation": activation, "dropout": dropout}
    layers = heard(started(weight, **slots), weight.astype(np.float64))
    assert len(layers) == 3
    for z in layers:
        mean = np.average(z, axis=0, weights=weight)
        np.testing.assert_allclose(np.average((z - mean) ** 2, axis=0, weights=weight), 1, rtol=1e-9)


def test_kinks_lie_inside_the_data_and_zero_biases_are_zero() -> None:
    layers = heard(started(), np.ones(ROWS))
    for z in layers:
        assert ((z.min(axis=0) < 0) & (z.max(axis=0) > 0)).all()
    kinks = started().parameters
    assert len(np.unique(kinks["hidden1.bias"])) == 6
    without = started(settings={"biases": "zero", "output": "zero"}).parameters
    assert not without["hidden1.bias"].any() and not without["output.weight"].any()
    assert kinks["output.weight"].any()
    np.testing.assert_array_equal(kinks["hidden0.weight"], without["hidden0.weight"])


def test_only_the_length_of_the_drawn_weights_changes() -> None:
    drawn, fitted = started(data_initialization="none").parameters, started().parameters
    ratio = fitted["hidden0.weight"] / drawn["hidden0.weight"]
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[0], ratio.shape), rtol=1e-12)
    np.testing.assert_array_equal(drawn["output.weight"], fitted["output.weight"])


def test_a_weight_of_two_is_two_rows() -> None:
    arrays, target, recipe = make_arrays(20, 5), make_target("numbers", 20, 1), None
    recipe = plain(hidden=(7, 6), data_initialization={"name": "unit_variance", "biases": "zero"})
    weight = np.random.default_rng(0).integers(1, 4, 20)
    again = np.repeat(np.arange(20), weight)
    ours = make_bench(recipe, arrays, target, weight=weight.astype(np.float32))
    theirs = make_bench(recipe, arrays.take(again), target.take(again))
    np.testing.assert_allclose(ours.member.parameters, theirs.member.parameters, rtol=1e-10, atol=1e-12)


def test_few_of_many_rows_and_of_the_training_rows_alone() -> None:
    arrays, target = make_arrays(ROWS, 5), make_target("numbers", ROWS, 2)
    recipe = plain(data_initialization={"name": "unit_variance", "rows": 10})
    view = View(np.arange(40), np.arange(40, ROWS))
    ours = make_bench(recipe, arrays, target, view=view).member.parameters
    arrays.numbers[40:] *= 50
    assert np.array_equal(ours, make_bench(recipe, arrays, target, view=view).member.parameters)
    arrays.numbers[:40] *= 2
    theirs = make_bench(recipe, arrays, target, view=view).member.parameters
    assert np.abs(ours - theirs).max() > 0.01
    assert np.abs(ours - make_bench(recipe, arrays, target, view=view, seed=8).member.parameters).max() > 0.01


def test_alone_or_on_threads_the_same_bits() -> None:
    arrays, target = make_arrays(ROWS, 5), make_target("numbers", ROWS, 2)
    recipes = [plain(hidden=(h, h), data_initialization="unit_variance", number_embedding=e) for h in (5, 9)
               for e in ("none", "piecewise", "periodic_bias")]  # fmt: skip
    view = View(np.arange(40), np.arange(40, ROWS))
    plans = [Plan(recipe, view, 3) for recipe in recipes]
    together = train_plans(plans, arrays, target, n_jobs=2)
    for k, plan in enumerate(plans):
        alone = train_plans([plan], arrays, target)
        assert np.array_equal(alone.network(0).parameters, together.network(k).parameters)


def test_a_unit_that_does_not_vary_stays_finite() -> None:
    bench = started(initialization="zero")
    assert np.isfinite(bench.member.parameters).all() and not bench.parameters["hidden0.weight"].any()


@pytest.mark.parametrize("settings", [{"rows": 1}, {"rows": 10**6}, {"biases": "some"}], ids=str)
def test_out_of_range(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="data_initialization"):
        Recipe(data_initialization={"name": "unit_variance", **settings})


def test_heads_of_tasks_start_at_zero_where_asked() -> None:
    arrays = make_arrays(13, 5)
    target = make_target("tasks", 13, 2)
    for output in ("drawn", "zero"):
        recipe = plain(hidden=(6, 4), data_initialization={"name": "unit_variance", "output": output})
        bench = make_bench(recipe, arrays, target)
        heads = [part for name, part in bench.parameters.items() if name.startswith("output") and part.ndim == 2]
        assert len(heads) > 1 and all(part.any() == (output == "drawn") for part in heads)
        bench.train(3)
        assert np.isfinite(bench.member.parameters).all()


def test_slopes_are_not_learned_in_heads() -> None:
    with pytest.raises(InputError, match="learns slopes"):
        Recipe(tasks={"activation": "prelu"})
