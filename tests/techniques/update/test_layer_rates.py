"""Layer rates and freezing against PyTorch's parameter groups, `requires_grad=False` and late groups, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.engines.compiled.bench import Bench, make_arrays, make_bench, make_target, plain
from tests.engines.compiled.encoded import encode, scaled_target
from tests.engines.compiled.masks import batch_rows
from tests.reference import tower
from wellfit.errors import InputError
from wellfit.techniques.network.linear import linear_backward

UPDATES = 8
LATE = {"value": 0.5, "schedule": {"name": "switch", "epoch": 1}}  # three updates: 13 rows in batches of 5


def bench_of(precision: str = "float64", **slots: Any) -> Bench:
    recipe = plain(**{"hidden": (6, 4, 4), "epochs": 4, **slots})
    return make_bench(recipe, make_arrays(13, 5), make_target("numbers", 13, 2), precision=precision).nudge()


def by_torch(bench: Bench, rates: list[float], starts: dict[int, int], updates: int = UPDATES) -> dict[str, Any]:
    """Parameters after training with a parameter group a layer. starts: the layer's first update where it is not 0."""
    recipe, depth = bench.recipe, len(bench.recipe.hidden)
    p = tower.tensors(bench.parameters)
    layers = [*(f"hidden{k}" for k in range(depth)), "output"]
    groups: dict[str, list[torch.Tensor]] = {name: [] for name in layers}
    for name, part in p.items():
        if not name.endswith((".mean", ".variance")):
            groups[name.split(".")[0]].append(part)
    encoding = bench.member.prepared.encoding
    x, y = (
        torch.tensor(a.astype(np.float64))
        for a in (encode(encoding, bench.arrays), scaled_target(encoding, bench.target))
    )
    lr, name = recipe.optimizer.learning_rate, recipe.optimizer.name
    kind = {"sgd": torch.optim.SGD, "momentum": torch.optim.SGD, "adam": torch.optim.Adam}[name]
    extra = {"momentum": {"momentum": 0.9}, "adam": {"betas": (0.9, recipe.optimizer.model_dump().get("beta2", 0.999))}}
    optimizer = None
    for t in range(updates):
        for layer, rate in enumerate(rates):
            if rate > 0 and t == starts.get(layer, 0):
                group = {"params": groups[layers[layer]], "lr": lr * rate}
                for part in groups[layers[layer]]:
                    part.requires_grad_(True)
                if optimizer is None:
                    optimizer = kind([group], lr=lr, **extra.get(name, {}))
                else:
                    optimizer.add_param_group(group)
        assert optimizer is not None
        frozen = [n for k, n in enumerate(layers) if rates[k] == 0 or t < starts.get(k, 0)]
        rows = batch_rows(bench.member.plan.seed, t, 13, bench.member.batch, bench.member.horizon.per_epoch)
        optimizer.zero_grad()
        z = tower.outputs(p, x[rows], depth, recipe.skip, frozen)
        (0.5 * (z - y[rows]) ** 2).mean().backward()
        optimizer.step()
    return {name: part.detach().numpy() for name, part in p.items()}


def assert_agrees(bench: Bench, rates: list[float], starts: dict[int, int] | None = None) -> None:
    expected = by_torch(bench, rates, starts or {})
    bench.train(UPDATES)
    for name, part in expected.items():
        if name.endswith((".mean", ".variance")):
            continue
        np.testing.assert_allclose(bench.parameters[name], part, rtol=1e-9, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize(
    "rates", [[0.1, 0.5, 2.0, 1.0], [0.0, 0.0, 0.5, 1.0], [0.3, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 2.0]]
)
def test_groups_with_rates_of_their_own(optimizer: str, rates: list[float]) -> None:
    assert_agrees(bench_of(optimizer=optimizer, layer_rates=rates), rates)


@pytest.mark.parametrize("skip", ["none", "residual", "concatenate"])
@pytest.mark.parametrize(
    "rates", [[0.0, 0.5, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0], [0.2, 0.0, 0.0, 1.0], [1.0, 1.0, 1.0, 0.0]]
)
def test_frozen_layers_under_skip_connections(skip: str, rates: list[float]) -> None:
    assert_agrees(bench_of(skip=skip, layer_rates=rates, optimizer="sgd"), rates)


@pytest.mark.parametrize("rates", [[0.0, 0.5, 1.0, 1.0], [1.0, 0.0, 0.0, 1.0]])
def test_frozen_batch_normalisation_is_in_evaluation_form(rates: list[float]) -> None:
    bench = bench_of(normalization="batch", layer_rates=rates, optimizer="sgd")
    for segment in bench.member.program.segments:  # statistics that are not those of the batch
        if segment.role == "statistic":
            part = bench.member.parameters[segment.begin : segment.end]
            part[:] = np.random.default_rng(3).uniform(0.5, 1.5, len(part))
    before = bench.parameters
    assert_agrees(bench, rates)
    for k, rate in enumerate(rates[:-1]):
        kept = np.array_equal(bench.parameters[f"hidden{k}.mean"], before[f"hidden{k}.mean"])
        assert kept == (rate == 0)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("skip", ["none", "residual"])
def test_unfrozen_by_a_schedule_as_a_group_added_later(optimizer: str, skip: str) -> None:
    bench = bench_of(optimizer=optimizer, skip=skip, layer_rates=[LATE, LATE, 1.0, 1.0])
    assert_agrees(bench, [0.5, 0.5, 1.0, 1.0], {0: 3, 1: 3})


@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
def test_a_frozen_layer_stays_to_the_bit_under_penalties_decay_and_clipping(normalization: str) -> None:
    bench = bench_of(
        "float32", layer_rates=[0.0, 1.0, 1.0, 1.0], l2={"strength": 0.1, "biases": True}, normalization=normalization,
        l1=0.1, weight_decay={"strength": 0.1, "biases": True, "with_rate": False}, clipping="norm", dropout=0.2,
    )  # fmt: skip
    before = bench.parameters
    bench.train(UPDATES)
    for name, part in bench.parameters.items():
        assert np.array_equal(part, before[name]) == name.startswith("hidden0"), name
    assert all(not part.any() for name, part in bench.gradient.items() if name.startswith("hidden0"))


def test_a_waiting_layer_stays_to_the_bit_until_its_turn_and_decays_then() -> None:
    late = {"value": 1.0, "schedule": {"name": "switch", "share": 0.5}}
    slots: dict[str, Any] = {"l2": 0.1, "weight_decay": {"strength": 0.1, "with_rate": False}}
    bench = bench_of(layer_rates=[late, 1.0, 1.0, 1.0], **slots)
    start = bench.parameters["hidden0.weight"]
    bench.train(6)
    assert np.array_equal(bench.parameters["hidden0.weight"], start)
    assert not bench.member.state[: start.size].any()  # the optimiser has not seen it either
    bench.train(1)
    assert not np.array_equal(bench.parameters["hidden0.weight"], start)


def test_below_the_lowest_trained_layer_nothing_runs_backwards() -> None:
    """Three hidden layers: seven products a step forwards and backwards with all trained but the last layer's four."""

    def backwards(rates: Any) -> tuple[int, int]:
        operations = bench_of("float32", layer_rates=rates).operations()
        linear = [o.places for o in operations if o.backward is linear_backward]
        products = [(not places["frozen"], places["input_gradient"] >= 0) for places in linear]
        return sum(o.backward is not None for o in operations), int(np.sum(products))

    assert backwards(1.0) == (7, 7)  # four layers and three activations; four products for W, three for the layer below
    assert backwards([0.0, 0.0, 1.0, 1.0]) == (3, 3)
    assert backwards([0.0, 0.0, 0.0, 1.0]) == (1, 1)
    assert backwards([1.0, 0.0, 0.0, 1.0]) == (7, 5)  # the gradient passes through frozen layers, which have none


def test_one_factor_is_a_factor_of_the_rate() -> None:
    ours, theirs = bench_of(layer_rates=0.25), bench_of(optimizer={"name": "adam", "learning_rate": 0.00025})
    ours.train(UPDATES)
    theirs.train(UPDATES)
    np.testing.assert_allclose(ours.member.parameters, theirs.member.parameters, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_layers_that_wait_end_in_the_same_bits_whatever_the_rounds(normalization: str) -> None:
    slots: dict[str, Any] = {"layer_rates": [LATE, 1.0, 1.0, 1.0], "normalization": normalization, "dropout": 0.1}
    single, whole = bench_of("float32", **slots), bench_of("float32", **slots)
    single.train(12)
    whole.finish()
    assert np.array_equal(single.member.parameters, whole.member.parameters)


def test_wrong_rates_are_refused() -> None:
    with pytest.raises(
        InputError, match="layer_rates.rate lists 2 values, but with the output the number of layers is 3"
    ):
        plain(layer_rates=[1.0, 1.0])
    with pytest.raises(InputError, match="nothing would train"):
        plain(layer_rates=[0.0, 0.0, 0.0])
    with pytest.raises(InputError, match="at least 0"):
        plain(layer_rates=[-1.0, 0.0, 1.0])
