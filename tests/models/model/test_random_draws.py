"""Averages at test time: over all dropout masks, over draws of masks and noise; the lecture's two identities."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engines.compiled.bench import Bench, make_arrays, make_bench, make_target, plain
from tests.engines.compiled.draws import normals
from tests.engines.compiled.masks import dropout_mask
from tests.engines.compiled.oracle import describe
from tests.reference import network as reference
from wellfit.engines.compiled.measure.random_predictions import MOST_UNITS, drawn_outputs, every_mask, sources_of
from wellfit.engines.compiled.network.predict import raw_outputs
from wellfit.engines.compiled.run.networks import network_of
from wellfit.engines.contract.network import Network, in_target_units
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.models.model.averaging import probabilities
from wellfit.models.model.random_draws import DrawSums
from wellfit.tables import Schema, read_table
from wellfit.tables.arrays import Arrays
from wellfit.techniques.rows.noise import WEIGHT_NOISE


def trained(kind: str = "numbers", outputs: int = 2, inputs: int = 4, **slots: Any) -> tuple[Network, Bench]:
    recipe = plain(**{"epochs": 3, "optimizer": {"name": "adam", "learning_rate": 0.05}, **slots})
    target = make_target(kind, 24, 1 if kind == "binary" else outputs)
    bench = make_bench(recipe, make_arrays(24, inputs), target, precision="float32")
    bench.finish()
    return network_of(bench.member, kind, target.outputs), bench


def exactly(network: Network, bench: Bench) -> tuple[NDArray[Any], NDArray[Any]]:
    """Raw outputs of all masks (masks, rows, outputs) and their probabilities."""
    parts = list(every_mask(network, bench.arrays))
    return np.concatenate([z for z, _ in parts]), np.concatenate([chance for _, chance in parts])


def rule(network: Network, bench: Bench) -> NDArray[Any]:
    """What prediction says: the weight-scaling rule."""
    return raw_outputs(network, bench.arrays, precision="float64")


def model_of(bench: Bench, *networks: Network, **words: Any) -> tuple[Model, NDArray[np.float32]]:
    X = bench.arrays.numbers
    schema = Schema.infer(read_table(X))
    return Model(schema, bench.target.kind, bench.target.labels, networks, **words), X


@pytest.mark.parametrize("form", ["inverted", "classic"])
@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_a_linear_unit_the_arithmetic_mean_is_the_rule(kind: str, form: str) -> None:
    network, bench = trained(kind, outputs=3, hidden=(), dropout={"input_rate": 0.3, "form": form})
    z, chance = exactly(network, bench)
    assert len(z) == 2**4 and chance.sum() == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(np.tensordot(chance, z, 1), rule(network, bench), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("kind", "outputs"), [("classes", 3), ("binary", 1), ("labels", 3)])
def test_softmax_regression_the_normalised_geometric_mean_is_the_rule(kind: Any, outputs: int) -> None:
    network, bench = trained(kind, outputs=outputs, hidden=(), dropout={"input_rate": 0.4})
    sums = DrawSums(kind)
    for z, chance in every_mask(network, bench.arrays):
        sums.add(z, chance)
    expected = probabilities(rule(network, bench), kind)
    np.testing.assert_allclose(sums.result("geometric", 16).mean, expected, rtol=1e-9)
    np.testing.assert_allclose(sums.result("logits", 16).mean, expected, rtol=1e-9)
    assert np.abs(sums.result("mean", 16).mean - expected).max() > 1e-3  # the arithmetic mean is another


def test_in_a_deep_network_the_rule_is_an_approximation() -> None:
    network, bench = trained("classes", outputs=3, hidden=(5, 4), dropout=0.5, epochs=20)
    z, chance = exactly(network, bench)
    assert len(z) == 2**9
    mean = np.tensordot(chance, z, 1)
    assert 1e-4 < np.abs(mean - rule(network, bench)).max() < 1.0


@pytest.mark.parametrize(
    "slots", [{}, {"normalization": "batch"}, {"skip": "residual"}, {"skip": "concatenate"}], ids=str
)
@pytest.mark.parametrize("form", ["inverted", "classic"])
def test_draws_come_to_the_average_over_all_masks(slots: dict[str, Any], form: str) -> None:
    dropout = {"rate": [0.3, 0.0], "input_rate": 0.2, "form": form}
    network, bench = trained(hidden=(6, 6), dropout=dropout, **slots)
    z, chance = exactly(network, bench)
    mean = np.tensordot(chance, z, 1)
    spread = np.sqrt(np.tensordot(chance, z**2, 1) - mean**2)
    drawn = drawn_outputs(network, bench.arrays, ["dropout"], 3000)
    assert (np.abs(drawn.mean(axis=0) - mean) < 5 * spread / np.sqrt(3000)).all()
    np.testing.assert_allclose(drawn.std(axis=0), spread, rtol=0.12)


def test_a_draw_has_the_documented_masks() -> None:
    rates = {"rate": [0.3, 0.5], "input_rate": 0.25}
    network, bench = trained(hidden=(7, 5), dropout=rates)
    ours = drawn_outputs(network, bench.arrays, ["dropout"], 4, seed=11, precision="float64")
    d = describe(network.recipe, 4, 2)
    weights = {name: part.astype(np.float64) for name, part in network.weights().items()}
    for k in range(4):
        masks = {"input": dropout_mask(0.25, 1, 4, 11, 0, k)}
        masks |= {f"hidden{j}": dropout_mask(rate, 1, (7, 5)[j], 11, j + 1, k) for j, rate in enumerate((0.3, 0.5))}
        for i in range(3):
            x = bench.arrays.numbers[i : i + 1].astype(np.float64)
            said = reference.train_pass(d, weights, x, np.zeros((1, 2)), "squared", masks=masks).outputs
            np.testing.assert_allclose(ours[k, i], said[0], rtol=1e-9)


@pytest.mark.parametrize("relative", [False, True])
def test_a_draw_has_the_documented_weight_noise(relative: bool) -> None:
    network, bench = trained(hidden=(5,), weight_noise={"sd": 0.2, "relative": relative}, dropout=0.3)
    ours = drawn_outputs(network, bench.arrays, ["weight_noise"], 3, seed=4, precision="float64")
    for k in range(3):
        moved = network.parameters.astype(np.float64)
        for number, s in enumerate(network.segments):
            if s.role == "weight":
                n = normals(s.end - s.begin, WEIGHT_NOISE, number, 4, k)
                moved[s.begin : s.end] += 0.2 * n * (np.abs(moved[s.begin : s.end]) if relative else 1)
        there = replace(network, parameters=moved)
        np.testing.assert_allclose(ours[k], raw_outputs(there, bench.arrays, precision="float64"), rtol=1e-9)


def test_input_noise_through_a_linear_unit() -> None:
    network, bench = trained(hidden=(), input_noise=0.3)
    drawn = drawn_outputs(network, bench.arrays, ["input_noise"], 4000, precision="float64")
    w = network.weights()["output.weight"].astype(np.float64)
    spread = 0.3 * np.sqrt((w**2).sum(axis=0))
    assert (np.abs(drawn.mean(axis=0) - rule(network, bench)) < 5 * spread / np.sqrt(4000)).all()
    np.testing.assert_allclose(drawn.std(axis=0), np.broadcast_to(spread, drawn.shape[1:]), rtol=5 / np.sqrt(8000))


EVERYTHING: dict[str, Any] = {
    "hidden": (6,), "dropout": 0.2, "input_noise": 0.2, "weight_noise": 0.1, "cutout": 0.1, "mixup": 0.5, "swap": 0.1,
    "label_noise": 0.1, "normalization": "batch", "optimizer": "nesterov", "sharpness_aware": 0.05,
}  # fmt: skip


def test_only_what_is_asked_for_is_drawn() -> None:
    network, bench = trained("classes", outputs=3, **EVERYTHING)
    assert sources_of(network) == ["dropout", "cutout", "input_noise", "weight_noise"]
    plain_one = rule(network, bench)
    seen = {}
    for source in sources_of(network):
        z = drawn_outputs(network, bench.arrays, [source], 200, precision="float64")
        assert z.std(axis=0).min() > 1e-6
        seen[source] = z
    assert len({float(z.sum()) for z in seen.values()}) == 4
    quiet = network.recipe.vary(dropout=0, input_noise=0, cutout=0, mixup=0, swap=0, label_noise=0, sharpness_aware=0)
    same = drawn_outputs(replace(network, recipe=quiet.vary(optimizer="sgd")), bench.arrays, ["weight_noise"], 200,
                         precision="float64")  # fmt: skip
    np.testing.assert_allclose(seen["weight_noise"], same, rtol=1e-12)
    assert np.array_equal(rule(network, bench), plain_one)


def test_a_row_meets_the_same_draws_wherever_it_stands() -> None:
    network, bench = trained("classes", outputs=3, **EVERYTHING)
    over = ["dropout", "cutout", "input_noise", "weight_noise"]
    whole = drawn_outputs(network, bench.arrays, over, 5)
    before = network.parameters.copy()
    for picked in (np.arange(23, -1, -1), np.array([7]), np.array([3, 3, 9])):
        assert np.array_equal(drawn_outputs(network, bench.arrays.take(picked), over, 5), whole[:, picked])
    assert np.array_equal(drawn_outputs(network, bench.arrays, over, 5, n_jobs=3), whole)
    assert np.array_equal(drawn_outputs(network, bench.arrays, over, 3), whole[:3])
    assert not np.array_equal(drawn_outputs(network, bench.arrays, over, 5, seed=1), whole)
    assert np.array_equal(network.parameters, before)


def test_the_model_gives_mean_and_spread() -> None:
    network, bench = trained("classes", outputs=3, hidden=(6,), dropout=0.3)
    model, X = model_of(bench, network)
    z, chance = exactly(network, bench)
    p = probabilities(z, "classes")
    expected = np.tensordot(chance, p, 1)
    said = model.averaged(X, draws="all")
    np.testing.assert_allclose(said.mean, expected, rtol=1e-6)
    np.testing.assert_allclose(said.spread, np.sqrt(np.tensordot(chance, p**2, 1) - expected**2), rtol=1e-5)
    assert said.draws == 64
    drawn = model.averaged(X, draws=400, seed=3)
    assert (np.abs(drawn.mean - expected) < 5 * said.spread / 20 + 1e-9).all()
    assert drawn.draws == 400 and np.array_equal(drawn.mean, model.averaged(X, draws=400, seed=3).mean)
    np.testing.assert_allclose(drawn.mean.sum(axis=1), 1)


def test_several_members_count_by_their_weights() -> None:
    pair = [
        trained(hidden=(4,), outputs=1, dropout=0.3, initialization=name) for name in ("glorot_normal", "he_normal")
    ]
    bench = pair[0][1]
    single = [model_of(bench, network)[0].averaged(bench.arrays.numbers, draws="all") for network, _ in pair]
    both, X = model_of(bench, *(network for network, _ in pair), weights=[1, 3])
    said = both.averaged(X, draws="all")
    mean = 0.25 * single[0].mean + 0.75 * single[1].mean
    within = 0.25 * single[0].spread ** 2 + 0.75 * single[1].spread ** 2
    between = 0.25 * (single[0].mean - mean) ** 2 + 0.75 * (single[1].mean - mean) ** 2
    assert said.mean.shape == (24,)
    np.testing.assert_allclose(said.mean, mean, rtol=1e-9)
    np.testing.assert_allclose(said.spread, np.sqrt(within + between), rtol=1e-6)
    first, second = (
        drawn_outputs(n, bench.arrays, ["dropout"], 2, seed=s) for n, s in ((pair[0][0], 0), (pair[0][0], 1))
    )
    assert not np.array_equal(first, second)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"over": "input_noise"}, "here dropout; got 'input_noise'"),
    ({"over": ["dropout", "weather"]}, "here dropout; got 'weather'"),
    ({"over": []}, "got none"),
    ({"draws": 0}, "draws is a number of at least 1"),
    ({"draws": "many"}, "draws is a number of at least 1"),
    ({"average": "logits"}, "averaged by mean; got 'logits'"),
    ({"draws": "all", "over": ["dropout", "input_noise"]}, 'over="dropout" alone'),
]


@pytest.mark.parametrize(("words", "message"), WRONG, ids=[str(words) for words, _ in WRONG])
def test_messages(words: dict[str, Any], message: str) -> None:
    network, bench = trained(hidden=(4,), dropout=0.3)
    model, X = model_of(bench, network)
    with pytest.raises(InputError, match=message):
        model.averaged(X, **words)


def test_too_many_masks_and_nothing_to_draw() -> None:
    network, bench = trained(hidden=(MOST_UNITS + 1,), dropout=0.3)
    with pytest.raises(InputError, match="at most 20 inputs and units, and 21 may be dropped"):
        list(every_mask(network, bench.arrays))
    network, bench = trained(hidden=(4,))
    with pytest.raises(InputError, match="here nothing; got 'dropout'"):
        drawn_outputs(network, bench.arrays, ["dropout"], 3)


def test_embedded_inputs_are_dropped_where_the_network_gets_them() -> None:
    rng = np.random.default_rng(0)
    arrays = Arrays(rng.normal(size=(30, 1)).astype(np.float32), rng.integers(0, 5, (30, 1)).astype(np.int32), (5,))
    slots: dict[str, Any] = {"categories": {"one_hot_up_to": 2, "embedding": 3}, "input_noise": 0.1, "mixup": 0.3}
    recipe = plain(hidden=(3,), dropout={"rate": 0.2, "input_rate": 0.3}, epochs=5, **slots)
    bench = make_bench(recipe, arrays, make_target("numbers", 30, 1), precision="float32")
    bench.finish()
    network = network_of(bench.member, "numbers", 1)
    z, chance = exactly(network, bench)
    assert len(z) == 2 ** (1 + 3 + 3)
    mean = np.tensordot(chance, z, 1)
    spread = np.sqrt(np.tensordot(chance, z**2, 1) - mean**2)
    drawn = drawn_outputs(network, arrays, ["dropout"], 2000)
    assert (np.abs(drawn.mean(axis=0) - mean) < 5 * spread / np.sqrt(2000)).all()


def test_augmented_images() -> None:
    arrays = Arrays(make_arrays(20, 36).numbers, np.zeros((20, 0), np.int32), image=(6, 6, 1))
    slots: dict[str, Any] = {"augmentation": {"translation": 0.2, "rotation": 20.0}, "input_noise": 0.2}
    bench = make_bench(
        plain(hidden=(5,), epochs=2, **slots), arrays, make_target("classes", 20, 3), precision="float32"
    )
    bench.finish()
    network = network_of(bench.member, "classes", 3)
    assert sources_of(network) == ["augmentation", "input_noise"]
    drawn = drawn_outputs(network, arrays, ["augmentation"], 30)
    assert drawn.std(axis=0).min() > 1e-4
    noisy = drawn_outputs(network, arrays, ["augmentation", "input_noise"], 30)
    assert not np.allclose(drawn, noisy)
    assert np.array_equal(drawn_outputs(network, arrays.take(np.array([5])), ["augmentation"], 30), drawn[:, [5]])


@pytest.mark.parametrize("average", ["mean", "logits", "geometric"])
@pytest.mark.parametrize("kind", ["binary", "classes", "labels"])
def test_the_mean_has_the_models_temperature(kind: str, average: Any) -> None:
    network, bench = trained(kind, outputs=3, hidden=(3,), dropout={"rate": 0.5})
    model, X = model_of(bench, network)
    plainly = model.averaged(X, draws="all", average=average)
    warm = replace(model, temperature=3.0).averaged(X, draws="all", average=average)
    p = plainly.mean
    one, other = p ** (1 / 3), (1 - p) ** (1 / 3)
    wanted = one / (one + other) if kind == "labels" else one / one.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(warm.mean, wanted, rtol=1e-9)
    np.testing.assert_array_equal(warm.spread, plainly.spread)


def test_the_mean_of_numbers_is_clipped_and_not_each_draw() -> None:
    network, bench = trained(outputs=1, hidden=(), dropout={"input_rate": 0.5}, epochs=30)
    middle = network.encoding.target_centre  # a narrow range, as of targets that hardly differ
    narrow = replace(network.encoding, target_low=middle - 0.05, target_high=middle + 0.05)
    network = replace(network, encoding=narrow)
    model, X = model_of(bench, network)
    low, high = float(narrow.target_low[0]), float(narrow.target_high[0])
    z = drawn_outputs(network, bench.arrays, ("dropout",), 50, 0)
    draws = in_target_units(network, z.reshape(-1, 1), clipped=False).astype(float).reshape(50, -1)
    clipped = np.clip(draws, low, high).mean(axis=0)
    found = model.averaged(X, draws=50)
    np.testing.assert_allclose(found.mean, np.clip(draws.mean(axis=0), low, high), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.spread, draws.std(axis=0), rtol=1e-4)
    assert np.abs(found.mean - clipped).max() > 1e-3  # draws beyond the range there are
