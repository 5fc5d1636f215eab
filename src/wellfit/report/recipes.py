"""Recipes as results hold them, for a report to tell."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from wellfit.recipe import Recipe


def recipe_of(plain: Mapping[str, Any]) -> Recipe:
    """A recipe of JSON; of combinations nothing is warned, for training has done so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return Recipe.from_dict(plain)
