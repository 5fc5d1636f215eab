"""Batch normalisation folded at prediction, and its statistics taken exactly: against PyTorch and the plain network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tests.engines.compiled.bench import make_arrays, make_bench, make_target, plain, random_weights, tiny
from tests.engines.compiled.encoded import encode
from tests.engines.compiled.reestimated import reestimate
from wellfit.engines.compiled.network.predict import machine_for, predict, raw_outputs
from wellfit.engines.compiled.run.networks import network_of
from wellfit.engines.contract.folding import fold, folded
from wellfit.engines.contract.network import Network
from wellfit.engines.numpy.forward import numpy_outputs
from wellfit.tables.arrays import Arrays
from wellfit.techniques.network.normalization import batch_forward

ROWS = 150


def trained(updates: int = 20, **slots: Any) -> tuple[Network, Arrays]:
    """A small network with statistics that have moved, and other rows to predict."""
    given = {"normalization": "batch", "hidden": (9, 7, 7), "batch_size": 32, "epochs": 6, "activation": "silu"}
    recipe = plain(**{**given, **slots})
    arrays = make_arrays(ROWS, 5)
    bench = make_bench(recipe, arrays, make_target("numbers", ROWS, 3), precision="float32")
    bench.nudge().train(updates)
    return network_of(bench.member, "numbers", 3), make_arrays(77, 5, seed=9)


def normalisations(network: Network) -> int:
    """Operations of batch normalisation that its program for prediction has."""
    _, program = machine_for(network)
    return sum(operation.kernel is batch_forward for operation in program.operations)


FOLDED: list[dict[str, Any]] = [
    {},
    {"skip": "residual"},
    {"skip": "concatenate"},
    {"normalization": {"name": "batch", "position": "after"}},
    {"normalization": {"name": "batch", "position": "after"}, "skip": "concatenate"},
    {"normalization": {"name": "batch", "position": "after"}, "skip": "residual", "hidden": (8,)},
    {"normalization": {"name": "batch", "position": "after", "epsilon": 0.1}, "hidden": (8, 3), "activation": "relu"},
    {"normalization": {"name": "batch", "position": "after"}, "dropout": {"rate": 0.4, "form": "classic"}},
    {"dropout": {"rate": 0.4, "input_rate": 0.2, "form": "classic"}},
    {"activation": "prelu", "activation_mix": 0.1, "input_scale": 2.0, "bias_rate": 0.0},
]


@pytest.mark.parametrize("slots", FOLDED, ids=str)
def test_folded_is_the_same_function_without_the_operation(slots: dict[str, Any]) -> None:
    network, arrays = trained(**slots)
    assert normalisations(network) == len(network.recipe.hidden) and normalisations(folded(network)) == 0
    unfolded, there = (raw_outputs(network, arrays, fold=f) for f in (False, True))
    size = np.abs(unfolded).max()
    np.testing.assert_allclose(there, unfolded, rtol=1e-5, atol=1e-5 * size)
    double = replace(network, parameters=network.parameters.astype(np.float64))
    exact, again = (raw_outputs(double, arrays, precision="float64", fold=f) for f in (False, True))
    np.testing.assert_allclose(again, exact, rtol=1e-12, atol=1e-12 * size)
    assert np.abs(exact - exact.mean(axis=0)).max() > 0.01


@pytest.mark.parametrize(
    "slots",
    [
        {"normalization": {"name": "batch", "position": "after"}, "skip": "residual"},
        {"sharing": {"name": "tied_units", "group": 2}, "hidden": (8, 6)},
        {"sharing": "tied_layers", "hidden": (8, 8, 8)},
        {"normalization": "layer"},
        {"normalization": "none"},
        {"hidden": ()},
    ],
    ids=str,
)
def test_what_cannot_be_folded_stays_as_it_is(slots: dict[str, Any]) -> None:
    network, arrays = trained(**slots)
    assert fold(network) is network and folded(network) is network
    assert np.isfinite(predict(network, arrays)).all()


def test_prediction_uses_the_folded_network_both_ways() -> None:
    network, arrays = trained()
    np.testing.assert_allclose(numpy_outputs(network, arrays), predict(network, arrays), rtol=1e-4, atol=1e-4)
    assert np.array_equal(numpy_outputs(network, arrays), numpy_outputs(fold(network), arrays))
    assert np.array_equal(predict(network, arrays), predict(fold(network), arrays))


def test_a_rows_prediction_is_its_own() -> None:
    network, arrays = trained(normalization={"name": "batch", "position": "after"})
    whole = predict(network, arrays)
    for row in (0, 13, 76):
        assert np.array_equal(predict(network, arrays.take(np.array([row])))[0], whole[row])


def test_a_scale_that_is_off_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from wellfit.engines.contract import folding

    given = folding._line
    monkeypatch.setattr(folding, "_line", lambda *a: (given(*a)[0] * 1.01, given(*a)[1]))
    network, arrays = trained()
    unfolded, there = (raw_outputs(network, arrays, fold=f) for f in (False, True))
    assert np.abs(there - unfolded).max() > 1e-3 * np.abs(unfolded).max()


def of_pytorch(network: Network, x: Any) -> torch.nn.Sequential:
    """The same network of PyTorch's own layers, in float64."""
    w = {name: torch.from_numpy(part.astype(np.float64)) for name, part in network.weights().items()}
    layers: list[torch.nn.Module] = []
    for k, units in enumerate(network.recipe.hidden):
        linear = torch.nn.Linear(w[f"hidden{k}.weight"].shape[0], units, bias=False, dtype=torch.float64)
        linear.weight.data = w[f"hidden{k}.weight"].T.contiguous()
        normalise = torch.nn.BatchNorm1d(units, dtype=torch.float64)
        normalise.weight.data, normalise.bias.data = w[f"hidden{k}.gain"], w[f"hidden{k}.shift"]
        layers += [linear, normalise, torch.nn.SiLU()]
    return torch.nn.Sequential(*layers)


def statistics(model: torch.nn.Sequential) -> list[Any]:
    found = [m for m in model if isinstance(m, torch.nn.BatchNorm1d)]
    return [np.stack([m.running_mean.numpy(), m.running_var.numpy()]) for m in found]


def in_double(network: Network) -> Network:
    return replace(network, parameters=network.parameters.astype(np.float64))


def test_one_layers_statistics_are_those_of_update_bn() -> None:
    network, _ = trained(hidden=(9,))
    arrays = make_arrays(ROWS, 5)
    x = torch.from_numpy(encode(network.encoding, arrays))
    model = of_pytorch(network, x)
    torch.optim.swa_utils.update_bn([x], model)
    ours = reestimate(in_double(network), arrays, precision="float64").weights()
    np.testing.assert_allclose(ours["hidden0.statistics"], statistics(model)[0], rtol=1e-10, atol=1e-12)
    assert not np.allclose(ours["hidden0.statistics"], network.weights()["hidden0.statistics"], rtol=1e-3)


def test_every_layers_statistics_are_its_own_inputs() -> None:
    """PyTorch's layers, each set by update_bn while those below it already predict with theirs."""
    network, _ = trained()
    arrays = make_arrays(ROWS, 5)
    h = torch.from_numpy(encode(network.encoding, arrays))
    model = of_pytorch(network, h)
    for layer in model:
        if isinstance(layer, torch.nn.BatchNorm1d):
            torch.optim.swa_utils.update_bn([h], torch.nn.Sequential(layer))
        with torch.no_grad():
            h = layer.eval()(h)
    ours = reestimate(in_double(network), arrays, precision="float64").weights()
    for k, expected in enumerate(statistics(model)):
        np.testing.assert_allclose(ours[f"hidden{k}.statistics"], expected, rtol=1e-10, atol=1e-12)


def test_in_single_precision_sums_are_double() -> None:
    network, _ = trained()
    arrays = make_arrays(ROWS, 5)
    ours, exact = reestimate(network, arrays), reestimate(in_double(network), arrays, precision="float64")
    np.testing.assert_allclose(ours.parameters, exact.parameters, rtol=2e-5, atol=1e-6)


def test_statistics_are_exact_at_a_distance() -> None:
    """Weights of 10,000 times the size: the variance is a small difference of large numbers."""
    network, _ = trained(hidden=(4,))
    arrays = make_arrays(ROWS, 5)
    arrays.numbers[:] = arrays.numbers + 1e4
    z = encode(network.encoding, arrays) @ network.weights()["hidden0.weight"].astype(np.float64)
    ours = reestimate(in_double(network), arrays, precision="float64").weights()["hidden0.statistics"]
    np.testing.assert_allclose(ours, [z.mean(axis=0), z.var(axis=0, ddof=1)], rtol=1e-9)


def test_weights_are_rows_repeated() -> None:
    network, _ = trained()
    arrays = make_arrays(ROWS, 5)
    counts = np.random.default_rng(4).integers(0, 4, ROWS)
    rows = np.flatnonzero(counts)
    weighted = reestimate(in_double(network), arrays, rows, counts[rows], precision="float64")
    repeated = reestimate(in_double(network), arrays, np.repeat(np.arange(ROWS), counts), precision="float64")
    np.testing.assert_allclose(weighted.parameters, repeated.parameters, rtol=1e-11, atol=1e-13)


def test_two_halves_are_two_answers() -> None:
    network, _ = trained()
    arrays = make_arrays(ROWS, 5)
    first, second = (reestimate(network, arrays, np.arange(*half)) for half in ((0, 75), (75, ROWS)))
    assert not np.allclose(first.parameters, second.parameters)
    assert np.array_equal(first.parameters, reestimate(network, arrays, np.arange(75)).parameters)


def test_without_normalisation_nothing_changes() -> None:
    network, arrays = trained(normalization="layer")
    assert np.array_equal(reestimate(network, arrays).parameters, network.parameters)


def test_averaged_networks_predict_what_was_measured() -> None:
    """Averaging, re-estimation and folding together: the kept network has the loss that the history tells."""
    from wellfit.tables.arrays import View

    recipe, arrays, target = tiny(
        rows=60, normalization="batch", averaging="ema", epochs=5, batch_size=16, stopping="none"
    )
    view = View(np.arange(40), np.arange(40, 60))
    bench = make_bench(recipe, arrays, target, view=view, weight=random_weights(60), precision="float32")
    member = bench.finish()
    encoding = member.prepared.encoding
    raw = raw_outputs(network_of(member, "numbers", 2), arrays.take(np.arange(40, 60)))
    raw = raw * encoding.target_scale + encoding.target_centre
    loss = np.average(((raw - target.values[40:]) ** 2).mean(axis=1), weights=random_weights(60)[40:])
    assert member.best_loss == pytest.approx(loss, rel=1e-4)
