"""The three families of learning curves that are fitted, as shapes on a grid of their two bent parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Family:
    """Curves c + A f(n; p, q) with A of 0 or more, so that they fall or are flat.

    name: as in the literature. formula: in words of mathematics, for people.
    first, second: (shapes,) the values of p and q; together they are every point of a grid.
    shape: f, of sizes (sizes,) as shares of the largest measured one, p (shapes, 1) and q (shapes, 1).
    """

    name: str
    formula: str
    first: Float64
    second: Float64
    shape: Callable[[Float64, Float64, Float64], Float64]

    __repr__ = short_repr

    def shapes(self, sizes: Float64, largest: float) -> Float64:
        """f at some sizes (sizes,) for every point of the grid (shapes, sizes); largest: of the measured sizes."""
        return self.shape(np.asarray(sizes, np.float64) / largest, self.first[:, None], self.second[:, None])


def _grid(first: Float64, second: Float64) -> tuple[Float64, Float64]:
    p, q = np.meshgrid(first, second, indexing="ij")
    return p.ravel(), q.ravel()


def _power(n: Float64, offset: Float64, exponent: Float64) -> Float64:
    return np.asarray(((n + offset) / (1 + offset)) ** -exponent)


def _logistic(n: Float64, half: Float64, exponent: Float64) -> Float64:
    return np.asarray(1 / (1 + (n / half) ** exponent))


# The usual power law, which is steadier than POW4 where both fit.
POW3 = Family("POW3", "c + A n^-b", *_grid(np.zeros(1), np.geomspace(0.05, 4.0, 80)), _power)
# POW4: c + A (n + d)^-b. The offset d is a share of the largest measured size.
POW4 = Family(
    "POW4",
    "c + A (n + d)^-b",
    *_grid(np.array([0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]), np.geomspace(0.05, 4.0, 40)),
    _power,
)
# MMF4 (Morgan, Mercer and Flodin): (a b + c n^d) / (b + n^d), which is c + (a - c) / (1 + n^d / b); h = b^(1/d) is the
# size at which half of the fall is done.
MMF4 = Family(
    "MMF4",
    "c + A / (1 + (n / h)^d)",
    *_grid(np.geomspace(1e-3, 10.0, 25), np.geomspace(0.15, 5.0, 20)),
    _logistic,
)
FAMILIES = (POW3, POW4, MMF4)
