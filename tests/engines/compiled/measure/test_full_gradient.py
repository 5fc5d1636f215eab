"""The gradient over many rows against PyTorch in evaluation mode, and against the step's own on one full batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.engines.compiled.bench import Bench, make_arrays, make_bench, make_target, plain, random_weights
from wellfit.engines.compiled.measure.full_gradient import full_gradient
from wellfit.engines.compiled.run.networks import network_of

ROWS = 150  # more than two blocks


def trained(outputs: int = 2, **slots: Any) -> Bench:
    recipe = plain(**{"optimizer": {"name": "sgd", "learning_rate": 0.05}, **slots})
    bench = make_bench(recipe, make_arrays(ROWS, 5), make_target("numbers", ROWS, outputs), weight=random_weights(ROWS))
    bench.train(7)
    return bench


def by_torch(bench: Bench) -> tuple[dict[str, Any], float]:
    p = {k: torch.tensor(v.astype(np.float32).astype(np.float64)) for k, v in bench.parameters.items()}
    learned = {k: v.requires_grad_(True) for k, v in p.items() if not k.endswith((".mean", ".variance"))}
    h = torch.tensor(bench.arrays.numbers.astype(np.float64))
    for k in range(2):
        h = h @ p[f"hidden{k}.weight"]
        if bench.recipe.normalization.name == "batch":
            moments = p[f"hidden{k}.mean"], p[f"hidden{k}.variance"]
            h = torch.nn.functional.batch_norm(h, *moments, p[f"hidden{k}.gain"], p[f"hidden{k}.shift"], eps=1e-5)
        else:
            h = h + p[f"hidden{k}.bias"]
        h = torch.tanh(h)
    z = h @ p["output.weight"] + p["output.bias"]
    encoding = bench.member.prepared.encoding
    y = torch.tensor((bench.target.values - encoding.target_centre) / encoding.target_scale)
    w = torch.tensor(random_weights(ROWS).astype(np.float64))
    loss = (w * ((z - y) ** 2).mean(1) / 2).sum() / w.sum()
    loss.backward()
    return {k: v.grad.numpy() for k, v in learned.items() if v.grad is not None}, loss.item()


@pytest.mark.parametrize(
    "slots", [{}, {"normalization": "batch"}, {"dropout": 0.5}, {"dropout": {"input_rate": 0.3}}], ids=str
)
def test_it_is_that_of_torch_in_evaluation(slots: dict[str, Any]) -> None:
    bench = trained(**slots)
    network = network_of(bench.member, "numbers", 2)
    slope = full_gradient(network, bench.arrays, bench.target, weight=random_weights(ROWS), precision="float64")
    expected, _ = by_torch(bench)
    ours = bench.named(slope.gradient)
    assert set(expected) <= set(ours)
    for name, part in expected.items():
        np.testing.assert_allclose(ours[name], part, rtol=1e-9, atol=1e-12)
    for name in set(ours) - set(expected):
        assert not ours[name].any()


def test_some_rows_are_the_same_as_weights_of_0() -> None:
    bench = trained()
    network = network_of(bench.member, "numbers", 2)
    rows = np.arange(0, ROWS, 3)
    weight = np.zeros(ROWS, np.float32)
    weight[rows] = 1.0
    some = full_gradient(network, bench.arrays, bench.target, rows, precision="float64")
    weighted = full_gradient(network, bench.arrays, bench.target, weight=weight, precision="float64")
    np.testing.assert_allclose(some.gradient, weighted.gradient, rtol=1e-10, atol=1e-14)
    assert some.loss == pytest.approx(weighted.loss, rel=1e-12)
    assert some.error == pytest.approx(weighted.error, rel=1e-12)


def test_it_is_the_steps_gradient_on_a_full_batch() -> None:
    bench = trained(batch_size="all", epochs=20)
    network = network_of(bench.member, "numbers", 2)
    slope = full_gradient(network, bench.arrays, bench.target, weight=random_weights(ROWS), precision="float64")
    bench.train(1)
    trained_part = bench.member.program.trained
    np.testing.assert_allclose(
        slope.gradient[:trained_part], bench.machine.gradient[:trained_part], rtol=1e-5, atol=1e-7
    )  # the network's weights are kept in float32


def test_classic_dropout_passes_its_share_back() -> None:
    """Against finite differences of the loss in evaluation."""
    bench = trained(1, dropout={"rate": 0.3, "input_rate": 0.2, "form": "classic"})
    network = network_of(bench.member, "numbers", 1)
    slope = full_gradient(network, bench.arrays, bench.target, precision="float64")
    unit = float(bench.member.prepared.encoding.target_scale[0])
    place, step = 3, np.float32(2.0**-6)
    losses = []
    for sign in (1, -1):
        moved = network.parameters.copy()
        moved[place] += sign * step
        other = type(network)(network.recipe, network.encoding, network.kind, network.outputs, moved)
        losses.append(full_gradient(other, bench.arrays, bench.target, precision="float64").loss)
    rise = (losses[0] - losses[1]) / (2 * float(step))  # of the squared error in the target's units, without 1/2
    assert slope.gradient[place] == pytest.approx(rise / (2 * unit**2), rel=1e-3)
