"""How strong a technique of a recipe is, whatever form its setting has."""

from __future__ import annotations

from typing import Any

from wellfit.recipe import Recipe


def strength(recipe: Recipe, path: str) -> float:
    """The largest value of a setting: of a list of layers the largest, of a schedule the value that it starts from.

    path: dotted, such as "dropout.rate".
    """
    value: Any = recipe
    for part in path.split("."):
        value = getattr(value, part)
    return largest(value)


def largest(value: Any) -> float:
    """The largest number of a setting: a number, a schedule, or a list of either."""
    if isinstance(value, tuple):
        return max((largest(one) for one in value), default=0.0)
    return float(getattr(value, "value", value))
