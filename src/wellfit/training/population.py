"""Networks trained together, as their user sees them, and the folder that keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.network import Network
from wellfit.tables import Schema
from wellfit.training.checkpoint.run_folder import RunFolder
from wellfit.training.member import TrainedMember

if TYPE_CHECKING:
    import polars


class Population(Sequence[TrainedMember]):
    """Networks trained together. `population[i]` is a member; `history` is one tidy table."""

    def __init__(self, engine: TrainingRun, schema: Schema) -> None:
        self.engine, self.schema = engine, schema

    def __len__(self) -> int:
        return len(self.engine)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"The population has {len(self)} members, so there is no member {index}.")
        return TrainedMember(self, index % len(self))

    def __repr__(self) -> str:
        return f"<population of {len(self)} members>"

    def snapshots(self, index: int) -> list[Network]:
        """The networks that a member was on its way, first to last, where its recipe takes snapshots."""
        return self.engine.snapshots(index)

    @property
    def history(self) -> polars.DataFrame:
        """A row for each member and evaluation: member, epoch, update, learning_rate, running_loss (training mode),
        objective
        (with penalties), training_loss, training_error, validation_loss, validation_error (evaluation mode),
        gradient_norm,
        clipped_share, averaged (1 where the averaged weights were measured, 0 where the plain ones).
        """
        return self.engine.history

    @property
    def task_history(self) -> polars.DataFrame:
        """Of several tasks, each one's part of the history: member, epoch, update, task, and losses and errors in
        evaluation mode, in the task's units. A loss of the history is the sum of those on scaled targets, as
        minimised, weighted by the recipe's `tasks.weights`.
        """
        return self.engine.task_history

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """How each member ended, and after how many updates: `budget=[d["updates"] for d in decisions]` replays a
        timed run.
        """
        return self.engine.decisions

    def save(self, folder: str | Path) -> None:
        """Write everything, training data included, to a new folder that `load` and `resume` read.

        Raises:
            InputError: the folder cannot be written or already holds a run.
        """
        RunFolder.begin(folder, self.engine, Budget(), self.schema).save_all(self.engine)
