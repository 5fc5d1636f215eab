"""Random draws of the techniques on rows, targets and weights, recomputed in NumPy from the documented rules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.random import bits_array, purpose_key, seed_key

Array = NDArray[np.float64]


def bits(count: int, purpose: int, salt: int, seed: int, update: int) -> NDArray[np.int64]:
    """The hashes of the counters 0 to count - 1."""
    key1 = seed_key(seed)
    return bits_array(count, key1, int(purpose_key(purpose, salt, update, key1))).astype(np.int64)


def normals(count: int, purpose: int, salt: int, seed: int, update: int) -> Array:
    """Number p and number half + p are the two of the pair made of the hashes p and half + p."""
    half = (count + 1) // 2
    drawn = bits(2 * half, purpose, salt, seed, update)
    u = ((drawn[:half] >> 9) + 0.5) / 2**23
    v = ((drawn[half:] >> 9) + 0.5) / 2**23
    sign = np.where(drawn[half:] % 2 == 1, -1.0, 1.0)
    radius = sign * np.sqrt(-2 * np.log(u))
    angle = np.pi * (v - 0.5)
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]


def events(probability: float, count: int, purpose: int, salt: int, seed: int, update: int) -> NDArray[np.bool_]:
    """Which of so many events of a probability happen."""
    return np.asarray(bits(count, purpose, salt, seed, update) < int(probability * 2**32))


def larger_shares(alpha: float, count: int, purpose: int, seed: int, update: int) -> Array:
    """max(b, 1 - b) with b from Beta(alpha, alpha)."""
    drawn = (bits(2 * count, purpose, 0, seed, update) + 0.5) / 2**32
    u, v = drawn[::2], drawn[1::2]
    q = np.expm1(np.minimum(-np.log(u) / alpha, 700)) * np.cos(np.pi * v) ** 2
    return np.asarray(0.5 + 0.5 / np.sqrt(1 + 1 / q))
