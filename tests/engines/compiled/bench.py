"""A tiny member on tiny data, trained update by update in either precision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.evaluation import evaluate_rows
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.member_setup import make_member
from wellfit.engines.compiled.run.updates import next_updates, record_updates, train_member
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step.buffers import engine_data
from wellfit.engines.compiled.step.step import Data, Machine, train
from wellfit.engines.compiled.step.sums import means_of
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.prepared_view import prepare_view
from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.kernel import Kernel
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target, Task, View
from wellfit.techniques.operations import Operation

KIND_OF_LOSS = {
    "squared": "numbers",
    "absolute": "numbers",
    "huber": "numbers",
    "quantile": "numbers",
    "cross_entropy": "classes",
    "multi_label": "labels",
    "poisson": "counts",
}


# Every slot said, so that no test depends on what the default recipe happens to be.
PLAIN: dict[str, Any] = {
    "hidden": (6, 4),
    "activation": "tanh",
    "initialization": "auto",
    "normalization": "none",
    "skip": "none",
    "dropout": 0.0,
    "loss": "auto",
    "class_weight": "none",
    "optimizer": "adam",
    "schedule": "constant",
    "l2": 0.0,
    "l1": 0.0,
    "weight_decay": 0.0,
    "clipping": "none",
    "stopping": "best",
    "batch_size": 5,
    "epochs": 4,
    "scaling": "none",
    "categories": 64,
}


def plain(**slots: Any) -> Recipe:
    """A recipe of nothing but a network and Adam, with some slots changed."""
    return Recipe(**{**PLAIN, **slots})


@dataclass
class Bench:
    """A member with what it trains on. `member.parameters` and `machine.gradient` are what tests look at."""

    recipe: Recipe
    arrays: Arrays
    target: Target
    member: Member
    data: Data
    workspace: Workspace
    machine: Machine

    def nudge(self) -> Bench:
        """Move every trained parameter by up to 0.1: biases leave the kink of L1 and of clipped units at 0."""
        trained = self.member.program.trained
        moves = np.random.default_rng(5).uniform(-0.1, 0.1, trained)
        for s in self.member.program.segments:
            if s.end <= trained:
                self.member.parameters[s.begin : s.end] += moves[s.begin : s.end]
        return self

    def train(self, updates: int) -> None:
        """So many single updates, whatever falls due for evaluation."""
        with single_threaded_blas():
            for _ in range(updates):
                self.member.limit = self.member.update + 1
                if self.machine.settings is not self.member.settings:
                    self.machine = self.workspace.machine(self.member, self.member.sums)
                call = next_updates(self.member, self.data, self.workspace, self.machine, 60.0)
                done = train.for_precision(self.workspace.precision)(*call.arguments)
                record_updates(self.member, self.workspace, call, int(done), 1e-3)

    def finish(self) -> Member:
        """Train to the end, as a population would."""
        with single_threaded_blas():
            while self.member.status == "waiting":
                train_member(self.member, self.data, self.workspace, 60.0)
        return self.member

    def evaluate(self) -> tuple[float, float]:
        """Mean loss and mean error of the clean training rows in evaluation mode, as the history has them."""
        sums = evaluate_rows(self.member, self.data, self.workspace, self.machine)
        assert sums is not None
        return means_of(sums[0])[:2]

    def places(self, seam: int, kernel: Kernel | None = None) -> list[Mapping[str, int]]:
        """Where the operations at a seam read and write, in order; those of one kernel alone, if one is given."""
        there = self.member.program.at_seam(seam)
        return [operation.places for operation in there if kernel is None or operation.kernel is kernel]

    def lower_again(self) -> None:
        """Take up what a test has changed in the program's operations."""
        operations, seams = self.member.program.lowered()
        self.machine = self.machine._replace(operations=operations, seams=seams)

    def operations(self, family: str | None = None, seam: int | None = None) -> list[Operation]:
        """What its program runs, in the order of the rows of `machine.operations`: a technique's, a seam's, or all."""
        ordered = sorted(self.member.program.operations, key=lambda operation: operation.seam)
        return [o for o in ordered if family in (None, o.technique) and seam in (None, o.seam)]

    def buffer(self, begin: int, *shape: int) -> NDArray[Any]:
        """A view of a buffer of the workspace."""
        return self.machine.work[begin : begin + int(np.prod(shape))].reshape(shape)

    def named(self, flat: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Parts of a flat vector by the names of tests/reference/network.py."""
        parts: dict[str, NDArray[Any]] = {}
        for s in self.member.program.segments:
            if s.end > len(flat):
                continue
            part = flat[s.begin : s.end].reshape(s.shape).copy()
            if s.role == "statistic":
                layer = s.name.split(".")[0]
                parts[f"{layer}.mean"], parts[f"{layer}.variance"] = part
            else:
                parts[s.name] = part
        return parts

    @property
    def parameters(self) -> dict[str, NDArray[Any]]:
        """Parameters and moving statistics."""
        return self.named(self.member.parameters)

    @property
    def gradient(self) -> dict[str, NDArray[Any]]:
        """Gradient of the last update, after penalties and clipping."""
        return self.named(self.machine.gradient[: self.member.program.trained])


def make_arrays(rows: int, inputs: int, seed: int = 0) -> Arrays:
    """Standard normal numbers, no categories."""
    numbers = np.random.default_rng(seed).normal(size=(rows, inputs)).astype(np.float32)
    return Arrays(numbers, np.zeros((rows, 0), np.int32))


def make_target(kind: str, rows: int, outputs: int, seed: int = 1) -> Target:
    """A random target of a kind."""
    if kind == "tasks":
        return make_mixed_target(rows, seed)
    rng = np.random.default_rng(seed)
    if kind == "numbers":
        values, labels = rng.normal(3.0, 2.0, (rows, outputs)), tuple(f"y{j}" for j in range(outputs))
    elif kind == "counts":
        values, labels = rng.poisson(3.0, (rows, outputs)), tuple(f"n{j}" for j in range(outputs))
    elif kind == "labels":
        values, labels = rng.integers(0, 2, (rows, outputs)), tuple(f"l{j}" for j in range(outputs))
    else:
        classes = 2 if kind == "binary" else outputs
        values, labels = np.arange(rows)[:, None] % classes, tuple("abcdefgh"[:classes])
        values = rng.permutation(values)
    return Target(kind, np.ascontiguousarray(values, dtype=np.float32), labels)


def make_mixed_target(rows: int, seed: int = 1, missing: float = 0.3) -> Target:
    """Two numbers, classes, a yes or no, counts, and labels, as five tasks with labels missing here and there."""
    kinds = {
        "sizes": ("numbers", 2),
        "sort": ("classes", 3),
        "sick": ("binary", 1),
        "visits": ("counts", 1),
        "tags": ("labels", 2),
    }
    parts = [make_target(kind, rows, outputs, seed + k) for k, (kind, outputs) in enumerate(kinds.values())]
    rng, tasks, column, output = np.random.default_rng(seed), [], 0, 0
    for name, part in zip(kinds, parts, strict=True):
        gone = rng.random(rows) < missing
        gone[:3] = False
        part.values[gone] = np.nan
        ends = column + part.values.shape[1], output + part.outputs
        tasks.append(Task(name, part.kind, part.labels, (column, ends[0]), (output, ends[1])))
        column, output = ends
    return Target("tasks", np.concatenate([part.values for part in parts], axis=1), tuple(kinds), tuple(tasks))


def make_bench(
    recipe: Recipe,
    arrays: Arrays,
    target: Target,
    *,
    weight: NDArray[np.float32] | None = None,
    view: View | None = None,
    seed: int = 7,
    precision: str = "float64",
) -> Bench:
    """A member before its first update."""
    weight = np.ones(arrays.rows, np.float32) if weight is None else weight
    plan = Plan(recipe, View(np.arange(arrays.rows)) if view is None else view, seed)
    ready = prepare_view(plan.view, arrays, target, weight, recipe)
    member = make_member(plan, ready, target.kind, target.outputs, precision, arrays)
    workspace = Workspace(precision)
    machine = workspace.machine(member, member.sums)
    return Bench(recipe, arrays, target, member, engine_data(arrays, target), workspace, machine)


def random_weights(rows: int, seed: int = 2) -> NDArray[np.float32]:
    """Row weights from 0.5 to 2."""
    return np.random.default_rng(seed).uniform(0.5, 2.0, rows).astype(np.float32)


def tiny(kind: str = "numbers", *, rows: int = 13, inputs: int = 5, outputs: int = 2, **slots: Any) -> Any:
    """Recipe, arrays and target of a small network: two hidden layers, batches of 5."""
    return plain(**slots), make_arrays(rows, inputs), make_target(kind, rows, 1 if kind == "binary" else outputs)
