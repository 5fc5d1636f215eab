"""Compiled loops over single functions, so that tests can compare them number by number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.elementary import erf, exp, log1p, sigmoid, tanh
from wellfit.numerics.kernel import compiled_loop
from wellfit.numerics.random import below, purpose_key, random_bits, u32


@compiled_loop("T[:]", "T[:,:]")
def elementary(x: Any, y: Any) -> None:
    """Rows of y: exp, tanh, erf, log1p and sigmoid of x."""
    for i in range(len(x)):
        y[0, i] = exp(x[i])
        y[1, i] = tanh(x[i])
        y[2, i] = erf(x[i])
        y[3, i] = log1p(x[i])
        y[4, i] = sigmoid(x[i])


ROWS = ("exp", "tanh", "erf", "log1p", "sigmoid")


@compiled_loop("int64", "int64", "int64[:]")
def hashes(key1: Any, key2: Any, out: Any) -> None:
    """The compiled hash of the counters 0, 1, ..."""
    for i in range(len(out)):
        out[i] = np.int64(random_bits(u32(i), u32(key1), u32(key2)))


@compiled_loop("int64", "int64", "int64", "int64[:]")
def keys(purpose: Any, salt: Any, seed: Any, out: Any) -> None:
    """The second key at the updates 0, 1, ..."""
    for i in range(len(out)):
        out[i] = np.int64(purpose_key(u32(purpose), u32(salt), u32(i), u32(seed)))


@compiled_loop("int64[:]", "int64", "int64[:]")
def bounded(bits: Any, n: Any, out: Any) -> None:
    """Integers below n."""
    for i in range(len(out)):
        out[i] = below(u32(bits[i]), n)


def compiled_elementary(name: str, x: NDArray[Any]) -> NDArray[Any]:
    """One of ROWS of a float32 or float64 array."""
    y = np.empty((len(ROWS), len(x)), x.dtype)
    elementary.for_precision(str(x.dtype))(np.ascontiguousarray(x), y)
    return y[ROWS.index(name)]


def compiled_bits(count: int, key1: int, key2: int) -> NDArray[np.int64]:
    """The compiled hash of the counters 0 to count - 1."""
    out = np.empty(count, np.int64)
    hashes.for_precision()(key1, key2, out)
    return out
