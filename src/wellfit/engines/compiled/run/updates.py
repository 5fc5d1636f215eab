"""How a member trains: compiled calls of many updates each, with evaluations between them."""

from __future__ import annotations

import math
import time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.evaluation import evaluation_due, record_divergence
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.probing import asked_of_call, evaluate, reading_after
from wellfit.engines.compiled.run.scheduled_settings import scheduled_values
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step import step
from wellfit.engines.compiled.step.step import Data, Machine
from wellfit.techniques import layout as at

TURN_SECONDS = 0.2  # for which a thread trains a member before it looks for another
UPDATES_AHEAD = 1024  # whose scheduled settings are computed at once
MOST_UPDATES = 20_000  # of one compiled call, which bounds the table of scheduled settings


def train_member(member: Member, data: Data, workspace: Workspace, seconds: float = TURN_SECONDS) -> None:
    """Train for about so long, in whole updates; evaluate, stop and keep as they fall due. Sets the member's status."""
    member.status = "waiting"
    start = time.perf_counter()
    machine, reading = workspace.machine(member, member.sums), None
    while member.status == "waiting":
        if machine.settings is not member.settings:  # a layer has begun to train
            machine = workspace.machine(member, member.sums)
        if evaluation_due(member):
            if not evaluate(member, data, workspace, machine, reading):
                return
        elif member.update >= member.last_update:
            member.status = "finished" if member.update >= member.horizon.updates else "out_of_budget"
        else:
            call = next_updates(member, data, workspace, machine, seconds - (time.perf_counter() - start))
            began, workspace.order_of = time.perf_counter(), ()  # known again once it is known how far it has come
            done = int(step.train.for_precision(workspace.precision)(*call.arguments))
            record_updates(member, workspace, call, done, time.perf_counter() - began)
            reading = reading_after(member, machine, data, workspace, call, done == len(call.rates))
            if reading is not None and evaluation_due(member):
                continue  # while the buffers of the last update are as they were
        if workspace.stop[0] or time.perf_counter() - start >= seconds:
            return


class UpdatesCall(NamedTuple):
    """One compiled call to come.

    gradient: of the trained parameters, that of its last update once it has run. before: gets the sums as they are
    before its last update. rates: learning rate of each update. stream: whose order of rows it uses.
    kept, losses: of a member that is probed get its parameters before the last update, where they will be read, and the
    loss of each update; empty otherwise.
    """

    arguments: tuple[Any, ...]
    gradient: NDArray[Any]
    before: NDArray[np.float64]
    rates: NDArray[np.float64]
    stream: tuple[int, ...]
    kept: NDArray[Any]
    losses: NDArray[np.float64]


def next_updates(member: Member, data: Data, workspace: Workspace, machine: Machine, seconds: float) -> UpdatesCall:
    """The next compiled call: up to what falls due next, or as many updates as fit in the time."""
    count = _how_many(member, seconds)
    table, rates = next_settings(member, count, workspace.precision)
    rows, per_epoch = member.prepared.training, member.horizon.per_epoch
    clock, precision = member.program.clock, workspace.precision
    stream = (int(clock[at.SEED_KEY]), int(clock[at.SAMPLING]), len(rows.numbers))
    order, epoch = workspace.order_buffer(len(rows.numbers)), member.update // per_epoch
    dealt = epoch if workspace.order_of == (*stream, epoch) else -1
    before = np.zeros(at.SUMS_SIZE if member.prepared.encoding.tasks else at.TASK_SUMS)
    kept, losses = asked_of_call(member, workspace, count, count == _until_evaluation(member))
    arguments = (
        machine, data, rows.numbers, rows.weights.astype(precision, copy=False), order, member.scheduled,
        table, workspace.stop, member.update, member.batch, per_epoch, dealt, before, kept, losses,
    )  # fmt: skip
    return UpdatesCall(arguments, machine.gradient[: clock[at.TRAINED]], before, rates, stream, kept, losses)


def _how_many(member: Member, seconds: float) -> int:
    """Updates until the next evaluation, snapshot, change of the program or end, no more than fit in the time."""
    fitting = int(max(seconds, 0.02) / member.seconds_per_update)
    due = [_until_evaluation(member), member.next_program_change - member.update]
    due += [1] if member.probes is not None and member.update == 0 else []
    due += [update - member.update for update in member.snapshot_updates if update > member.update]
    return max(1, min(fitting, *due, MOST_UPDATES))


def _until_evaluation(member: Member) -> int:
    """Updates until the next evaluation, or the end."""
    return min(member.evaluate_every - member.update % member.evaluate_every, member.last_update - member.update)


def record_updates(member: Member, workspace: Workspace, call: UpdatesCall, done: int, seconds: float) -> None:
    """Note that a compiled call has made so many updates in so many seconds."""
    if member.probes is not None:
        member.probes.parts.append(call.losses[:done])
    if done:
        workspace.order_of = (*call.stream, (member.update + done - 1) // member.horizon.per_epoch)
        member.seconds_per_update = seconds / done * workspace.threads
        member.rate = float(call.rates[done - 1])
        if not member.recipe.clipping.measures_norm:
            member.sums[at.NORM] = step.norm.for_precision(workspace.precision)(call.gradient)
    member.update += done
    member.update_program()
    if not math.isfinite(member.sums[at.LOSS]):
        member.status = "diverged"
        record_divergence(member, call.before)
    elif member.update in member.snapshot_updates:
        member.snapshots[member.update] = member.parameters.copy()


def next_settings(member: Member, count: int, precision: str) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The scheduled settings (count, settings) and learning rates (count,) of the next updates.

    They are computed for many updates at once and kept, except where they depend on validation losses.
    """
    first, table, rates = member.settings_ahead
    begin = member.update - first
    if begin < 0 or begin + count > len(table):
        follows_losses = member.recipe.schedule.name == "plateau"
        losses = member.validation_losses() if follows_losses and member.validates else []
        many = count if follows_losses else min(max(count, UPDATES_AHEAD), member.horizon.updates - member.update)
        values, rates = scheduled_values(member.program, member.recipe, member.horizon, member.update, many, losses)
        begin, table = 0, np.ascontiguousarray(values, dtype=precision)
        if not follows_losses:
            member.settings_ahead = (member.update, table, rates)
    return table[begin : begin + count], rates[begin : begin + count]
