"""Every quantity of a probe against PyTorch in float64, on a full batch; and against what theory says of depth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import Bench, make_bench, tiny
from tests.engines.compiled.measure.probed import FUNCTIONS, Reference, moments, norm, twins
from wellfit.engines.compiled.run.probing import start_probing
from wellfit.engines.contract.probes import probe_table

CASES: dict[str, dict[str, Any]] = {
    **{name: {"activation": name, "optimizer": {"name": "momentum", "learning_rate": 0.3}} for name in FUNCTIONS},
    "batch norm": {"normalization": "batch", "optimizer": {"name": "sgd", "learning_rate": 0.3}},
    "penalty": {"l2": 0.3, "dropout": 0.4, "hidden": (6,)},
    "clipped": {"clipping": {"name": "norm", "limit": 0.01}, "activation": "relu"},
}


def probed(every: int = 1, kind: str = "binary", **slots: Any) -> tuple[Bench, dict[str, Any]]:
    """A member before its first update that will be probed, and its parameters."""
    recipe, arrays, target = tiny(kind, rows=41, **{"batch_size": "all", "epochs": 1, **slots})
    bench = make_bench(recipe, arrays, target).nudge()
    start_probing(bench.member, every)
    return bench, bench.parameters


def values_at(bench: Bench, update: int) -> dict[tuple[str, str], float]:
    table = probe_table([bench.member.probes])
    return {(layer, quantity): value for _, at, layer, quantity, value in table.iter_rows() if at == update}


def reference_of(bench: Bench, parameters: dict[str, Any]) -> Reference:
    recipe = bench.recipe
    return Reference(parameters, recipe.activations()[0].name, recipe.normalization.name == "batch")


@pytest.mark.parametrize("case", CASES)
def test_one_update_of_all_rows_is_read_as_pytorch_sees_it(case: str) -> None:
    bench, before = probed(**CASES[case])
    reference, batch = reference_of(bench, before), (bench.arrays.numbers, bench.target.values)
    bench.finish()
    after, seen = bench.parameters, {u: values_at(bench, u) for u in (0, 1)}
    gradient = reference.gradient(*batch)
    trained = [name for name in after if not name.endswith((".mean", ".variance"))]
    expected: dict[tuple[str, str], float] = {}
    for layer in (*reference.layers, "output"):
        name = f"{layer}.weight"
        change = norm([after[name] - before[name]])
        expected[layer, "update_norm"], expected[layer, "update_ratio"] = change, change / norm([before[name]])
        expected |= {
            (layer, q): v for q, v in moments("preactivation", reference.seen[f"{layer}.preactivation"]).items()
        }
        if case != "penalty":
            expected[layer, "gradient_norm"] = norm([gradient[name]])
            expected[layer, "signal_norm"] = float(reference.seen[f"{layer}.linear"].grad.norm())
    for layer in ("input", *reference.layers):
        expected |= {(layer, q): v for q, v in moments("activation", reference.seen[f"{layer}.activation"]).items()}
    expected["network", "update_norm"] = norm([after[n] - before[n] for n in trained])
    expected["network", "gradient_norm"] = norm([gradient[n] for n in trained])
    if case == "clipped":  # the gradient is what the optimiser gets
        share = 0.01 / expected["network", "gradient_norm"]
        expected |= {key: v * share for key, v in expected.items() if key[1] == "gradient_norm"}
    if case == "penalty":  # after dropout nothing is as in the pass without it
        expected = {
            key: v
            for key, v in expected.items()
            if key[1] in ("update_norm", "update_ratio") or key[0] in ("input", "hidden0")
        }
    for at in seen.values():
        assert {key: at[key] for key in expected} == pytest.approx(expected, rel=1e-6, abs=1e-12)
    for at, parameters in zip(seen.values(), (before, after), strict=True):
        for layer in (*reference.layers, "output"):
            assert at[layer, "weight_norm"] == pytest.approx(norm([parameters[f"{layer}.weight"]]))
        assert at["network", "weight_norm"] == pytest.approx(norm([parameters[n] for n in trained]))
        for layer in reference.layers:
            alike = twins(parameters[f"{layer}.weight"], parameters.get(f"{layer}.bias"))
            assert (at[layer, "twin_cosine"], at[layer, "twin_share"]) == pytest.approx(alike)
    if case != "penalty":
        assert seen[0]["network", "batch_loss"] == pytest.approx(float(reference.loss(*batch).detach()))


@pytest.mark.parametrize("case", [name for name in CASES if name != "penalty"])
def test_units_are_counted_as_pytorchs_slopes_say(case: str) -> None:
    bench, _ = probed(**CASES[case], initialization={"name": "normal", "sd": 2.0})
    bench.finish()
    reference, seen = reference_of(bench, bench.parameters), values_at(bench, 1)
    reference.loss(bench.arrays.numbers, bench.target.values, training=False)
    some = set()
    for layer in reference.layers:
        slopes = reference.slopes(layer)
        flat, straight = np.abs(slopes) < 0.05, np.abs(slopes - 1) <= 0.05
        expected = {
            "dead_units": (np.abs(slopes) < 0.001).all(0).mean(), "saturated_units": (flat.mean(0) >= 0.95).mean(),
            "linear_units": (straight.mean(0) >= 0.95).mean(), "saturated_share": flat.mean(),
            "linear_share": straight.mean(),
        }  # fmt: skip
        assert {q: seen[layer, q] for q in expected} == pytest.approx(expected)
        some |= {share for share in expected.values() if share > 0}
    assert some


def test_dead_and_linear_units_are_told_from_others() -> None:
    bench, _ = probed(activation="relu", hidden=(6,), optimizer={"name": "sgd", "learning_rate": 1e-9})
    bias = bench.member.program.segment("hidden0.bias")
    bench.member.parameters[bias.begin : bias.begin + 3] = [-99.0, -99.0, 99.0]
    bench.finish()
    seen = values_at(bench, 1)
    shares = [seen["hidden0", quantity] for quantity in ("dead_units", "saturated_units", "linear_units")]
    assert shares == pytest.approx([2 / 6, 2 / 6, 1 / 6])


def test_units_that_start_alike_are_twins() -> None:
    bench, _ = probed(initialization={"name": "constant", "value": 0.1}, hidden=(5, 4))
    bench.member.parameters[bench.member.program.segment("hidden0.bias").begin :][:5] = 0.0
    bench.member.parameters[: bench.member.program.trained] = 0.1
    bench.finish()
    seen = values_at(bench, 0)
    assert [seen[layer, "twin_share"] for layer in ("hidden0", "hidden1")] == [1.0, 1.0]


def test_moving_statistics_are_told_from_exact_ones() -> None:
    bench, _ = probed(**CASES["batch norm"], epochs=3)
    bench.finish()
    reference, seen = reference_of(bench, bench.parameters), values_at(bench, 3)
    reference.loss(bench.arrays.numbers, bench.target.values, training=False)
    for layer in reference.layers:
        z = reference.seen[f"{layer}.linear"]
        held, variance = (bench.parameters[f"{layer}.{name}"] for name in ("mean", "variance"))
        mean, spread = z.mean(0).detach().numpy(), z.std(0).detach().numpy()
        expected = (
            np.sqrt(np.mean(((held - mean) / spread) ** 2)),
            np.sqrt(np.mean(np.log(variance**0.5 / spread) ** 2)),
        )
        found = seen[layer, "moving_mean_distance"], seen[layer, "moving_spread_distance"]
        assert found == pytest.approx(expected, rel=1e-6)
        assert min(expected) > 0.01


def test_the_noise_of_the_gradient_is_that_of_two_halves() -> None:
    bench, _ = probed(dropout=0.5, l2=0.1)
    bench.member.parameters[bench.member.program.segment("output.bias").begin] = 3.0
    reference = Reference(bench.parameters, "tanh")
    bench.finish()
    order = bench.workspace.order[:41]
    halves = [
        reference.gradient(bench.arrays.numbers[rows], bench.target.values[rows], training=False)
        for rows in (order[:20], order[20:])
    ]
    a, b = (np.concatenate([half[name].ravel() for name in sorted(half)]) for half in halves)
    # McCandlish et al. 2018, A.1, with the two halves as small batches and their weighted mean as the large one.
    whole, large, small = (20 * a + 21 * b) / 41, 41, (20, 21)
    seen = values_at(bench, 0)
    assert seen["network", "gradient_signal"] == pytest.approx(a @ b, rel=1e-6)
    trace = [(part @ part - whole @ whole) / (1 / size - 1 / large) for part, size in zip((a, b), small, strict=True)]
    assert seen["network", "gradient_variance"] == pytest.approx(np.average(trace, weights=(21, 20)), rel=0.2)
    assert seen["network", "gradient_variance"] == pytest.approx((a - b) @ (a - b) / (1 / 20 + 1 / 21), rel=1e-6)
    scale = seen["network", "gradient_variance"] / seen["network", "gradient_signal"]
    assert seen["network", "noise_scale"] == pytest.approx(scale)


def test_a_chain_of_one_unit_layers_has_the_product_of_slopes_and_weights() -> None:
    depth = 12
    bench, before = probed(hidden=(1,) * depth, activation="sigmoid", initialization={"name": "normal", "sd": 3.0})
    bench.finish()
    seen = values_at(bench, 0)
    h = bench.arrays.numbers.astype(np.float64)
    slopes = []
    for k in range(depth):
        h = 1 / (1 + np.exp(-(h @ before[f"hidden{k}.weight"] + before[f"hidden{k}.bias"])))
        slopes.append(h * (1 - h))
    out = 1 / (1 + np.exp(-(h @ before["output.weight"] + before["output.bias"])))
    signal = (out - bench.target.values) / len(h)
    for k in reversed(range(depth)):
        weight = before["output.weight" if k == depth - 1 else f"hidden{k + 1}.weight"]
        signal = signal * weight[0, 0] * slopes[k]  # each factor at most a quarter of the weight
        assert seen[f"hidden{k}", "signal_norm"] == pytest.approx(norm([signal]), rel=1e-6)
    assert seen["hidden0", "signal_norm"] < 1e-3 * seen[f"hidden{depth - 1}", "signal_norm"]


# Row F6 of the techniques: by what a product of 512 x 512 matrices grows a layer.
GROWTH: list[tuple[Any, str, float]] = [
    ({"name": "normal", "sd": 1.0}, "identity", 22.6),
    ({"name": "normal", "sd": 0.01}, "identity", 0.226),
    ({"name": "uniform", "r": 1.0}, "identity", 13.06),
    ("glorot_normal", "identity", 1.0),
    ("glorot_normal", "relu", 0.707),
    ("he_normal", "relu", 1.0),
]


@pytest.mark.parametrize(("initialization", "activation", "factor"), GROWTH, ids=str)
def test_activations_of_deep_networks_grow_as_theory_says(initialization: Any, activation: str, factor: float) -> None:
    depth = 8
    recipe, arrays, target = tiny(
        "binary", rows=16, inputs=512, hidden=(512,) * depth, activation=activation, initialization=initialization,
        batch_size="all", epochs=1, optimizer={"name": "sgd", "learning_rate": 1e-6},
    )  # fmt: skip
    bench = make_bench(recipe, arrays, target, precision="float32")
    start_probing(bench.member, 1)
    bench.finish()
    values = bench.member.probes
    assert values is not None
    size = {key: value for key, value in zip(values.keys, values.values[0], strict=True)}
    scale = [
        np.hypot(size[f"hidden{k}", "activation_mean"], size[f"hidden{k}", "activation_spread"]) for k in range(depth)
    ]
    assert (scale[-1] / scale[0]) ** (1 / (depth - 1)) == pytest.approx(factor, rel=0.05)
