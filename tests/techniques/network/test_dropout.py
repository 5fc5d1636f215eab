"""The compiled masks: the documented rule at every rate, and the expectation kept exactly."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engines.compiled.bench import Bench, make_bench, tiny
from tests.engines.compiled.masks import dropout_mask, threshold
from wellfit.techniques.network.dropout import Dropout, evaluation_factor

RATES = [0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]


def compiled_mask(bench: Bench, salt: int, rows: int, units: int) -> np.ndarray:
    (places,) = [o.places for o in bench.operations("dropout") if o.places["number"] == salt]
    return bench.buffer(places["mask"], rows, units)


@pytest.mark.parametrize("rate", RATES)
def test_masks_and_shares(rate: float) -> None:
    recipe, arrays, target = tiny(
        rows=301, inputs=3, hidden=(67, 4), dropout={"rate": rate, "input_rate": rate}, batch_size="all"
    )
    bench = make_bench(recipe, arrays, target, precision="float32", seed=5)
    dropped = 0
    for update in range(4):
        bench.train(1)
        for salt, units in ((0, 3), (1, 67), (2, 4)):
            mask = compiled_mask(bench, salt, 301, units)
            assert np.array_equal(mask > 0, dropout_mask(rate, 301, units, 5, salt, update) > 0)
            assert mask.max() == pytest.approx(1 / (1 - threshold(rate) / 65536), rel=1e-6)
            dropped += int((mask == 0).sum())
    n, exact = 4 * 301 * 74, threshold(rate) / 65536
    assert abs(dropped - n * exact) < 5 * np.sqrt(n * exact * (1 - exact))


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.3, 0.7])
def test_evaluation_stands_for_the_mean_over_masks(rate: float) -> None:
    """Classic: times the share that is kept, as the rate is rounded; inverted: as it is."""
    kept = 1 - round(rate * 65536) / 65536
    for number in (np.float32, np.float64):
        assert evaluation_factor(number(rate), number(1)) == pytest.approx(kept, rel=1e-7)
        assert evaluation_factor(number(rate), number(0)) == 1
    assert Dropout(rate=rate, form="classic").kept_share() == np.float32(kept) and Dropout(rate=rate).kept_share() == 1


def test_classic_masks_hold_ones_and_the_output_is_theirs() -> None:
    recipe, arrays, target = tiny(rows=64, hidden=(40,), dropout={"rate": 0.25, "form": "classic"}, batch_size="all")
    bench = make_bench(recipe, arrays, target, precision="float32")
    bench.train(1)
    (places,) = [operation.places for operation in bench.operations("dropout")]
    mask, x, y = (bench.buffer(places[name], 64, 40) for name in ("mask", "input", "output"))
    assert set(np.unique(mask)) == {0.0, 1.0} and np.array_equal(y, x * mask)
    assert mask.mean() == pytest.approx(0.75, abs=0.05)


def test_members_rows_layers_and_updates_draw_apart() -> None:
    masks = [
        dropout_mask(0.5, 40, 40, seed, salt, update).ravel() for seed in (1, 2) for salt in (1, 2) for update in (0, 1)
    ]
    for k, one in enumerate(masks):
        for other in masks[k + 1 :]:
            assert abs((one == other).mean() - 0.5) < 5 * 0.5 / np.sqrt(one.size)


def test_outputs_are_never_dropped_and_evaluation_drops_nothing() -> None:
    recipe, arrays, target = tiny(dropout=0.9, batch_size="all")
    bench, plain = (make_bench(r, arrays, target) for r in (recipe, recipe.vary(dropout=0.0)))
    assert bench.evaluate() == bench.evaluate()
    ours, theirs = bench.evaluate(), plain.evaluate()
    assert ours == theirs
