"""What batches of several sizes bring: the verdict, the tables and the figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.intervals.ranges import POSITIVE, UNBOUNDED
from wellfit.statistics.intervals.samples import over_folds
from wellfit.statistics.paired import BETTER, SAME, WORSE, Comparison, shown_value
from wellfit.studies.base.grid import Grid
from wellfit.studies.base.options import Settings
from wellfit.studies.base.paired import FAMILY, loss_title, pairing_of
from wellfit.studies.base.study import Study
from wellfit.studies.base.table import StudyTable
from wellfit.studies.optimization.batch_gradients import Gradients

QUESTION = "How many rows should a batch have?"
EPOCHS, UPDATES, RATES = "equal epochs", "equal updates", "learning rate"


@dataclass(frozen=True)
class Trial:
    """What is trained: a recipe, its rows of a batch, the factor of its learning rate, and what is kept equal."""

    recipe: Recipe
    batch_size: int
    rate: float
    at: str

    __repr__ = short_repr


def batch_size_study(
    grid: Grid, trials: dict[str, Trial], gradients: Mapping[str, Gradients], table: StudyTable, settings: Settings
) -> Study:
    """The study of a trained grid, the recipe as it is being the first trial."""
    own, title = grid.names[0], loss_title(grid)
    pairing = pairing_of(grid, table, settings, own)
    compared = {
        one.name: one
        for what in (EPOCHS, UPDATES, RATES)
        for one in pairing.family(
            {name: grid.losses(name) for name in grid.names if name == own or trials[name].at == what}, own
        )
    }
    found = ResultFrame([_row(grid, name, trials[name], compared.get(name)) for name in grid.names],
                        infer_schema_length=None)  # fmt: skip
    details = {"networks": grid.table}
    for part in ("noise", "agreement"):
        rows = [{"network": when, **row} for when, one in gradients.items() for row in getattr(one, part)]
        if rows:
            details[part] = ResultFrame(rows)
    size = trials[own].batch_size
    words = [_at(what, compared, trials, size, title) for what in (EPOCHS, UPDATES)]
    answer = " ".join(one for one in words if one)
    answer = answer or f"There is nothing to compare with batches of {size}: other sizes were not given."
    verdict = f"{answer} {_noise(details.get('noise'))}".rstrip()
    figures = tuple(_figures(found, details, answer, title))
    facts = {"batch_size": size, "margin": pairing.margin, **_facts(details.get("agreement"))}
    return Study("batch_size", QUESTION, grid.plan, verdict, found, details, figures, facts,
                 {"as it is": grid.recipes[own]}, _remarks(grid, table))  # fmt: skip


def _row(grid: Grid, name: str, trial: Trial, gain: Comparison | None) -> dict[str, Any]:
    test, training = (grid.losses(name, part) for part in ("test", "training"))
    nan = math.nan
    won = (nan, nan, nan) if gain is None else (-gain.alone.value.mean, -gain.alone.value.high, -gain.alone.value.low)
    least = UNBOUNDED if grid.metric is None else POSITIVE
    known = np.isfinite(test) & np.isfinite(training)
    apart = np.where(known, np.where(known, test, 0.0) - np.where(known, training, 0.0), np.nan)
    loss, gap = _over_folds(grid, test, least), _over_folds(grid, apart)
    updates = grid.table.filter(pl.col("recipe") == name)["updates"].median()
    return {
        "batch_size": trial.batch_size, "at": trial.at, "gain": won[0], "gain_low": won[1], "gain_high": won[2],
        "verdict": "" if gain is None else gain.verdict, "rate": trial.rate, "updates": updates,
        "test_loss": loss.mean, "test_loss_low": loss.low, "test_loss_high": loss.high,
        "training_loss": _over_folds(grid, training).mean, "gap": gap.mean, "gap_low": gap.low, "gap_high": gap.high,
    }  # fmt: skip


def _over_folds(grid: Grid, values: Any, least: Any = UNBOUNDED) -> Estimate:
    """The mean over folds of those of the networks that did not diverge."""
    each = [one[np.isfinite(one)] for one in values.reshape(-1, values.shape[2])]
    means = [float(one.mean()) for one in each if len(one)]
    return over_folds(means, grid.views.test_to_training, least) if means else Estimate(math.nan)


def _at(what: str, compared: dict[str, Comparison], trials: dict[str, Trial], own: int, title: str) -> str:
    """Which sizes are better and worse than the recipe's, in a sentence."""
    some = {trials[name].batch_size: one for name, one in compared.items() if trials[name].at == what}
    if not some:
        return ""
    better = {size: one for size, one in some.items() if one.verdict == BETTER}
    worse = {size: one for size, one in some.items() if one.verdict == WORSE}
    words = []
    if better:
        best = min(better, key=lambda size: better[size].alone.value.mean)
        words.append(f"batches of {best} lower the {title} by {shown_value(better[best].alone, flip=True)}")
    if worse:
        worst = max(worse, key=lambda size: worse[size].alone.value.mean)
        words.append(f"batches of {worst} raise the {title} by {shown_value(worse[worst].alone)}")
    if words:
        return f"At {what}, against batches of {own}, {' and '.join(words)}."
    sizes = (
        " and ".join([", ".join(map(str, list(some)[:-1])), str(list(some)[-1])]) if len(some) > 1 else str([*some][0])
    )
    if all(one.verdict == SAME for one in some.values()):
        return f"At {what}, batches of {sizes} are practically the same as those of {own}."
    return f"At {what}, batches of {sizes} are not shown to be better or worse than those of {own}."


def _noise(noise: ResultFrame | None) -> str:
    """Measured noise of gradients beside theory, in a sentence."""
    if noise is None:
        return ""
    known = noise.filter(pl.col("expected") > 0)
    ratios = (known["measured"] / known["expected"]).to_list()
    if not ratios:
        return ""
    return (
        f"The noise of a batch's gradient is {min(ratios):.2f} to {max(ratios):.2f} times what sampling theory says, "
        "which falls as one over the root of the batch size."
    )


def _facts(agreement: ResultFrame | None) -> dict[str, Any]:
    if agreement is None:
        return {}
    return {
        f"cosine_{row['batch_size']}_{row['network'].replace(' ', '_')}": row["cosine"] for row in agreement.to_dicts()
    }


def _remarks(grid: Grid, table: StudyTable) -> tuple[str, ...]:
    remarks = list(grid.remarks)
    if len(np.unique(table.rows.weight[table.rows.weight > 0])) > 1:
        remarks.append("Gradients of batches are measured with equal weights of the rows.")
    return (*remarks, FAMILY)


def _figures(found: ResultFrame, details: dict[str, ResultFrame], answer: str, title: str) -> list[Any]:
    from wellfit.figures import Axis, line_figure

    size = Axis("batch_size", "rows of a batch", scale="log")
    parts = [("held-out rows", "test_loss"), ("training rows", "training_loss")]
    own = found.head(1)
    lines = [
        {"batch_size": row["batch_size"], "loss": row[column], "series": f"{where}, {what}"}
        for what in (EPOCHS, UPDATES)
        for row in [*own.to_dicts(), *found.tail(-1).filter(pl.col("at") == what).to_dicts()]
        for where, column in parts
    ]
    figures = [
        line_figure(ResultFrame(lines), size, Axis("loss", title), name="batch-size", title=answer, series="series",
                    description=f"{title} by the rows of a batch. {answer}")
    ]  # fmt: skip
    figures.append(_gap_figure(found, title))
    if "noise" in details:
        figures.append(_noise_figure(details["noise"], size))
    if "agreement" in details:
        figures.append(_agreement_figure(details["agreement"], size))
    return figures


def _gap_figure(found: ResultFrame, title: str) -> Any:
    """The gap of every trial, with its interval over folds."""
    from wellfit.figures import Axis, interval_figure

    rows = [
        {"gap": row["gap"], "low": row["gap_low"], "high": row["gap_high"],
         "trial": f"{row['rate']:g} x rate" if row["at"] == RATES else f"{row['batch_size']} rows",
         "kind": "the recipe" if k == 0 else row["at"]}
        for k, row in enumerate(found.to_dicts())
    ]  # fmt: skip
    return interval_figure(
        ResultFrame(rows), Axis("gap", f"{title}, held-out less training rows"), "trial", name="gap", low="low",
        high="high", group="kind", title="The gap between held-out and training rows, by batch size and learning rate.",
    )  # fmt: skip


def _noise_figure(noise: ResultFrame, size: Any) -> Any:
    """Measured and expected noise, by how batches are drawn."""
    from wellfit.figures import Axis, line_figure

    rows = [
        {"batch_size": row["batch_size"], "noise": row[key], "panel": row["network"],
         "series": f"{what}, {'with' if row['replacement'] else 'without'} replacement"}
        for row in noise.to_dicts() for key, what in (("measured", "measured"), ("expected", "theory"))
    ]  # fmt: skip
    return line_figure(
        ResultFrame(rows), size, Axis("noise", "distance from the gradient of all rows", scale="log"), name="noise",
        title="How noisy a batch's gradient is: measured, and as sampling theory says.", series="series", panel="panel",
    )  # fmt: skip


def _agreement_figure(agreement: ResultFrame, size: Any) -> Any:
    """Cosines between gradients of batches."""
    from wellfit.figures import Axis, line_figure

    rows = [
        {"batch_size": row["batch_size"], "cosine": row[key], "series": f"{row['network']}, {what}"}
        for row in agreement.to_dicts() for key, what in (("cosine", "measured"), ("expected", "theory"))
    ]  # fmt: skip
    return line_figure(
        ResultFrame(rows), size, Axis("cosine", "cosine between gradients of two batches"), name="agreement",
        title="How far two batches agree on the slope.", series="series",
    )  # fmt: skip
