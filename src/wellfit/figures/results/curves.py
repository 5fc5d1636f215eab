"""Learning curves: training and validation rows, medians and middle halves over networks."""

from __future__ import annotations

import numpy as np
import polars

from wellfit.figures.axis import Axis
from wellfit.figures.figure import Figure
from wellfit.figures.lines import line_figure
from wellfit.frames import ResultFrame
from wellfit.reprs import counted

DECADES = 30.0  # a loss that falls to less than a 30th is drawn on a logarithmic axis
MOST_RECIPES = 8  # of more, those that end best are drawn


def curve_figures(curves: ResultFrame, measure: str, unit: str = "") -> list[Figure]:
    """Figures of learning curves: one panel for each recipe, and of several recipes one figure that compares them.

    curves: of `wellfit.statistics.inspection.curves.learning_curves`. measure: "loss" or "error".
    unit: of the measure, "" (default): none.

    Returns:
        None where nothing was measured.
    """
    if not curves.height:
        return []
    recipes = curves["recipe"].unique(maintain_order=True).to_list()
    kept = _best(curves, recipes)
    shown = ResultFrame(curves.filter(polars.col("recipe").is_in(kept)))
    few = f" The {len(kept)} recipes of {len(recipes)} that end best." if len(kept) < len(recipes) else ""
    found = [_by_rows(shown, measure, unit, len(kept), few)]
    return [_by_recipe(shown, measure, unit, few), *found] if len(kept) > 1 else found


def _best(curves: ResultFrame, recipes: list[str]) -> list[str]:
    """The recipes whose curves go lowest, in their order."""
    if len(recipes) <= MOST_RECIPES:
        return recipes
    compared = curves.filter(polars.col("rows") == _compared(curves))
    least = dict(compared.group_by("recipe").agg(polars.col("median").min()).iter_rows())
    best = sorted(recipes, key=lambda name: least.get(name, np.inf))[:MOST_RECIPES]
    return [name for name in recipes if name in best]


def _compared(curves: ResultFrame) -> str:
    """The rows by which recipes are compared: validation rows, where there are some."""
    return "validation" if "validation" in curves["rows"].unique().to_list() else "training"


def _axes(curves: ResultFrame, measure: str, unit: str) -> tuple[Axis, Axis]:
    values = curves["median"].to_numpy()
    values = values[np.isfinite(values)]
    wide = len(values) > 0 and values.min() > 0 and values.max() / values.min() > DECADES
    return Axis("epoch", "epoch"), Axis("median", measure, unit, scale="log" if wide else "linear")


def _networks(curves: ResultFrame) -> str:
    """Over how many networks the medians go."""
    least, most = int(curves["networks"].min() or 0), int(curves["networks"].max() or 0)  # type: ignore[arg-type]
    if most == 1:
        return "one network"
    return counted(most, "network") if least == most else f"{least} to {most} networks"


def _by_rows(curves: ResultFrame, measure: str, unit: str, recipes: int, few: str) -> Figure:
    """Training and validation rows of each recipe."""
    x, y = _axes(curves, measure, unit)
    several = int(curves["networks"].max() or 0) > 1  # type: ignore[arg-type]
    over = f": median and middle half of {_networks(curves)}" + (" a recipe" if recipes > 1 else "")
    title = f"The {measure} of training and validation rows by epoch{over if several else ''}."
    if "validation" not in curves["rows"].unique().to_list():
        title = title.replace("training and validation", "training")
    return line_figure(
        curves, x, y, name=f"{measure}-by-epoch", title=title, series="rows", low="low" if several else None,
        high="high" if several else None, panel="recipe" if recipes > 1 else None,
        description=f"{title} Both are measured in evaluation mode; a network that has stopped counts with its last "
        f"measurement.{few}",
    )  # fmt: skip


def _by_recipe(curves: ResultFrame, measure: str, unit: str, few: str) -> Figure:
    """The recipes beside one another."""
    rows = _compared(curves)
    compared = ResultFrame(curves.filter(polars.col("rows") == rows))
    x, y = _axes(compared, measure, unit)
    several = int(compared["networks"].max() or 0) > 1  # type: ignore[arg-type]
    over = f": median of {_networks(compared)} each" if several else ""
    title = f"The {measure} of {rows} rows by epoch and recipe{over}."
    return line_figure(
        compared, x, y, name=f"{rows}-{measure}-by-recipe", title=title, series="recipe", description=f"{title}{few}"
    )
