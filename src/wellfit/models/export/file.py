"""A model written as an ONNX file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.files import write_atomically
from wellfit.models.export.columns import raw_inputs
from wellfit.models.export.forward import member_outputs
from wellfit.models.export.graph import Graph
from wellfit.models.export.prediction import PredictedTarget, add_prediction

if TYPE_CHECKING:
    from wellfit.models.model import Model


def export_onnx(model: Model, path: str | Path, member: int | None = None) -> None:
    """Write a model, or one of its networks, as an ONNX file: whole or not at all. See `Model.export_onnx`."""
    content = onnx_content(model, member)
    try:
        write_atomically(path, content)
    except OSError as error:
        raise InputError(f"The model cannot be written to {str(path)!r}: {error.strerror or error}.") from error


def onnx_content(model: Model, member: int | None = None) -> bytes:
    """The content of the ONNX file.

    Raises:
        InputError: the library is missing, there is no such member, or something in the model cannot be exported.
    """
    networks, weights = model.networks, np.asarray(model.weights)
    if member is not None:
        if not 0 <= member < len(networks):
            raise InputError(f"A member is a number from 0 to {len(networks) - 1} in this model; got {member}.")
        networks, weights = (networks[member],), np.ones(1)
    g = Graph(set(model.schema.required) | {"image", "table"})
    raw = raw_inputs(g, model.schema)
    outputs = [member_outputs(g, raw, network) for network in networks]
    temperature = getattr(model, "temperature", None) if member is None else None
    for target in _targets(model, weights, temperature):
        add_prediction(g, [_of_task(g, model, one, target) for one in outputs], target)
    metadata = {
        "wellfit.kind": model.kind,
        "wellfit.labels": json.dumps(list(model.labels)),
        "wellfit.networks": str(len(networks)),
    }
    return g.finish(f"{len(networks)} networks with their preprocessing, predicting {model.kind}", metadata)


def _targets(model: Model, weights: NDArray[np.float64], temperature: float | None) -> list[PredictedTarget]:
    """What is to be predicted: one target, or several tasks."""
    if model.kind != "tasks":
        return [PredictedTarget(model.kind, model.labels, model.average, weights, temperature)]
    return [PredictedTarget(task.kind, task.labels, "mean", weights, name=task.name) for task in model.tasks]


def _of_task(g: Graph, model: Model, outputs: str, target: PredictedTarget) -> str:
    """A task's part of a member's outputs."""
    for task in model.tasks:
        if task.name == target.name:
            return g.op("Slice", outputs, *(np.array([at], np.int64) for at in (*task.outputs, 1)))
    return outputs
