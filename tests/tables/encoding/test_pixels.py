"""One centre and one factor for all pixels of a channel: against NumPy on the pooled pixels, and repeated rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import make_bench, make_target, plain
from tests.engines.compiled.encoded import encode
from wellfit.engines.numpy.encode import encode as numpy_encode
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, View
from wellfit.tables.encoding import Encoding, fit_encoding, weighted_quantile
from wellfit.tables.encoding.pixels import fit_pixels

IMAGE = (3, 4, 2)
METHODS = ["standard", "robust", "min_max", "none"]


def pixels(rows: int = 50, kind: str = "float") -> np.ndarray:
    rng = np.random.default_rng(1)
    numbers = rng.normal(2, 3, (rows, 24)) if kind == "float" else rng.integers(0, 256, (rows, 24))
    numbers[:, :6] = 0  # a border that no image lights
    return numbers.astype(np.float32)


def fitted(numbers: np.ndarray, method: str, rows: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    centre, factor = fit_pixels(numbers, rows, weight, IMAGE, Recipe(scaling=method).scaling)
    for table in (centre, factor):
        assert table.shape == (24,) and (table.reshape(3, 4, 2) == table.reshape(3, 4, 2)[0, 0]).all()
    return centre[:2], factor[:2]


@pytest.mark.parametrize("kind", ["float", "bytes"])
@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_against_numpy_on_the_pooled_pixels(method: str, equal: bool, kind: str) -> None:
    numbers, rows = pixels(kind=kind), np.arange(5, 45)
    weight = np.full(40, 2.0) if equal else np.random.default_rng(2).uniform(0.1, 3, 40)
    centre, factor = fitted(numbers, method, rows, weight)
    for channel in range(2):
        v = numbers[rows, channel::2].astype(np.float64)
        w = np.repeat(weight, 12)
        mean = np.average(v.ravel(), weights=w)
        first, median, third = weighted_quantile(v.ravel(), w, np.array([0.25, 0.5, 0.75]))
        wanted = {
            "standard": (mean, 1 / np.sqrt(np.average((v.ravel() - mean) ** 2, weights=w))),
            "robust": (median, 1 / (third - first)),
            "min_max": (v.min(), 1 / (v.max() - v.min())),
            "none": (0.0, 1.0),
        }[method]
        assert (centre[channel], factor[channel]) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_weight_counts_as_repeated_rows(method: str) -> None:
    numbers, repeats = pixels(), np.random.default_rng(3).integers(1, 4, 50)
    weighted = fitted(numbers, method, np.arange(50), repeats.astype(float))
    repeated = fitted(numbers, method, np.repeat(np.arange(50), repeats), np.ones(repeats.sum()))
    np.testing.assert_allclose(weighted, repeated, rtol=1e-12)


def test_negative_values_and_both_zeros_keep_their_order() -> None:
    numbers = np.array([[-np.float32(0), -3e38, -1, -1e-40, 0, 1e-40, 1, 3e38]], np.float32).T
    levels = np.array([0.1, 0.25, 0.3, 0.5, 0.7, 0.9, 1.0])
    from wellfit.tables.encoding.pixels import _Pixels

    ours = _Pixels(numbers, np.arange(8), np.ones(8), 1, 0).quantiles(levels)
    assert np.array_equal(ours, np.quantile(numbers.astype(float), levels, method="inverted_cdf"))


def test_constant_channels_and_mostly_dark_images() -> None:
    numbers = pixels()
    numbers[:, 0::2] = 7
    numbers[:, 1::2] = 0
    numbers[:, 23] = 10
    centre, factor = fitted(numbers, "robust", np.arange(50), np.ones(50))
    assert list(centre) == [7, 0] and list(factor) == [0, 1 / 5]  # the middle half is one value: half the range


def test_quantile_scaling_is_refused() -> None:
    with pytest.raises(InputError, match="Quantile scaling transforms each column by itself"):
        fitted(pixels(), "quantile", np.arange(50), np.ones(50))


@pytest.mark.parametrize("method", METHODS)
def test_compiled_inputs_have_no_marks_and_no_clip(method: str) -> None:
    arrays = Arrays(pixels(kind="bytes") * 1000, np.zeros((50, 0), np.int32), image=IMAGE)
    recipe = plain(hidden=(3,), scaling=method, batch_size="all")
    bench = make_bench(recipe, arrays, make_target("numbers", 50, 1), view=View(np.arange(30)), precision="float32")
    encoding = bench.member.prepared.encoding
    assert encoding.width == 24 and not encoding.smooth_clip and encoding.image == IMAGE
    bench.train(1)
    order = bench.workspace.order[:30]
    x = bench.buffer(bench.member.program.inputs, 30, 24)
    np.testing.assert_allclose(x, encode(encoding, arrays.take(order)), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(x, numpy_encode(encoding, arrays.take(order)), rtol=1e-5, atol=1e-5)


def test_plain_data_and_back() -> None:
    arrays = Arrays(pixels(), np.zeros((50, 0), np.int32), image=IMAGE)
    encoding = fit_encoding(arrays, make_target("numbers", 50, 1), np.arange(50), np.ones(50), Recipe())
    again: Any = Encoding.from_plain({**encoding.to_plain(), "image": list(IMAGE)})
    assert again.image == IMAGE and np.array_equal(again.centre, encoding.centre)


@pytest.mark.parametrize("kind", ["float", "bytes"])
def test_quantiles_near_those_of_a_few_values_are_exact(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample says where to look; the quantile is that of all values, also where it misleads."""
    monkeypatch.setattr("wellfit.tables.encoding.pixels._SAMPLE", 600)
    numbers = pixels(2_000, kind)
    numbers[::40] += 300  # the rows that the sample may be made of
    rows = np.arange(2_000)
    centre, factor = fitted(numbers, "robust", rows, np.ones(2_000))
    for channel in range(2):
        v = numbers[:, channel::2].ravel()
        first, median, third = weighted_quantile(v, np.ones(len(v)), np.array([0.25, 0.5, 0.75]))
        assert (centre[channel], factor[channel]) == (median, 1 / (third - first))
