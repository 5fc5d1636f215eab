"""Techniques compared after equal tuning: the same learning rates for each, chosen on validation rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.lab.base.experiment import Lab
from wellfit.recipe import Recipe
from wellfit.tables.arrays import View

Found = dict[str, NDArray[np.float64]]


def tuned(
    recipes: Mapping[str, Recipe], rates: Sequence[float], X: Any, y: Any, views: Sequence[View], lab: Lab
) -> tuple[Found, Found]:
    """Test errors of each recipe at the learning rate that has the lowest validation loss in each view.

    recipes: by name. rates: learning rates that replace those of every recipe. X, y: rows as in `wellfit.train`.
    views: with validation and test rows, a repetition each. lab: how it is run.

    Returns:
        Of each recipe the test errors (views,), and the rates that were chosen (views,).
    """
    every = [recipe.vary({"optimizer.learning_rate": rate}) for recipe in recipes.values() for rate in rates]
    population = wellfit.train(every, X, y, views=list(views), **lab.options)
    shape = (len(recipes), len(rates), len(views))
    losses = population.evaluate("validation")["loss"].to_numpy().reshape(shape)
    errors = population.evaluate("test")["error"].to_numpy().reshape(shape)
    return chosen(tuple(recipes), rates, losses, errors)


def chosen(
    names: Sequence[str], rates: Sequence[float], losses: NDArray[np.float64], errors: NDArray[np.float64]
) -> tuple[Found, Found]:
    """What `tuned` gives, from validation losses and test errors (recipes, rates, views); a NaN loss is never chosen.

    names: of the recipes. rates: that were tried. losses, errors: as said.
    """
    picks = np.where(np.isnan(losses), np.inf, losses).argmin(axis=1)
    kept = np.take_along_axis(errors, picks[:, None, :], axis=1)[:, 0]
    return dict(zip(names, kept, strict=True)), dict(zip(names, np.asarray(rates)[picks], strict=True))
