"""Predictions of rows that members did not train on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError
from wellfit.models.ensemble.members import TrainedPopulation, engine_and_schema, sound_members
from wellfit.models.model import Average
from wellfit.models.model.averaging import average_numbers, average_probabilities, check_average, normal_weights
from wellfit.tables.arrays import Task, View
from wellfit.tables.distinct import distinct_values


def out_of_fold(
    population: TrainingRun | TrainedPopulation,
    *,
    part: Literal["validation", "test"] = "validation",
    average: Average = "mean",
    n_jobs: int = 1,
) -> NDArray[np.float64]:
    """Out-of-fold predictions: each row of the table predicted by those members that held it out.

    population: what `wellfit.train` or `wellfit.cross_validate(...).population` returned.
    part: which rows of a member's view count as held out: "validation" (default; stopping has looked at them, which
        flatters a little) or "test" (nothing has).
    average: of several members: "mean" (default) of probabilities or numbers, "logits", "majority" or "median".
    n_jobs: int, threads, 1 or more (default 1).

    Returns:
        (rows, columns): probabilities for classes (also two) and labels, numbers and counts in their own units; NaN in
        rows that no sound member held out.

    Raises:
        InputError: the average does not suit the target, or the population has several tasks.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> validated = wellfit.cross_validate(wellfit.Recipe(hidden=(8,), epochs=2), X, X[:, 0] > 0, folds=4)
    >>> out_of_fold(validated.population).shape
    (200, 2)
    """
    return held_out_predictions(population, (part,), average=average, n_jobs=n_jobs)[0]


def held_out_predictions(
    population: TrainingRun | TrainedPopulation,
    parts: Sequence[str],
    *,
    average: Average = "mean",
    n_jobs: int = 1,
    task: Task | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """As `out_of_fold`, of rows in any of some parts of a member's view; and how many networks predicted each (rows,).

    task: which one, where the population has several.
    """
    engine, _ = engine_and_schema(population, None)
    check_average(average, engine.target.kind)
    if engine.target.tasks and task is None:
        raise InputError("Held-out predictions are those of one target, and this population has several tasks.")
    outputs, counts = _held_out_outputs(engine, parts, n_jobs)
    kind = engine.target.kind
    if task is not None:
        outputs, kind = outputs[..., slice(*task.outputs)], task.kind
    columns = 2 if kind == "binary" else outputs.shape[2]
    predicted = np.full((engine.arrays.rows, columns), np.nan)
    for count in np.unique(counts[counts > 0]):
        rows, weights = np.flatnonzero(counts == count), normal_weights(None, int(count))
        single = np.ascontiguousarray(outputs[:count, rows])
        if kind in ("numbers", "counts"):
            predicted[rows] = average_numbers(single, average, weights)
        else:
            predicted[rows] = average_probabilities(single, kind, average, weights)
    return predicted, counts


def _held_out_outputs(
    engine: TrainingRun, parts: Sequence[str], n_jobs: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Outputs (times, rows, outputs): in place k those of the k-th network whose member held the row out; and how many
    there are of each row.
    """
    networks = [(index, network) for index in sound_members(engine) for network in engine.networks(index)]
    held = [_rows_of(engine.members[index].plan.view, parts) for index, _ in networks]
    counts = np.bincount(np.concatenate(held), minlength=engine.arrays.rows)
    outputs = np.zeros((int(counts.max(initial=0)), engine.arrays.rows, engine.target.outputs), np.float32)
    filled = np.zeros(engine.arrays.rows, np.int64)
    for (_, network), rows in zip(networks, held, strict=True):
        if rows.size:
            outputs[filled[rows], rows] = predict(network, engine.arrays.take(rows), n_jobs)
            filled[rows] += 1
    return outputs, counts


def _rows_of(view: View, parts: Sequence[str]) -> NDArray[np.int64]:
    return distinct_values(np.concatenate([getattr(view, part) for part in parts]))
