"""What the averages of more and more networks say: the verdict, the table and the figures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.frames import ResultFrame
from wellfit.reprs import short_repr
from wellfit.statistics.paired import BETTER, SAME, WORSE, PairedDifference, paired_difference, shown_value
from wellfit.studies.base.grid import Grid
from wellfit.studies.base.options import Settings
from wellfit.studies.base.paired import Pairing, loss_title, pairing_of
from wellfit.studies.base.study import Study
from wellfit.studies.base.table import StudyTable

Float64 = NDArray[np.float64]
QUESTION = "How many networks should be averaged?"
MANY = "infinitely many"


@dataclass(frozen=True)
class Averages:
    """Losses of averages (folds of all partitions, sizes 1, 2, ...), and a row of diversity a fold."""

    losses: Float64
    diversity: list[dict[str, Any]]

    __repr__ = short_repr

    @property
    def many(self) -> Float64:
        """The loss to expect of infinitely many networks, a value a fold.

        A loss of m networks is about a + b / m, exactly so for squared errors: with the largest m and its half, both
        are known.
        """
        most = self.losses.shape[1]
        half = most // 2
        last, middle = self.losses[:, most - 1], self.losses[:, half - 1]
        return np.asarray(last - (middle - last) * (1 / most) / (1 / half - 1 / most))


def ensemble_size_study(averages: Averages, grid: Grid, table: StudyTable, settings: Settings) -> Study:
    """The study of averages."""
    name, title = grid.names[0], loss_title(grid)
    pairing = pairing_of(grid, table, settings, name)
    sizes = averages.losses.shape[1]
    remarks = _remarks(averages, grid)
    details = {"networks": grid.table}
    if averages.diversity:
        details["diversity"] = ResultFrame(averages.diversity)
    if sizes < 2:
        why = "in one fold every network diverged" if sizes == 0 else "there is a single network in a fold"
        verdict = f"It cannot be told what averaging brings: {why}."
        means = averages.losses.mean(axis=0) if sizes else np.array([math.nan])
        plain = ResultFrame({"members": list(range(1, len(means) + 1)), "loss": means})
        return Study("ensemble_size", QUESTION, grid.plan, verdict, plain, details, remarks=remarks,
                     recipes=dict(grid.recipes))  # fmt: skip
    above = [_difference(averages.losses[:, k], averages.many, pairing, grid) for k in range(sizes)]
    gained = [_difference(averages.losses[:, k], averages.losses[:, 0], pairing, grid) for k in range(sizes)]
    brings = [
        _difference(averages.losses[:, k], averages.losses[:, k + 1], pairing, grid) if k + 1 < sizes else None
        for k in range(sizes)
    ]
    enough = next((k + 1 for k in range(sizes) if all(one.verdict == SAME for one in above[k:])), None)
    rows = [_row(k, averages, above[k], brings[k]) for k in range(sizes)]
    verdict = _verdict(gained[-1], enough, sizes, title, pairing)
    facts = _facts(averages, enough, pairing)
    found = ResultFrame(rows, infer_schema_length=None)
    figures = (_figure(gained, verdict, title, enough), *_diversity_figure(averages, grid))
    return Study(
        "ensemble_size", QUESTION, grid.plan, verdict, found, details, figures, facts, dict(grid.recipes), remarks
    )


def _difference(first: Float64, second: Float64, pairing: Pairing, grid: Grid) -> PairedDifference:
    """The paired difference over folds of two columns of losses."""
    shape = (grid.views.partitions, grid.views.folds, 1)
    return paired_difference(
        first.reshape(shape), second.reshape(shape), pairing.test_rows, pairing.training_rows, margin=pairing.margin,
        groups=pairing.groups, same_seeds=False,
    )  # fmt: skip


def _row(k: int, averages: Averages, above: PairedDifference, brings: PairedDifference | None) -> dict[str, Any]:
    nan = math.nan
    steps = (brings.value.mean, brings.value.low, brings.value.high) if brings else (nan, nan, nan)
    return {
        "members": k + 1, "loss": float(averages.losses[:, k].mean()),
        "above_many": above.value.mean, "above_many_low": above.value.low, "above_many_high": above.value.high,
        "next_brings": steps[0], "next_brings_low": steps[1], "next_brings_high": steps[2],
        "verdict": above.verdict,
    }  # fmt: skip


def _verdict(gained: PairedDifference, enough: int | None, sizes: int, title: str, pairing: Pairing) -> str:
    first = _gain(gained, sizes, title)
    margin = f"within the margin of {pairing.margin:.2g} of {MANY}"
    if enough is None:
        rest = f"It is not shown that {sizes} networks come {margin}."
    elif enough == 1:
        rest = f"A single network is already {margin}."
    else:
        rest = f"From {enough} networks on the average is {margin}."
    return f"{first} {rest}"


def _gain(gained: PairedDifference, sizes: int, title: str) -> str:
    """What the largest average is to a single network, in a sentence."""
    value = shown_value(gained, flip=True)
    if gained.verdict == BETTER:
        return f"Averaging {sizes} networks lowers the {title} of a single one by {value}."
    if gained.verdict == WORSE:
        return f"Averaging {sizes} networks does harm: the {title} is higher than that of one by {shown_value(gained)}."
    lower = gained.value.mean <= 0
    moved = f"the {title} is {'lower' if lower else 'higher'} by {shown_value(gained, flip=lower)}"
    if gained.verdict == SAME:
        return f"Averaging {sizes} networks is practically the same as a single one: {moved}."
    return f"Averaging {sizes} networks and a single one are not distinguishable: {moved}."


def _remarks(averages: Averages, grid: Grid) -> tuple[str, ...]:
    remarks = list(grid.remarks)
    if grid.table.filter(status="diverged").height:
        remarks.append("Averages leave networks out that diverged.")
    remarks.append(
        "All sizes are averages of the same networks, so that neighbouring sizes are alike; the intervals tell of "
        "other rows."
    )
    return tuple(remarks)


def _facts(averages: Averages, enough: int | None, pairing: Pairing) -> dict[str, Any]:
    mean = {
        name: float(np.mean([row[name] for row in averages.diversity]))
        for name in ("members", "ensemble", "ambiguity", "disagreement")
    }
    return {
        "enough": enough, "margin": pairing.margin, "loss_of_many": float(averages.many.mean()),
        "squared_error_of_members": mean["members"], "squared_error_of_average": mean["ensemble"],
        "ambiguity": mean["ambiguity"], "disagreement": mean["disagreement"],
    }  # fmt: skip


def _figure(gained: list[PairedDifference], verdict: str, title: str, enough: int | None) -> Any:
    from wellfit.figures import Axis, line_figure

    columns = {
        "members": np.arange(1, len(gained) + 1, dtype=float),
        "gain": [one.value.mean for one in gained],
        "low": [one.value.low for one in gained], "high": [one.value.high for one in gained],
    }  # fmt: skip
    marks = [(float(enough), "enough")] if enough is not None else []
    return line_figure(
        columns, Axis("members", "networks averaged"), Axis("gain", f"{title} less that of one network"),
        name="ensemble-size", title=verdict, low="low", high="high", marks=marks,
        description=f"How much lower the {title} of averages is than that of one network, with 95 % intervals over "
        f"folds. {verdict}",
    )  # fmt: skip


def _diversity_figure(averages: Averages, grid: Grid) -> tuple[Any, ...]:
    """Squared errors of members and average with the ambiguity between, fold by fold."""
    from wellfit.figures import Axis, bar_figure

    what = (
        "Brier score"
        if grid.metric is not None and grid.metric.kind in ("binary", "classes", "labels")
        else "squared error"
    )
    rows = [
        {"fold": row["view"], "value": row[key], "part": part}
        for row in averages.diversity
        for key, part in (("ensemble", "of the average"), ("ambiguity", "taken away by averaging (ambiguity)"))
    ]
    figure = bar_figure(
        ResultFrame(rows), Axis("fold", "fold", scale="category"), Axis("value", f"mean {what} of the networks"),
        name="ambiguity",
        title="What the networks' errors are made of: what is left in the average, and what it takes away.",
        series="part", stacked=True,
    )  # fmt: skip
    return (figure,)
