"""The trial run: changes that can be trained on the table, beside as many random ones, in one population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.diagnosis.base import Finding
from wellfit.diagnosis.trial.judging import PATIENT, TrialResult, judge_trial
from wellfit.diagnosis.trial.patches import Patch, patches_of
from wellfit.diagnosis.trial.random_patches import cost_of, random_patches
from wellfit.engines.compiled.run.training_run import make_training_run
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.studies.base import Grid, Settings, StudyTable, train_grid
from wellfit.studies.base.paired import pairing_of

Float64 = NDArray[np.float64]
COST_FACTOR = 1.5  # a random change may cost this much more than the dearest remedy or the patient


@dataclass(frozen=True)
class Trial:
    """What was tried. patches: the changes. result: how they did. grid: their networks.
    history: learning curves of the networks of the chosen change, None without one. notes: what was not tried, and why.
    """

    patches: tuple[Patch, ...]
    result: TrialResult
    grid: Grid
    history: pl.DataFrame | None
    notes: tuple[str, ...] = ()

    __repr__ = short_repr


def plan_trial(
    findings: Sequence[Finding], patient: Grid, default: Recipe | None, table: StudyTable, seed: int, most: int,
    with_random: bool,
) -> tuple[Patch, ...]:  # fmt: skip
    """The changes that are tried: those that answer the findings, at most `most`, and as many random ones.

    patient: its grid. default: the default recipe, where it was trained beside it.
    """
    recipe, rows = patient.recipes[PATIENT], table.rows

    def fits(one: Recipe) -> bool:
        return trainable(one, table, patient)

    own = tuple(one for one in patches_of(findings, recipe, default, most) if fits(one.recipe))
    if not own or not with_random:
        return own
    most_cost = COST_FACTOR * max(cost_of(one, rows.arrays.rows) for one in (recipe, *(one.recipe for one in own)))
    drawn = random_patches(
        recipe, len(own), seed, rows.arrays, rows.target, most_cost=most_cost, fits=fits
    )  # fmt: skip
    return (*own, *drawn)


def trainable(recipe: Recipe, table: StudyTable, grid: Grid) -> bool:
    """Whether the recipe can be trained on the table."""
    rows = table.rows
    try:
        make_training_run([Plan(recipe, grid.views.views[0], 0)], rows.arrays, rows.target, rows.weight)
    except InputError:
        return False
    return True


def run_trial(patches: Sequence[Patch], patient: Grid, reference: str, table: StudyTable, settings: Settings) -> Trial:
    """Train the changes on the patient's folds from its seeds, and judge them beside it.

    patient: its grid, which the trial's networks are paired with. reference: the name of the recipe beside it, whose
    networks stand in for the change that is this recipe.

    Raises:
        KeyboardInterrupt: Ctrl-C before one round was whole.
    """
    known = {reference: patient.recipes[reference]} if reference in patient.recipes else {}
    new = {one.name: one.recipe for one in patches if one.recipe not in known.values()}
    old = {one.name: reference for one in patches if one.recipe in known.values()}
    seeds = patient.losses(PATIENT).shape[2]
    grid = train_grid(
        new, table, replace(settings, seeds=seeds, probes=None), lambda population: population.engine.history,
        validates=True, views=patient.views,
    )  # fmt: skip
    rounds = len(grid.more)

    def losses(part: str) -> dict[str, Float64]:
        own = {name: patient.losses(of, part)[..., :rounds] for name, of in ((PATIENT, PATIENT), *old.items())}
        return own | {name: grid.losses(name, part) for name in new}

    pairing = pairing_of(patient, table, settings, PATIENT)
    result = judge_trial(patches, losses("validation"), losses("test"), pairing)
    return Trial(tuple(patches), result, grid, _history(grid, result))


def _history(grid: Grid, result: TrialResult) -> pl.DataFrame | None:
    """The learning curves of the chosen change's networks, members counted through the rounds."""
    if result.chosen is None or result.chosen.patch.name not in grid.names:
        return None
    folds = len(grid.views.views)
    first = grid.names.index(result.chosen.patch.name) * folds
    own: list[pl.DataFrame] = [
        one.filter(pl.col("member").is_between(first, first + folds - 1)).with_columns(
            member=pl.col("member").cast(pl.Int64) - first + number * folds
        )
        for number, one in enumerate(grid.more)
    ]
    return pl.concat(own)
