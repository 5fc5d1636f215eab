"""Where further recipes come from: changes of those that do well, and draws from the space of "cocktails".

Source of the space: Kadra, Lindauer, Hutter & Grabocka, "Well-tuned simple nets excel on tabular datasets", 2021;
Holzmueller, Grinsztajn & Steinwart, "Better by default", 2024.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.search.race.portfolio import fading
from wellfit.tables.arrays import TargetKind

Random = np.random.Generator
FRESH_SHARE = 0.1  # of proposals drawn from the space, not from a recipe that does well
MOST_CHANGES = 3


@dataclass(frozen=True)
class Trial:
    """What a proposer is told of a candidate.

    recipe: that was trained.
    loss: mean over folds at the last rung it passed; infinity before the first.
    finished: bool, whether it was trained to its end.
    key: the recipe as JSON, by which equal recipes are found.
    """

    recipe: Recipe
    loss: float
    finished: bool
    key: str = ""

    def __post_init__(self) -> None:
        if not self.key:
            object.__setattr__(self, "key", self.recipe.to_json())


class Proposer(Protocol):
    """Names the next recipe to try. The seam for other samplers, such as Optuna's (`wellfit.search.race.optuna`)."""

    def propose(self, tried: Sequence[Trial], random: Random) -> tuple[Recipe, str]:
        """A recipe, and where it comes from in words. tried: best first. random: the only source of chance."""
        ...

    def examples(self) -> list[Recipe]:
        """Recipes that between them use everything that proposals may use, so that it is compiled beforehand."""
        ...


def _fading(*values: float) -> tuple[Any, ...]:
    return tuple(fading(value) for value in values)


_EMBEDDINGS = (
    {"name": "none"},
    {"name": "piecewise", "bins": 8},
    {"name": "piecewise", "bins": 16},
    {"name": "piecewise", "bins": 32, "size": 4},
    {"name": "periodic_bias", "rate": 1.0, "sd": 0.1},
    {"name": "periodic_bias", "rate": 1.0, "sd": 0.5},
    {"name": "periodic_bias", "rate": 1.0, "sd": 1.0},
)
SPACE: dict[str, tuple[Any, ...]] = {
    "hidden": tuple((width,) * depth for width in (32, 64, 64, 96, 128, 192, 256) for depth in (1, 2, 3, 3, 4)),
    "activation": ("silu", "relu", "selu", "mish"),
    "skip": ("residual", "residual", "none", "concatenate"),
    "normalization": ("none", "none", "batch", "layer"),
    "number_embedding": _EMBEDDINGS,
    "input_scale": (0.0, 3.0, 6.0, 12.0),
    "scaling": ("robust", "robust", "standard", "quantile"),
    "categories": (0, 8, 32),
    "dropout": _fading(0.0, 0.05, 0.1, 0.2, 0.3, 0.5),
    "weight_decay": _fading(0.0, 0.03, 0.1, 0.3, 1.0),
    "optimizer.learning_rate": (0.003, 0.005, 0.01, 0.015, 0.02),
    "optimizer.beta2": (0.9, 0.95, 0.98),
    "batch_size": (32, 64, 128, 256),
    "epochs": (16, 24, 32, 48, 64, 96, 128),
    "input_noise": (0.0, 0.02, 0.05, 0.1),
    "mixup": (0.0, 0.1, 0.2, 0.4),
    "averaging": ("none", "none", "ema", "swa"),
}
CLASS_SPACE: dict[str, tuple[Any, ...]] = {"label_smoothing": (0.0, 0.05, 0.1), "swap": (0.0, 0.05, 0.1)}
_OF_NUMBERS = ("number_embedding", "scaling", "input_noise")
# What a fresh draw changes of the default recipe: every regulariser at once would underfit.
_ALWAYS = ("hidden", "activation", "number_embedding", "input_scale", "dropout", "weight_decay", "epochs")


class Evolution:
    """Changes one to three slots of one of the best recipes; now and then draws a fresh one from the space.

    kind: of the target.
    numbers: bool, whether the table has columns of numbers; default True.
    categories: bool, whether it has columns of categories; default True.
    """

    def __init__(self, kind: TargetKind, numbers: bool = True, categories: bool = True) -> None:
        self.space = {**SPACE, **(CLASS_SPACE if kind in ("binary", "classes") else {})}
        for slot in (*(() if numbers else _OF_NUMBERS), *(() if categories else ("categories",))):
            self.space.pop(slot)

    def propose(self, tried: Sequence[Trial], random: Random) -> tuple[Recipe, str]:
        """A recipe that has not been tried. The better a recipe, the more often it is the one that is changed."""
        known = {one.key for one in tried}
        for _ in range(100):
            fresh = not tried or random.random() < FRESH_SHARE
            place = 0 if fresh else min(int(random.geometric(0.4)) - 1, len(tried) - 1)
            recipe = Recipe() if fresh else tried[place].recipe
            changed = self._changed(recipe, random, fresh)
            if changed is not None and changed.to_json() not in known:
                names = ", ".join(sorted({path.split(".")[0] for path in changed.diff(recipe)}))
                return changed, f"drawn: {names}" if fresh else f"changed: {names}"
        raise InputError("No recipe is left in the space of the search that has not been tried.")

    def _changed(self, recipe: Recipe, random: Random, fresh: bool) -> Recipe | None:
        names = [name for name in self.space if not fresh or name not in _ALWAYS]
        picked = list(random.choice(names, size=int(random.integers(1, MOST_CHANGES + 1)), replace=False))
        picked += [name for name in _ALWAYS if fresh and name in self.space]
        changes = {str(name): _drawn(self.space[str(name)], random) for name in picked}
        return varied(recipe, changes)

    def examples(self) -> list[Recipe]:
        """Recipes that between them use everything that proposals may use."""
        return [
            made for name, values in self.space.items() for value in values if (made := varied(Recipe(), {name: value}))
        ]


def varied(recipe: Recipe, changes: dict[str, Any]) -> Recipe | None:
    """The changed recipe; None where the changes make no sense together."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of odd combinations, which the race rules out by their loss
        try:
            return recipe.vary(changes)
        except InputError:
            return None


def _drawn(values: Sequence[Any], random: Random) -> Any:
    return values[int(random.integers(len(values)))]
