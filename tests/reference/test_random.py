"""The counter hash: one to one, and its draws spread as they should, over streams with fixed keys."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tests.reference import random

DRAWS = 100_000
KEYS = [(0, 0), (1, 0), (0, 1), (0x9E3779B9, 0xDEADBEEF)]


def chi_square(counts: np.ndarray) -> float:
    """Probability of counts at least this uneven if all cells are equally likely."""
    return float(stats.chisquare(counts).pvalue)


def unmix(x: int) -> int:
    """The inverse of lowbias32: the same steps backwards, each multiplier inverted modulo 2^32."""
    x ^= x >> 16
    x = (x * pow(0x846CA68B, -1, 2**32)) & random.MASK
    x ^= (x >> 15) ^ (x >> 30)
    x = (x * pow(0x7FEB352D, -1, 2**32)) & random.MASK
    return x ^ (x >> 16)


def test_lowbias32_is_one_to_one() -> None:
    numbers = [0, 1, 2, 0xFFFF, 0x10000, 0x80000000, random.MASK, *np.random.default_rng(0).integers(0, 2**32, 1000)]
    assert all(unmix(random.lowbias32(int(x))) == x for x in numbers)
    assert random.lowbias32(0) == 0


def test_a_flipped_bit_flips_half_of_the_hash() -> None:
    """Each bit of the counter changes each bit of the hash about every second time."""
    flips = np.zeros((32, 32))
    counters = np.random.default_rng(1).integers(0, 2**32, 300)
    for counter in map(int, counters):
        plain = random.hash32(counter, 5, 7)
        for bit in range(32):
            difference = plain ^ random.hash32(counter ^ (1 << bit), 5, 7)
            flips[bit] += [(difference >> k) & 1 for k in range(32)]
    assert np.abs(flips / 300 - 0.5).max() < 5 * 0.5 / math.sqrt(300)


@pytest.mark.parametrize("keys", KEYS)
def test_halves_are_uniform(keys: tuple[int, int]) -> None:
    draws = np.fromiter(random.draws16(DRAWS, *keys), np.int64)
    assert draws.min() >= 0
    assert draws.max() < 2**16
    assert chi_square(np.bincount(draws >> 8, minlength=256)) > 1e-4
    assert chi_square(np.bincount(draws & 0xFF, minlength=256)) > 1e-4
    low, high = draws[::2] >> 12, draws[1::2] >> 12
    assert chi_square(np.bincount(16 * low + high, minlength=256)) > 1e-4


def test_order_of_the_halves() -> None:
    word = random.hash32(3, 11, 13)
    assert [random.draw16(6, 11, 13), random.draw16(7, 11, 13)] == [word & 0xFFFF, word >> 16]


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5, 0.9, 0.99])
def test_share_dropped(rate: float) -> None:
    """A draw below rate * 2^16 drops: the share lies within 5 standard errors of the rate."""
    threshold = round(rate * 2**16)
    dropped = sum(draw < threshold for draw in random.draws16(DRAWS, 17, 19))
    exact = threshold / 2**16
    assert abs(dropped / DRAWS - exact) < 5 * math.sqrt(exact * (1 - exact) / DRAWS)


def test_uniform_numbers() -> None:
    numbers = np.array([random.uniform01(i, 23, 29) for i in range(DRAWS // 2)])
    assert numbers.dtype == np.float32
    assert 0 <= numbers.min() < 0.001
    assert 0.999 < numbers.max() < 1
    assert stats.kstest(numbers.astype(np.float64), "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 5 / math.sqrt(len(numbers))


def test_largest_uniform_number_is_below_one() -> None:
    counter = unmix((unmix(random.MASK) - 29) & random.MASK) ^ 23
    assert random.hash32(counter, 23, 29) == random.MASK
    assert random.uniform01(counter, 23, 29) == np.float32(1 - 2.0**-24)
    assert random.bounded(counter, 7, 23, 29) == 6


@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_bounded_integers(n: int) -> None:
    counts = np.bincount([random.bounded(i, n, 31, 37) for i in range(20_000)], minlength=n)
    assert len(counts) == n
    assert n == 1 or chi_square(counts) > 1e-4


def test_first_key_only_reorders() -> None:
    """Why keys must be mixed words: with raw ones, seeds 1 and 2 hold the same 16 numbers."""
    assert random.hash32(9, 12, 5) == random.hash32(9 ^ 12, 0, 5)
    one, two = ({random.hash32(i, seed, 5) for i in range(16)} for seed in (1, 2))
    assert one == two
    mixed = ({random.hash32(i, random.lowbias32(seed), 5) for i in range(16)} for seed in (1, 2))
    assert not set.intersection(*mixed)


def test_streams_of_neighbouring_keys_are_unrelated() -> None:
    """Neighbouring seeds and steps: words as far apart as chance would have them."""
    streams = [(1, 0), (2, 0), (1, 1), (2, 1)]
    words = np.array([[random.uniform01(i, *keys) for i in range(5000)] for keys in streams], dtype=np.float64)
    related = np.corrcoef(words) - np.eye(len(streams))
    assert np.abs(related).max() < 5 / math.sqrt(5000)
