"""The patient: a recipe trained beside a reference on the same folds from the same seeds, as a case for the rules."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from wellfit.diagnosis.base import Case, TrainedNetwork
from wellfit.diagnosis.evidence import baseline_losses, networks_of
from wellfit.diagnosis.trial import Ground
from wellfit.diagnosis.trial.judging import PATIENT
from wellfit.engines.contract.plan import Plan
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.studies.base import Grid, Settings, StudyTable, train_grid
from wellfit.studies.base.rounds import updates_of
from wellfit.tables.arrays import View
from wellfit.training import Population

DEFAULT, PRACTICE = "default recipe", "practice recipe"
LEAST_APART, PROBES = 10, 50  # updates between two probes at least; probes of a network, about
BASELINE_SECONDS = 2.0  # of a view, on a large table


@dataclass(frozen=True)
class Patient:
    """A recipe that was trained.

    grid: its networks' losses under `PATIENT`, and those of the reference. case: for the rules.
    reference: the name of the recipe beside it.
    history, reference_history: learning curves of both recipes' networks, as `Population.history`.
    """

    grid: Grid
    case: Case
    reference: str
    history: pl.DataFrame
    reference_history: pl.DataFrame

    __repr__ = short_repr

    @property
    def default(self) -> Recipe | None:
        """The default recipe, where it was trained beside the patient."""
        return self.grid.recipes[self.reference] if self.reference == DEFAULT else None


def reference_of(recipe: Recipe) -> dict[str, Recipe]:
    """What a recipe is compared with: the default recipe; beside that one the one of common practice."""
    default = Recipe()
    return {DEFAULT: default} if recipe != default else {PRACTICE: Recipe.named("practice")}


def train_patient(recipe: Recipe, table: StudyTable, settings: Settings, later: StudyTable | None = None) -> Patient:
    """Train a recipe and its reference, with probes.

    settings: folds, seeds, limits; of a folder its part "patient" is used.

    Raises:
        InputError: the recipe does not fit the table, or the folds do not.
        KeyboardInterrupt: Ctrl-C before one round of networks was whole.
    """
    recipes = {PATIENT: recipe, **reference_of(recipe)}
    reference = next(name for name in recipes if name != PATIENT)
    own = replace(settings, probes=_apart(recipe, table))
    grid = train_grid(recipes, table, own, _seen, validates=True)
    networks = tuple(one for patient, _, _ in grid.more for one in patient)
    others = tuple(one for _, other, _ in grid.more for one in other)
    case = Case(
        recipe, table, networks, {reference: others},
        baseline_losses(table.rows, grid.views.views, recipe, settings.seed, BASELINE_SECONDS), later,
    )  # fmt: skip
    half = len(grid.views.views)
    every = [one for _, _, one in grid.more]
    first = joined_histories([one.filter(pl.col("member") < half) for one in every])
    second = joined_histories(
        [one.filter(pl.col("member") >= half).with_columns(pl.col("member") - half) for one in every]
    )
    return Patient(grid, case, reference, first, second)


def on_changed_table(patient: Patient, ground: Ground, settings: Settings) -> Patient:
    """The patient on the table with changes, its reference trained there too. Rules have judged it as it was."""
    name, own = patient.reference, ground.grid
    other = train_grid(
        {name: patient.grid.recipes[name]}, ground.table, settings, lambda population: population.engine.history,
        validates=True, views=own.views,
    )  # fmt: skip
    recipes = {PATIENT: own.recipes[PATIENT], name: other.recipes[name]}
    rounds = tuple(zip(own.more, other.more, strict=False))
    rows = ResultFrame(pl.concat([own.table, other.table]).filter(pl.col("seed") < _end(own, other)))
    grid = replace(own, names=tuple(recipes), recipes=recipes, table=rows, more=rounds)
    histories = [joined_histories(list(part)) for part in zip(*rounds, strict=True)]
    return Patient(grid, patient.case, name, *histories)


def _end(*grids: Grid) -> int:
    """The first seed that not all of the grids have."""
    return min(int(grid.table["seed"].max()) for grid in grids) + 1  # type: ignore[arg-type]


def _seen(population: Population) -> tuple[tuple[TrainedNetwork, ...], tuple[TrainedNetwork, ...], pl.DataFrame]:
    """What is kept of a round: the patient's networks, the reference's, and the learning curves of all."""
    half = len(population) // 2
    first, second = range(half), range(half, len(population))
    run = population.engine
    return networks_of(run, first), networks_of(run, second), run.history


def _apart(recipe: Recipe, table: StudyTable) -> int:
    """How many updates lie between two probes."""
    rows = Plan(recipe, View(np.arange(max(table.rows.arrays.rows // 2, 1))), 0)
    return max(LEAST_APART, updates_of(rows) // PROBES)


def joined_histories(histories: list[pl.DataFrame]) -> pl.DataFrame:
    """Histories of several rounds with one count of members."""
    found, first = [], 0
    for one in histories:
        found.append(one.with_columns(member=pl.col("member").cast(pl.Int64) + first))
        first += int(one["member"].max() or 0) + 1  # type: ignore[arg-type]
    return pl.concat(found)
