"""The answer of an ablation: worth and verdict of each technique, the simplest recipe, figures and sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.paired import BETTER, WORSE, BestOfMany, Comparison, Simplest, best_of_many
from wellfit.studies.base import Grid, Settings, Study, StudyPlan, StudyTable
from wellfit.studies.base.paired import FAMILY, Pairing, comparison_rows, loss_title, pairing_of
from wellfit.studies.recipes.ablation_words import ablation_figures, verdict_of_ablation
from wellfit.studies.recipes.changes import Change, Changes, complexity
from wellfit.studies.recipes.tuning import chosen_on_validation

Float64 = NDArray[np.float64]
QUESTION = "Which techniques of the recipe earn their place, which are missing, and what is the simplest good recipe?"
BASE = "the recipe"
HELPS, HARMS = "better with it", "better without it"
TUNED = "Strengths of added techniques were chosen in each fold on its validation rows; the recipe had no such choice."
NOT_TOGETHER = "Several techniques were not left out together: the study was interrupted, or the recipe refuses it."
AT_DEFAULT = "Added techniques were tried at their default strength alone, which another strength may beat."


@dataclass(frozen=True)
class Simpler:
    """Recipes with several techniques left out. grid: of these. order: techniques, those least missed first."""

    grid: Grid
    order: tuple[str, ...]
    skipped: tuple[str, ...]

    __repr__ = short_repr


@dataclass(frozen=True)
class Candidate:
    """One recipe that was measured, by its losses (partitions, folds, seeds); remark: on how it was chosen."""

    recipe: Recipe
    losses: Float64
    remark: str = ""

    __repr__ = short_repr


def ablation_study(
    grid: Grid, table: StudyTable, settings: Settings, changes: Changes, simpler: Simpler | None
) -> Study:
    """The study of what was trained."""
    pairing = pairing_of(grid, table, settings, BASE)
    base = Candidate(grid.recipes[BASE], grid.losses(BASE))
    single = {change.name: _candidate(grid, change) for change in changes.possible}
    found = _compared(changes, single, base, pairing)
    rows = [
        _row(change, one, pairing, single[change.name]) for change, one in zip(changes.possible, found, strict=True)
    ]
    several = _several(simpler)
    every = _same_seeds({BASE: base, **single, **several})
    simplest = _simplest(every, pairing)
    best = _best(every, pairing)
    steps = _steps(grid, simpler, pairing, every, changes)
    title = loss_title(grid)
    plan = grid.plan if simpler is None else _both(grid.plan, simpler.grid.plan)
    return Study(
        "ablation", QUESTION, plan, verdict_of_ablation(changes.possible, found, simplest, title), ResultFrame(rows),
        details={
            "comparisons": ResultFrame(comparison_rows(found)), "networks": grid.table,
            **({"simpler": ResultFrame(steps)} if steps else {}),
        },
        figures=ablation_figures(rows, steps, pairing.margin, title),
        facts=_facts(pairing, base, best, simplest, title),
        recipes=_recipes(every, simplest),
        remarks=_remarks(grid, simpler, changes, single, best),
    )  # fmt: skip


def several_name(count: int) -> str:
    """The name of the recipe without as many of the techniques that are least missed."""
    return f"the recipe without {count} techniques"


def _compared(changes: Changes, single: Mapping[str, Candidate], base: Candidate, pairing: Pairing) -> list[Comparison]:
    """Each change less the recipe; what is left out and what is added are two families, for they are two questions."""
    found = dict[str, Comparison]()
    for kind in ("left out", "added"):
        names = [change.name for change in changes.possible if change.kind == kind]
        family = pairing.family({BASE: base.losses, **{name: single[name].losses for name in names}}, BASE)
        found |= {one.name: one for one in family}
    return [found[change.name] for change in changes.possible]


def _candidate(grid: Grid, change: Change) -> Candidate:
    """A change by its losses; of several strengths that which validation rows choose in each fold."""
    names = list(change.recipes)
    tuned = chosen_on_validation(grid, names)
    remark = f"{change.name}: {tuned.words}." if len(names) > 1 else ""
    return Candidate(change.recipes[tuned.usual], tuned.losses(grid), remark)


def _several(simpler: Simpler | None) -> dict[str, Candidate]:
    if simpler is None:
        return {}
    return {name: Candidate(simpler.grid.recipes[name], simpler.grid.losses(name)) for name in simpler.grid.names}


def _same_seeds(candidates: Mapping[str, Candidate]) -> dict[str, Candidate]:
    """All with the seeds that all have: a limit may have ended the simpler recipes sooner."""
    seeds = min(one.losses.shape[2] for one in candidates.values())
    return {name: Candidate(one.recipe, one.losses[..., :seeds]) for name, one in candidates.items()}


def _row(change: Change, one: Comparison, pairing: Pairing, candidate: Candidate) -> dict[str, Any]:
    """A change with what its technique is worth."""
    value = one.alone.value
    worth, low, high = value.mean, value.low, value.high
    if change.kind == "added":
        worth, low, high = -worth, -high, -low
    return {
        "technique": change.technique, "worth": worth + 0.0, "worth_low": low + 0.0, "worth_high": high + 0.0,
        "verdict": technique_verdict(change, one), "change": change.how, "loss": pairing.mean(candidate.losses),
    }  # fmt: skip


def technique_verdict(change: Change, one: Comparison) -> str:
    """The verdict on the technique, where that of the comparison is one on the changed recipe."""
    with_it = {WORSE: HELPS, BETTER: HARMS} if change.kind == "left out" else {BETTER: HELPS, WORSE: HARMS}
    return with_it.get(one.verdict, one.verdict)


def _steps(
    grid: Grid, simpler: Simpler | None, pairing: Pairing, every: Mapping[str, Candidate], changes: Changes
) -> list[dict[str, Any]]:
    """A row for each number of techniques left out, from none."""
    if simpler is None:
        return []
    names = {
        0: BASE,
        1: next(c.name for c in changes.possible if c.technique == simpler.order[0] and c.kind == "left out"),
    }
    names |= {k: name for k in range(2, len(simpler.order) + 1) if (name := several_name(k)) in simpler.grid.names}
    found = {one.name: one for one in pairing.family({name: every[name].losses for name in names.values()}, BASE)}
    rows = []
    for count, name in names.items():
        value = found[name].alone.value if count else Estimate(0.0, 0.0, 0.0)
        rows.append(
            {
                "left_out": count, "without": ", ".join(simpler.order[:count]),
                "techniques": complexity(every[name].recipe), "loss": pairing.mean(every[name].losses),
                "difference": value.mean, "difference_low": value.low, "difference_high": value.high,
                "verdict": found[name].verdict if count else "",
            }
        )  # fmt: skip
    return rows


def _simplest(every: Mapping[str, Candidate], pairing: Pairing) -> Simplest:
    """The simplest as good as the best; what is not simpler than the best is no comparison of this family."""
    losses = {name: one.losses for name, one in every.items()}
    if not any(np.isfinite(one).all() for one in losses.values()):
        raise InputError("Networks of every recipe diverged, so that none is the best: lower the learning rate.")
    size = {name: complexity(one.recipe) for name, one in every.items()}
    best = pairing.simplest(losses, size).best
    kept = [name for name in losses if name == best or size[name] < size[best]]
    return pairing.simplest({name: losses[name] for name in kept}, size)


def _best(every: Mapping[str, Candidate], pairing: Pairing) -> BestOfMany | None:
    """The best with its correction; None where fewer than two recipes trained everywhere."""
    losses = {name: one.losses for name, one in every.items()}
    if sum(bool(np.isfinite(one).all()) for one in losses.values()) < 2:
        return None
    return best_of_many(losses, pairing.test_rows, pairing.training_rows)


def _both(first: StudyPlan, second: StudyPlan) -> StudyPlan:
    return StudyPlan(
        f"{first.words}; then {second.words}",
        first.networks + second.networks,
        first.core_seconds + second.core_seconds,
    )


def _facts(
    pairing: Pairing, base: Candidate, best: BestOfMany | None, simplest: Simplest, title: str
) -> dict[str, Any]:
    return {
        "loss": title, "loss of the recipe": pairing.mean(base.losses), "margin": pairing.margin,
        "techniques of the recipe": complexity(base.recipe), "best": simplest.best, "simplest": simplest.name,
        "simplest was shown": simplest.shown, "optimism of the best": math.nan if best is None else best.optimism,
    }  # fmt: skip


def _recipes(every: Mapping[str, Candidate], simplest: Simplest) -> dict[str, Recipe]:
    found = {"best": every[simplest.best].recipe}
    return found | ({"simplest as good": every[simplest.name].recipe} if simplest.shown else {})


def _remarks(
    grid: Grid, simpler: Simpler | None, changes: Changes, single: Mapping[str, Candidate], best: BestOfMany | None
) -> tuple[str, ...]:
    tuned = [one.remark for one in single.values() if one.remark]
    adds = any(change.kind == "added" for change in changes.possible)
    several = sum(change.kind == "left out" for change in changes.possible) > 1
    order = (NOT_TOGETHER,) if several else ()
    order = order if simpler is None else (f"Left out together in this order: {', '.join(simpler.order)}.",)
    more = (
        () if simpler is None else (*(one for one in simpler.grid.remarks if one not in grid.remarks), *simpler.skipped)
    )
    said = (FAMILY, *((TUNED,) if tuned else (AT_DEFAULT,) if adds else ()), *tuned, *order)
    chosen = () if best is None else (f"{best.sentence[0].upper()}{best.sentence[1:]}",)
    return (*said, *chosen, *grid.remarks, *more, *changes.skipped)
