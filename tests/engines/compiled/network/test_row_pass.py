"""One pass over the rows for all networks: each network's own outputs, to the bit, however the rows are cut."""

from __future__ import annotations

import functools
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engines.compiled.bench import make_arrays, make_bench, make_target, plain
from wellfit.engines.compiled.network import row_pass
from wellfit.engines.compiled.network.predict import predict, predict_together, raw_outputs
from wellfit.engines.compiled.network.row_pass import PART_BLOCKS, PART_FLOATS, lay_out, part_rows
from wellfit.engines.compiled.run.networks import network_of
from wellfit.engines.compiled.step.step import BLOCK
from wellfit.engines.contract.network import PREPARED, Network
from wellfit.tables.arrays import Arrays

ROWS = 300
PIECEWISE = {"name": "piecewise", "bins": 5, "size": 3}
UNLIKE: list[dict[str, Any]] = [
    {"hidden": (17,)},
    {"hidden": (100, 3), "normalization": "batch", "dropout": 0.3},
    {"hidden": (1,), "skip": "residual", "number_embedding": PIECEWISE, "input_scale": 6},
    {"hidden": (3, 17), "skip": "concatenate", "dropout": {"rate": 0.4, "form": "classic"}, "activation": "silu"},
    {"hidden": (33, 8), "number_embedding": "periodic_bias", "normalization": "layer", "scaling": "quantile"},
    {"hidden": ()},
]


@functools.cache
def networks(kind: str = "classes", outputs: int = 3) -> tuple[Network, ...]:
    made = []
    for seed, slots in enumerate(UNLIKE):
        target = make_target(kind, ROWS, outputs)
        recipe = plain(epochs=2, batch_size=32, **slots)
        bench = make_bench(recipe, arrays(), target, precision="float32", seed=seed)
        bench.finish()
        made.append(network_of(bench.member, kind, outputs))  # type: ignore[arg-type]
    return tuple(made)


@functools.cache
def arrays() -> Arrays:
    return make_arrays(ROWS, 5)


def together(rows: Arrays, n_jobs: int = 1, of: tuple[Network, ...] | None = None) -> NDArray[np.float32]:
    of = networks() if of is None else of
    outputs = np.full((len(of), rows.rows, of[0].outputs), np.nan, np.float32)

    def take(begin: int, part: NDArray[np.float32]) -> None:
        assert begin % BLOCK == 0
        assert np.isnan(outputs[:, begin : begin + part.shape[1]]).all()  # no row comes twice
        outputs[:, begin : begin + part.shape[1]] = part

    predict_together(of, rows, take, n_jobs)
    return outputs


@pytest.mark.parametrize("kind", ["classes", "numbers", "counts", "labels"])
def test_together_as_alone(kind: str) -> None:
    of = networks(kind)
    alone = np.stack([predict(network, arrays()) for network in of])
    assert np.array_equal(together(arrays(), of=of), alone)
    assert np.array_equal(together(arrays(), of=of[::-1]), alone[::-1])
    assert np.array_equal(together(arrays(), of=of[2:3]), alone[2:3])


def test_widths_and_rows_of_every_size() -> None:
    """Widths 1, 3, 17, 100; rows 1, 63, 65 and shuffled."""
    whole = together(arrays())
    assert np.isfinite(whole).all()
    picks = [np.array([7]), np.arange(63), np.arange(65), np.array([7] * 65), np.arange(299, -1, -1)]
    for picked in picks:
        for n_jobs in (1, 3):
            assert np.array_equal(together(arrays().take(picked), n_jobs), whole[:, picked])


@pytest.mark.parametrize("n_jobs", [1, 2, 3, 16])
def test_neither_parts_nor_threads_are_seen(n_jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = together(arrays())
    for blocks, floats in ((1, PART_FLOATS), (2, PART_FLOATS), (PART_BLOCKS, 1)):
        monkeypatch.setattr(row_pass, "PART_BLOCKS", blocks)
        monkeypatch.setattr(row_pass, "PART_FLOATS", floats)
        assert np.array_equal(together(arrays(), n_jobs), whole)


def test_parts_hold_few_rows_of_many_outputs() -> None:
    assert part_rows(10**7, 10, 2) == PART_BLOCKS * BLOCK
    assert part_rows(200, 10, 2) == 2 * BLOCK
    for floats in (40_000, 10**9):
        rows = part_rows(10**7, floats, 2)
        assert rows == BLOCK or rows * floats <= PART_FLOATS
    assert part_rows(0, 1, 1) == BLOCK


def test_no_rows_and_wrong_sizes() -> None:
    assert together(arrays().take(np.arange(0)), n_jobs=2).shape == (6, 0, 3)
    short = replace(networks()[0], parameters=networks()[0].parameters[:-16])
    with pytest.raises(ValueError, match="broadcast"):
        predict(short, arrays())


def test_what_goes_wrong_in_a_thread_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_pass, "PART_BLOCKS", 1)
    seen: list[int] = []

    def take(begin: int, part: NDArray[np.float32]) -> None:
        seen.append(begin)
        raise RuntimeError("no room")

    for n_jobs in (1, 3):
        seen.clear()
        with pytest.raises(RuntimeError, match="no room"):
            predict_together(networks(), arrays(), take, n_jobs)
        assert len(seen) <= n_jobs


def test_dropout_that_would_only_copy_is_left_out() -> None:
    """Inverted dropout does nothing in prediction; the classic form scales, and stays."""
    with_it = networks()[1]
    without = replace(with_it, recipe=with_it.recipe.vary(dropout=0.0))
    assert np.array_equal(raw_outputs(with_it, arrays()), raw_outputs(without, arrays()))
    assert len(lay_out(with_it).operations) == len(lay_out(without).operations)
    classic = networks()[3]
    without = replace(classic, recipe=classic.recipe.vary(dropout=0.0))
    assert not np.array_equal(raw_outputs(classic, arrays()), raw_outputs(without, arrays()))


def test_parameters_are_read_anew_and_layouts_do_not_travel() -> None:
    network = replace(networks()[0], parameters=networks()[0].parameters.copy())
    before = predict(network, arrays())
    assert "layout" in vars(network)[PREPARED]
    assert PREPARED not in vars(pickle.loads(pickle.dumps(network)))
    network.parameters[:] = 0
    assert not np.array_equal(predict(network, arrays()), before)


def test_double_precision() -> None:
    for network in networks():
        double = raw_outputs(network, arrays(), precision="float64")
        np.testing.assert_allclose(raw_outputs(network, arrays()), double, rtol=2e-4, atol=2e-4 * np.abs(double).max())
        assert np.array_equal(raw_outputs(network, arrays().take(np.arange(65)), 2, "float64"), double[:65])
