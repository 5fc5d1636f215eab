"""Trained networks measured on the test rows and on the rows that their folds held out, beside the baselines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.numpy.encode import encode
from wellfit.models.ensemble import held_out_predictions, out_of_fold
from wellfit.models.model import Model, Predictor
from wellfit.recipe import Recipe
from wellfit.statistics.baselines import Inputs, baselines
from wellfit.statistics.comparison import Predictions, compare
from wellfit.statistics.intervals import effective_size
from wellfit.statistics.metrics import metric_of
from wellfit.statistics.result import Comparison
from wellfit.tables.arrays import Arrays, Int64
from wellfit.tables.distinct import distinct_values
from wellfit.tables.encoding import Encoding, fit_encoding
from wellfit.tables.split import (
    LabelledRows,
    SplitTable,
    label_known,
    rows_weighted_by_label,
    rows_with_label,
    seen_in_training,
)
from wellfit.tables.views.copies import rows_seen

Float64 = NDArray[np.float64]


def measure_population(
    data: SplitTable, population: TrainingRun, model: Model, *, seed: int = 0, n_jobs: int = 1
) -> list[Comparison]:
    """The model on the test rows, and its networks on the rows that they did not train on; [] where none was held out.

    The baselines are measured on the test rows, or on the folds where there is no test. After Ctrl-C they are left out.
    Of several tasks each is measured on the rows that have its label.
    """
    if population.target.tasks:
        return _by_task(data, population, model, seed, n_jobs)
    found = []
    if data.test is not None:
        tested = _on_test(data.train, data.test, model, _Baselines(population, seed), n_jobs)
        found.append(replace(tested, seen=seen_in_training(data)))
    held = out_of_fold(population, average=model.average, n_jobs=n_jobs)
    held_out = _on_held_out(data.train, held, _Baselines(population, seed), with_baselines=data.test is None)
    return found if held_out is None else [*found, held_out]


def measure_predictions(
    own: Predictions, train: LabelledRows, test: LabelledRows, recipe: Recipe, *, seed: int = 0,
    seconds: float | None = None, skip: bool = False, metric: str | None = None,
) -> Comparison:  # fmt: skip
    """Predictions of the test rows beside those of the baselines.

    recipe: whose encoding of the columns the baselines get.
    seconds: that the baselines may take, about. None (default): no limit.
    skip: leave the baselines out (default False), as Ctrl-C does while they are fitted.
    metric: the name of the one that was chosen, which is then the main score. None (default): none was.
    """
    others, skipped = _unless_interrupted(skip, lambda: baseline_predictions(train, test.arrays, recipe, seed, seconds))
    name = None if metric is None else metric_of(metric, test.target.kind).name
    return _compared("test", test, [own, *others], skipped, name)


def predictions_of_model(model: Predictor, arrays: Arrays, name: str, n_jobs: int = 1) -> Predictions:
    """Probabilities (rows, classes), or numbers (rows, outputs). name: what several networks are called together."""
    count = len(model.networks)
    if model.kind in ("binary", "classes"):
        values = model.probabilities_of_arrays(arrays, n_jobs=n_jobs)
    else:
        values = model.outputs_of_arrays(arrays, n_jobs=n_jobs)
    return Predictions(f"{name} of {count} networks" if count > 1 else "one network", values)


def _by_task(data: SplitTable, population: TrainingRun, model: Model, seed: int, n_jobs: int) -> list[Comparison]:
    """Every task on the test rows, then every task on the folds."""
    found = []
    others = _Baselines(population, seed)
    tasks = data.train.target.tasks
    if data.test is not None:
        seen = np.zeros(data.test.arrays.rows, bool)
        if seen_in_training(data):
            seen = rows_seen(data.test.arrays, data.train.arrays)
        for task in tasks:
            test = rows_with_label(data.test, task)
            if test.weight.any():
                train = rows_with_label(data.train, task)
                own = _on_test(train, test, model.task(task.name), others, n_jobs)
                found.append(replace(own, task=task.name, seen=int(seen[label_known(data.test, task)].sum())))
    for task in tasks:
        held, _ = held_out_predictions(population, ("validation",), average=model.average, n_jobs=n_jobs, task=task)
        train = rows_weighted_by_label(data.train, task)
        held_out = _on_held_out(train, held, others, with_baselines=data.test is None)
        if held_out is not None:
            found.append(replace(held_out, task=task.name))
    return found


class _Baselines:
    """Fits the baselines beside a population, until Ctrl-C: after it they are left out."""

    def __init__(self, population: TrainingRun, seed: int) -> None:
        self.population, self.seed, self.skip = population, seed, population.interrupted

    def on_test(self, own: Predictions, train: LabelledRows, test: LabelledRows) -> Comparison:
        """The networks' predictions of the test rows beside those of the baselines."""
        recipe = self.population.members[0].recipe
        found = measure_predictions(own, train, test, recipe, seed=self.seed, skip=self.skip)
        self.skip = found.baselines_skipped
        return found

    def on_folds(self, train: LabelledRows, rows: Int64, columns: int) -> list[Predictions]:
        """Predictions of the held-out rows, each by baselines fitted on the folds that do not hold it."""
        found, self.skip = _unless_interrupted(
            self.skip, lambda: _baselines_on_folds(self.population, train, rows, columns, self.seed)
        )
        return found


def _on_test(train: LabelledRows, test: LabelledRows, model: Predictor, others: _Baselines, n_jobs: int) -> Comparison:
    return others.on_test(predictions_of_model(model, test.arrays, "bag", n_jobs), train, test)


def _on_held_out(train: LabelledRows, held: Float64, others: _Baselines, with_baselines: bool) -> Comparison | None:
    """Each row by the networks that did not train on it; None where no row that counts was held out."""
    rows = np.flatnonzero(~np.isnan(held[:, 0]) & (train.weight > 0))
    if not len(rows):
        return None
    where, name, network = _who_predicts(others.population)
    predictions = [Predictions(name, held[rows], f"each row by the {network} that did not train on it")]
    if with_baselines:
        predictions += others.on_folds(train, rows, held.shape[1])
    return _compared(where, train.take(rows), predictions, with_baselines and others.skip)


def _compared(
    where: str, rows: LabelledRows, predictions: list[Predictions], skipped: bool, metric: str | None = None
) -> Comparison:
    lines, difference = compare(rows.target, predictions, rows.weight.astype(np.float64), rows.units, metric)
    return Comparison(where, rows.arrays.rows, effective_size(rows.weight), tuple(lines), difference, skipped)


def _who_predicts(population: TrainingRun) -> tuple[str, str, str]:
    """How rows are held out, and which networks predict one: of bags several, of folds one, or one from each seed."""
    views = {id(member.plan.view): member.plan.view.training for member in population.members}
    if any(len(distinct_values(rows)) < len(rows) for rows in views.values()):
        return "out-of-bag", "part of the bag", "networks"
    if len(population.members) > len(views):
        return "cross-validation", "networks of a fold", "networks"
    return "cross-validation", "single networks", "network"


def _baselines_on_folds(
    population: TrainingRun, train: LabelledRows, rows: Int64, columns: int, seed: int
) -> list[Predictions]:
    """The baselines' predictions for each row, fitted on the folds that do not hold it."""
    values: dict[str, Float64] = {}
    kinds: dict[str, Predictions] = {}
    firsts = {id(member.plan.view): member for member in reversed(population.members)}
    for member in reversed(firsts.values()):
        inside, outside = member.plan.view.training, member.plan.view.validation
        for one in baseline_predictions(train.take(inside), train.arrays.take(outside), member.recipe, seed):
            values.setdefault(one.name, np.full((train.arrays.rows, columns), np.nan))[outside] = one.values
            kinds[one.name] = one
    return [Predictions(name, values[name][rows], one.remark, one.labels_only) for name, one in kinds.items()]


def baseline_predictions(
    train: LabelledRows, test: Arrays, recipe: Recipe, seed: int, seconds: float | None = None
) -> list[Predictions]:
    """The baselines on the columns as a network of the recipe sees them, but embedded categories as one-hot columns.

    train: the rows that they are fitted on. test: those that they predict. seed: of drawing rows of a large table.
    seconds: that they may take, about; None (default): no limit.
    """
    kept = np.flatnonzero(train.weight > 0)
    plain = recipe.vary({"categories.embedding": 0})  # an embedding needs trained vectors
    encoding = fit_encoding(train.arrays, train.target, kept, train.weight[kept].astype(np.float64), plain)
    inputs, tested = _inputs(encoding, train.arrays), _inputs(encoding, test)
    return baselines(inputs, train.target, train.weight, tested, seed=seed, seconds=seconds)


def _inputs(encoding: Encoding, arrays: Arrays) -> Inputs:
    return Inputs(arrays.rows, encoding.width, lambda rows: encode(encoding, arrays.take(rows)))


def _unless_interrupted(skip: bool, fit: Callable[[], list[Predictions]]) -> tuple[list[Predictions], bool]:
    """The baselines' predictions, and False; none, and True, where they are skipped or Ctrl-C comes."""
    if skip:
        return [], True
    try:
        return fit(), False
    except KeyboardInterrupt:
        return [], True
