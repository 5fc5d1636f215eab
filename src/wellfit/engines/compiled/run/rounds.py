"""How one member gets on: rounds of compiled updates, evaluation, stopping, keeping the best weights."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.program.program import Program
from wellfit.engines.compiled.run.averaged_weights import has_average, weights_to_measure
from wellfit.engines.compiled.run.member import Member, aligned_zeros
from wellfit.engines.compiled.run.ready_view import Rows
from wellfit.engines.compiled.run.scheduled_settings import timeline
from wellfit.engines.compiled.step import step
from wellfit.engines.compiled.step.step import BLOCK, Data, Machine
from wellfit.engines.compiled.step.sums import means_of
from wellfit.engines.contract.network import Network
from wellfit.techniques import layout as at
from wellfit.techniques.targets.tasks import task_means

ROUND_SECONDS = 0.2
UPDATES_AHEAD = 512  # whose scheduled settings are computed at once
MOST_UPDATES = 20_000  # of one compiled call, which bounds the table of scheduled settings


class Workspace:
    """A thread's buffers, grown to the largest member it has met."""

    def __init__(self, precision: str = "float32") -> None:
        self.precision = precision
        self.work = self.gradient = self.perturbed = self.average = aligned_zeros(0, precision)
        self.order = np.zeros(0, np.int64)
        self.block_order = np.zeros(BLOCK, np.int64)
        self.dealt: tuple[int, ...] = ()  # seed key, rows and epoch of the order that lies in `order`
        self.stop = np.zeros(1, np.int64)

    def machine(self, member: Member, sums: NDArray[np.float64]) -> Machine:
        """The member laid out on these buffers."""
        program = member.program
        if len(self.work) < program.work_size:
            self.work = aligned_zeros(program.work_size, self.precision)
        if len(self.gradient) < program.parameter_count:
            self.gradient = aligned_zeros(program.parameter_count, self.precision)
        operations, seams = program.lowered()
        perturbs = bool(np.ptp(seams[at.PERTURB_SEAM]))
        if perturbs and len(self.perturbed) < program.parameter_count:
            self.perturbed = aligned_zeros(program.parameter_count, self.precision)
        # Gaps between segments are updated with them: their gradient must be 0.
        self.gradient[: program.parameter_count] = 0
        perturbed = self.perturbed[: program.parameter_count if perturbs else 0]
        return Machine(
            operations, seams, member.settings, self.work, member.parameters, perturbed,
            self.gradient[: program.parameter_count], member.state, program.clock, sums,
        )  # fmt: skip

    def average_of(self, program: Program) -> NDArray[Any]:
        """A buffer for averaged parameters with their statistics."""
        if len(self.average) < program.parameter_count:
            self.average = aligned_zeros(program.parameter_count, self.precision)
        return self.average[: program.parameter_count]

    def order_of(self, rows: int) -> NDArray[np.int64]:
        """A buffer for an order of that many rows."""
        if len(self.order) < rows:
            self.order = np.zeros(rows, np.int64)
            self.dealt = ()
        return self.order[:rows]


def advance(member: Member, data: Data, workspace: Workspace, seconds: float = ROUND_SECONDS) -> None:
    """Train for about so long, in whole updates; evaluate, stop and keep as they fall due. Sets the member's status."""
    member.status = "waiting"
    start = time.perf_counter()
    machine = workspace.machine(member, member.sums)
    while member.status == "waiting":
        if machine.settings is not member.settings:  # a layer has begun to train
            machine = workspace.machine(member, member.sums)
        if member.update >= member.last_update and not evaluation_due(member):
            finish(member)
        elif evaluation_due(member):
            if not take_stock(member, data, workspace, machine):
                return
        else:
            train_round(member, data, workspace, machine, seconds - (time.perf_counter() - start))
        if workspace.stop[0] or time.perf_counter() - start >= seconds:
            return


def evaluation_due(member: Member) -> bool:
    """At every evaluation interval and at the end, once."""
    measured = member.history[-1][1] if member.history else 0
    if member.update == measured:
        return False
    return member.update % member.evaluate_every == 0 or member.update >= member.last_update


def train_round(member: Member, data: Data, workspace: Workspace, machine: Machine, seconds: float) -> None:
    """One compiled call: up to the next evaluation, or as many updates as fit in the time."""
    fitting = int(max(seconds, 0.02) / member.seconds_per_update)
    due = member.evaluate_every - member.update % member.evaluate_every
    due = min([due, *(moment - member.update for moment in member.moments if moment > member.update)])
    due = min(due, member.next_turn - member.update)
    count = max(1, min(fitting, due, member.last_update - member.update, MOST_UPDATES))
    table, rates = settings_ahead(member, count, workspace.precision)
    rows, per_epoch = member.ready.training, member.horizon.per_epoch
    clock = member.program.clock
    stream = (int(clock[at.SEED_KEY]), int(clock[at.SAMPLING]), len(rows.numbers))
    order = workspace.order_of(len(rows.numbers))
    dealt = member.update // per_epoch if workspace.dealt == (*stream, member.update // per_epoch) else -1
    start = time.perf_counter()
    done = step.train.for_precision(workspace.precision)(
        machine, data, rows.numbers, rows.weights.astype(workspace.precision, copy=False),
        order, member.scheduled,
        table, workspace.stop, member.update, member.batch,
        per_epoch, dealt,
    )  # fmt: skip
    if done:
        workspace.dealt = (*stream, (member.update + int(done) - 1) // per_epoch)
        member.seconds_per_update = (time.perf_counter() - start) / done
        member.rate = float(rates[done - 1])
    member.update += int(done)
    member.turn()
    if not math.isfinite(member.sums[at.LOSS]):
        member.status = "diverged"
    elif member.update in member.moments:
        member.snapshots[member.update] = member.parameters.copy()


def settings_ahead(member: Member, count: int, precision: str) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The scheduled settings (count, settings) and learning rates (count,) of the next updates.

    They are computed for many updates at once and remembered, except where they hang on what validation says.
    """
    first, table, rates = member.ahead
    begin = member.update - first
    if begin < 0 or begin + count > len(table):
        follows_losses = member.recipe.schedule.name == "plateau"
        losses = member.validation_losses() if follows_losses and member.validates else []
        many = count if follows_losses else min(max(count, UPDATES_AHEAD), member.horizon.updates - member.update)
        values, rates = timeline(member.program, member.recipe, member.horizon, member.update, many, losses)
        begin, table = 0, np.ascontiguousarray(values, dtype=precision)
        if not follows_losses:
            member.ahead = (member.update, table, rates)
    return table[begin : begin + count], rates[begin : begin + count]


def measure(
    member: Member, data: Data, workspace: Workspace, machine: Machine, rows: Rows,
    each: list[tuple[float, float]] | None = None,
) -> tuple[float, float] | None:  # fmt: skip
    """Mean loss and mean error of rows in evaluation mode; (NaN, NaN) without rows, None if stopped midway.

    each: gets those of every task, where there are several.
    """
    tasks = range(len(member.ready.encoding.tasks))
    if not len(rows.numbers):
        if each is not None:
            each += [(math.nan, math.nan) for _ in tasks]
        return math.nan, math.nan
    sums = np.zeros(at.SUMS_SIZE)
    complete = step.evaluate.for_precision(workspace.precision)(
        machine._replace(sums=sums), data, rows.numbers, rows.weights.astype(workspace.precision, copy=False),
        workspace.block_order, workspace.stop,
    )  # fmt: skip
    if each is not None:
        each += [task_means(sums, k)[:2] for k in tasks]
    return means_of(sums)[:2] if complete else None


def take_stock(member: Member, data: Data, workspace: Workspace, machine: Machine) -> bool:
    """Evaluate, write a line of history, keep the best weights, ask the stopping rule. False if stopped midway:
    nothing is changed.
    """
    seen = weights_to_measure(member, data, workspace, machine)
    if seen is None:
        return False
    machine = machine._replace(parameters=seen)
    on_training: list[tuple[float, float]] = []
    on_validation: list[tuple[float, float]] = []
    training = measure(member, data, workspace, machine, member.ready.clean, on_training)
    validation = measure(member, data, workspace, machine, member.ready.validation, on_validation) if training else None
    if training is None or validation is None:
        return False
    member.history.append(history_line(member, training, validation))
    if on_training:
        pairs = zip(on_training, on_validation, strict=True)
        member.task_history.append(tuple(float(v) for pair in pairs for one in pair for v in one))
    member.sums[:] = 0
    judged = validation[0] if member.validates else training[0]
    if not (math.isfinite(judged) and np.isfinite(member.parameters).all() and np.isfinite(seen).all()):
        member.status = "diverged"
        return True
    if not member.validates:
        if seen is not member.parameters:  # the average is what the run is for
            member.keep(seen)
            member.memory["best_update"] = member.update
        return True
    if member.joint is not None:
        member.joint.note(member, judged, training[0], seen)
        return True
    keep, stop = member.recipe.stopping.judge(member.memory, judged, member.update, training[0])
    if keep:
        member.keep(seen)
    if stop:
        member.status = "stopped"
    return True


def history_line(member: Member, training: tuple[float, float], validation: tuple[float, float]) -> tuple[float, ...]:
    """One evaluation's measurements, in the order of HISTORY."""
    sums, updates = member.sums, max(member.sums[at.UPDATES], 1)
    loss, _, objective = means_of(sums)
    objective += sums[at.PENALTY] / updates
    clips = member.recipe.clipping.name != "none"
    norm = float(sums[at.NORM]) if member.recipe.clipping.measures_norm else math.nan
    return (
        member.update / member.horizon.per_epoch,
        float(member.update),
        member.rate,
        float(loss),
        float(objective),
        *(float(v) for v in training),
        *(float(v) for v in validation),
        norm,
        float(sums[at.CLIPPED] / updates) if clips else math.nan,
        float(has_average(member)),
    )


def finish(member: Member) -> None:
    """Say how the member's training ended."""
    member.status = "finished" if member.update >= member.horizon.updates else "out_of_budget"


def snapshots_of(member: Member, kind: Any, outputs: int) -> list[Network]:
    """The copies taken on the way, first to last."""
    encoding = member.ready.encoding
    return [
        Network(member.recipe, encoding, kind, outputs, np.array(copy, dtype=np.float32))
        for _, copy in sorted(member.snapshots.items())
    ]


def network_of(member: Member, kind: Any, outputs: int) -> Network:
    """The member's kept weights: the best of validation, or the present ones if none were kept."""
    kept = member.parameters if member.best is None else member.best
    return Network(member.recipe, member.ready.encoding, kind, outputs, np.array(kept, dtype=np.float32))
