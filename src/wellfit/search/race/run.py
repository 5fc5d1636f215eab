"""Running a race from arrays and a limit to its trained candidates, and repeating one from its record."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.growing_population import GrowingPopulation
from wellfit.engines.compiled.run.workers import check_jobs
from wellfit.engines.contract.cost import recipe_cost
from wellfit.engines.contract.probes import probe_distance
from wellfit.engines.contract.progress import Observer
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.checkpoint import SearchCheckpoint
from wellfit.search.race.compiling import compile_kernels, kernels_missing
from wellfit.search.race.first_candidate import FEW_EPOCHS, TO_THE_END, first_candidate
from wellfit.search.race.folds import Partitions
from wellfit.search.race.interrupts import interruptible
from wellfit.search.race.last_resort import ensure_network
from wellfit.search.race.portfolio import portfolio, suited
from wellfit.search.race.proposals import Evolution
from wellfit.search.race.race import Race, Round
from wellfit.search.race.search_budget import SearchBudget, TimeBudget, UpdateBudget
from wellfit.search.race.settings import SearchSettings
from wellfit.search.race.strategy import Strategy
from wellfit.tables.arrays import Arrays, Target

CHOOSING_SHARE = 0.04  # of the time limit, at least, kept for choosing the ensemble
CHOOSING_SECONDS = 0.3
LONG_CHOOSING = 5.0  # seconds, which long limits keep at the least
MOST_CHOOSING = 0.5  # of the time limit, however much there is to choose from
PLANNED = 0.8  # of the time, where one round is all, for updates differ in what they take

SelectionTimer = Callable[[Race], Callable[[], float]]


@dataclass
class FinishedSearch:
    """A search whose candidates are trained and whose ensemble is not yet chosen.

    race: the candidates and the rounds.
    settings: those that it was started with.
    notes: sentences for the user about the folds.
    timings: wall seconds of compiling, preparing rows and training, by name.
    checkpoint: what saves it; None (default): it is not saved.
    compile_seconds: wall seconds of compiling, which came on top of its time limit.
    """

    race: Race
    settings: SearchSettings
    notes: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    checkpoint: SearchCheckpoint | None = None
    compile_seconds: float = 0.0

    __repr__ = short_repr

    def save(self) -> None:
        """Write everything to the folder of the settings, where there is one: the search can be resumed."""
        if self.checkpoint is not None and not self.race.population.interrupted:  # then it was written where it was cut
            self.checkpoint.save()


def needs_compiling(arrays: Arrays, target: Target) -> bool:
    """Whether a search on such data would compile first, which it does once for a machine and version.

    arrays: the table's columns.
    target: what is predicted.

    Returns:
        True where the compiled kernels of the built-in portfolio are not in the cache.
    """
    return kernels_missing(
        suited(portfolio(target.kind), arrays.rows, arrays.levels), Evolution(target.kind, *_columns(arrays))
    )


def _columns(arrays: Arrays) -> tuple[bool, bool]:
    """Whether there are numbers, and categories."""
    return arrays.numbers.shape[1] > 0, arrays.codes.shape[1] > 0


def run_search(
    arrays: Arrays, target: Target, weight: NDArray[np.float32] | None, settings: SearchSettings,
    observers: Sequence[Observer] = (), *, selection_time: SelectionTimer | None = None,
) -> FinishedSearch:  # fmt: skip
    """Train candidates until the limit.

    arrays: the table's columns.
    target: what is predicted, one target.
    weight: (rows,), at least 0; None: 1 each.
    settings: how to search, and how long.
    observers: called with a `Progress` about 20 times a second; default: none.
    selection_time: makes, of the race, what tells how many wall seconds choosing the ensemble will take; it is asked
        only with a time limit. None (default): no more is kept than the least.

    Raises:
        InputError: what is wrong with the data or the settings.
    """
    check_jobs(settings.n_jobs)
    started = time.monotonic()
    race = _race(arrays, target, weight, settings)
    usual = suited(portfolio(target.kind), arrays.rows, arrays.levels)
    recipes = list(usual if settings.recipes is None else settings.recipes)
    proposer = settings.proposer or Evolution(target.kind, *_columns(arrays))
    compiled = compile_kernels(race, recipes, proposer, n_jobs=settings.n_jobs)
    spent = time.monotonic() - started - compiled
    budget = _search_budget(settings, race, spent, selection_time)
    strategy = Strategy(race, budget, recipes, proposer, settings.most_candidates, observers)
    checkpoint, ready = None, time.monotonic() - started - compiled
    with interruptible(race.population):
        if settings.folder is not None:
            checkpoint = _saved(race, budget, strategy, settings, observers)
        if all(len(view.validation) for view in race.partitions.views(0)):
            strategy.search()
        else:
            _all_epochs(race, budget, recipes[0], observers)
        notes = (*race.partitions.notes, *_on_few_epochs(race, recipes), *ensure_network(race, budget, observers))
    preparing = ready + race.adding_seconds
    training = max(time.monotonic() - started - compiled - preparing, 0.0)
    timings = {"compiling": compiled, "preparing": preparing, "training": training}
    return FinishedSearch(race, settings, notes, timings, checkpoint, compiled)


def _on_few_epochs(race: Race, recipes: Sequence[Recipe]) -> list[str]:
    """That the limit was too short for the first recipe, where it had to be cut to next to nothing."""
    if not race.candidates:
        return []
    made, wanted = race.candidates[0].recipe.epochs, recipes[0].epochs
    if made >= min(FEW_EPOCHS, wanted):
        return []
    epochs = "epoch" if made == 1 else "epochs"
    return [f"There was time for {made} {epochs} of training where the recipe has {wanted}: more time helps most here."]


def _saved(
    race: Race, budget: SearchBudget, strategy: Strategy, settings: SearchSettings, observers: Sequence[Observer]
) -> SearchCheckpoint:  # fmt: skip
    """Save the search from now on; first bring it to where it had been, if it is resumed."""
    checkpoint = SearchCheckpoint(
        Path(settings.folder or ""), settings.data_fingerprint, race, strategy, rows_drawn=settings.rows_drawn
    )
    current = checkpoint.restore() if settings.resume else None
    race.population.pause = checkpoint.pause
    if current is not None:
        race.resume_round(current, budget.seconds, observers)
    budget.record_costs(race.members)
    return checkpoint


def repeat_search(
    arrays: Arrays, target: Target, weight: NDArray[np.float32] | None, settings: SearchSettings,
    record: Mapping[str, Any], observers: Sequence[Observer] = (),
) -> FinishedSearch:  # fmt: skip
    """Train the rounds of an earlier search once more, to the same bits.

    record: that of the earlier search, as `record_of` makes it; the other arguments are those of `run_search`.

    Raises:
        InputError: what is wrong with the data or the settings.
    """
    started = time.monotonic()
    race = _race(arrays, target, weight, settings)
    race.partitions.use = int(record["folds_used"])
    plain = [Candidate.from_plain(one) for one in record["candidates"]]
    added = 0
    for made in (Round.from_plain(one) for one in record["rounds"]):
        needed = max(made.until, default=-1)
        while added < len(plain) and len(race.members) <= needed:
            race.add(plain[added].recipe, plain[added].origin, plain[added].partition)
            added += 1
        race.repeat(made, observers)
        if race.population.interrupted:
            break
    for candidate, known in zip(race.candidates, plain, strict=False):
        if candidate.alive and not known.alive:
            race.end(candidate, finished=known.status == "finished")
    trained = time.monotonic() - started - race.adding_seconds
    timings = {"preparing": race.adding_seconds, "training": trained}
    return FinishedSearch(race, settings, race.partitions.notes, timings)


def record_of(searched: FinishedSearch) -> dict[str, Any]:
    """Every decision, as JSON holds it: enough to repeat the search."""
    race = searched.race
    return {
        "seed": race.seed,
        "folds": race.partitions.folds,
        "folds_used": race.partitions.use,
        "proposed": race.proposed,
        "candidates": [{**one.to_plain(), **_costs(race, one)} for one in race.candidates],
        "rounds": [one.to_plain() for one in race.rounds],
    }


def _costs(race: Race, candidate: Candidate) -> dict[str, Any]:
    """What a candidate's training took, and what predicting a row with one of its networks takes."""
    members = [race.members[index] for index in candidate.members]
    target, encoding = race.population.run.target, members[0].prepared.encoding
    return {
        "updates": sum(member.update for member in members),
        "cost": recipe_cost(candidate.recipe, encoding.sizes, target.outputs, encoding.tasks),
    }


def _race(arrays: Arrays, target: Target, weight: NDArray[np.float32] | None, settings: SearchSettings) -> Race:
    if target.kind == "tasks":
        raise InputError("A search is for one target, and this table has several: train a recipe instead (--recipe).")
    weight = np.ones(arrays.rows, np.float32) if weight is None else weight
    rows = int((weight > 0).sum())
    if isinstance(settings.folds, int | float) and settings.folds > rows:
        raise InputError(
            f"folds is a whole number from 2 to the number of rows that count, here {rows}; got {settings.folds}: "
            "None chooses it."
        )
    partitions = Partitions(target, weight, settings.groups, settings.seed, settings.folds, settings.copies)
    population = GrowingPopulation(arrays, target, weight, settings.n_jobs, probe_distance(settings.probes))
    race = Race(population, partitions, settings.seed)
    race.on_round = settings.on_round or race.on_round
    return race


def _search_budget(
    settings: SearchSettings, race: Race, spent: float, selection_time: SelectionTimer | None
) -> SearchBudget:
    """What training may spend. spent: seconds of the limit that are gone."""
    if (settings.seconds is None) == (settings.updates is None):
        raise InputError("A search ends by the clock or by a number of updates: give one of the two.")
    if settings.seconds is None:
        return UpdateBudget(int(settings.updates or 0))
    seconds = settings.seconds
    share = min(CHOOSING_SHARE * seconds, LONG_CHOOSING)
    least, most = min(max(share, CHOOSING_SECONDS), 0.5 * seconds), MOST_CHOOSING * seconds
    rows_held_out = all(len(view.validation) for view in race.partitions.views(0))
    if selection_time is None or not rows_held_out:
        return TimeBudget(seconds - spent - least, race.population.parallel)
    choosing = selection_time(race)
    cores = race.population.parallel
    return TimeBudget(seconds - spent - least, cores, lambda: min(max(choosing(), least), most) - least)


def _all_epochs(race: Race, budget: SearchBudget, recipe: Recipe, observers: Sequence[Observer]) -> None:
    """Too few rows to hold any out: one recipe to its end, as often as there are folds; fewer of both where the limit
    asks for it.
    """
    if not race.candidates:  # else it is resumed
        candidate = first_candidate(race, budget, recipe, PLANNED if budget.by_clock else 1.0)
        race.run("all epochs", [(candidate, TO_THE_END)], budget.seconds, observers)
