"""One task of a model of several."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.models.model.model import Model
from wellfit.tables.arrays import Task


@dataclass(frozen=True, eq=False)
class TaskModel(Model):
    """One task of a model, as a model of its own target. of: the task."""

    of: Task | None = None

    def _own(self, single: NDArray[np.float32]) -> NDArray[np.float32]:
        return single if self.of is None else self.of.of(single)

    def export_onnx(self, path: str | Path, member: int | None = None) -> None:
        """Refused: a file holds a whole model."""
        raise InputError("A file holds all tasks of a model, and this is one of them: export the model itself.")

    def save(self, path: str | Path) -> None:
        """Refused: a file holds a whole model."""
        raise InputError("A file holds all tasks of a model, and this is one of them: save the model itself.")
