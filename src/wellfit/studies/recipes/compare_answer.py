"""The answer of a comparison: losses with differences and ranks, and how soon each recipe reaches a loss."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.frames import ResultFrame
from wellfit.statistics.paired import BestOfMany, Comparison, best_of_many
from wellfit.statistics.paired.verdicts import margin_of
from wellfit.studies.base import Grid, Settings, Study, StudyTable
from wellfit.studies.base.paired import FAMILY, Pairing, comparison_rows, loss_title, pairing_of
from wellfit.studies.recipes.compare_figures import compare_figures
from wellfit.studies.recipes.compare_words import verdict_of_comparison
from wellfit.studies.recipes.presets import Entry
from wellfit.studies.recipes.speed import Speed, curves_by_name, default_target, mean_curve, speed_of
from wellfit.studies.recipes.speed_answer import SPEED, other_losses, speed_rows
from wellfit.studies.recipes.tuning import Tuned, chosen_on_validation

Float64 = NDArray[np.float64]
QUESTION = "Which of these recipes is best, and which gets there first?"
RATES = (
    "Each recipe was trained at as many learning rates, and in each fold the one with the lowest mean validation loss "
    "was taken; updates with tuning count those of all rates."
)
NOT_TUNED = "Learning rates were not tuned: each recipe has its own, which may suit some of them better than others."


def compare_study(
    grid: Grid, table: StudyTable, settings: Settings, entries: Sequence[Entry], target_loss: float | None,
    skipped: tuple[str, ...],
) -> Study:  # fmt: skip
    """The study of the networks that were trained; the first entry is the reference."""
    tuned = {entry.name: chosen_on_validation(grid, list(entry.recipes)) for entry in entries}
    first, losses = entries[0].name, {name: one.losses(grid) for name, one in tuned.items()}
    pairing = pairing_of(grid, table, settings, tuned[first].names[0])
    if math.isfinite(mean := pairing.mean(losses[first])):
        pairing = replace(pairing, margin=margin_of(settings.margin, mean))
    found = {one.name: one for one in pairing.family(losses, first)}
    best = _best(losses, pairing)
    curves = curves_by_name(grid)
    target = default_target(curves, tuned[first]) if target_loss is None else target_loss
    speeds = {name: speed_of(curves, one, target) for name, one in tuned.items()}
    speed = speed_rows(speeds, first, pairing)
    rows = _rows(losses, found, pairing, speeds)
    shown = _curves(curves, tuned)
    title = loss_title(grid)
    return Study(
        "compare", QUESTION, grid.plan, verdict_of_comparison(rows, found, speed, best, first, title),
        ResultFrame(rows),
        details={
            "comparisons": ResultFrame(comparison_rows(list(found.values()))), "speed": ResultFrame(speed),
            "curves": ResultFrame(shown), "networks": grid.table,
        },
        figures=compare_figures(rows, speed, shown, pairing.margin, title, first),
        facts=_facts(rows, first, best, target, pairing, title),
        recipes={"lowest loss": grid.recipes[tuned[rows[0]["recipe"]].usual]},
        remarks=_remarks(grid, tuned, best, entries, skipped),
    )  # fmt: skip


def _rows(
    losses: Mapping[str, Float64], found: Mapping[str, Comparison], pairing: Pairing, speeds: Mapping[str, Speed]
) -> list[dict[str, Any]]:
    """A row a recipe, that with the lowest loss first; of the reference without a difference."""
    rows = []
    for name, one in losses.items():
        value = found[name].alone.value if name in found else None
        speed = speeds[name]
        rows.append(
            {
                "recipe": name, "loss": pairing.mean(one) if np.isfinite(one).all() else math.inf,
                "difference": math.nan if value is None else value.mean,
                "difference_low": math.nan if value is None else value.low,
                "difference_high": math.nan if value is None else value.high,
                "verdict": found[name].verdict if name in found else "reference",
                "reached": f"{np.isfinite(speed.updates).sum()} of {speed.updates.size}",
                "updates": float(np.median(speed.updates)), "seconds": float(np.median(speed.seconds)),
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: float(row["loss"]))


def _best(losses: Mapping[str, Float64], pairing: Pairing) -> BestOfMany | None:
    """The best with its correction; None where fewer than two recipes trained everywhere."""
    if sum(bool(np.isfinite(one).all()) for one in losses.values()) < 2:
        return None
    return best_of_many(losses, pairing.test_rows, pairing.training_rows)


def _curves(curves: Mapping[str, NDArray[Any]], tuned: Mapping[str, Tuned]) -> list[dict[str, Any]]:
    """A row a recipe and update: the median of the lowest validation loss so far, at the chosen rates."""
    rows = []
    for name, one in tuned.items():
        every = np.stack([curves[tried] for tried in one.names])
        chosen = np.take_along_axis(every, one.picks[None, ..., None], axis=0)[0]
        updates, losses = mean_curve(list(chosen.ravel()))
        rows += [
            {"recipe": name, "update": int(update), "validation_loss": float(loss)}
            for update, loss in zip(updates, losses, strict=True)
        ]
    return rows


def _facts(
    rows: Sequence[dict[str, Any]], first: str, best: BestOfMany | None, target: Float64 | float, pairing: Pairing,
    title: str,
) -> dict[str, Any]:  # fmt: skip
    return {
        "loss": title, "reference": first, "lowest loss": rows[0]["recipe"], "margin": pairing.margin,
        "target loss": float(np.nanmean(target)) if np.isfinite(target).any() else math.nan,
        "optimism of the lowest": math.nan if best is None else best.optimism,
        "lead beyond chance": None if best is None else best.beyond_chance,
    }  # fmt: skip


def _at_the_end(tuned: Mapping[str, Tuned]) -> tuple[str, ...]:
    """A remark on recipes of which most folds choose the smallest or the largest rate."""
    found = [name for name, one in tuned.items() if one.usual in (one.names[0], one.names[-1]) and len(one.names) > 1]
    if not found:
        return ()
    return (f"Of {', '.join(found)} most folds take the smallest or largest rate: one beyond it may be better.",)


def _remarks(
    grid: Grid, tuned: Mapping[str, Tuned], best: BestOfMany | None, entries: Sequence[Entry], skipped: tuple[str, ...]
) -> tuple[str, ...]:
    rates = [f"{name}: {one.words.replace(f'{name}, ', '')}." for name, one in tuned.items() if len(one.names) > 1]
    rated = (RATES, *rates, *_at_the_end(tuned)) if rates else (NOT_TUNED,)
    chosen = () if best is None else (best.sentence,)
    every = [recipe for entry in entries for recipe in entry.recipes.values()]
    return (FAMILY, SPEED, *rated, *chosen, *other_losses(every), *grid.remarks, *skipped)
