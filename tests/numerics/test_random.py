"""The counter hash: compiled, in NumPy and in integers the same; what is drawn from it is even and independent."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engines.compiled.masks import dropout_mask, epoch_order, threshold
from tests.numerics.probe import bounded, compiled_bits, keys
from tests.reference import random as reference
from wellfit.engines.compiled.step.batches import deal
from wellfit.numerics.random import (
    SHUFFLE,
    bits_array,
    normal_array,
    purpose,
    purpose_key,
    seed_key,
    uniform_array,
)
from wellfit.techniques import layout
from wellfit.techniques.network.dropout import DROPOUT

KEYS = [(0, 0), (1, 2), (0xFFFFFFFF, 0x80000000), (0x9E3779B1, 12345)]


@pytest.mark.parametrize(("key1", "key2"), KEYS)
def test_a_million_compiled_hashes_equal_numpy(key1: int, key2: int) -> None:
    assert np.array_equal(compiled_bits(1_000_000, key1, key2), bits_array(1_000_000, key1, key2))


@pytest.mark.parametrize(("key1", "key2"), KEYS)
def test_numpy_equals_plain_integers(key1: int, key2: int) -> None:
    bits = bits_array(100_000, key1, key2)
    for counter in [*range(300), *range(300, 100_000, 997), 99_999]:
        assert int(bits[counter]) == reference.hash32(counter, key1, key2)


def test_compiled_keys_equal_plain_integers() -> None:
    for number, salt, seed in [(1, 0, 0), (3, 7, 0xDEADBEEF), (2, 0xFFFFFFFF, 0xFFFFFFFF)]:
        out = np.empty(500, np.int64)
        keys.for_precision()(number, salt, seed, out)
        assert list(out) == [int(purpose_key(number, salt, update, seed)) for update in range(500)]


@pytest.mark.parametrize("n", [1, 2, 3, 1000, 2**31 - 1, 2**31])
def test_integers_below_n(n: int) -> None:
    bits = np.concatenate([compiled_bits(2000, 5, 6), [0, 0xFFFFFFFF]])
    out = np.empty(len(bits), np.int64)
    bounded.for_precision()(bits, n, out)
    assert list(out) == [(int(b) * n) >> 32 for b in bits]
    assert out.min() == 0 and out.max() == n - 1


@pytest.mark.parametrize("rate", [0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99])
def test_drop_shares_lie_within_five_sigma(rate: float) -> None:
    n, dropped = 0, 0
    for update in range(4):
        mask = dropout_mask(rate, 500, 501, seed=11, salt=2, update=update)
        n, dropped = n + mask.size, dropped + int((mask == 0).sum())
    exact = threshold(rate) / 65536
    assert exact == pytest.approx(rate, abs=1 / 131072 + 1e-12)
    assert abs(dropped - n * exact) < 5 * np.sqrt(n * exact * (1 - exact))


def test_the_two_halves_of_a_hash_and_neighbouring_units_are_independent() -> None:
    mask = dropout_mask(0.5, 1000, 1000, seed=3, salt=1, update=9).ravel()
    half = mask.size // 2
    for one, other in [(mask[:half], mask[half:]), (mask[:-1], mask[1:]), (mask[:-1000], mask[1000:])]:
        assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(len(one))


def streams(seed: int, count: int = 4096) -> dict[str, np.ndarray]:
    key = seed_key(seed)
    named = {"shuffle 0": (SHUFFLE, 0, 0), "dropout 1, 0": (DROPOUT, 1, 0), "dropout 2, 0": (DROPOUT, 2, 0)}
    named |= {"dropout 1, 1": (DROPOUT, 1, 1), "shuffle 1": (SHUFFLE, 0, 1)}
    return {name: bits_array(count, key, int(purpose_key(*what, key))) for name, what in named.items()}


@pytest.mark.parametrize(("one", "other"), [(1, 2), (0, 1), (0, 2**32), (7, 7 + 2**63)])
def test_members_seams_and_updates_share_no_stream(one: int, other: int) -> None:
    """Not even in another order: of 4096 of 2^32 numbers two streams have 0.004 in common by chance."""
    ours = {f"{one}: {name}": bits for name, bits in streams(one).items()}
    all_streams = list((ours | {f"{other}: {name}": bits for name, bits in streams(other).items()}).items())
    for k, (name, bits) in enumerate(all_streams):
        for another, more in all_streams[k + 1 :]:
            assert len(np.intersect1d(bits, more)) <= 2, f"{name} and {another} share numbers"


def test_seeds_of_64_bits_give_different_keys() -> None:
    assert len({seed_key(seed) for seed in [*range(10_000), *(s << 32 for s in range(1, 10_000))]}) > 19_990
    assert all(0 <= seed_key(seed) < 2**32 for seed in (0, 2**64 - 1))


def compiled_order(seed: int, epoch: int, rows: int) -> np.ndarray:
    """The order that a training run would deal, taken from the step's own helper run as Python."""
    order = np.zeros(rows, np.int64)
    clock = np.zeros(layout.CLOCK_SIZE, np.int64)
    clock[layout.SEED_KEY] = seed_key(seed)
    deal(order, clock, epoch)
    return order


def test_an_epoch_deals_every_row_once() -> None:
    for rows in (1, 2, 7, 500):
        order = compiled_order(4, 2, rows)
        assert sorted(order) == list(range(rows))
        assert np.array_equal(order, epoch_order(4, 2, rows))


def test_orders_are_even() -> None:
    """Each of the 24 orders of four rows about equally often, each row in each place too."""
    orders = np.array([epoch_order(seed, epoch, 4) for seed in range(60) for epoch in range(80)])
    _, counts = np.unique(orders, axis=0, return_counts=True)
    expected = len(orders) / 24
    assert len(counts) == 24
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 23 + 5 * np.sqrt(2 * 23)


def test_uniform_and_normal_numbers() -> None:
    u, z = uniform_array(100_001, 3, 4), normal_array(100_001, 3, 4)
    assert 0 < u.min() and u.max() < 1
    assert abs(u.mean() - 0.5) < 5 / np.sqrt(12 * len(u)) and abs(u.var() - 1 / 12) < 5 * np.sqrt(1 / 180 / len(u))
    assert abs(z.mean()) < 5 / np.sqrt(len(z)) and abs(z.var() - 1) < 5 * np.sqrt(2 / len(z))
    assert abs((z**4).mean() - 3) < 5 * np.sqrt(96 / len(z))
    assert abs((z > 1.96).mean() - 0.025) < 5 * np.sqrt(0.025 / len(z))


def test_two_purposes_cannot_have_one_number() -> None:
    assert purpose("dropout", DROPOUT) == DROPOUT
    with pytest.raises(ValueError, match="'dropout' and 'other' both have the number 3"):
        purpose("other", DROPOUT)


def test_one_purpose_cannot_have_two_numbers() -> None:
    with pytest.raises(ValueError, match="'dropout' has the number 3 already, not 99"):
        purpose("dropout", 99)
