"""The counter hash and what is drawn from it, in plain Python integers.

A hash has no state: number i of a stream is a function of i and of two keys (seed and member; purpose and step).
All words are 32 bits and wrap around.

The first key only reorders: hash(i, k1, k2) = hash(i ^ k1, 0, k2). Two members whose first keys differ in their low
bits alone, and whose second keys are equal, would draw the same numbers in another order. Keys must therefore be mixed
words themselves, and both should depend on the member.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

MASK = 0xFFFFFFFF


def lowbias32(x: int) -> int:
    """Wellons' two-round mix of 32 bits, one to one."""
    x ^= x >> 16
    x = (x * 0x7FEB352D) & MASK
    x ^= x >> 15
    x = (x * 0x846CA68B) & MASK
    return x ^ (x >> 16)


def hash32(counter: int, key1: int, key2: int) -> int:
    """Number `counter` of the stream of two keys."""
    return lowbias32((lowbias32((counter ^ key1) & MASK) + key2) & MASK)


def draw16(index: int, key1: int, key2: int) -> int:
    """16-bit draw number `index`: an even one is the low half of hash index / 2, the odd one after it the high half."""
    word = hash32(index // 2, key1, key2)
    return word >> 16 if index % 2 else word & 0xFFFF


def draws16(count: int, key1: int, key2: int) -> Iterator[int]:
    """The first `count` 16-bit draws."""
    return (draw16(index, key1, key2) for index in range(count))


def uniform01(counter: int, key1: int, key2: int) -> np.float32:
    """In [0, 1), the multiples of 2^-24: exact in float32."""
    return np.float32(hash32(counter, key1, key2) >> 8) * np.float32(2.0**-24)


def bounded(counter: int, n: int, key1: int, key2: int) -> int:
    """An integer in 0 .. n - 1 by multiply and shift; no value more likely than another by more than n / 2^32."""
    return (hash32(counter, key1, key2) * n) >> 32
