"""Sums over long arrays in compiled code: 256 numbers at a time in the arrays' own precision, which is faster, and in
float64 over these; wholly in float64 where squares leave the range of float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import helper

BLOCK = 256
SMALL = 1e-20  # below it squares of float32 may have been lost


@helper
def product_sum(a: Any, b: Any) -> Any:
    """The sum of a[i] b[i]."""
    total = 0.0
    for begin in range(0, len(a), BLOCK):
        first, second = a[begin : begin + BLOCK], b[begin : begin + BLOCK]
        part = constant(0, first[0])
        for i in range(len(first)):
            part += first[i] * second[i]
        total += np.float64(part)
    return total


@helper
def square_sum(a: Any) -> Any:
    """The sum of squares."""
    total = product_sum(a, a)
    if total >= SMALL and np.isfinite(total):
        return total
    total = 0.0
    for i in range(len(a)):
        total += np.float64(a[i]) * np.float64(a[i])
    return total


@helper
def distance_sum(a: Any, b: Any) -> Any:
    """The sum of squares of a[i] - b[i]."""
    total = 0.0
    for begin in range(0, len(a), BLOCK):
        first, second = a[begin : begin + BLOCK], b[begin : begin + BLOCK]
        part = constant(0, first[0])
        for i in range(len(first)):
            part += (first[i] - second[i]) * (first[i] - second[i])
        total += np.float64(part)
    if total >= SMALL and np.isfinite(total):
        return total
    total = 0.0
    for i in range(len(a)):
        d = np.float64(a[i]) - np.float64(b[i])
        total += d * d
    return total


@helper
def mean_and_spread(a: Any) -> Any:
    """Mean and standard deviation, from sums of distances to the first value."""
    origin = a[0]
    total, squares = 0.0, 0.0
    for begin in range(0, len(a), BLOCK):
        block = a[begin : begin + BLOCK]
        part, square = constant(0, origin), constant(0, origin)
        for i in range(len(block)):
            d = block[i] - origin
            part += d
            square += d * d
        total += np.float64(part)
        squares += np.float64(square)
    shift = total / len(a)
    return np.float64(origin) + shift, np.sqrt(max(squares / len(a) - shift * shift, 0.0))
