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
from wellfit.engines.contract.probes import Probes, Values
from wellfit.techniques import layout as at

NO_VALUES: Values = np.zeros(0)


def start_probing(member: Member, every: int) -> None:
    """Have a member probed, before its first update. every: at least so many updates lie between two probes."""
    member.probes = Probes(every, layout_of(member).keys)


def layout_of(member: Member) -> ProbeLayout:
    """Where the member's present program is probed."""
    if member.probe_layout is None or member.probe_layout.program is not member.program:
        member.probe_layout = probe_layout(member.program)
    layout: ProbeLayout = member.probe_layout
    return layout


@dataclass(eq=False, slots=True)
class Reading:
    """What can be read of the last update while its buffers lie untouched in the workspace.

    before: the parameters before it.
    """

    member: Member
    machine: Machine
    layout: ProbeLayout
    data: Data
    workspace: Workspace
    before: NDArray[Any]

    def read(self, values: Values, at_start: bool = False) -> Values:
        """Read into values (keys,), which are given back. at_start: as the probe before the first update."""
        layout, workspace, member = self.layout, self.workspace, self.member
        rows, precision = member.prepared.training, workspace.precision
        scratch, halves = workspace.probe_buffers(layout.scratch, len(self.machine.parameters))
        losses = _losses(member)
        probe.for_precision(precision)(
            self.machine, self.data, rows.numbers, rows.weights.astype(precision, copy=False),
            workspace.order[batch_of_update(member, member.update - 1)], self.before, layout.buffers, layout.arrays,
            layout.symmetry, layout.network, int(at_start), losses, scratch,
            workspace.evaluation_work(layout.work_size), halves, np.zeros(at.SUMS_SIZE), values,
        )  # fmt: skip
        return values


def _losses(member: Member) -> NDArray[np.float64]:
    """The losses of the updates since the last evaluation, and as many numbers for the probe to calculate in."""
    parts = member.probes.parts if member.probes is not None else []
    losses = np.zeros((2, sum(map(len, parts))))
    np.concatenate([losses[1, :0], *parts], out=losses[0])
    return losses


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


def reading_after(
    member: Member, machine: Machine, data: Data, workspace: Workspace, call: Any, whole: bool
) -> Reading | None:
    """What can be read after a compiled call that has kept the parameters before its last update. whole: it was not
    stopped before that.

    The probe before the first update is taken here, and that of a member that has diverged. None: nothing to read.
    """
    probes, layout = member.probes, member.probe_layout
    if probes is None or layout is None:
        return None
    if member.status == "diverged":
        reading = Reading(member, machine, layout, data, workspace, member.parameters)
        probes.add(member.update, _without_update(probes, reading.read(_nothing(probes))))
        return None
    if not (whole and len(call.kept)):
        return None
    reading = Reading(member, machine, layout, data, workspace, call.kept)
    if member.update == 1:
        probes.add(0, reading.read(_nothing(probes), at_start=True))
    if machine.settings is not member.settings:  # a layer begins to train: the workspace will be laid out anew
        probes.standing = member.update, reading.read(_nothing(probes))
        return None
    return reading


def batch_of_update(member: Member, update: int) -> slice:
    """Which places of the epoch's order an update was made with."""
    begin = (update % member.horizon.per_epoch) * member.batch
    whole = (update + 1) % member.horizon.per_epoch != 0 or bool(member.program.clock[at.DROPS_LAST])
    return slice(begin, begin + member.batch if whole else len(member.prepared.training.numbers))


def evaluate(member: Member, data: Data, workspace: Workspace, machine: Machine, reading: Reading | None) -> bool:
    """As `evaluate_member`; of a member that is probed units are counted on the way where a probe is due, and the
    probe is kept.
    """
    probes = member.probes
    if probes is None:
        return evaluate_member(member, data, workspace, machine)
    due = probes.due(member.update)
    counts = due or member.update >= member.last_update
    if not counts and not member.recipe.stopping.cuts_short:
        return _evaluate_unprobed(member, data, workspace, machine)
    layout = layout_of(member)
    apart = machine._replace(work=workspace.evaluation_work(layout.work_size))
    values = _nothing(probes) if counts else NO_VALUES
    if not evaluate_member(member, data, workspace, apart, _counting(layout, values) if counts else None):
        if reading is not None:
            probes.standing = member.update, reading.read(_nothing(probes))
        return False
    ended = member.done or member.update >= member.horizon.updates
    if ended and not counts:
        values = _counted_apart(member, data, workspace, apart)
    if (counts or ended) and _complete(values, reading, probes, member.update):
        if ended or due:
            probes.add(member.update, values)
            probes.standing = None
        else:  # the end of a round or of a budget
            probes.standing = member.update, values
    else:
        probes.standing = None
    probes.end_interval(member.update)
    return True


def _evaluate_unprobed(member: Member, data: Data, workspace: Workspace, machine: Machine) -> bool:
    """As `evaluate_member`, where it is known before that no probe will be kept."""
    complete = evaluate_member(member, data, workspace, machine)
    if complete and member.probes is not None:
        member.probes.standing = None
        member.probes.end_interval(member.update)
    return complete


def _complete(values: Values, reading: Reading | None, probes: Probes, update: int) -> bool:
    """Add to the counts of units in values (keys,) what was or can be read of the last update; False: nothing."""
    if reading is not None:
        reading.read(values)
    elif probes.standing is not None and probes.standing[0] == update:
        np.copyto(values, probes.standing[1], where=np.isnan(values))
    else:
        return False
    return True


def _nothing(probes: Probes) -> Values:
    return np.full(len(probes.keys), np.nan)


def _without_update(probes: Probes, values: Values) -> Values:
    """What was read of an update whose weights before are not known."""
    for k, (_, quantity) in enumerate(probes.keys):
        if quantity in ("update_norm", "update_ratio"):
            values[k] = np.nan
    return values


def _counting(layout: ProbeLayout, values: Values) -> Callable[..., bool]:
    """What evaluates rows and counts units on the way, into values (keys,)."""

    def count(machine: Machine, *arguments: Any) -> bool:
        compiled = evaluate_and_count.for_precision(machine.work.dtype.name)
        places = layout.slopes, layout.units, layout.steady, layout.statistics
        return bool(compiled(machine, *arguments, *places, np.zeros(layout.counters), values))

    return count


def _counted_apart(member: Member, data: Data, workspace: Workspace, machine: Machine) -> Values:
    """The counts (keys,) of the units of a member that has just ended at an evaluation at which none were made."""
    layout = layout_of(member)
    values, weights = np.full(len(layout.keys), np.nan), evaluated_weights(member, data, workspace, machine)
    if weights is not None:
        machine = machine._replace(parameters=weights)
        evaluate_rows(member, data, workspace, machine, _counting(layout, values))
    return values
