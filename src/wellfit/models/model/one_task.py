"""One task of a model of several."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.models.model.predictor import Predictor
from wellfit.tables.arrays import Arrays, Task

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TaskModel(Predictor):
    """One task of a model, as a model of its own target.

    of: the task.
    """

    of: Task

    def member_outputs(self, arrays: Arrays, *, n_jobs: int = 1, compiled: bool = True) -> NDArray[np.float32]:
        """The task's outputs of each network by itself (members, rows, outputs)."""
        return self.of.select(super().member_outputs(arrays, n_jobs=n_jobs, compiled=compiled))

    def _combined_outputs(self, single: NDArray[np.float32]) -> Float64:
        return super()._combined_outputs(self.of.select(single))

    def _combined_values(self, single: NDArray[np.float32]) -> Float64:
        return super()._combined_values(self.of.select(single))

    def save(self, path: str | Path) -> None:
        """Refused: a file holds a whole model."""
        raise InputError("A file holds all tasks of a model, and this is one of them: save the model itself.")

    def export_onnx(self, path: str | Path, member: int | None = None) -> None:
        """Refused: a file holds a whole model."""
        raise InputError("A file holds all tasks of a model, and this is one of them: export the model itself.")
