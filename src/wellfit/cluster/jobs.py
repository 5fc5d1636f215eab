"""How members travel: as their checkpoints, exactly. What is only needed to keep, not to train, stays at home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.joint_stopping import JointStopping
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.member_setup import make_member
from wellfit.engines.compiled.run.member_state import member_state, restore_state
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.saver import MemberState
from wellfit.engines.numpy.prepared_view import PreparedView
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.tables.arrays import TargetKind, View

AT_HOME = ("best", "snapshot.", "pending.")  # arrays that training does not read
ANY_ROWS = View(np.zeros(1, np.int64))  # the rows of a job travel apart, prepared


@dataclass(frozen=True)
class Job:
    """A member to train for a while.

    view: which of the prepared views that travel with the task is its own.
    joint: whether its evaluations are to be reported, for others decide with it what is kept.
    """

    recipe: Recipe
    seed: int
    view: int
    kind: TargetKind
    outputs: int
    state: MemberState
    limit: int | None
    evaluate_every: int
    seconds_per_update: float
    joint: bool

    __repr__ = short_repr


@dataclass(frozen=True)
class Evaluation:
    """One that others decide about: after how many updates, the losses, and the weights that were measured."""

    update: int
    loss: float
    training_loss: float
    weights: NDArray[Any]

    __repr__ = short_repr


@dataclass(frozen=True)
class Outcome:
    """Where a job has come to. seconds: that it trained."""

    state: MemberState
    seconds_per_update: float
    evaluations: tuple[Evaluation, ...]
    seconds: float

    __repr__ = short_repr


class ReportedEvaluations(JointStopping):
    """In place of a joint decision where the other members are not at hand: notes what they will decide about."""

    def __init__(self) -> None:
        super().__init__(())
        self.evaluations: list[Evaluation] = []

    def add_evaluation(self, member: Member, loss: float, training_loss: float, weights: NDArray[Any]) -> None:
        """Note it."""
        self.evaluations.append(Evaluation(member.update, loss, training_loss, weights.copy()))


def job_of(member: Member, view: int) -> Job:
    """What travels of a member. view: the place of its prepared view in the task."""
    state = member_state(member)
    arrays = {name: array for name, array in state.arrays.items() if not name.startswith(AT_HOME)}
    program = member.program
    return Job(
        member.recipe, member.plan.seed, view, program.kind, program.outputs,
        MemberState(arrays, {**state.values, "pending": {}}), member.limit, member.evaluate_every,
        member.seconds_per_update, member.joint_stopping is not None,
    )  # fmt: skip


def member_of(job: Job, prepared: PreparedView) -> Member:
    """The member where it trains."""
    member = make_member(Plan(job.recipe, ANY_ROWS, job.seed), prepared, job.kind, job.outputs, drawn=False)
    restore_state(member, job.state)
    member.limit, member.evaluate_every = job.limit, job.evaluate_every
    member.seconds_per_update = job.seconds_per_update
    if job.joint:
        member.joint_stopping = ReportedEvaluations()
    return member


def outcome_of(member: Member, seconds: float) -> Outcome:
    """What travels back."""
    joint = member.joint_stopping
    reported = tuple(joint.evaluations) if isinstance(joint, ReportedEvaluations) else ()
    return Outcome(member_state(member), member.seconds_per_update, reported, seconds)


def take_outcome(member: Member, outcome: Outcome) -> None:
    """Put a member to where it has come elsewhere."""
    best, snapshots, memory = member.best, member.snapshots, member.memory
    restore_state(member, outcome.state)
    member.best = best if member.best is None else member.best
    member.snapshots = snapshots | member.snapshots
    member.seconds_per_update = outcome.seconds_per_update
    if member.joint_stopping is not None:
        member.memory = memory
        _decide_jointly(member, member.joint_stopping, outcome)


def _decide_jointly(member: Member, joint: JointStopping, outcome: Outcome) -> None:
    """Hand over the evaluations one by one, each as if the member stood there now."""
    update, status = member.update, member.status
    member.status = "waiting"
    for one in outcome.evaluations:
        member.update = one.update
        joint.add_evaluation(member, one.loss, one.training_loss, one.weights)
    member.update, member.status = update, status
