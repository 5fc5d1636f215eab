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
from wellfit.techniques import layout as at
from wellfit.techniques.targets.tasks import task_means

Measured = tuple[float, float]  # mean loss and mean error


def evaluation_due(member: Member) -> bool:
    """At every evaluation interval and at the end, once."""
    if member.update == member.history.last("update", 0.0):
        return False
    return member.update % member.evaluate_every == 0 or member.update >= member.last_update


def evaluate_rows(
    member: Member, data: Data, workspace: Workspace, machine: Machine, evaluate: Callable[..., bool] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """What the kernels add up in evaluation mode over the clean training rows and over the validation rows, both
    (SUMS_SIZE,); None if stopped midway. evaluate: in place of `step.evaluate`, to the same bits.
    """
    rows, ends = member.prepared.evaluated
    sums = np.zeros((3, at.SUMS_SIZE))  # the third is what the kernels add to
    weights = rows.weights.astype(workspace.precision, copy=False)
    complete = (evaluate or step.evaluate.for_precision(workspace.precision))(
        machine._replace(sums=sums[2]), data, rows.numbers, weights, ends, workspace.block_order, workspace.stop, sums
    )
    return (sums[0], sums[1]) if complete else None


def evaluate_member(
    member: Member, data: Data, workspace: Workspace, machine: Machine, evaluate: Callable[..., bool] | None = None
) -> bool:
    """Evaluate, add a row to the history, keep the best weights, ask the stopping rule. False if stopped midway:
    nothing is changed. evaluate: as `evaluate_rows` takes it.
    """
    weights = evaluated_weights(member, data, workspace, machine)
    if weights is None:
        return False
    if weights is not member.parameters:
        machine = machine._replace(parameters=weights)
    sums = evaluate_rows(member, data, workspace, machine, evaluate)
    if sums is None:
        return False
    training, validation = means_of(sums[0])[:2], means_of(sums[1])[:2]
    member.history.append(measurements(member, training, validation))
    for k in range(len(member.prepared.encoding.tasks)):
        measured = dict(zip(MEASURED, (*task_means(sums[0], k)[:2], *task_means(sums[1], k)[:2]), strict=True))
        member.task_history.append({**_time(member), "task": k, **measured})
    member.sums[:] = 0
    _decide(member, workspace, weights, training[0], validation[0])
    return True


def record_divergence(member: Member, before: NDArray[np.float64]) -> None:
    """Add a row on the updates since the last evaluation, up to the one whose loss is no longer finite: so that a
    member that diverges before its first evaluation has a curve, too.

    before: the first of the sums, as they were before that update.
    """
    member.sums[: len(before)] = [*before[: at.NORM], member.sums[at.NORM], *before[at.NORM + 1 :]]
    unknown = math.nan, math.nan
    member.history.append(measurements(member, unknown, unknown))


def _decide(
    member: Member, workspace: Workspace, weights: NDArray[Any], training_loss: float, validation_loss: float
) -> None:
    """What follows from an evaluation: whether the member has diverged or stops, and what it keeps."""
    loss = validation_loss if member.validates else training_loss
    averaged = weights is not member.parameters
    all_finite = step.all_finite.for_precision(workspace.precision)
    if not (math.isfinite(loss) and all_finite(member.parameters) and (not averaged or all_finite(weights))):
        member.status = "diverged"
    elif not member.validates:
        if averaged:  # the average is what the run is for
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
    running_loss, _, objective = means_of(member.sums)
    sums = member.sums[: at.TASK_SUMS].tolist()
    updates = max(sums[at.UPDATES], 1)
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
        "clipped_share": sums[at.CLIPPED] / updates if member.recipe.clipping.name != "none" else math.nan,
        "averaged": has_average(member),
    }


def _time(member: Member) -> dict[str, float]:
    return {"epoch": member.update / member.horizon.per_epoch, "update": member.update}
