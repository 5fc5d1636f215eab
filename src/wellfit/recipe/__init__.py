"""The recipe: every choice about training one network; the combinations that make no sense; recipes with a name."""

from wellfit.recipe.recipe import RESERVED, Recipe, as_recipe, is_recipe_name, read_recipe

__all__ = ["RESERVED", "Recipe", "as_recipe", "is_recipe_name", "read_recipe"]
