"""Sums of squares in float64, added in pairs: an order that depends on how many numbers there are alone.

A sum of more than `LEAF` numbers is that of its two halves, the first a multiple of 8 long. A shorter one is added in
eight strands, which are then added in pairs. It is NumPy's order, and so NumPy's bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.numerics.kernel import on_first_compile

LEAF = 128
DEPTH = 64  # of halving: more than any array needs


def sum_of_squares(values: Any) -> Any:
    """The sum of the squares of an array of numbers."""
    squares = values.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # a gradient that diverges has no finite sum
        squares *= squares
        return squares.sum()


@on_first_compile
def _register() -> None:
    import numba
    from numba.extending import overload

    exactly: dict[str, Any] = {"error_model": "numpy", "fastmath": False}  # not the caller's leave to reorder sums

    @numba.njit(**exactly)
    def square(values, i):  # type: ignore[no-untyped-def]
        return np.float64(values[i]) * np.float64(values[i])

    @numba.njit(**exactly)
    def half_of(n):  # type: ignore[no-untyped-def]
        return n // 2 - n // 2 % 8

    @numba.njit(**exactly)
    def leaf(values, begin, n):  # type: ignore[no-untyped-def]
        if n < 8:
            total = 0.0
            for i in range(begin, begin + n):
                total += square(values, i)
            return total
        a, b, c, d = (
            square(values, begin),
            square(values, begin + 1),
            square(values, begin + 2),
            square(values, begin + 3),
        )
        e, f, g, h = (
            square(values, begin + 4), square(values, begin + 5), square(values, begin + 6), square(values, begin + 7)
        )  # fmt: skip
        end = begin + n // 8 * 8
        for i in range(begin + 8, end, 8):
            a += square(values, i)
            b += square(values, i + 1)
            c += square(values, i + 2)
            d += square(values, i + 3)
            e += square(values, i + 4)
            f += square(values, i + 5)
            g += square(values, i + 6)
            h += square(values, i + 7)
        total = ((a + b) + (c + d)) + ((e + f) + (g + h))
        for i in range(end, begin + n):
            total += square(values, i)
        return total

    @numba.njit(**exactly)
    def pairs(values):  # type: ignore[no-untyped-def]
        # What is being halved, from the whole array down: how many numbers, and the first half's sum once it is known.
        sizes, firsts, known = np.zeros(DEPTH, np.int64), np.zeros(DEPTH), np.zeros(DEPTH, np.bool_)
        sizes[0], begin, k, total = len(values), 0, 0, 0.0
        while k >= 0:
            if sizes[k] > LEAF:
                known[k] = known[k + 1] = False
                sizes[k + 1] = half_of(sizes[k])
                k += 1
                continue
            total = leaf(values, begin, sizes[k])
            begin += sizes[k]
            k -= 1
            while k >= 0 and known[k]:
                total = firsts[k] + total
                k -= 1
            if k >= 0:
                firsts[k], known[k] = total, True
                sizes[k + 1] = sizes[k] - half_of(sizes[k])
                k += 1
        return total

    overload(sum_of_squares, inline="never")(lambda values: lambda values: pairs(values))
