"""Inside `fit` of networks by recipe: views of the rows, members, and their training with callbacks."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wellfit.engines.compiled.run.training_run import TrainingRun, make_training_run, train_run
from wellfit.engines.contract.budget import Budget, parse_budget
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.probes import probe_distance
from wellfit.engines.contract.start import Start
from wellfit.errors import InputError, quoted
from wellfit.estimators.callbacks import Steps
from wellfit.estimators.reporting import LOGGER, population_line, reporting
from wellfit.recipe import Recipe
from wellfit.tables import bootstrap, holdout, views_of_folds
from wellfit.tables.arrays import Arrays, Float32, SparseColumns, Target, View
from wellfit.tables.views.copies import equal_rows


@dataclass(frozen=True)
class Rows:
    """Training rows, followed by validation rows that the user gave, if any.

    weight: (rows,) or None. given: how many validation rows stand at the end.
    """

    arrays: Arrays
    target: Target
    weight: Float32 | None
    given: int = 0


def append(rows: Rows, arrays: Arrays, target: Target, weight: Float32 | None) -> Rows:
    """Rows with the user's own validation rows at the end."""
    sparse = None
    if rows.arrays.sparse is not None and arrays.sparse is not None:
        sparse = _stacked(rows.arrays.sparse, arrays.sparse)
    joined = Arrays(
        np.concatenate([rows.arrays.numbers, arrays.numbers]),
        np.concatenate([rows.arrays.codes, arrays.codes]),
        rows.arrays.levels,
        sparse,
        rows.arrays.image,
    )
    values = replace(rows.target, values=np.concatenate([rows.target.values, target.values]))
    both: Float32 | None = None
    if rows.weight is not None or weight is not None:
        parts = (rows.weight, rows.arrays.rows), (weight, arrays.rows)
        both = np.concatenate([np.ones(n, np.float32) if w is None else w for w, n in parts])
    return Rows(joined, values, both, arrays.rows)


def _stacked(first: SparseColumns, second: SparseColumns) -> SparseColumns:
    return replace(
        first,
        starts=np.concatenate([first.starts, first.starts[-1] + second.starts[1:]]),
        indices=np.concatenate([first.indices, second.indices]),
        values=np.concatenate([first.values, second.values]),
    )


def views_of(
    rows: Rows, folds: Any, samples: int | None, share: float, seed: int
) -> tuple[list[View], tuple[str, ...]]:
    """Which rows train and which decide when to stop, and sentences on where too few rows made it differ.

    Rows that are equal in every column stay on one side.
    """
    if folds is not None and samples is not None:
        raise InputError("folds partition the rows, bootstrap draws them with replacement: give one of the two.")
    if rows.given:
        total = rows.arrays.rows
        if folds is not None or samples is not None:
            raise InputError(
                f"eval_set gives the rows that decide when to stop, and {'bootstrap' if folds is None else 'folds'} "
                "chooses them: give one of the two."
            )
        return [View(np.arange(total - rows.given), np.arange(total - rows.given, total), name="eval_set")], ()
    if folds is None and samples is None and share == 0:
        return [View(np.arange(rows.arrays.rows), name="all rows")], ()
    copies = equal_rows(rows.arrays)
    if folds is not None:
        views = views_of_folds(folds, rows.target, seed=seed, copies=copies)
        return list(views), views.notes
    if samples is not None:
        drawn = bootstrap(rows.target, samples, seed, copies)
        return list(drawn), drawn.notes
    view = holdout(rows.target, share=share, seed=seed, copies=copies)
    return [view], view.notes


def start_from(population: TrainingRun, networks: tuple[Network, ...]) -> None:
    """Members start at the weights of earlier networks.

    Raises:
        InputError: layers or columns have changed.
    """
    ours = [[(s.name, s.shape) for s in member.program.segments] for member in population.members]
    if ours != [[(s.name, s.shape) for s in network.segments] for network in networks]:
        raise InputError(
            "warm_start goes on with the weights of the last fit, but layers, columns or folds have changed: "
            "keep them, or set warm_start=False."
        )
    for member, network in zip(population.members, networks, strict=True):
        member.start_at(network.parameters)


def train_members(
    recipe: Recipe,
    rows: Rows,
    views: list[View],
    seeds: tuple[int, int],
    budget: Any,
    earlier: tuple[Network, ...] | None,
    start: Start | None = None,
    probes: bool | int = False,
) -> tuple[TrainingRun, Budget]:
    """Members before training, and how long they may train. seeds: the first, and how many on each view."""
    first, many = seeds
    if isinstance(many, bool) or many != int(many) or many < 1:
        raise InputError(f"seeds is the number of networks on each set of rows, 1 or more; got {quoted(many)}.")
    plans = [Plan(recipe, view, first + i * many + j, start) for i, view in enumerate(views) for j in range(many)]
    limits = parse_budget(budget, len(plans))
    population = make_training_run(plans, rows.arrays, rows.target, rows.weight, probe_distance(probes))
    if earlier is not None:
        start_from(population, earlier)
    return population, limits


def run(
    population: TrainingRun,
    budget: Budget,
    n_jobs: int,
    verbose: int,
    steps: Steps,
    fitted: Callable[[], dict[str, Any]],
) -> None:
    """Train to the end or the budget, or until a callback or Ctrl-C stops it; Ctrl-C keeps the networks and warns.

    With callbacks the members go in step from one evaluation to the next, which changes no bit of the result.
    """
    with reporting(verbose, lambda progress: population_line(population)) as observers:
        if not steps.wanted:
            train_run(population, budget, n_jobs, observers=observers)
        else:
            _run_in_steps(population, budget, n_jobs, observers, steps, fitted)
        if verbose:
            LOGGER.info(population_line(population))
    if population.interrupted:
        warnings.warn("The fit was interrupted: the networks are kept as they were then.", RuntimeWarning, stacklevel=3)


def evaluations(population: TrainingRun) -> int:
    """How many evaluations the longest member will have."""
    return max(math.ceil(member.horizon.updates / member.evaluate_every) for member in population.members)


def _run_in_steps(
    population: TrainingRun,
    budget: Budget,
    n_jobs: int,
    observers: list[Any],
    steps: Steps,
    fitted: Callable[[], dict[str, Any]],
) -> None:
    started = time.monotonic()
    whole = budget.updates or tuple(member.horizon.updates for member in population.members)
    for number in range(1, evaluations(population) + 1):
        limits = tuple(
            min(number * member.evaluate_every, most) for member, most in zip(population.members, whole, strict=True)
        )
        left = None if budget.seconds is None else budget.seconds - (time.monotonic() - started)
        if left is not None and left <= 0:
            return
        task = steps.begin()
        train_run(population, Budget(left, limits), n_jobs, observers=observers)
        ended = all(m.done or m.update >= most for m, most in zip(population.members, whole, strict=True))
        if steps.end(task, fitted) or ended or population.interrupted:
            return
