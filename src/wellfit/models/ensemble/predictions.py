"""What members say of rows that they have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.compiled.run.population import Population
from wellfit.errors import InputError
from wellfit.models.ensemble.members import WithSchema, parts_of, sound_members
from wellfit.models.model import Average
from wellfit.models.model.averaging import average_numbers, average_probabilities, check_average, normal_weights
from wellfit.tables.arrays import Task, View


def out_of_fold(
    population: Population | WithSchema,
    *,
    part: Literal["validation", "test"] = "validation",
    average: Average = "mean",
    n_jobs: int = 1,
) -> NDArray[np.float64]:
    """For each row of the table, what those members say for whom it was held out.

    part: which rows of a member's view count as held out: "validation" (default; stopping has looked at them, which
        flatters a little) or "test" (nothing has).

    Returns (rows, columns): probabilities for classes (also two) and labels, numbers and counts in their own units; NaN
    in rows that no sound member held out.
    """
    return held_out(population, (part,), average=average, n_jobs=n_jobs)[0]


def held_out(
    population: Population | WithSchema,
    parts: Sequence[str],
    *,
    average: Average = "mean",
    n_jobs: int = 1,
    task: Task | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """As `out_of_fold`, of rows in any of some parts of a member's view; and how many networks spoke for each.

    task: which one, where the population has several.
    """
    engine, _ = parts_of(population, None)
    check_average(average, engine.target.kind)
    if engine.target.tasks and task is None:
        raise InputError("Held-out predictions are those of one target, and this population has several tasks.")
    said, times = _held_out_outputs(engine, parts, n_jobs)
    kind = engine.target.kind
    if task is not None:
        said, kind = said[..., slice(*task.outputs)], task.kind
    columns = 2 if kind == "binary" else said.shape[2]
    answer = np.full((engine.arrays.rows, columns), np.nan)
    for count in np.unique(times[times > 0]):
        rows, weights = np.flatnonzero(times == count), normal_weights(None, int(count))
        together = np.ascontiguousarray(said[:count, rows])
        if kind in ("numbers", "counts"):
            answer[rows] = average_numbers(together, average, weights)
        else:
            answer[rows] = average_probabilities(together, kind, average, weights)
    return answer, times


def _held_out_outputs(
    engine: Population, parts: Sequence[str], n_jobs: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Outputs (times, rows, outputs): in place k those of the k-th member that held the row out; and how many did."""
    voices = [(index, network) for index in sound_members(engine) for network in engine.networks(index)]
    held = [_rows_of(engine.members[index].plan.view, parts) for index, _ in voices]
    times = np.bincount(np.concatenate(held), minlength=engine.arrays.rows)
    said = np.zeros((int(times.max(initial=0)), engine.arrays.rows, engine.target.outputs), np.float32)
    filled = np.zeros(engine.arrays.rows, np.int64)
    for (_, network), rows in zip(voices, held, strict=True):
        if rows.size:
            said[filled[rows], rows] = predict(network, engine.arrays.take(rows), n_jobs)
            filled[rows] += 1
    return said, filled


def _rows_of(view: View, parts: Sequence[str]) -> NDArray[np.int64]:
    return np.unique(np.concatenate([getattr(view, part) for part in parts]))
