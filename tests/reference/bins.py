"""Edges of the bins of a column, value by value: quantiles, and values that hold more than a bin's share."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np


def edges(values: Sequence[float], weights: Sequence[float], bins: int) -> list[float]:
    """weights: such that their sums are exact fractions."""
    mass: dict[float, Fraction] = {}
    for value, weight in zip(values, weights, strict=True):
        if weight:
            mass[float(value)] = mass.get(float(value), Fraction(0)) + Fraction(float(weight))
    found = _quantiles(mass, bins)
    if len(set(found)) == len(found):
        return found
    alone: list[float] = []
    while mass:
        share = sum(mass.values()) / (bins - len(alone))
        heavy = [value for value, weight in mass.items() if weight > share]
        if not heavy:
            below = bool(alone) and min(alone) < min(mass)  # the ends of the others are then no edges
            above = bool(alone) and max(alone) > max(mass)
            others = _quantiles(mass, bins - len(alone) + below + above)
            return sorted({*alone, *others[below : len(others) - above]})
        alone += heavy
        mass = {value: weight for value, weight in mass.items() if value not in heavy}
    return sorted(alone)


def _quantiles(mass: dict[float, Fraction], bins: int) -> list[float]:
    """The smallest value with at least k / bins of the mass at or below it, k = 0 ... bins."""
    rising = sorted(mass)
    reached = np.cumsum([mass[value] for value in rising], dtype=object)
    wanted = [Fraction(k, bins) * reached[-1] for k in range(bins + 1)]
    return [next(value for value, sofar in zip(rising, reached, strict=True) if sofar >= goal) for goal in wanted]
