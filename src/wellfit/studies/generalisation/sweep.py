"""Recipes that differ in one setting: a width, a depth, or any strength; and the axes that they are drawn on."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wellfit.errors import InputError, quoted
from wellfit.figures import Axis
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr

MOST_BEYOND, MARGIN = 1.0, 0.04  # of the range of the means: how far intervals are shown beyond it, and what is left
LOG_REACH = 8.0  # from the least value to the largest, from which on they are drawn on a logarithmic axis


@dataclass(frozen=True)
class Sweep:
    """A setting and its values.

    slot: "width", "depth", or a setting of the recipe such as "l2". values: of it. recipes: one a value, by its name.
    """

    slot: str
    values: tuple[Any, ...]
    recipes: dict[str, Recipe]

    __repr__ = short_repr

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers that can be drawn on one axis: none is 0 where they reach over decades."""
        if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values):
            return False
        positive = [value for value in self.values if value > 0]
        wide = len(positive) > 1 and max(positive) / min(positive) >= LOG_REACH
        return len(self.values) > 1 and (len(positive) == len(self.values) or not wide)

    def axis(self, column: str) -> Axis:
        """The axis of the values. column: of the frame that holds them."""
        title = {"width": "units of a hidden layer", "depth": "hidden layers"}.get(self.slot, self.slot)
        if not self.numeric:
            return Axis(column, title, scale="category")
        wide = min(self.values) > 0 and max(self.values) / min(self.values) >= LOG_REACH
        return Axis(column, title, scale="log" if wide else "linear")


def swept(recipe: Recipe, slot: str, values: Sequence[Any]) -> Sweep:
    """The recipe with each value of a setting.

    slot: "width" (units of every hidden layer), "depth" (hidden layers, as wide as the first), or a setting as
        `Recipe.vary` takes it, such as "l2" or "optimizer.learning_rate".
    values: one or more, different; text that is JSON, such as "0.01", is read as what it says.

    Raises:
        InputError: no such setting, a value out of its range, or one that comes twice.
    """
    read = tuple(_read(value) for value in values)
    if not read:
        raise InputError(f"A study of {quoted(slot)} needs one value or more; got none.")
    names = [f"{slot} = {value:g}" if isinstance(value, float) else f"{slot} = {value}" for value in read]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"The values of a setting differ from each other; got {quoted(twice)} twice.")
    recipes = {name: _changed(recipe, slot, value) for name, value in zip(names, read, strict=True)}
    return Sweep(slot, read, recipes)


def focused(axis: Axis, means: Iterable[float | None], ends: Iterable[float | None] = ()) -> Axis:
    """The axis with ends for the means and their intervals; a very wide interval leaves the picture.

    means: those that are drawn; missing and infinite ones do not count. ends: of the intervals.
    """
    known = _finite(means)
    if not known:
        return axis
    low, high = min(known), max(known)
    reach = (high - low) or abs(high) or 1.0
    every = [*known, *_finite(ends)]
    least = max(min(every), low - MOST_BEYOND * reach) - MARGIN * reach
    most = min(max(every), high + MOST_BEYOND * reach) + MARGIN * reach
    return replace(axis, ends=(max(least, 0.0) if low >= 0 else least, most))


def _finite(values: Iterable[float | None]) -> list[float]:
    return [float(value) for value in values if value is not None and math.isfinite(value)]


def _changed(recipe: Recipe, slot: str, value: Any) -> Recipe:
    if slot not in ("width", "depth"):
        return recipe.vary({slot: value})
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InputError(f"A {slot} is a whole number of 1 or more; got {quoted(value)}.")
    if slot == "width":
        return recipe.vary(hidden=(value,) * max(len(recipe.hidden), 1))
    return recipe.vary(hidden=(recipe.hidden[0] if recipe.hidden else 32,) * value)


def _read(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:  # a name, such as that of an activation
        return value
