"""Sums of squares in pairs: NumPy's bits, whatever the length."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wellfit.numerics.kernel import compiled_loop
from wellfit.numerics.pairwise import LEAF, sum_of_squares


@compiled_loop("T[:]")
def compiled_sum(values):  # type: ignore[no-untyped-def]
    return sum_of_squares(values)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_they_are_numpys(precision: str) -> None:
    random, run = np.random.default_rng(0), compiled_sum.for_precision(precision)
    lengths: Any = [*range(20), LEAF - 1, LEAF, LEAF + 1, *random.integers(LEAF, 100_000, 40), 2**20 + 3]
    for n in lengths:
        values = (random.normal(size=n) * np.exp(3 * random.normal(size=n))).astype(precision)
        squares = values.astype(np.float64) ** 2
        assert run(values) == squares.sum() == sum_of_squares(values), n


def test_what_is_not_finite_is_seen() -> None:
    run = compiled_sum.for_precision()
    for wild in (np.nan, np.inf):
        values = np.ones(5000, np.float32)
        values[4321] = wild
        assert not np.isfinite(run(values))
