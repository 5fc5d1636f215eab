"""Draws in the kernels, counter-based: events, shares with a symmetric beta distribution, normal numbers.

Normal numbers come in pairs, in code that LLVM vectorises: Box and Muller's method on a half circle, with the sign
drawn apart. Of two hashes a and b,

    u = ((a >> 9) + 1/2) / 2^23,  v = ((b >> 9) + 1/2) / 2^23,  s = -1 if b is odd, else 1,
    r = sqrt(-2 log u),  first = s r cos(pi (v - 1/2)),  second = s r sin(pi (v - 1/2)).

Of n numbers, h = (n + 1) // 2 and p < h: number p is the first and number h + p the second of the pair whose hashes
have the counters p and h + p. With 23 bits no number lies beyond 5.77. In float32 the functions are polynomials
(logarithm after Cephes, S. L. Moshier 1992; errors below 2e-7), in float64 the C library's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import OPTIONS, helper, on_first_compile
from wellfit.numerics.random import random_bits, u32

EXACT = 1 / 2**23  # a power of two: the same in both precisions


@helper
def happens(bits: Any, probability: Any) -> Any:
    """Whether an event of this probability happens, by 32 random bits."""
    return np.int64(bits) < np.int64(np.float64(probability) * np.float64(4294967296.0))


@helper
def larger_share(alpha: Any, counter: Any, key1: Any, key2: Any) -> Any:
    """max(s, 1 - s) with s drawn from Beta(alpha, alpha), in float64, from the hashes 2 counter and 2 counter + 1.

    With u = (a + 1/2) / 2^32 and v of the two hashes and q = (u^(-1/alpha) - 1) cos(pi v)^2 it is
    1/2 + 1/2 / sqrt(1 + 1/q): exact for every alpha above 0 (L. Devroye, "Random variate generation in one line of
    code", 1996). 1 for alpha = 0, the limit.
    """
    if alpha <= 0:
        return np.float64(1)
    scale = np.float64(1 / 4294967296.0)
    u = (np.float64(random_bits(u32(2 * counter), key1, key2)) + 0.5) * scale
    v = (np.float64(random_bits(u32(2 * counter + 1), key1, key2)) + 0.5) * scale
    q = np.expm1(min(-np.log(u) / np.float64(alpha), 700.0)) * np.cos(np.pi * v) ** 2
    return 0.5 + 0.5 / np.sqrt(1 + 1 / q)


def radius(x: Any) -> Any:
    """sqrt(-2 log x) for x in (0, 1)."""
    return type(x)(math.sqrt(-2.0 * math.log(x)))


def cosine(x: Any) -> Any:
    """cos(pi x) for abs(x) < 1/2."""
    return type(x)(math.cos(math.pi * x))


def sine(x: Any) -> Any:
    """sin(pi x) for abs(x) < 1/2."""
    return type(x)(math.sin(math.pi * x))


@helper
def uniform(bits: Any, like: Any) -> Any:
    """A number in (0, 1), both ends excluded, in the precision of `like`."""
    # By way of int32, from which floats are made several at a time.
    return (constant(np.int32(u32(bits >> u32(9))), like) + constant(0.5, like)) * constant(EXACT, like)


@helper
def signed_length(a: Any, b: Any, like: Any) -> Any:
    """How far out the pair of the hashes a and b lies, and on which side."""
    side = constant(1, like) - constant(2, like) * constant(np.int32(u32(b & u32(1))), like)
    return radius(uniform(a, like)) * side


@helper
def fill_normal(out: Any, key1: Any, key2: Any) -> None:
    """Independent standard normal numbers."""
    half = (len(out) + 1) // 2
    first, second = out[:half], out[half:]
    for p in range(len(second)):  # a helper that returned the pair would keep the loop from being vectorised
        a, b = random_bits(u32(p), key1, key2), random_bits(u32(half + p), key1, key2)
        r, t = signed_length(a, b, out[0]), uniform(b, out[0]) - constant(0.5, out[0])
        first[p] = r * cosine(t)
        second[p] = r * sine(t)
    if len(second) < half:
        a, b = random_bits(u32(half - 1), key1, key2), random_bits(u32(half + half - 1), key1, key2)
        first[half - 1] = signed_length(a, b, out[0]) * cosine(uniform(b, out[0]) - constant(0.5, out[0]))


@on_first_compile
def _register() -> None:
    from numba import types
    from numba.extending import overload

    for function, single in _single().items():
        exact = {
            radius: lambda x: math.sqrt(-2.0 * math.log(x)),
            cosine: lambda x: math.cos(math.pi * x),
            sine: lambda x: math.sin(math.pi * x),
        }[function]

        def choose(x, _single=single, _exact=exact):  # type: ignore[no-untyped-def]
            return _single if x == types.float32 else _exact

        overload(function, jit_options=OPTIONS, inline="never")(_with_plain_signature(choose))


def _with_plain_signature(choose: Any) -> Any:
    return lambda x: choose(x)


def _single() -> dict[Any, Any]:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def bits_of(typing, x):  # type: ignore[no-untyped-def]
        """The bits of a float32 as an int32."""
        return types.int32(types.float32), lambda context, builder, signature, arguments: builder.bitcast(
            arguments[0], ir.IntType(32)
        )

    @intrinsic
    def with_bits(typing, n):  # type: ignore[no-untyped-def]
        """The float32 of the bits of an int32."""
        return types.float32(types.int32), lambda context, builder, signature, arguments: builder.bitcast(
            arguments[0], ir.FloatType()
        )

    f, i = np.float32, np.int32
    one, two, half, root_half = f(1), f(2), f(0.5), f(0.70710678118654752)
    l0, l1, l2 = f(7.0376836292e-2), f(-1.1514610310e-1), f(1.1676998740e-1)
    l3, l4, l5 = f(-1.2420140846e-1), f(1.4249322787e-1), f(-1.6668057665e-1)
    l6, l7, l8 = f(2.0000714765e-1), f(-2.4999993993e-1), f(3.3333331174e-1)
    ln2_high, ln2_low = f(0.693359375), f(-2.12194440e-4)
    mantissa, of_half, shift, bias = i(0x7FFFFF), i(0x3F000000), i(23), i(126)
    s0, s1, s2 = f(3.14159265), f(-5.16771276), f(2.55016332)
    s3, s4, s5 = f(-0.5992522), f(0.0820504), f(-0.00702839)
    c1, c2, c3 = f(-4.93480214), f(4.05870916), f(-1.335212)
    c4, c5 = f(0.23493731), f(-0.02439632)

    def radius32(x):  # type: ignore[no-untyped-def]
        bits = bits_of(x)
        exponent = f((bits >> shift) - bias)
        m = with_bits((bits & mantissa) | of_half)
        low = m < root_half
        d = m + m - one if low else m - one
        e = exponent - one if low else exponent
        z = d * d
        y = ((((((((l0 * d + l1) * d + l2) * d + l3) * d + l4) * d + l5) * d + l6) * d + l7) * d + l8) * d * z
        log = d + (y + e * ln2_low - half * z) + e * ln2_high
        return np.sqrt(-two * log)

    def cosine32(x):  # type: ignore[no-untyped-def]
        z = x * x
        return ((((c5 * z + c4) * z + c3) * z + c2) * z + c1) * z + one

    def sine32(x):  # type: ignore[no-untyped-def]
        z = x * x
        return (((((s5 * z + s4) * z + s3) * z + s2) * z + s1) * z + s0) * x

    return {radius: radius32, cosine: cosine32, sine: sine32}
