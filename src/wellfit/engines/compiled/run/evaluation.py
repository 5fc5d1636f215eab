"""A member's evaluations: when they fall due, what they measure, and what they decide."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.averaged_weights import evaluated_weights, has_average
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step import step
from wellfit.engines.compiled.step.step import Data, Machine
from wellfit.engines.compiled.step.sums import means_of
from wellfit.engines.contract.history import MEASURED
from wellfit.engines.numpy.prepared_view import Rows
from wellfit.techniques import layout as at
from wellfit.techniques.targets.tasks import task_means

Measured = tuple[float, float]  # mean loss and mean error


def evaluation_due(member: Member) -> bool:
    """At every evaluation interval and at the end, once."""
    if member.update == member.history.last("update", 0.0):
        return False
    return member.update % member.evaluate_every == 0 or member.update >= member.last_update


def evaluate_rows(
    member: Member, data: Data, workspace: Workspace, machine: Machine, rows: Rows, each: list[Measured] | None = None,
    evaluate: Callable[..., bool] | None = None,
) -> Measured | None:  # fmt: skip
    """Mean loss and mean error of rows in evaluation mode; (NaN, NaN) without rows, None if stopped midway.

    each: gets those of every task, where there are several. evaluate: what looks at the rows in place of
    `step.evaluate`, to the same bits.
    """
    tasks = range(len(member.prepared.encoding.tasks))
    if not len(rows.numbers):
        if each is not None:
            each += [(math.nan, math.nan) for _ in tasks]
        return math.nan, math.nan
    sums = np.zeros(at.SUMS_SIZE)
    complete = (evaluate or step.evaluate.for_precision(workspace.precision))(
        machine._replace(sums=sums), data, rows.numbers, rows.weights.astype(workspace.precision, copy=False),
        workspace.block_order, workspace.stop,
    )  # fmt: skip
    if each is not None:
        each += [task_means(sums, k)[:2] for k in tasks]
    return means_of(sums)[:2] if complete else None


def evaluate_member(
    member: Member, data: Data, workspace: Workspace, machine: Machine, on_clean: Callable[..., bool] | None = None
) -> bool:
    """Evaluate, add a row to the history, keep the best weights, ask the stopping rule. False if stopped midway:
    nothing is changed. on_clean: what looks at the clean rows in place of `step.evaluate`, to the same bits.
    """
    weights = evaluated_weights(member, data, workspace, machine)
    if weights is None:
        return False
    machine = machine._replace(parameters=weights)
    clean, held = member.prepared.clean, member.prepared.validation
    training_tasks: list[Measured] = []
    validation_tasks: list[Measured] = []
    training = evaluate_rows(member, data, workspace, machine, clean, training_tasks, on_clean)
    validation = evaluate_rows(member, data, workspace, machine, held, validation_tasks) if training else None
    if training is None or validation is None:
        return False
    member.history.append(measurements(member, training, validation))
    for k, (on_training, on_validation) in enumerate(zip(training_tasks, validation_tasks, strict=True)):
        measured = dict(zip(MEASURED, (*on_training, *on_validation), strict=True))
        member.task_history.append({**_time(member), "task": k, **measured})
    member.sums[:] = 0
    _decide(member, weights, training[0], validation[0])
    return True


def record_divergence(member: Member, before: NDArray[np.float64]) -> None:
    """Add a row on the updates since the last evaluation, up to the one whose loss is no longer finite: so that a
    member that diverges before its first evaluation has a curve, too.

    before: the first of the sums, as they were before that update.
    """
    member.sums[: len(before)] = [*before[: at.NORM], member.sums[at.NORM], *before[at.NORM + 1 :]]
    unknown = math.nan, math.nan
    member.history.append(measurements(member, unknown, unknown))


def _decide(member: Member, weights: NDArray[Any], training_loss: float, validation_loss: float) -> None:
    """What follows from an evaluation: whether the member has diverged or stops, and what it keeps."""
    loss = validation_loss if member.validates else training_loss
    if not (math.isfinite(loss) and np.isfinite(member.parameters).all() and np.isfinite(weights).all()):
        member.status = "diverged"
    elif not member.validates:
        if weights is not member.parameters:  # the average is what the run is for
            member.keep(weights)
            member.memory["best_update"] = member.update
    elif member.joint_stopping is not None:
        member.joint_stopping.add_evaluation(member, loss, training_loss, weights)
    else:
        keep, stop = member.recipe.stopping.decide(member.memory, loss, member.update, training_loss)
        if keep:
            member.keep(weights)
        if stop:
            member.status = "stopped"


def measurements(member: Member, training: Measured, validation: Measured) -> dict[str, float]:
    """One evaluation's row of the history."""
    sums, updates = member.sums, max(member.sums[at.UPDATES], 1)
    running_loss, _, objective = means_of(sums)
    clipping = member.recipe.clipping
    return {
        **_time(member),
        "learning_rate": member.rate,
        "running_loss": running_loss,
        "objective": objective + sums[at.PENALTY] / updates,
        "training_loss": training[0],
        "training_error": training[1],
        "validation_loss": validation[0],
        "validation_error": validation[1],
        "gradient_norm": sums[at.NORM],
        "clipped_share": sums[at.CLIPPED] / updates if clipping.name != "none" else math.nan,
        "averaged": has_average(member),
    }


def _time(member: Member) -> dict[str, float]:
    return {"epoch": member.update / member.horizon.per_epoch, "update": member.update}
