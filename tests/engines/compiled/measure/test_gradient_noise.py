"""The measured noise of a batch's gradient is what sampling theory says, and would not be by another formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wellfit
from tests.engines.compiled.bench import Bench, make_arrays, make_bench, make_target, plain
from tests.engines.compiled.masks import dealt_rows
from tests.engines.compiled.oracle import describe
from tests.reference import network as reference
from wellfit.engines.compiled.measure.gradient_noise import GradientNoise, gradient_noise
from wellfit.engines.compiled.run.networks import network_of
from wellfit.engines.contract.network import Network
from wellfit.errors import InputError

ROWS, DRAWS = 150, 600
SIZES = (1, 5, 70, 130, 150)


def trained(**slots: Any) -> tuple[Network, Bench]:
    recipe = plain(hidden=(4,), epochs=2, **slots)
    bench = make_bench(recipe, make_arrays(ROWS, 3), make_target("numbers", ROWS, 2), precision="float32")
    bench.finish()
    return network_of(bench.member, "numbers", 2), bench


def measure(network: Network, bench: Bench, sizes: Any = SIZES, draws: int = DRAWS) -> list[GradientNoise]:
    rows = np.arange(ROWS)
    return gradient_noise(network, bench.arrays, bench.target, rows, sizes, draws, seed=3, precision="float64")


@pytest.mark.parametrize("slots", [{}, {"normalization": "batch", "dropout": 0.3}], ids=str)
def test_the_standard_error_is_the_expected_one(slots: dict[str, Any]) -> None:
    found = measure(*trained(**slots))
    assert len(found) == 2 * len(SIZES)
    for one in found:
        assert abs(one.measured - one.expected) < 5 * one.uncertainty + 1e-9, one
        assert one.measured > 0 or (one.batch_size == ROWS and not one.replacement)
    by = {(one.batch_size, one.replacement): one for one in found}
    single = by[1, True].expected
    assert by[70, True].expected == pytest.approx(single / np.sqrt(70))
    assert by[70, False].expected == pytest.approx(single / np.sqrt(70) * np.sqrt(80 / 149))
    assert by[ROWS, False].expected == 0 and by[ROWS, False].measured < 1e-12
    # Drawn without replacement, the formula for independent draws would be seen to be wrong.
    assert abs(by[70, False].measured - by[70, True].expected) > 5 * by[70, False].uncertainty


def test_against_gradients_of_pytorch() -> None:
    network, bench = trained()
    d = describe(network.recipe, 3, 2)
    weights = {name: part.astype(np.float64) for name, part in network.weights().items()}
    encoding = bench.member.prepared.encoding
    x = bench.arrays.numbers.astype(np.float64)
    y = (bench.target.values.astype(np.float64) - encoding.target_centre) / encoding.target_scale

    def gradient(rows: Any) -> Any:
        found = reference.train_pass(d, weights, x[rows], y[rows], "squared").gradients
        return np.concatenate([found[name].ravel() for name in sorted(found)])

    each = np.array([gradient([i]) for i in range(ROWS)])
    variance = each.var(axis=0).sum()
    draws = 4
    found = measure(network, bench, (7,), draws)
    assert [one.replacement for one in found] == [False, True]
    for one in found:
        batches = [dealt_rows(3, k, ROWS, one.replacement)[:7] for k in range(draws)]
        distances = [((gradient(rows) - each.mean(axis=0)) ** 2).sum() for rows in batches]
        assert one.measured == pytest.approx(np.sqrt(np.mean(distances)), rel=1e-9)
        assert one.expected == pytest.approx(
            np.sqrt(variance / 7 * (1 if one.replacement else (ROWS - 7) / (ROWS - 1))), rel=1e-9
        )


def test_the_member_has_it_as_a_table() -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    population = wellfit.train(plain(hidden=(3,), epochs=1), X, X[:, 0] > 0)
    table = population[0].gradient_noise((2, 8), draws=20)
    assert table.columns[:3] == ["batch_size", "replacement", "rows"]
    assert table["batch_size"].to_list() == [2, 2, 8, 8] and (table["measured"] > 0).all()
    with pytest.raises(InputError, match="from 1 to 48 rows here .* got batch size 49"):
        population[0].gradient_noise((49,))
    with pytest.raises(InputError, match="got 1 draws"):
        population[0].gradient_noise((4,), draws=1)
