"""What a model says of its networks' outputs, together: logits, probabilities or numbers, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.models.model.averaging import average_logits, average_numbers, average_probabilities
from wellfit.statistics.calibration import tempered
from wellfit.tables.arrays import Label, Task

if TYPE_CHECKING:
    from wellfit.models.model.model import Model

Float64 = NDArray[np.float64]
Saying = Callable[["Model", NDArray[np.float32]], Float64]


def outputs_of(model: Model, single: NDArray[np.float32]) -> Float64:
    """Logits or numbers (rows, outputs) of the outputs (members, rows, outputs); of several tasks side by side."""
    if model.kind == "tasks":
        return np.concatenate([outputs_of(model.task(task.name), task.of(single)) for task in model.tasks], axis=1)
    weights = np.asarray(model.weights)
    if model.kind in ("numbers", "counts"):
        return average_numbers(single, model.average, weights)
    logits = average_logits(single, model.kind, model.average, weights)
    return logits if model.temperature is None else logits / model.temperature


def said_of(model: Model, single: NDArray[np.float32]) -> Float64:
    """Probabilities or numbers (rows, columns) of the outputs; of several tasks side by side."""
    if model.kind == "tasks":
        return np.concatenate([said_of(model.task(task.name), task.of(single)) for task in model.tasks], axis=1)
    if model.kind in ("numbers", "counts"):
        return outputs_of(model, single)
    p = average_probabilities(single, model.kind, model.average, np.asarray(model.weights))
    return p if model.temperature is None else tempered(p, model.kind, model.temperature)


def by_task(tasks: Sequence[Task], values: Float64) -> Iterator[tuple[Task, Float64]]:
    """Each task with its columns of what `said_of` gives."""
    begin = 0
    for task in tasks:
        columns = 2 if task.kind == "binary" else task.outputs[1] - task.outputs[0]
        yield task, np.ascontiguousarray(values[:, begin : begin + columns])
        begin += columns


def answer_of(model: Model, values: Float64) -> NDArray[Any]:
    """The classes, or the numbers, of what `said_of` gives."""
    if model.kind not in ("numbers", "counts"):
        return model.decide(values)
    return values[:, 0] if values.shape[1] == 1 else values


def label_array(labels: Sequence[Label]) -> NDArray[Any]:
    """Labels as an array: of their common type, or of objects where the types differ."""
    if len({type(label) for label in labels}) == 1:
        return np.array(labels)
    array = np.empty(len(labels), dtype=object)
    array[:] = labels
    return array
