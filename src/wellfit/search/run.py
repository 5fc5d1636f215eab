"""The door of the search: arrays and a limit in, an ensemble and the record of every decision out."""

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
from wellfit.engines.contract.progress import Observer
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.search.choose.choosing_time import Choosing
from wellfit.search.race.affordable import TO_THE_END, fitted
from wellfit.search.race.budget import Clock, Purse, Updates
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.checkpoint import Saver
from wellfit.search.race.compiling import is_cold, warm_up
from wellfit.search.race.folds import Partitions
from wellfit.search.race.interrupts import interruptible
from wellfit.search.race.portfolio import portfolio
from wellfit.search.race.proposals import Evolution, Proposer
from wellfit.search.race.race import Race, Round
from wellfit.search.race.strategy import Strategy
from wellfit.statistics.metrics import metric_of
from wellfit.tables.arrays import Arrays, Target

MOST_CANDIDATES = 400
CHOOSING_SHARE = 0.04  # of the time limit, at least, kept for choosing the ensemble
CHOOSING_SECONDS = 0.3
LONG_CHOOSING = 5.0  # seconds, which long limits keep at the least
MOST_CHOOSING = 0.5  # of the time limit, however much there is to choose from
PLANNED = 0.8  # of the time, where one round is all, for updates differ in what they take


@dataclass(frozen=True)
class Settings:
    """How to search. One of seconds (by the clock) and updates (reproducible to the bit) is given.

    metric: what the ensemble is chosen by; None: log-loss for classes, RMSE for numbers. folds: of each deal of the
    rows; None: 8 below 1,000 rows, else 5. groups: (rows,), kept together. most_cost: what predicting a row may cost
    (`wellfit.engines.contract.cost`); None: 100,000 rows a second on two cores of a table of 20 columns, and
    more for more. recipes: the portfolio; proposer: of further recipes; most: candidates. watch: called with the race
    when a round begins and when it has ended, to show it.
    folder: where to save the search now and then and when it is interrupted, None: nowhere. mark: what it learns from,
    in a word. resume: go on with the search in the folder, which must have the same mark.
    """

    seconds: float | None = None
    updates: int | None = None
    metric: str | None = None
    seed: int = 0
    folds: int | None = None
    groups: NDArray[Any] | None = None
    n_jobs: int = 1
    recipes: Sequence[Recipe] | None = None
    proposer: Proposer | None = None
    most: int = MOST_CANDIDATES
    most_cost: float | None = None
    watch: Callable[[Race], None] | None = None
    folder: Path | None = None
    mark: str = ""
    resume: bool = False

    def __post_init__(self) -> None:
        if self.recipes is not None and not len(self.recipes):
            raise InputError(
                "A search begins with one recipe or more, and an empty list came: None is the built-in portfolio."
            )
        if self.folds is not None and (self.folds != int(self.folds) or self.folds < 2):
            raise InputError(f"folds is a whole number of 2 or more, and {self.folds!r} came: None chooses it.")


@dataclass
class Searched:
    """A finished search before its ensemble is chosen."""

    race: Race
    settings: Settings
    notes: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    saver: Saver | None = None

    def save(self) -> None:
        """Write everything to the folder of the settings, where there is one: the search can be gone on with."""
        if self.saver is not None and not self.race.population.interrupted:  # then it was written where it was cut
            self.saver.save()


def needs_compiling(arrays: Arrays, target: Target) -> bool:
    """Whether a search of such data would first compile, which it does once for a machine and version."""
    return is_cold(portfolio(target.kind), Evolution(target.kind, *_columns(arrays)))


def _columns(arrays: Arrays) -> tuple[bool, bool]:
    """Whether there are numbers, and categories."""
    return arrays.numbers.shape[1] > 0, arrays.codes.shape[1] > 0


def run_search(
    arrays: Arrays, target: Target, weight: NDArray[np.float32] | None, settings: Settings,
    observers: Sequence[Observer] = (),
) -> Searched:  # fmt: skip
    """Train candidates until the limit."""
    check_jobs(settings.n_jobs)
    started = time.monotonic()
    race = _race(arrays, target, weight, settings)
    recipes = list(portfolio(target.kind) if settings.recipes is None else settings.recipes)
    proposer = settings.proposer or Evolution(target.kind, *_columns(arrays))
    compiled = warm_up(race, recipes, proposer)
    spent = time.monotonic() - started - compiled
    purse = _purse(settings, race, spent)
    strategy = Strategy(race, purse, recipes, proposer, settings.most, observers)
    saver = None
    with interruptible(race.population):
        if settings.folder is not None:
            saver = _saved(race, purse, strategy, settings, observers)
        if all(len(view.validation) for view in race.partitions.views(0)):
            strategy.search()
        else:
            _all_epochs(race, purse, recipes[0], observers)
    return Searched(race, settings, race.partitions.notes, {"training": time.monotonic() - started}, saver)


def _saved(
    race: Race, purse: Purse, strategy: Strategy, settings: Settings, observers: Sequence[Observer]
) -> Saver:  # fmt: skip
    """Save the search from now on; first bring it to where it had been, if it is resumed."""
    saver = Saver(Path(settings.folder or ""), settings.mark, race, strategy)
    current = saver.restore() if settings.resume else None
    race.population.pause = saver.pause
    if current is not None:
        race.go_on(current, purse.seconds, observers)
    purse.learn(race.members)
    return saver


def repeat_search(
    arrays: Arrays, target: Target, weight: NDArray[np.float32] | None, settings: Settings, record: Mapping[str, Any],
    observers: Sequence[Observer] = (),
) -> Searched:  # fmt: skip
    """The rounds of an earlier search once more, to the same bits."""
    race = _race(arrays, target, weight, settings)
    race.partitions.use = int(record["folds_used"])
    plain = [Candidate.from_plain(one) for one in record["candidates"]]
    entered = 0
    for made in (Round.from_plain(one) for one in record["rounds"]):
        needed = max(made.until, default=-1)
        while entered < len(plain) and len(race.members) <= needed:
            race.enter(plain[entered].recipe, plain[entered].origin, plain[entered].partition)
            entered += 1
        race.repeat(made, observers)
        if race.population.interrupted:
            break
    for candidate, known in zip(race.candidates, plain, strict=False):
        if candidate.alive and not known.alive:
            race.halt(candidate, finished=known.status == "finished")
    return Searched(race, settings, race.partitions.notes)


def record_of(searched: Searched) -> dict[str, Any]:
    """Every decision, as JSON holds it: enough to repeat the search."""
    race = searched.race
    return {
        "seed": race.seed,
        "folds": race.partitions.folds,
        "folds_used": race.partitions.use,
        "asked": race.asked,
        "candidates": [one.to_plain() for one in race.candidates],
        "rounds": [one.to_plain() for one in race.rounds],
    }


def _race(arrays: Arrays, target: Target, weight: NDArray[np.float32] | None, settings: Settings) -> Race:
    if target.kind == "tasks":
        raise InputError("A search is for one target, and this table has several: train a recipe instead (--recipe).")
    weight = np.ones(arrays.rows, np.float32) if weight is None else weight
    rows = int((weight > 0).sum())
    if settings.folds is not None and settings.folds > rows:
        raise InputError(
            f"folds is a whole number from 2 to the number of rows that count, here {rows}, and {settings.folds} came: "
            "None chooses it."
        )
    partitions = Partitions(target, weight, settings.groups, settings.seed, settings.folds)
    race = Race(GrowingPopulation(arrays, target, weight, settings.n_jobs), partitions, settings.seed)
    race.watch = settings.watch or race.watch
    return race


def _purse(settings: Settings, race: Race, spent: float) -> Purse:
    """What may be spent. spent: seconds of the limit that are gone."""
    if (settings.seconds is None) == (settings.updates is None):
        raise InputError("A search ends by the clock or by a number of updates: give one of the two.")
    if settings.seconds is None:
        return Updates(int(settings.updates or 0))
    seconds = settings.seconds
    share = min(CHOOSING_SHARE * seconds, LONG_CHOOSING)
    least, most = min(max(share, CHOOSING_SECONDS), 0.5 * seconds), MOST_CHOOSING * seconds
    judged = all(len(view.validation) for view in race.partitions.views(0))
    if not judged:
        return Clock(seconds - spent - least, settings.n_jobs)
    choosing = Choosing(race, metric_of(settings.metric, race.population.run.target.kind))
    return Clock(seconds - spent - least, settings.n_jobs, lambda: min(max(choosing(), least), most) - least)


def _all_epochs(race: Race, purse: Purse, recipe: Recipe, observers: Sequence[Observer]) -> None:
    """Too few rows to hold any out: one recipe to its end, as often as there are folds; fewer of both where the limit
    asks for it.
    """
    if not race.candidates:  # else it is gone on with
        candidate = fitted(race, purse, recipe, PLANNED if purse.by_clock else 1.0)
        race.run("all epochs", [(candidate, TO_THE_END)], purse.seconds, observers)
