"""What `wellfit fit` measures: the bag on the test rows, its single networks on their folds, beside the baselines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.cli.baselines import baselines
from wellfit.cli.prepare import Part, Prepared
from wellfit.cli.scores import Difference, Line, Predictions, compare
from wellfit.cli.several import each_task, each_task_on_folds
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.models.ensemble import held_out_predictions, out_of_fold
from wellfit.models.model import Model, Predictor
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Int64, Target

PLAIN = Recipe()  # whose encoding of the columns the baselines take
Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """Scores on some rows. where: "test", "cross-validation" or "out-of-bag". skipped: whether Ctrl-C left the
    baselines out. task: its name, where there are several.
    """

    where: str
    rows: int
    lines: list[Line]
    difference: Difference | None
    skipped: bool = False
    task: str = ""


def measure(prepared: Prepared, population: TrainingRun, model: Model, seed: int, jobs: int) -> list[Measured]:
    """On the test rows, and by cross-validation; empty where no row was held out.

    The baselines go with the test rows, or with the folds where there is no test. After Ctrl-C they are left out. Of
    several tasks each is measured on its own, on the rows that have its label.
    """
    if population.target.tasks:
        return _by_task(prepared, population, model, seed, jobs)
    found = []
    if prepared.test is not None:
        found.append(_on_test(prepared, prepared.test, population, model, seed, jobs))
    held = out_of_fold(population, average=model.average, n_jobs=jobs)
    rows = np.flatnonzero(~np.isnan(held[:, 0]) & (prepared.train.weight > 0))
    if len(rows):
        found.append(_on_folds(prepared, population, held, rows, seed))
    return found


def measure_found(
    prepared: Prepared, population: TrainingRun, model: Model, seed: int, jobs: int, seconds: float | None, skip: bool
) -> tuple[list[Measured], Float64 | None]:
    """The ensemble of a search on the test rows, beside the baselines, and what it says of them; nothing without.

    seconds: that the baselines may take, about. skip: leave the baselines out.
    """
    test, train = prepared.test, prepared.train
    if test is None:
        return [], None
    count = len(model.networks)
    own = Predictions(
        f"ensemble of {count} networks" if count > 1 else "one network", _predict(model, test.arrays, jobs)
    )
    population.interrupted = skip
    rivals, skipped = _unless_interrupted(
        population,
        lambda: baselines(train.arrays, train.target, train.weight, test.arrays, PLAIN, seed, seconds),
    )
    weight = test.weight.astype(np.float64)
    lines, difference = compare(test.target, [own, *rivals], weight, seed, prepared.test_groups)
    return [Measured("test", test.arrays.rows, lines, difference, skipped)], own.values


def _by_task(prepared: Prepared, population: TrainingRun, model: Model, seed: int, jobs: int) -> list[Measured]:
    """Every task on the test rows, then every task on the folds."""
    found = [
        replace(_on_test(part, part.test, population, model.task(task.name), seed, jobs), task=task.name)
        for task, part in each_task(prepared)
        if part.test is not None
    ]
    for task, part in each_task_on_folds(prepared):
        held, _ = held_out_predictions(population, ("validation",), average=model.average, n_jobs=jobs, task=task)
        rows = np.flatnonzero(~np.isnan(held[:, 0]) & (part.train.weight > 0))
        if len(rows):
            found.append(replace(_on_folds(part, population, held, rows, seed), task=task.name))
    return found


def _on_test(
    prepared: Prepared, test: Part, population: TrainingRun, model: Predictor, seed: int, jobs: int
) -> Measured:
    count = len(model.networks)
    own = Predictions(f"bag of {count} networks" if count > 1 else "one network", _predict(model, test.arrays, jobs))
    recipe = population.members[0].recipe
    train = prepared.train
    rivals, skipped = _unless_interrupted(
        population, lambda: baselines(train.arrays, train.target, train.weight, test.arrays, recipe, seed)
    )
    weight = test.weight.astype(np.float64)
    lines, difference = compare(test.target, [own, *rivals], weight, seed, prepared.test_groups)
    return Measured("test", test.arrays.rows, lines, difference, skipped)


def _on_folds(prepared: Prepared, population: TrainingRun, held: Float64, rows: Int64, seed: int) -> Measured:
    """Each row by the network that did not train on it; the baselines as well, where there is no test."""
    train = prepared.train
    rivals: list[Predictions] = []
    skipped = False
    where, name, network = _who_speaks(population)
    own = Predictions(name, held[rows], f"each row by the {network} that did not train on it")
    if prepared.test is None:
        rivals, skipped = _unless_interrupted(population, lambda: _folded(population, train, rows, held.shape[1], seed))
    groups = None if prepared.groups is None else prepared.groups[rows]
    weight = train.weight[rows].astype(np.float64)
    lines, difference = compare(train.target.take(rows), [own, *rivals], weight, seed, groups)
    return Measured(where, len(rows), lines, difference, skipped)


def _who_speaks(population: TrainingRun) -> tuple[str, str, str]:
    """How rows are held out, and what speaks for one: of bags several members, of folds one, or one from each seed."""
    views = {id(member.plan.view): member.plan.view.training for member in population.members}
    if any(len(np.unique(rows)) < len(rows) for rows in views.values()):
        return "out-of-bag", "part of the bag", "networks"
    if len(population.members) > len(views):
        return "cross-validation", "networks of a fold", "networks"
    return "cross-validation", "single networks", "network"


def _folded(population: TrainingRun, train: Part, rows: Int64, columns: int, seed: int) -> list[Predictions]:
    """The baselines' predictions for each row, fitted on the folds that do not hold it."""
    values: dict[str, Float64] = {}
    kinds: dict[str, Predictions] = {}
    firsts = {id(member.plan.view): member for member in reversed(population.members)}
    for member in reversed(firsts.values()):
        inside, outside = member.plan.view.training, member.plan.view.validation
        part = _take(train, inside)
        for one in baselines(*part, train.arrays.take(outside), member.recipe, seed):
            values.setdefault(one.name, np.full((train.arrays.rows, columns), np.nan))[outside] = one.values
            kinds[one.name] = one
    return [Predictions(name, values[name][rows], one.remark, one.labels_only) for name, one in kinds.items()]


def _take(part: Part, rows: Int64) -> tuple[Arrays, Target, NDArray[np.float32]]:
    return part.arrays.take(rows), part.target.take(rows), part.weight[rows]


def _unless_interrupted(population: TrainingRun, work: Any) -> tuple[list[Predictions], bool]:
    """What the work gives, and False; nothing, and True, after Ctrl-C."""
    if population.interrupted:
        return [], True
    try:
        return work(), False
    except KeyboardInterrupt:
        population.interrupted = True
        return [], True


def _predict(model: Predictor, arrays: Arrays, jobs: int) -> Float64:
    if model.kind in ("binary", "classes"):
        return model.probabilities_of_arrays(arrays, n_jobs=jobs)
    return model.outputs_of_arrays(arrays, n_jobs=jobs)
