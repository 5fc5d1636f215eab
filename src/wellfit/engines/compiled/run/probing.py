"""When a member is probed, and what is kept of it. Nothing here touches weights, optimiser state or sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.probes.layout import ProbeLayout, probe_layout
from wellfit.engines.compiled.measure.probes.reading import probe
from wellfit.engines.compiled.measure.probes.units import evaluate_and_count
from wellfit.engines.compiled.run.averaged_weights import evaluated_weights
from wellfit.engines.compiled.run.evaluation import evaluate_member, evaluate_rows
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step.step import Data, Machine
from wellfit.engines.contract.probes import NETWORK, Probes, Values, summary_of_losses
from wellfit.techniques import layout as at


def start_probing(member: Member, every: int) -> None:
    """Have a member probed, before its first update. every: at least so many updates lie between two probes."""
    member.probes = Probes(every, layout_of(member).keys)


def layout_of(member: Member) -> ProbeLayout:
    """Where the member's present program is probed."""
    if member.probe_layout is None or member.probe_layout.program is not member.program:
        member.probe_layout = probe_layout(member.program)
    layout: ProbeLayout = member.probe_layout
    return layout


@dataclass(frozen=True, eq=False)
class Reading:
    """What can be read of the last update while its buffers lie untouched in the workspace.

    update: after how many updates. order: the places among the training rows of those that it was made with.
    """

    member: Member
    machine: Machine
    layout: ProbeLayout
    data: Data
    workspace: Workspace
    before: NDArray[Any]
    order: NDArray[np.int64]
    update: int

    def read(self, values: Values, at_start: bool = False) -> Values:
        """Read into values (keys,), which are given back. at_start: as the probe before the first update."""
        layout, workspace, rows = self.layout, self.workspace, self.member.prepared.training
        precision = workspace.precision
        scratch, halves = workspace.probe_buffers(layout.scratch, len(self.machine.parameters))
        probe.for_precision(precision)(
            self.machine, self.data, rows.numbers, rows.weights.astype(precision, copy=False), self.order, self.before,
            layout.buffers, layout.arrays, layout.symmetry, layout.network, int(at_start), scratch, halves,
            np.zeros(at.SUMS_SIZE), values,
        )  # fmt: skip
        return values


def asked_of_call(
    member: Member, workspace: Workspace, count: int, evaluated: bool
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """What a compiled call of so many updates fills in for a probe: the parameters before its last update, where it is
    the first one or `evaluated` after, and the loss of each. Both are empty where the member is not probed.
    """
    if member.probes is None:
        return workspace.nothing, np.zeros(0)
    layout_of(member)  # that of the program as it is now, for the call may be the last one before it changes
    read = evaluated or member.update == 0
    return workspace.before_buffer(member.program) if read else workspace.nothing, np.zeros(count)


def reading_after(member: Member, machine: Machine, data: Data, workspace: Workspace, call: Any) -> Reading | None:
    """What can be read after a whole compiled call that has kept the parameters before its last update.

    The probe before the first update is taken here. None: nothing is to be read.
    """
    if member.probes is None or not len(call.kept) or member.status == "diverged":
        return None
    layout = layout_of(member) if machine.settings is member.settings else member.probe_layout
    order = workspace.order[: len(member.prepared.training.numbers)]
    rows = batch_of_update(member, member.update - 1, len(order), bool(machine.clock[at.DROPS_LAST]))
    reading = Reading(member, machine, layout, data, workspace, call.kept, order[rows], member.update)
    if member.update == 1:
        values = reading.read(_nothing(member.probes), at_start=True)
        member.probes.add(0, _with_losses(member.probes, values, call.losses))
    if machine.settings is not member.settings:  # a layer begins to train: the workspace is laid out anew
        member.probes.standing = member.update, reading.read(_nothing(member.probes))
        return None
    return reading


def batch_of_update(member: Member, update: int, rows: int, drops_last: bool) -> slice:
    """Which places of the epoch's order an update was made with."""
    begin = (update % member.horizon.per_epoch) * member.batch
    whole = (update + 1) % member.horizon.per_epoch != 0 or drops_last
    return slice(begin, begin + member.batch if whole else rows)


def evaluate(member: Member, data: Data, workspace: Workspace, machine: Machine, reading: Reading | None) -> bool:
    """As `evaluate_member`; of a member that is probed units are counted on the way where a probe is due, and the
    probe is kept.
    """
    probes = member.probes
    if probes is None:
        return evaluate_member(member, data, workspace, machine)
    layout, values = layout_of(member), _nothing(probes)
    apart = machine._replace(work=workspace.evaluation_work(layout.work_size))
    counts = probes.due(member.update) or member.update >= member.last_update
    count = _counting(layout, values)
    if not evaluate_member(member, data, workspace, apart, count if counts else None):
        if reading is not None:
            probes.standing = member.update, reading.read(_nothing(probes))
        return False
    losses, standing = probes.end_interval(member.update), probes.standing
    probes.standing = None
    ended = member.done or member.update >= member.horizon.updates
    if reading is not None and (counts or ended):
        reading.read(values)
    elif standing is not None and standing[0] == member.update and (counts or ended):
        values[:] = np.where(np.isnan(values), standing[1], values)
    else:
        return True
    if not counts:
        _count_apart(member, data, workspace, apart, count)
    _with_losses(probes, values, losses)
    if ended or probes.due(member.update):
        probes.add(member.update, values)
    else:  # the end of a round or of a budget
        probes.standing = member.update, values
    return True


def _nothing(probes: Probes) -> Values:
    return np.full(len(probes.keys), np.nan)


def _counting(layout: ProbeLayout, values: Values) -> Callable[..., bool]:
    """What evaluates rows and counts units on the way, into values (keys,)."""

    def count(machine: Machine, *arguments: Any) -> bool:
        compiled = evaluate_and_count.for_precision(machine.work.dtype.name)
        places = layout.slopes, layout.units, layout.steady, layout.statistics
        return bool(compiled(machine, *arguments, *places, np.zeros(layout.counters), values))

    return count


def _count_apart(
    member: Member, data: Data, workspace: Workspace, machine: Machine, count: Callable[..., bool]
) -> None:
    """Count the units of a member that has just ended at an evaluation at which they were not."""
    weights = evaluated_weights(member, data, workspace, machine)
    if weights is not None:
        machine = machine._replace(parameters=weights)
        evaluate_rows(member, data, workspace, machine, count)


def _with_losses(probes: Probes, values: Values, losses: Values) -> Values:
    for name, value in summary_of_losses(losses).items():
        values[probes.keys.index((NETWORK, name))] = value
    return values
