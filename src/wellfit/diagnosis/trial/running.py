"""The trial run: changes that can be trained on the table, beside as many random ones, in one population."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.diagnosis.base import Finding
from wellfit.diagnosis.trial.judging import PATIENT, TrialResult, judge_trial, mean_of
from wellfit.diagnosis.trial.patches import Patch, combinations_of, patches_of
from wellfit.diagnosis.trial.random_patches import cost_of, random_patches
from wellfit.engines.compiled.run.training_run import make_training_run
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.reprs import counted, short_repr
from wellfit.studies.base import Grid, Settings, StudyTable, train_grid
from wellfit.studies.base.paired import pairing_of

Float64 = NDArray[np.float64]
COST_FACTOR = 1.5  # a random change may cost this much more than the dearest remedy or the patient


@dataclass(frozen=True)
class Trial:
    """What was tried.

    patches: the changes. result: how they did. grids: their networks, first of single remedies, then of combinations.
    history: learning curves of the networks of the chosen change, None without one.
    """

    patches: tuple[Patch, ...]
    result: TrialResult
    grids: tuple[Grid, ...]
    history: pl.DataFrame | None

    __repr__ = short_repr


@dataclass(frozen=True)
class Setup:
    """What a trial is made on.

    findings: to which changes answer. patient: the grid of the recipe as it is, with which all is paired.
    reference: the name of the recipe beside it there. default: the default recipe, where it is that one.
    settings: seeds and limits, of each part of the trial by its name ("trial" or "combinations").
    behind: whether that one does better on validation rows.
    most: changes at most, random ones apart. with_random: whether as many random ones are tried. seed: of their draws.
    """

    findings: Sequence[Finding]
    patient: Grid
    reference: str
    default: Recipe | None
    behind: bool
    table: StudyTable
    settings: Callable[[str], Settings]
    most: int
    with_random: bool
    seed: int

    __repr__ = short_repr

    @property
    def recipe(self) -> Recipe:
        """The recipe as it is."""
        return self.patient.recipes[PATIENT]

    def fits(self, recipe: Recipe) -> bool:
        """Whether a recipe can be trained on the table."""
        rows = self.table.rows
        try:
            make_training_run([Plan(recipe, self.patient.views.views[0], 0)], rows.arrays, rows.target, rows.weight)
        except InputError:
            return False
        return True


def run_trial(setup: Setup) -> Trial | None:
    """Train single remedies, then combinations of those that helped, each beside as many random changes.

    All train on the patient's folds from its seeds. Where the limits leave fewer seeds, those are compared.

    Returns:
        What was found; None where no finding names a change that can be trained.

    Raises:
        KeyboardInterrupt: Ctrl-C before one round was whole.
    """
    first = [
        one
        for one in patches_of(setup.findings, setup.recipe, setup.default, setup.most, setup.behind)
        if setup.fits(one.recipe)
    ]
    if not first:
        return None
    limit = COST_FACTOR * max(cost_of(one, setup.table.rows.arrays.rows) for one in (setup.recipe, *_recipes(first)))
    drawn = _random(setup, len(first), 0, limit)
    grids = _trained(setup, "trial", [*first, *drawn])
    patches, pairing = [*first, *drawn], pairing_of(setup.patient, setup.table, setup.settings("trial"), PATIENT)
    if not any(grid.ended == "interrupted" for grid in grids):
        losses = _losses(setup, patches, grids, "validation")
        means = [(one, mean_of(losses[one.name], pairing)) for one in first if one.kind != "default recipe"]
        own = mean_of(losses[PATIENT], pairing)
        further = [
            one
            for one in combinations_of(means, own, setup.recipe, setup.default, setup.most)
            if setup.fits(one.recipe)
        ]
        if further:
            more = [*further, *_random(setup, len(further), len(drawn), limit)]
            try:
                grids += _trained(setup, "combinations", more)
                patches += more
            except KeyboardInterrupt:  # the single remedies are an answer
                pass
    validation, test = (_losses(setup, patches, grids, part) for part in ("validation", "test"))
    result = judge_trial(patches, validation, test, pairing)
    return Trial(tuple(patches), result, tuple(grids), _history(grids, result))


def _recipes(patches: Sequence[Patch]) -> list[Recipe]:
    return [one.recipe for one in patches]


def _random(setup: Setup, number: int, after: int, most_cost: float) -> list[Patch]:
    """So many random changes, after those that were drawn before."""
    if not setup.with_random:
        return []
    rows = setup.table.rows
    drawn = random_patches(
        setup.recipe, after + number, setup.seed, rows.arrays, rows.target, most_cost=most_cost, fits=setup.fits
    )
    return list(drawn[after:])


def _trained(setup: Setup, part: str, patches: Sequence[Patch]) -> list[Grid]:
    """The grid of the changes, without the reference, which was trained before; none where it is the only one."""
    known = setup.patient.recipes.get(setup.reference)
    new = {one.name: one.recipe for one in patches if one.recipe != known}
    if not new:
        return []
    settings = setup.settings(part)
    settings.announce(f"Trying {counted(len(patches), 'change')}.")
    trained = train_grid(
        new, setup.table, replace(settings, probes=None), lambda population: population.engine.history,
        validates=True, views=setup.patient.views,
    )  # fmt: skip
    return [trained]


def _losses(setup: Setup, patches: Sequence[Patch], grids: Sequence[Grid], part: str) -> dict[str, Float64]:
    """Losses by name, of as many seeds as all parts of the trial have."""
    seeds = min(len(grid.more) for grid in (setup.patient, *grids))
    of = {name: grid for grid in grids for name in grid.names}
    found = {PATIENT: setup.patient.losses(PATIENT, part)[..., :seeds]}
    for one in patches:
        grid, name = (of[one.name], one.name) if one.name in of else (setup.patient, setup.reference)
        found[one.name] = grid.losses(name, part)[..., :seeds]
    return found


def _history(grids: Sequence[Grid], result: TrialResult) -> pl.DataFrame | None:
    """The learning curves of the chosen change's networks, members counted through the rounds."""
    name = None if result.chosen is None else result.chosen.patch.name
    grid = next((one for one in grids if name in one.names), None)
    if grid is None or name is None:
        return None
    folds = len(grid.views.views)
    first = grid.names.index(name) * folds
    own: list[pl.DataFrame] = [
        one.filter(pl.col("member").is_between(first, first + folds - 1)).with_columns(
            member=pl.col("member").cast(pl.Int64) - first + number * folds
        )
        for number, one in enumerate(grid.more)
    ]
    return pl.concat(own)
