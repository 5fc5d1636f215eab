"""Several tasks in one network: shared lower layers, a head for each task, and a loss that asks only what is known."""

from __future__ import annotations

import functools
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from wellfit.numerics.elementary import constant, exp
from wellfit.numerics.kernel import Kernel, fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, choice, technique
from wellfit.techniques.layout import (
    DIFFERENTIATING,
    LOSS,
    LOSS_SEAM,
    MODE,
    ROWS,
    TARGET_COLUMNS,
    TARGETS,
    TASK_ERROR,
    TASK_FACTOR,
    TASK_LOSS,
    TASK_OBJECTIVE,
    TASK_SIZE,
    TASK_SUMS,
    TASK_WEIGHT,
    TRAINING,
    WEIGHTS,
)
from wellfit.techniques.network.activation import SiLU
from wellfit.techniques.operations import Builder, Wire
from wellfit.techniques.targets import loss_kernels as losses
from wellfit.techniques.targets.loss import REPORTED_FACTOR, Loss


@technique("tasks")
class Tasks(Technique):
    """Several tasks share the hidden layers; each has a head of its own, and a missing label of one loses no row.

    J = sum over tasks k of a_k J_k, where J_k = sum_i w_i l_ik / sum_i w_i over the rows i of the batch that have a
    label of task k, l_ik its loss and w_i the row's weight; of a task of several columns, over the cells (i, j) that
    have one. A batch without any label of a task gives that task's head no gradient, and the shared layers none from
    it. Each head is a linear layer (units, outputs) on the last hidden layer, after `hidden` layers of its own if there
    are any. Targets that are numbers are scaled each by its own mean and standard deviation, so that a_k = 1 treats
    tasks alike.

    weights: a_k by the task's name, at least 0, default 1 each. hidden: units of each head's own hidden layers, default
        none; they have the activation given here, and neither normalisation nor dropout nor skips. activation: of these
        layers, without a learned part, default "silu". losses: a loss by the task's name, default that of its kind.
    Departures: none. Losses in the history are J on scaled targets, so that the kept weights, stopping and the schedule
    "plateau" hang on no target's unit; errors are the tasks' own, weighted by a_k and added. Each task's own loss and
    error, in its units, are in `Population.task_history`.
    These settings are for a y given as {name: labels}; with one target they are refused.
    Cost: a head for each task. When not: where the tasks have nothing in common; a shared layer then serves neither.

    >>> from wellfit import Recipe
    >>> Recipe(tasks={"weights": {"income": 2.0}, "hidden": [16]}).tasks.weights
    {'income': 2.0}

    Source: Caruana, "Multitask learning", 1997; Goodfellow, Bengio & Courville, "Deep learning", 2016, 7.7.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"J = \sum_k a_k J_k, \quad J_k = \frac{\sum_i w_i l_{ik}}{\sum_i w_i} \quad \text{over the rows } i "
        r"\text{ with a label of task } k",
    )
    title: ClassVar[str] = "Several tasks"
    seam: ClassVar[Seam] = "loss"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("describes the problem",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("few rows", "overfits")
    example: ClassVar[dict[str, Any]] = {"tasks": {"weights": {"income": 2.0}, "hidden": [16]}}

    weights: dict[str, Annotated[float, Field(ge=0.0)]] = Field(default_factory=dict)
    hidden: tuple[Annotated[int, Field(ge=1)], ...] = ()
    activation: choice("activation") = Field(default_factory=SiLU)  # type: ignore[valid-type]
    losses: dict[str, choice("loss")] = Field(default_factory=dict)  # type: ignore[valid-type]

    def put(self, program: Builder, k: int, task: Any, loss: Loss, z: Wire) -> None:
        """The operation of task k's loss of its head's raw outputs."""
        units = program.encoding.target_scale[slice(*task.outputs)]
        weight = self.weights.get(task.name, 1.0)
        where = program.setting(loss.parameter(), REPORTED_FACTOR.get(loss.name, 1.0), weight, *units)
        program.emit(
            LOSS_SEAM, KERNELS["multi_label" if task.kind == "binary" else loss.name], layer=f"output.{k}",
            outputs=z.value, output_gradient=z.gradient, width=z.width, settings=where, first_column=task.columns[0],
            sums=TASK_SUMS + TASK_SIZE * k,
        )  # fmt: skip

    def refused(self, recipe: Any) -> str | None:
        if self.activation.learned:
            return f"tasks.activation = {self.activation.name!r} learns slopes, which heads do not: use leaky_relu"
        return None

    def __hash__(self) -> int:
        """Of the settings as text: dicts have none of their own."""
        return hash(repr(self))


TASK = fields("outputs output_gradient width settings first_column sums")


@functools.cache
def columnwise_task(value_and_slope: Any, error: Any, power: int, log_link: bool = False) -> Kernel:
    """As `wellfit.techniques.targets.loss_kernels.columnwise`, over the labels that are there.

    The labels are the `width` target columns from the first one on; sums is where the task's own start; settings hold
    the loss's number, the reported factor, the task's weight and the units.
    """

    def loss(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        rows, outputs, columns = clock[ROWS], row[TASK.width], clock[TARGET_COLUMNS]
        z = work[row[TASK.outputs] : row[TASK.outputs] + rows * outputs]
        y = work[clock[TARGETS] + row[TASK.first_column] : clock[TARGETS] + rows * columns]
        g = work[row[TASK.output_gradient] : row[TASK.output_gradient] + rows * outputs]
        w = work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
        a, reported = settings[row[TASK.settings]], np.float64(settings[row[TASK.settings] + 1])
        factor, own = np.float64(settings[row[TASK.settings] + 2]), sums[row[TASK.sums] :]
        total = np.float64(0)
        for i in range(rows):
            for j in range(outputs):
                if y[i * columns + j] == y[i * columns + j]:
                    total += np.float64(w[i]) / outputs
        for i in range(rows):
            for j in range(outputs):
                k, label = i * outputs + j, y[i * columns + j]
                if label != label:
                    g[k] = constant(0, label)
                    continue
                v, slope = value_and_slope(z[k], label, a)
                weight = np.float64(w[i]) / outputs
                if clock[MODE] >= DIFFERENTIATING:
                    g[k] = slope * constant(factor * (weight / total), slope)
                if clock[MODE] > TRAINING:
                    continue
                unit = np.float64(settings[row[TASK.settings] + 3 + j])
                cost = weight * reported * np.float64(v) * (unit * unit if power == 2 else unit)
                if log_link:
                    cost -= weight * unit * np.float64(label) * np.log(unit)
                own[TASK_LOSS] += cost
                own[TASK_OBJECTIVE] += weight * np.float64(v)
                own[TASK_ERROR] += weight * np.float64(error(z[k], label, a)) * unit * unit
        if clock[MODE] <= TRAINING:
            own[TASK_WEIGHT] += total
            own[TASK_FACTOR] = factor
            sums[LOSS] += own[TASK_LOSS]

    loss.__qualname__ = f"columnwise_task.{value_and_slope.__name__}"
    return Kernel(loss, TASK)


@kernel(TASK)
def softmax_task(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """As `softmax_cross_entropy`, over the rows whose label, the task's first target column, is there."""
    rows, classes, columns = clock[ROWS], row[TASK.width], clock[TARGET_COLUMNS]
    y = work[clock[TARGETS] + row[TASK.first_column] : clock[TARGETS] + rows * columns]
    w = work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    task, own = np.float64(settings[row[TASK.settings] + 2]), sums[row[TASK.sums] :]
    total = np.float64(0)
    for i in range(rows):
        if y[i * columns] == y[i * columns]:
            total += np.float64(w[i])
    for i in range(rows):
        z = work[row[TASK.outputs] + i * classes : row[TASK.outputs] + (i + 1) * classes]
        g = work[row[TASK.output_gradient] + i * classes : row[TASK.output_gradient] + (i + 1) * classes]
        if y[i * columns] != y[i * columns]:
            g[:] = constant(0, z[0])
            continue
        top, best = z[0], 0
        for j in range(classes):
            if z[j] > top:
                top, best = z[j], j
        denominator = constant(0, top)
        for j in range(classes):
            g[j] = exp(z[j] - top)
            denominator += g[j]
        label = np.int64(y[i * columns])
        cost = np.log(np.float64(denominator)) - np.float64(z[label] - top)
        if clock[MODE] <= TRAINING:
            own[TASK_LOSS] += np.float64(w[i]) * cost
            own[TASK_OBJECTIVE] += np.float64(w[i]) * cost
            own[TASK_ERROR] += np.float64(w[i]) * (best != label)
        if clock[MODE] >= DIFFERENTIATING:
            share = constant(task * (np.float64(w[i]) / total), top)
            factor = share / denominator
            for j in range(classes):
                g[j] *= factor
            g[label] -= share
    if clock[MODE] <= TRAINING:
        own[TASK_WEIGHT] += total
        own[TASK_FACTOR] = task
        sums[LOSS] += own[TASK_LOSS]


KERNELS: dict[str, Kernel] = {
    "squared": columnwise_task(losses.squared, losses.squared_difference, 2),
    "absolute": columnwise_task(losses.absolute, losses.squared_difference, 1),
    "huber": columnwise_task(losses.huber, losses.squared_difference, 2),
    "quantile": columnwise_task(losses.pinball, losses.squared_difference, 1),
    "multi_label": columnwise_task(losses.binary, losses.wrong_side, 1),
    "poisson": columnwise_task(losses.poisson, losses.squared_difference_of_rate, 1, log_link=True),
    "cross_entropy": softmax_task,
}


def task_means(sums: Any, number: int) -> tuple[float, float, float, float]:
    """Loss, error and objective of a task, means over its labels, and its weight; NaN where it has no label."""
    own = sums[TASK_SUMS + TASK_SIZE * number : TASK_SUMS + TASK_SIZE * (number + 1)]
    with np.errstate(invalid="ignore"):
        loss, error, objective = (own[[TASK_LOSS, TASK_ERROR, TASK_OBJECTIVE]] / own[TASK_WEIGHT]).tolist()
    return loss, error, objective, float(own[TASK_FACTOR])
