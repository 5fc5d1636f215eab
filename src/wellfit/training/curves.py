"""The learning curves of trained networks as figures."""

from __future__ import annotations

from collections.abc import Sequence

import polars

from wellfit.figures import Display, Figure
from wellfit.figures.results import curve_figures
from wellfit.recipe import Recipe
from wellfit.recipe.brief import differences
from wellfit.statistics.inspection.curves import learning_curves

MEASURES = ("loss", "error")


def curves_of(history: polars.DataFrame, recipes: Sequence[Recipe], name: str | None = None) -> Display | Figure:
    """Figures of loss and error by epoch, or the one of a name.

    history: as `Population.history`. recipes: of each member.

    Raises:
        InputError: there is no figure of the name.
    """
    display = Display(curve_figures_of(history, recipes))
    return display if name is None else display.named(name)


def curve_figures_of(history: polars.DataFrame, recipes: Sequence[Recipe]) -> list[Figure]:
    """Figures of loss and error by epoch; of errors only where they are not the loss itself."""
    names = differences(recipes)
    found = []
    for measure in MEASURES:
        if measure == "error" and _same(history):
            continue
        found += curve_figures(learning_curves(history, names, measure), measure)
    return found


def _same(history: polars.DataFrame) -> bool:
    """Whether all errors are the losses (of squared errors)."""
    return all(history[f"{rows}_error"].equals(history[f"{rows}_loss"]) for rows in ("training", "validation"))
