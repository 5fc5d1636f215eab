"""A member whose training step runs as plain Python, so that a picture can look at any buffer between two seams."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np

from docs.pictures.common import Array
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.member_setup import make_member
from wellfit.engines.compiled.run.scheduled_settings import scheduled_values
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step import step
from wellfit.engines.compiled.step.batches import gather
from wellfit.engines.compiled.step.buffers import engine_data
from wellfit.engines.compiled.step.step import Data, Machine
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.prepared_view import prepare_view
from wellfit.numerics.kernel import Kernel
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target, View
from wellfit.techniques import layout as at

# A recipe with nothing on but a small network; what a picture shows is added to it.
PLAIN: dict[str, Any] = {
    "hidden": (8,), "activation": "tanh", "skip": "none", "dropout": 0.0, "weight_decay": 0.0, "schedule": "constant",
    "scaling": "none", "batch_size": "all", "epochs": 100,
}  # fmt: skip


@contextmanager
def _plain_python() -> Iterator[None]:
    """Inside, programs hold the kernels' Python functions instead of compiled code."""
    with mock.patch.object(Kernel, "address", lambda kernel, precision="float32": kernel.enlisted()):
        yield


@dataclass
class Stage:
    """One member on its workspace."""

    member: Member
    machine: Machine
    data: Data
    rows: Any
    weights: Any

    def prepare(self, update: int = 0) -> None:
        """Everything of a training step that comes before the forward pass, on all rows in their order."""
        machine = self.machine
        machine.clock[at.MODE], machine.clock[at.UPDATE] = at.TRAINING, update
        gather(machine, self.data, self.rows, self.weights, np.arange(len(self.rows)))
        for seam in (at.ENCODE_SEAM, at.AUGMENT_SEAM, at.TARGET_SEAM):
            step.run(machine, seam, machine.parameters)

    def train(self, updates: int) -> Iterator[Array]:
        """The parameters before the first update and after each, in mini-batches and on schedule."""
        member, order = self.member, np.zeros(len(self.rows), np.int64)
        table, _ = scheduled_values(member.program, member.recipe, member.horizon, 0, updates, [])
        dealt = -1
        yield self.machine.parameters.copy()
        for update in range(updates):
            per_epoch = member.horizon.per_epoch
            step.train.function(
                self.machine, self.data, self.rows, self.weights, order, member.scheduled, table[update : update + 1],
                np.zeros(1, np.int64), update, member.batch, per_epoch, dealt, np.zeros(at.TASK_SUMS), np.zeros(0),
                np.zeros(0),
            )  # fmt: skip
            dealt = update // per_epoch
            yield self.machine.parameters.copy()

    @property
    def average(self) -> Array:
        """The average of the parameters, where the recipe keeps one."""
        program = self.member.program
        return self.machine.state[program.average_slot : program.average_slot + program.trained].copy()

    @property
    def inputs(self) -> Array:
        """The network's inputs (rows, inputs) as they lie in the workspace."""
        return self._buffer(self.member.program.inputs, self.member.program.encoding.width)

    @property
    def targets(self) -> Array:
        """The targets (rows, target columns) as they lie in the workspace."""
        clock = self.machine.clock
        return self._buffer(int(clock[at.TARGETS]), int(clock[at.TARGET_COLUMNS]))

    def _buffer(self, begin: int, width: int) -> Array:
        count = len(self.rows)
        return self.machine.work[begin : begin + count * width].reshape(count, width).copy()


def stage(arrays: Arrays, target: Target, seed: int = 0, **slots: Any) -> Stage:
    """A member of a plain recipe with some slots changed, before its first update, in float64."""
    recipe = Recipe(**{**PLAIN, **slots})
    weight = np.ones(arrays.rows, np.float32)
    plan = Plan(recipe, View(np.arange(arrays.rows)), seed)
    ready = prepare_view(plan.view, arrays, target, weight, recipe)
    with _plain_python():
        member = make_member(plan, ready, target.kind, target.outputs, "float64")
        machine = Workspace("float64").machine(member, member.sums)
    return Stage(member, machine, engine_data(arrays, target), ready.training.numbers, ready.training.weights)


def numbers_of(X: Any, **more: Any) -> Arrays:
    """A table of numbers (rows, columns)."""
    return Arrays(np.asarray(X, dtype=np.float32), np.zeros((len(X), 0), np.int32), **more)


def classes_of(y: Any, labels: tuple[str, ...]) -> Target:
    """A target of classes: y holds each row's number among the labels."""
    values = np.asarray(y, dtype=np.float32)[:, None]
    return Target("classes" if len(labels) > 2 else "binary", np.ascontiguousarray(values), labels)


def target_of(y: Any) -> Target:
    """A target of numbers (rows,)."""
    return Target("numbers", np.ascontiguousarray(np.asarray(y, dtype=np.float32)[:, None]), ("y",))
