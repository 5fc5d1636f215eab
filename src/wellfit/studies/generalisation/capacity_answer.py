"""What losses by size say: the table with its simple predictors, the verdict, the recipe of the smallest good size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr, significant
from wellfit.statistics.intervals import POSITIVE, Estimate, around
from wellfit.statistics.paired import Simplest, rounded, spread_of
from wellfit.studies.base import Grid, Settings, Study, StudyTable
from wellfit.studies.base.paired import FAMILY, Pairing, comparison_rows, loss_title, pairing_of
from wellfit.studies.generalisation.capacity_figures import capacity_figures

Float64 = NDArray[np.float64]
QUESTION = "How large must the network be?"


@dataclass(frozen=True)
class Size:
    """One size of network. name: such as "16-16". width, depth: of its hidden layers. recipe: with it."""

    name: str
    width: int
    depth: int
    recipe: Recipe

    __repr__ = short_repr


def capacity_study(
    sizes: Sequence[Size], grid: Grid, table: StudyTable, settings: Settings, simple: ResultFrame
) -> Study:
    """The study. simple: losses of the simple predictors, a row a predictor and fold."""
    losses = {size.name: grid.losses(size.name) for size in sizes}
    errors = _errors(grid)
    trained = {name: one for name, one in losses.items() if np.isfinite(one).all()}
    pairing = pairing_of(grid, table, settings, min(trained or losses, key=lambda name: float(losses[name].mean())))
    parameters = dict(grid.table.group_by("recipe").agg(pl.col("parameters").first()).iter_rows())
    simplest = pairing.simplest(losses, parameters) if trained else None
    verdicts = {} if simplest is None else {one.name: str(one.verdict) for one in simplest.comparisons}
    rows = [
        {"size": size.name, **_losses(grid, pairing, size.name, ("test",)),
         "verdict": verdicts.get(size.name, "best" if simplest is not None else ""),
         **_losses(grid, pairing, size.name, ("training", "validation")), "parameters": parameters[size.name],
         **_mean_errors(errors, size.name), "width": size.width, "depth": size.depth}
        for size in sizes
    ]  # fmt: skip
    every = ResultFrame(rows + _of_simple(simple, rows))
    comparisons = [] if simplest is None else comparison_rows(simplest.comparisons)
    remarks = [FAMILY] if comparisons else []
    recipes = {size.name: size.recipe for size in sizes}
    return Study(
        "capacity", QUESTION, grid.plan, _verdict(simplest, rows, pairing, grid), every,
        {"networks": grid.table, "comparisons": ResultFrame(comparisons), "simple": simple},
        figures=capacity_figures(every, ResultFrame(comparisons), loss_title(grid), pairing.margin),
        facts={"loss": loss_title(grid), "margin": pairing.margin, "best": "" if simplest is None else simplest.best},
        recipes=_recipes(simplest, recipes), remarks=(*remarks, *_remarks(simple), *grid.remarks),
    )  # fmt: skip


def _losses(grid: Grid, pairing: Pairing, name: str, parts: tuple[str, ...]) -> dict[str, float]:
    """Mean losses on some parts of the rows, with intervals over folds and seeds."""
    found: dict[str, float] = {}
    for part in parts:
        losses = grid.losses(name, part)
        if np.isnan(losses).all():  # no rows validate
            continue
        one = _estimate(losses, pairing)
        found |= {f"{part}_loss": one.mean, f"{part}_loss_low": one.low, f"{part}_loss_high": one.high}
    return found


def _estimate(losses: Float64, pairing: Pairing) -> Estimate:
    if not np.isfinite(losses).all():
        return Estimate(math.inf)
    spread = spread_of(losses, pairing.test_rows, pairing.training_rows, same_seeds=False)
    if not spread.error > 0:
        return Estimate(spread.mean)
    found = Estimate(spread.mean, *around(spread.mean, spread.error, spread.freedom))
    return found.within(POSITIVE) if (losses >= 0).all() else found


def _errors(grid: Grid) -> ResultFrame | None:
    """The error rates of all networks, in the order of the grid's table."""
    if not grid.more or grid.more[0] is None:
        return None
    rows = [row for one in grid.more for row in one]
    kept = {f"{part}_error": [row[f"{part}_loss"] for row in rows] for part in ("training", "test")}
    return ResultFrame({"recipe": grid.table["recipe"], "fold": grid.table["fold"], **kept})


def _mean_errors(errors: ResultFrame | None, name: str) -> dict[str, float]:
    if errors is None:
        return {}
    chosen = errors.filter(pl.col("recipe") == name)
    return {part: float(np.mean(chosen[part].to_numpy())) for part in ("training_error", "test_error")}


def _of_simple(simple: ResultFrame, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the simple predictors, their means over folds, in the columns of the networks."""
    found = []
    for name in simple["predictor"].unique(maintain_order=True) if simple.height else []:
        means = simple.filter(pl.col("predictor") == name).mean().to_dicts()[0]
        found.append({key: means.get(key) for key in rows[0]} | {"size": name, "verdict": ""})
    return found


def _remarks(simple: ResultFrame) -> list[str]:
    """What is to be known of the simple predictors."""
    if not simple.height:
        return ["Of several tasks no simple predictor is fitted, and their losses are summed."]
    told = simple.filter(pl.col("remark") != "").unique("predictor", maintain_order=True)
    remarks = [f"The predictor {row['predictor']} was {row['remark']}." for row in told.iter_rows(named=True)]
    near = simple.filter(pl.col("predictor") == "1-nearest-neighbour").mean().to_dicts()[0]
    kind, what = ("error", "error rate") if "test_error" in near else ("loss", "loss")
    inside, outside = near[f"training_{kind}"], near[f"test_{kind}"]
    return [
        f"The nearest neighbour's {what} is {inside:.3g} on its training rows, where only contradicting duplicates can "
        f"be wrong, and {outside:.3g} on held-out rows: the gap of a learner that memorises.",
        *remarks,
    ]


def _verdict(simplest: Simplest | None, rows: list[dict[str, Any]], pairing: Pairing, grid: Grid) -> str:
    if simplest is None:
        return "Cannot tell: of every size a network diverged."
    by_name = {row["size"]: row for row in rows}
    best, title = by_name[simplest.best], loss_title(grid)
    lowest = f"the lowest {title} on held-out rows, {_shown(best)}, is that of {best['size']} units"
    if len(rows) == 1:
        return f"One size was tried: {best['size']} units have the {title} {_shown(best)} on held-out rows."
    margin = rounded(pairing.margin, pairing.margin / 20)
    if not simplest.shown:
        return (
            f"{lowest[0].upper()}{lowest[1:]}; that a smaller network is practically as good, within {margin}, was not "
            "shown."
        )
    if simplest.name == simplest.best:
        return f"{lowest[0].upper()}{lowest[1:]}, the smallest that was tried."
    found = by_name[simplest.name]
    return (
        f"{found['size']} units ({found['parameters']:,} parameters) are practically as good, within {margin}, as the "
        f"best size: {lowest} ({best['parameters']:,} parameters)."
    )


def _shown(row: dict[str, Any]) -> str:
    value, low, high = (row[f"test_loss{end}"] for end in ("", "_low", "_high"))
    if math.isnan(low):
        return significant(value)
    spread = (high - low) / 4
    return f"{rounded(value, spread)} (95 % interval {rounded(low, spread)} to {rounded(high, spread)})"


def _recipes(simplest: Simplest | None, recipes: dict[str, Recipe]) -> dict[str, Recipe]:
    if simplest is None:
        return {}
    best = {"best": recipes[simplest.best]}
    return best | ({"simplest as good": recipes[simplest.name]} if simplest.shown else {})
