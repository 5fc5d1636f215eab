"""One network in training: its recipe, view and seed, and its state, which is all that a resumed run needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.program.compiling import compile_program
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.compiled.run.scheduled_settings import Horizon, scheduled_indices
from wellfit.engines.contract.history import TASK_HISTORY, History
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.probes import Probes
from wellfit.engines.numpy.prepared_view import PreparedView
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.techniques import layout as at

if TYPE_CHECKING:
    from wellfit.engines.compiled.run.joint_stopping import JointStopping, PendingEvaluation

UNFINISHED = ("waiting", "interrupted", "out_of_budget")
NO_SETTINGS = (-1, np.zeros((0, 0)), np.zeros(0))


@dataclass
class Member:
    """State of one network in training. Weights after t updates depend on recipe, view and seed alone.

    status: "waiting" (in training), "finished" (all epochs), "stopped" (early stopping), "diverged" (a loss or a
        parameter became infinite or NaN), "out_of_budget" or "interrupted" (may go on).
    """

    plan: Plan
    prepared: PreparedView
    program: Program
    horizon: Horizon
    batch: int
    evaluate_every: int
    parameters: NDArray[Any]
    state: NDArray[Any]
    settings: NDArray[Any]
    scheduled: NDArray[np.int64]  # which settings change from update to update
    frozen_until: dict[str, int] = field(default_factory=dict)  # layers that are frozen at first: their first update
    best: NDArray[Any] | None = None
    joint_stopping: JointStopping | None = None  # with which others it keeps the weights of one common evaluation
    pending: dict[int, PendingEvaluation] = field(default_factory=dict)  # by place, see `JointStopping`
    snapshot_updates: list[int] = field(default_factory=list)  # after how many updates a snapshot is taken
    snapshots: dict[int, NDArray[Any]] = field(default_factory=dict)  # by the updates made
    update: int = 0
    limit: int | None = None
    status: str = "waiting"
    memory: dict[str, float] = field(default_factory=dict)  # of the stopping rule
    sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros(at.SUMS_SIZE))
    history: History = field(default_factory=History)
    task_history: History = field(default_factory=lambda: History(TASK_HISTORY))  # of several tasks
    probes: Probes | None = None  # what is seen inside it; None: nothing is
    probe_layout: Any = None  # where its program is probed, once that is known
    rate: float = math.nan  # learning rate of the last update
    # Scheduled settings computed ahead: the first update they are for, the settings, the learning rates.
    settings_ahead: tuple[int, NDArray[Any], NDArray[np.float64]] = NO_SETTINGS
    seconds_per_update: float = 1e-4  # of one core; a guess until the first compiled call
    guessed_seconds: float = 1e-4  # that guess, from the network's size

    __repr__ = short_repr

    @property
    def recipe(self) -> Recipe:
        """The member's recipe."""
        return self.plan.recipe

    @property
    def last_update(self) -> int:
        """The update at which it ends at the latest: its epochs, or its share of the budget."""
        return self.horizon.updates if self.limit is None else min(self.limit, self.horizon.updates)

    @property
    def progress(self) -> float:
        """The share of its updates that it has made."""
        return self.update / max(self.last_update, 1)

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return self.update // self.horizon.per_epoch

    @property
    def last_epoch(self) -> int:
        """The epoch in which it ends at the latest."""
        return -(-self.last_update // self.horizon.per_epoch)

    @property
    def next_program_change(self) -> int:
        """The update before which its program stays as it is: the next one at which a layer begins to train."""
        return min((first for first in self.frozen_until.values() if first > self.update), default=self.horizon.updates)

    def update_program(self) -> None:
        """Compile the program of the layers that train at the present update, if there are others than before."""
        if all((segment.waits > self.update) == segment.frozen for segment in self.program.segments if segment.waits):
            return
        old, waits = self.program, self.frozen_until
        self.program = compile_program(
            self.recipe, old.encoding, old.kind, old.outputs, old.capacity, old.precision, waits, self.update
        )
        self.program.clock[at.SEED_KEY] = old.clock[at.SEED_KEY]
        self.settings = settings_of(self.program, self.prepared)
        self.scheduled = scheduled_indices(self.program)
        self.settings_ahead = NO_SETTINGS

    @property
    def done(self) -> bool:
        """Whether its training has ended for good."""
        return self.status not in UNFINISHED

    @property
    def validates(self) -> bool:
        """Whether it has validation rows."""
        return len(self.prepared.validation.numbers) > 0

    @property
    def best_loss(self) -> float:
        """The best validation loss so far; NaN before the first evaluation or without validation rows."""
        best = self.memory.get("best", math.inf)
        return best if self.validates and math.isfinite(best) else math.nan

    @property
    def best_update(self) -> int:
        """After how many updates the kept weights were reached."""
        return int(self.memory.get("best_update", 0)) if self.best is not None else self.update

    def kept_score(self, column: str) -> float:
        """What the history holds of the kept weights in one of its columns; NaN where they were never measured."""
        measured = dict(zip(self.history.column("update"), self.history.column(column), strict=True))
        return measured.get(self.best_update, math.nan)

    def start_at(self, parameters: NDArray[Any]) -> None:
        """Put it at weights from elsewhere, before its first update."""
        self.parameters[:] = parameters
        trained = self.program.trained
        for slot in self.program.copies:
            self.state[slot * trained : (slot + 1) * trained] = self.parameters[:trained]

    def keep(self, parameters: NDArray[Any]) -> None:
        """Copy the parameters that its network shall have."""
        self.best = parameters.copy() if self.best is None else self.best
        self.best[:] = parameters

    def validation_losses(self) -> list[float]:
        """Validation losses so far, one an evaluation."""
        return self.history.column("validation_loss")


def settings_of(program: Program, prepared: PreparedView) -> NDArray[Any]:
    """The program's settings for a view: a prior's strength depends on its rows."""
    settings = np.array(program.settings)
    settings[program.priors] *= prepared.prior_factor
    return settings.astype(program.precision)
