"""Recipes to compare: those that were given, or one with every technique of a family in one slot, and their rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellfit.errors import InputError, quoted
from wellfit.recipe import Recipe, as_recipe
from wellfit.reprs import short_repr
from wellfit.studies.recipes.changes import varied
from wellfit.techniques.base import REGISTRY

PRESETS = {
    "optimizers": "optimizer", "activations": "activation", "initializations": "initialization",
    "normalizations": "normalization",
}  # fmt: skip
FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)  # of a recipe's learning rate, where rates are tuned


@dataclass(frozen=True)
class Entry:
    """One of the recipes that are compared. recipes: by name; several where its rate is chosen among them."""

    name: str
    recipes: Mapping[str, Recipe]

    __repr__ = short_repr


def entries_of(recipes: Any, preset: str | None, tune_rates: bool) -> tuple[list[Entry], list[str]]:
    """What is compared, the reference first, and a sentence for each recipe that makes no sense.

    recipes: a recipe, a list of them, or a mapping by name; empty: the default recipe.

    Raises:
        InputError: a preset or recipe that there is not, or fewer than two.
    """
    given = named_recipes(recipes)
    skipped: list[str] = []
    if preset is not None:
        if len(given) > 1:
            raise InputError(f"A preset varies one recipe; got {len(given)}: give one, or leave the preset out.")
        given, skipped = varied_by(preset, next(iter(given.values()), Recipe()))
    if len(given) < 2:
        raise InputError(f"A comparison takes two recipes or more, or one and a preset: {', '.join(PRESETS)}.")
    tried = {name: _with_rates(name, recipe) if tune_rates else {name: recipe} for name, recipe in given.items()}
    return [Entry(name, every) for name, every in tried.items()], skipped


def named_recipes(recipes: Any) -> dict[str, Recipe]:
    """Recipes by name: a file's stem, a known recipe's own, else its place; of equal names the later ones get a number.

    >>> list(named_recipes(["plain", Recipe(), Recipe(epochs=3)]))
    ['plain', 'recipe 2', 'recipe 3']
    """
    if isinstance(recipes, Mapping) and not set(recipes) <= set(Recipe.model_fields):
        return {str(name): as_recipe(value) for name, value in recipes.items()}
    listed = [recipes] if isinstance(recipes, Recipe | Mapping | str | Path) else list(recipes or ())
    found: dict[str, Recipe] = {}
    for place, one in enumerate(listed, 1):
        name = Path(one).stem if isinstance(one, str | Path) else f"recipe {place}"
        found[name if name not in found else f"{name} ({place})"] = as_recipe(one)
    return found


def varied_by(preset: str, base: Recipe) -> tuple[dict[str, Recipe], list[str]]:
    """A recipe with each technique of a family in its slot, its own one first and as it is; and what was refused.

    Raises:
        InputError: there is no such preset.
    """
    if preset not in PRESETS:
        raise InputError(f"The presets are {', '.join(PRESETS)}; got {quoted(preset)}.")
    slot = PRESETS[preset]
    own = getattr(base, slot)
    first = getattr(own, "name", f"the recipe's {slot}")
    found, skipped = {_title(first, slot): base}, list[str]()
    for name, cls in REGISTRY[slot].items():
        if name == first or not (cls.helps or name == "none"):
            continue
        try:
            found[_title(name, slot)] = varied(base, {slot: name})
        except InputError as error:
            skipped.append(f"Not tried, {name}: {error}")
    return found, skipped


def _title(name: str, slot: str) -> str:
    return f"no {slot}" if name == "none" else name


def _with_rates(name: str, recipe: Recipe) -> dict[str, Recipe]:
    """The recipe at as many learning rates as all others."""
    rate = recipe.optimizer.learning_rate
    return {
        f"{name}, rate {rate * factor:g}": varied(recipe, {"optimizer.learning_rate": rate * factor})
        for factor in FACTORS
    }
