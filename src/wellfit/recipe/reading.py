"""From whatever stands for a recipe to a recipe: a file, a mapping of settings, a name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wellfit.errors import InputError, clean, quoted
from wellfit.parsing import MOST_RECIPE, read_text
from wellfit.recipe.named_recipes import NAMED
from wellfit.recipe.recipe import Recipe


def read_recipe(path: str | Path) -> Recipe:
    """A recipe from a file.

    path: of the file; one that ends in .json is read as JSON, any other as TOML.

    Raises:
        InputError: the file cannot be read, or is not a recipe.
    """
    path = Path(path)
    text = read_text(path, "The recipe", MOST_RECIPE)
    try:
        return Recipe.from_json(text) if path.suffix == ".json" else Recipe.from_toml(text)
    except InputError as error:
        raise InputError(f"{clean(str(path))}: {error}") from None


def as_recipe(value: Recipe | Mapping[str, Any] | str | Path | None) -> Recipe:
    """A recipe from a recipe, a mapping of settings, a name such as "practice", a path, or None (the default)."""
    if value is None:
        return Recipe()
    if isinstance(value, Recipe):
        return value
    if isinstance(value, Mapping):
        return Recipe.from_dict(value)
    if is_recipe_name(value):
        return Recipe.named(str(value))
    if not Path(value).suffix and not Path(value).exists():
        raise InputError(f"There is no recipe {quoted(str(value))}: give a file, or a name: {', '.join(NAMED)}.")
    return read_recipe(value)


def is_recipe_name(value: Any) -> bool:
    """Whether a value is the name of a recipe."""
    return isinstance(value, (str, Path)) and str(value) in NAMED
