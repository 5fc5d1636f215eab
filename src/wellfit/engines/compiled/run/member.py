"""One network in training: its recipe, view and seed, and its state, which is all that a resumed run needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.program.compiling import compile_program
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.compiled.run.ready_view import ReadyView
from wellfit.engines.compiled.run.scheduled_settings import Horizon, epoch_updates, first_updates, scheduled_settings
from wellfit.engines.compiled.step.step import BLOCK
from wellfit.engines.contract.history import HISTORY
from wellfit.engines.contract.initial import initial_parameters
from wellfit.engines.contract.layers import layer_plan
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.data_initialization import start_from_data
from wellfit.errors import InputError
from wellfit.numerics.random import seed_key
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, TargetKind
from wellfit.techniques import layout as at

if TYPE_CHECKING:
    from wellfit.engines.compiled.run.joint_stopping import Joint, Pending

GUESSED_FLOPS = 3e10  # a second, of one core: only the first round's length depends on it
UNFINISHED = ("waiting", "interrupted", "out_of_budget")


@dataclass
class Member:
    """State of one network in training. Weights after t updates depend on recipe, view and seed alone.

    status: "waiting" (in training), "finished" (all epochs), "stopped" (early stopping), "diverged" (a loss or a
        parameter
    became infinite or NaN), "out_of_budget" or "interrupted" (may go on).
    """

    plan: Plan
    ready: ReadyView
    program: Program
    horizon: Horizon
    batch: int
    evaluate_every: int
    parameters: NDArray[Any]
    state: NDArray[Any]
    settings: NDArray[Any]
    scheduled: NDArray[np.int64]  # which settings the timeline sets at each update
    waits: dict[str, int] = field(default_factory=dict)  # layers that are frozen at first: their first update
    best: NDArray[Any] | None = None
    joint: Joint | None = None  # with which others it keeps the weights of one common evaluation
    pending: dict[int, Pending] = field(default_factory=dict)  # by place, see `Joint`
    moments: list[int] = field(default_factory=list)  # numbers of updates after which a snapshot is taken
    snapshots: dict[int, NDArray[Any]] = field(default_factory=dict)  # by the updates made
    update: int = 0
    limit: int | None = None
    status: str = "waiting"
    memory: dict[str, float] = field(default_factory=dict)
    sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros(at.SUMS_SIZE))
    history: list[tuple[float, ...]] = field(default_factory=list)
    task_history: list[tuple[float, ...]] = field(default_factory=list)  # of several tasks: MEASURED, task by task
    rate: float = math.nan  # learning rate of the last update
    # Scheduled settings computed ahead: the first update they are for, the settings, the learning rates.
    ahead: tuple[int, NDArray[Any], NDArray[np.float64]] = (-1, np.zeros((0, 0)), np.zeros(0))
    seconds_per_update: float = 1e-4  # a guess until the first round
    guessed_seconds: float = 1e-4  # that guess, from the network's size
    saved_at: float = -math.inf

    @property
    def recipe(self) -> Recipe:
        """The member's recipe."""
        return self.plan.recipe

    @property
    def last_update(self) -> int:
        """The update at which it ends at the latest: its epochs, or its share of the budget."""
        return self.horizon.updates if self.limit is None else min(self.limit, self.horizon.updates)

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return self.update // self.horizon.per_epoch

    @property
    def last_epoch(self) -> int:
        """The epoch in which it ends at the latest."""
        return -(-self.last_update // self.horizon.per_epoch)

    @property
    def next_turn(self) -> int:
        """The update before which its program stays as it is: the next one at which a layer begins to train."""
        return min((first for first in self.waits.values() if first > self.update), default=self.horizon.updates)

    def turn(self) -> None:
        """Compile the program of the layers that train at the present update, if there are others than before."""
        if all((segment.waits > self.update) == segment.frozen for segment in self.program.segments if segment.waits):
            return
        old = self.program
        self.program = compile_program(
            self.recipe, old.encoding, old.kind, old.outputs, old.capacity, old.precision, self.waits, self.update
        )
        self.program.clock[at.SEED_KEY] = old.clock[at.SEED_KEY]
        self.settings = settings_of(self.program, self.ready)
        self.scheduled = scheduled_settings(self.program)
        self.ahead = (-1, np.zeros((0, 0)), np.zeros(0))

    @property
    def done(self) -> bool:
        """Whether its training has ended for good."""
        return self.status not in UNFINISHED

    @property
    def validates(self) -> bool:
        """Whether it has validation rows."""
        return len(self.ready.validation.numbers) > 0

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
        """What the history says of the kept weights in one of its columns; NaN where they were never measured."""
        measured = {int(line[HISTORY.index("update")]): line[HISTORY.index(column)] for line in self.history}
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
        return [row[HISTORY.index("validation_loss")] for row in self.history]


def _start(plan: Plan, ready: ReadyView, program: Program, key: int, arrays: Arrays | None) -> NDArray[np.float64]:
    """The parameters as they are drawn, with what is transferred, and the others rescaled where the recipe says so."""
    recipe = plan.recipe
    drawn = initial_parameters(recipe, ready.encoding.sizes, program.segments, program.parameter_count, key)
    if plan.start is not None:
        plan.start.apply(program.segments, drawn)
    if recipe.data_initialization.name == "none":
        return drawn
    if arrays is None:
        raise ValueError("Weights that start from data need the raw columns: give make_member the arrays.")
    rows = ready.training.numbers, ready.training.weights
    kept = () if plan.start is None else tuple(plan.start.weights)
    layers = layer_plan(recipe, ready.encoding.sizes, program.outputs, ready.encoding.tasks)
    weights = {s.name: drawn[s.begin : s.end].reshape(s.shape) for s in program.segments}
    start_from_data(recipe, layers, ready.encoding, arrays, rows, weights, key, kept)
    return drawn


def batch_of(recipe: Recipe, rows: int) -> tuple[int, int]:
    """Rows of a batch, and for how many the buffers are made: batch normalisation joins a last row to its batch."""
    batch = rows if recipe.batch_size == "all" else min(recipe.batch_size, rows)
    return batch, max(BLOCK, batch + (1 if recipe.normalization.name == "batch" else 0))


def make_member(
    plan: Plan,
    ready: ReadyView,
    kind: TargetKind,
    outputs: int,
    precision: str = "float32",
    arrays: Arrays | None = None,
) -> Member:
    """A member before its first update. arrays: the raw columns, which weights that start from data need."""
    recipe, rows = plan.recipe, len(ready.training.numbers)
    batch, capacity = batch_of(recipe, rows)
    horizon_epoch = epoch_updates(rows, batch, recipe.normalization.name == "batch", recipe.sampling.drop_last)
    horizon = _horizon(recipe, horizon_epoch)
    waits = first_updates(recipe, horizon)
    program = compile_program(recipe, ready.encoding, kind, outputs, capacity, precision, waits)
    key = seed_key(plan.seed)
    program.clock[at.SEED_KEY] = key
    parameters = aligned_zeros(program.parameter_count, precision)
    parameters[:] = _start(plan, ready, program, key, arrays)
    state = aligned_zeros(program.slots * program.trained, precision)
    for slot in program.copies:
        state[slot * program.trained : (slot + 1) * program.trained] = parameters[: program.trained]
    guessed = 1e-5 + 6 * batch * program.trained / GUESSED_FLOPS
    return Member(
        plan=plan,
        ready=ready,
        program=program,
        horizon=horizon,
        moments=recipe.snapshots.moments(horizon.updates, recipe.schedule.cycle_ends(horizon.schedule)),
        batch=batch,
        evaluate_every=recipe.stopping.every or horizon_epoch,
        parameters=parameters,
        state=state,
        settings=settings_of(program, ready),
        scheduled=scheduled_settings(program),
        waits=waits,
        memory=recipe.stopping.start(),
        seconds_per_update=guessed,
        guessed_seconds=guessed,
    )


def settings_of(program: Program, ready: ReadyView) -> NDArray[Any]:
    """The program's settings for a view: a prior's strength hangs on its rows."""
    settings = np.array(program.settings)
    settings[program.priors] *= ready.prior_factor
    return settings.astype(program.precision)


def _horizon(recipe: Recipe, per_epoch: int) -> Horizon:
    """How long the run is, and its schedules, by epochs or as the stopping rule says."""
    of_epochs = recipe.epochs * per_epoch
    rule = recipe.stopping
    epoch = rule.epoch_length(per_epoch)
    horizon = Horizon(rule.run_length(of_epochs), per_epoch, rule.schedule_length(of_epochs), epoch)
    average = recipe.averaging
    if average.averages() and average.start >= 1 and average.first(horizon.schedule, epoch) >= horizon.updates:
        raise InputError(
            f"averaging starts after epoch {average.start:g}, and the run has {horizon.updates / epoch:g} epochs of "
            f"{epoch} updates: start earlier, or give a share of the run below 1."
        )
    return horizon


def aligned_zeros(size: int, precision: str = "float32") -> NDArray[Any]:
    """Zeros that start on 64 bytes."""
    item = np.dtype(precision).itemsize
    raw = np.zeros(size * item + 64, np.uint8)
    offset = -raw.ctypes.data % 64
    return raw[offset : offset + size * item].view(precision)
