"""The recipe: every choice about training one network; the combinations that make no sense; recipes with a name."""

from wellfit.recipe.reading import as_recipe, is_recipe_name, read_recipe
from wellfit.recipe.recipe import RESERVED, Recipe

__all__ = ["RESERVED", "Recipe", "as_recipe", "is_recipe_name", "read_recipe"]
