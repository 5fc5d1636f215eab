"""From several networks' outputs to one prediction: logits, probabilities or numbers, and classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.models.model.averaging import Average, average_logits, average_numbers, average_probabilities
from wellfit.statistics.calibration import tempered
from wellfit.tables.arrays import Label, TargetKind, Task

Float64 = NDArray[np.float64]


def combined_outputs(
    single: NDArray[np.float32], kind: TargetKind, average: Average, weights: Float64, temperature: float | None
) -> Float64:
    """Logits or numbers (rows, outputs) of the outputs (members, rows, outputs)."""
    if kind in ("numbers", "counts"):
        return average_numbers(single, average, weights)
    logits = average_logits(single, kind, average, weights)
    return logits if temperature is None else logits / temperature


def combined_values(
    single: NDArray[np.float32], kind: TargetKind, average: Average, weights: Float64, temperature: float | None
) -> Float64:
    """Probabilities or numbers (rows, columns) of the outputs (members, rows, outputs)."""
    if kind in ("numbers", "counts"):
        return average_numbers(single, average, weights)
    p = average_probabilities(single, kind, average, weights)
    return p if temperature is None else tempered(p, kind, temperature)


def columns_by_task(tasks: Sequence[Task], values: Float64) -> Iterator[tuple[Task, Float64]]:
    """Each task with its columns of the combined values of all tasks, which stand side by side."""
    begin = 0
    for task in tasks:
        columns = 2 if task.kind == "binary" else task.outputs[1] - task.outputs[0]
        yield task, np.ascontiguousarray(values[:, begin : begin + columns])
        begin += columns


def point_prediction(values: Float64, kind: TargetKind, labels: Sequence[Label]) -> NDArray[Any]:
    """The classes, or the numbers, of combined values (rows, columns)."""
    if kind not in ("numbers", "counts"):
        return decide(values, kind, labels)
    return values[:, 0] if values.shape[1] == 1 else values


def decide(p: Float64, kind: TargetKind, labels: Sequence[Label]) -> NDArray[Any]:
    """The most probable class of each row, the first of equal ones; 1 where yes is more probable, for labels."""
    if kind == "labels":
        return (p > 0.5).astype(np.int64)
    return np.asarray(label_array(labels)[p.argmax(axis=1)])


def label_array(labels: Sequence[Label]) -> NDArray[Any]:
    """Labels as an array: of their common type, or of objects where the types differ."""
    if len({type(label) for label in labels}) == 1:
        return np.array(labels)
    array = np.empty(len(labels), dtype=object)
    array[:] = labels
    return array
