"""The trained model: networks with the schema of their table, saved to one file that holds no code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.models.export import export_onnx
from wellfit.models.model.embeddings import embedding_of
from wellfit.models.model.file import load, save
from wellfit.models.model.one_task import TaskModel
from wellfit.models.model.prediction import columns_by_task, point_prediction
from wellfit.models.model.predictor import Predictor
from wellfit.tables.arrays import Task

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Model(Predictor):
    """Networks that predict together, with the schema that turns a table into their inputs.

    A row's prediction depends on that row alone, to the bit: not on the rows beside it, their number, or `n_jobs`.
    Therefore few rows take the same compiled code as many. `compiled=False` uses NumPy instead, which needs no
    compilation and loads no Numba: quick to start, slow for many rows, and equal up to float32 rounding only.

    schema: the columns of the training table.
    kind: of the target: "binary", "classes", "labels", "numbers", "counts"; or "tasks", several predicted by name.
    labels: class names in index order for classes; column names otherwise; names of tasks.
    networks: tuple of one or more, all for this kind of target.
    weights: (members,) of 0 or more, made to add up to 1; None (default): equal.
    info: dict of what is worth keeping with the model (how it was made, what was measured): values that JSON can hold.
    average: "mean" (default: of probabilities, or of numbers), "logits", "majority" or "median".
    temperature: float above 0: probabilities are softmax(ln p / temperature) of the averaged ones; None (default): as
        they are.
    intervals: of held-out residuals, for `predict_interval`; None (default): none.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> model = wellfit.train(wellfit.Recipe(hidden=(8,), epochs=2), X, X[:, 0] > 0)[0].model
    >>> model.predict_proba(X[:5]).shape
    (5, 2)
    """

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What a model of several tasks predicts; empty for one target."""
        return self.networks[0].encoding.tasks if self.kind == "tasks" else ()

    def task(self, name: str) -> TaskModel:
        """One task as a model of its own target, to predict with; the file holds all tasks.

        name: of the task.

        Raises:
            InputError: the model has no such task.
        """
        for task in self.tasks:
            if task.name == name:
                return TaskModel(self.schema, task.kind, task.labels, self.networks, self.weights, {}, of=task)
        raise InputError(
            f"The model has no task {quoted(name)}; it has: {', '.join(t.name for t in self.tasks) or 'none'}."
        )

    def predict(self, X: Any, *, n_jobs: int = 1, compiled: bool = True) -> Any:
        if self.kind != "tasks":
            return super().predict(X, n_jobs=n_jobs, compiled=compiled)
        parts = columns_by_task(self.tasks, self._values(self.arrays(X), n_jobs, compiled))
        return {task.name: point_prediction(part, task.kind, task.labels) for task, part in parts}

    def predict_proba(self, X: Any, *, n_jobs: int = 1, compiled: bool = True) -> Any:
        if self.kind != "tasks":
            return super().predict_proba(X, n_jobs=n_jobs, compiled=compiled)
        parts = columns_by_task(self.tasks, self._values(self.arrays(X), n_jobs, compiled))
        return {task.name: part for task, part in parts if task.kind not in ("numbers", "counts")}

    def embedding(self, column: str, member: int = 0) -> dict[str | None, NDArray[np.float32]]:
        """What one of the networks has learned of each category of a column: its embedding.

        column: of the table, whose categories the recipe embeds (`categories`: those of more than `one_hot_up_to`).
        member: int, which of the networks (default 0).

        Returns:
            A vector (embedding,) by category, of those that the network's training rows hold; and under None the one
            that all others share, missing cells included.

        Raises:
            InputError: there is no such network, or it has no embedding of such a column.

        >>> import numpy as np
        >>> import wellfit
        >>> city = np.random.default_rng(0).choice(["Bonn", "Lima", "Oslo", "Rome"], size=200)
        >>> recipe = wellfit.Recipe(hidden=(8,), epochs=2, categories={"one_hot_up_to": 2, "embedding": 3})
        >>> model = wellfit.train(recipe, {"city": city}, city == "Oslo")[0].model
        >>> {category: vector.shape for category, vector in model.embedding("city").items()}
        {'Bonn': (3,), 'Lima': (3,), 'Oslo': (3,), 'Rome': (3,), None: (3,)}
        """
        if member not in range(len(self.networks)):
            raise InputError(f"A member is a number from 0 to {len(self.networks) - 1} in this model; got {member!r}.")
        return embedding_of(self.schema, self.networks[member], column)

    def save(self, path: str | Path) -> None:
        """Write the model to one file, whole or not at all.

        path: of the file; what was there is replaced.

        Raises:
            InputError: the file cannot be written, or `info` holds what JSON cannot.
        """
        save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Model:
        """Read a model; it predicts as the saved one did, to the bit. Nothing in the file is ever executed.

        path: of a file that `save` has written.

        Raises:
            InputError: the file cannot be read, is no model, is damaged, or comes from a newer version.
        """
        return load(path, cls)

    def export_onnx(self, path: str | Path, member: int | None = None) -> None:
        """Write the model to an ONNX file that predicts without wellfit: preprocessing, networks and average in it.

        Inputs: a column each, by its name, (rows, 1): numbers as float (NaN where missing; double where float would
        merge values), categories and truth values as text ("" where missing), dates as double, in seconds since 1970
        (UTC). Images are one input "image", (rows, height, width, channels); a sparse table one input "table".
        Outputs: "label" (rows,) and "probabilities" (rows, classes); for several yes/no labels "labels" and
        "probabilities"; for numbers and counts "prediction"; of several tasks "<task>: prediction" and so on.
        Predictions equal those of `predict` and `predict_proba` to float32 rounding.

        path: of the file; what was there is replaced.
        member: int, which of the networks, alone; None (default): all of them, averaged as here.

        Raises:
            InputError: the extra `onnx` is not installed, a column holds text (whose words ONNX cannot count), or the
                file cannot be written.
        """
        export_onnx(self, path, member)

    def _combined_outputs(self, single: NDArray[np.float32]) -> Float64:
        if self.kind != "tasks":
            return super()._combined_outputs(single)
        return np.concatenate([self.task(task.name)._combined_outputs(single) for task in self.tasks], axis=1)

    def _combined_values(self, single: NDArray[np.float32]) -> Float64:
        if self.kind != "tasks":
            return super()._combined_values(single)
        return np.concatenate([self.task(task.name)._combined_values(single) for task in self.tasks], axis=1)
