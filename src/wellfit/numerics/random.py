"""Random numbers that depend on what they are for, not on when they are drawn.

A counter is hashed with two 32-bit keys: one made from the member's seed, one from seed, purpose and update. Any draw
can be
made at any time, in any order, by any thread, and comes out the same. The hash is two rounds of a 32-bit mixer
(constants by C. Wellons, 2018); one hash serves two 16-bit dropout draws.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.kernel import OPTIONS, helper, on_first_compile

_purposes: dict[int, str] = {}


def purpose(name: str, number: int) -> int:
    """Declare what draws are for: the word that keeps them apart from all others. Never renumber: results depend on it.

    number: from 1, its own. A technique declares its purposes in its file.

    Raises:
        ValueError: another purpose has the number, or the name has another number.
    """
    numbers = {word: known for known, word in _purposes.items()}
    if numbers.get(name, number) != number:
        raise ValueError(
            f"The purpose {name!r} has the number {numbers[name]} already, not {number}: take another name."
        )
    if _purposes.setdefault(number, name) != name:
        raise ValueError(
            f"The purposes {_purposes[number]!r} and {name!r} both have the number {number}: take another."
        )
    return number


SHUFFLE, INITIALIZATION, EVALUATION_ROWS = purpose("shuffle", 1), purpose("initialization", 2), purpose("evaluation", 4)
CORRUPTION, EMBEDDING, BOOTSTRAP = purpose("corruption", 14), purpose("embedding", 15), purpose("bootstrap", 16)

_MASK = 0xFFFFFFFF


def u32(x: Any) -> Any:
    """The low 32 bits of an integer, as uint32 when compiled (where uint32 * uint32 would become uint64)."""
    return int(x) & _MASK


@helper
def mix(x: Any) -> Any:
    """One round: a bijection of 32-bit words in which each input bit reaches each output bit."""
    x = u32(x ^ (x >> u32(16)))
    x = u32(x * u32(0x7FEB352D))
    x = u32(x ^ (x >> u32(15)))
    x = u32(x * u32(0x846CA68B))
    return u32(x ^ (x >> u32(16)))


@helper
def random_bits(counter: Any, key1: Any, key2: Any) -> Any:
    """32 random bits for a counter under two keys."""
    return mix(u32(mix(u32(u32(counter) ^ key1)) + key2))


@helper
def purpose_key(purpose: Any, salt: Any, update: Any, seed: Any) -> Any:
    """The second key: what the draw is for (purpose and its number in the program), at which update, of which member.

    It holds the seed as well, since the first key alone only reorders the counters: two members must not share draws.
    """
    word = mix(u32(u32(purpose) * u32(0x9E3779B1) + u32(salt)))
    return mix(u32(mix(u32(word ^ u32(seed))) + u32(update)))


@helper
def below(bits: Any, n: Any) -> Any:
    """An integer from 0 to n - 1 made of 32 random bits by multiply-shift; n at most 2^31."""
    return np.int64((np.uint64(bits) * np.uint64(n)) >> np.uint64(32))


def seed_key(seed: int) -> int:
    """The first key: a member's seed, any integer of at most 64 bits, folded to 32 bits."""
    low, high = seed & _MASK, (seed >> 32) & _MASK
    return int(mix(mix(low ^ 0x5BF03635) + high & _MASK))


def bits_array(count: int, key1: int, key2: int) -> NDArray[np.uint32]:
    """`random_bits` of the counters 0 to count - 1, in NumPy: for initial weights; the compiled hash's reference."""

    def mixed(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
        for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
            x = x ^ (x >> np.uint32(shift))
            x = x * np.uint32(factor)
        return x ^ (x >> np.uint32(16))

    return mixed(mixed(np.arange(count, dtype=np.uint32) ^ np.uint32(key1)) + np.uint32(key2))


def uniform_array(count: int, key1: int, key2: int) -> NDArray[np.float64]:
    """Numbers in (0, 1), both ends excluded, with 32 bits each."""
    return (bits_array(count, key1, key2).astype(np.float64) + 0.5) / 2.0**32


def normal_array(count: int, key1: int, key2: int) -> NDArray[np.float64]:
    """Standard normal numbers by Box and Muller's method, two from each pair of uniform ones."""
    pairs = (count + 1) // 2
    u = uniform_array(2 * pairs, key1, key2)
    radius, angle = np.sqrt(-2.0 * np.log(u[:pairs])), 2.0 * np.pi * u[pairs:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]


@on_first_compile
def _register() -> None:
    from numba.extending import overload

    def as_uint32(x):  # type: ignore[no-untyped-def]
        return lambda x: np.uint32(x)

    overload(u32, jit_options=OPTIONS)(as_uint32)
