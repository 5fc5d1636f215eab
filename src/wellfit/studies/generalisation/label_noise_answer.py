"""What wrong labels cost, and which technique takes some of that away: the table, the verdict and the figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from wellfit.frames import ResultFrame
from wellfit.reprs import short_repr
from wellfit.statistics.intervals.ranges import POSITIVE
from wellfit.statistics.intervals.samples import over_folds
from wellfit.statistics.paired import BETTER, SAME, WORSE, Comparison, PairedDifference, paired_difference, shown_value
from wellfit.studies.base.grid import Grid
from wellfit.studies.base.options import Settings
from wellfit.studies.base.paired import FAMILY, Pairing, loss_title, pairing_of
from wellfit.studies.base.study import Study
from wellfit.studies.base.table import StudyTable

BASE = "the recipe"
QUESTION = "What do wrong labels in training cost, and what helps?"


@dataclass(frozen=True)
class Cells:
    """names: of the recipes, the unchanged one first. shares: of wrong labels, rising from 0."""

    names: tuple[str, ...]
    shares: tuple[float, ...]

    __repr__ = short_repr


def cell(name: str, share: float) -> str:
    """What a recipe at a share is called in the grid."""
    return f"{name} | {share:g}"


def label_noise_study(grid: Grid, cells: Cells, table: StudyTable, settings: Settings) -> Study:
    """The study of a grid whose recipes are cells."""
    pairing = pairing_of(grid, table, settings, cell(BASE, 0.0))
    title, numbers = loss_title(grid), table.rows.target.kind == "numbers"
    rises = {(name, share): _rise(grid, pairing, name, share) for name in cells.names for share in cells.shares[1:]}
    gains: dict[float, dict[str, Comparison]] = {}
    for share in cells.shares:
        losses = {name: grid.losses(cell(name, share)) for name in cells.names}
        gains[share] = {one.name: one for one in pairing.family(losses, BASE)} if len(losses) > 1 else {}
    rows = [
        _row(grid, (name, share), rises.get((name, share)), gains[share].get(name))
        for name in cells.names for share in cells.shares
    ]  # fmt: skip
    most = cells.shares[-1]
    verdict = _cost(rises.get((BASE, most)), most, title, numbers) + _help(gains[most], title)
    best = min(cells.names, key=lambda name: pairing.mean(grid.losses(cell(name, most))))
    found = ResultFrame(rows, infer_schema_length=None)
    facts = {"margin": pairing.margin, "largest_share": most, "lowest_mean_loss": best}
    figure = _figure(found, verdict, title, numbers)
    return Study(
        "label_noise", QUESTION, grid.plan, verdict, found, {"networks": grid.table}, (figure,), facts,
        {"lowest mean loss": grid.recipes[cell(best, most)]}, _remarks(grid, cells),
    )  # fmt: skip


def _rise(grid: Grid, pairing: Pairing, name: str, share: float) -> PairedDifference:
    """How much higher a recipe's loss is with wrong labels than without."""
    return paired_difference(
        grid.losses(cell(name, share)), grid.losses(cell(name, 0.0)), pairing.test_rows, pairing.training_rows,
        margin=pairing.margin, shares=pairing.shares, groups=pairing.groups, same_seeds=False,
    )  # fmt: skip


def _row(
    grid: Grid, place: tuple[str, float], rise: PairedDifference | None, gain: Comparison | None
) -> dict[str, Any]:
    name, share = place
    losses = {part: _fold_means(grid.losses(cell(name, share), part)) for part in ("test", "training")}
    test = over_folds(losses["test"], grid.views.test_to_training, POSITIVE)
    nan = math.nan
    up = (nan, nan, nan) if rise is None else (rise.value.mean, rise.value.low, rise.value.high)
    won = (nan, nan, nan) if gain is None else (-gain.alone.value.mean, -gain.alone.value.high, -gain.alone.value.low)
    return {
        "recipe": name, "share": share, "test_loss": test.mean, "test_loss_low": test.low, "test_loss_high": test.high,
        "gain": won[0], "gain_low": won[1], "gain_high": won[2], "verdict": "" if gain is None else gain.verdict,
        "rise": up[0], "rise_low": up[1], "rise_high": up[2],
        "training_loss": float(np.mean(losses["training"])) if len(losses["training"]) else nan,
    }  # fmt: skip


def _fold_means(losses: Any) -> list[float]:
    """The mean of each fold over the networks that did not diverge; folds without one are left out."""
    return [
        float(np.mean(one[np.isfinite(one)])) for one in losses.reshape(-1, losses.shape[2]) if np.isfinite(one).any()
    ]


def _noise(share: float, numbers: bool) -> str:
    if numbers:
        return f"With noise of {share:g} standard deviations in the training targets"
    return f"With {share:.0%} of training labels wrong"


def _cost(rise: PairedDifference | None, share: float, title: str, numbers: bool) -> str:
    """What the largest share of wrong labels costs, in a sentence."""
    if rise is None:
        return "Nothing can be said of wrong labels: only the share 0 was trained."
    noise = _noise(share, numbers)
    if math.isnan(rise.value.mean):
        return f"{noise} nothing can be told: networks diverged with and without it."
    if rise.verdict == WORSE:
        return f"{noise} the {title} on true ones rises by {shown_value(rise)}."
    if rise.verdict == BETTER:
        return f"{noise} the {title} on true ones even falls, by {shown_value(rise, flip=True)}."
    if rise.verdict == SAME:
        return f"{noise} the {title} on true ones is practically the same: it rises by {shown_value(rise)}."
    return f"{noise} no rise of the {title} on true ones is shown: it is {shown_value(rise)}."


def _help(gains: dict[str, Comparison], title: str) -> str:
    """Which technique helps at the largest share, in a sentence of its own."""
    if not gains:
        return ""
    helping = {name: one for name, one in gains.items() if one.verdict == BETTER}
    if not helping and len(gains) == 1:
        return f" It is not shown that {next(iter(gains))} helps."
    if not helping:
        return f" None of {len(gains)} remedies is shown to help."
    best = min(helping, key=lambda name: helping[name].alone.value.mean)
    more = f", the best of {len(helping)} that help," if len(helping) > 1 else ""
    return f" There {best}{more} lowers the {title} by {shown_value(helping[best].alone, flip=True)}."


def _remarks(grid: Grid, cells: Cells) -> tuple[str, ...]:
    remarks = list(grid.remarks)
    remarks.append("The labels of the table are taken as true; wrong ones among them are wrong in the test rows too.")
    return (*remarks, FAMILY) if len(cells.names) > 2 else tuple(remarks)


def _figure(found: ResultFrame, verdict: str, title: str, numbers: bool) -> Any:
    from wellfit.figures import Axis, line_figure

    what = ("noise in training targets", "standard deviations") if numbers else ("wrong training labels", "")
    return line_figure(
        found, Axis("share", *what, format="" if numbers else ".0%"), Axis("test_loss", f"{title} on true labels"),
        name="label-noise", title=verdict, series="recipe",
        description=f"{title} on held-out rows with true labels, by the share of wrong ones in training. {verdict}",
    )  # fmt: skip
