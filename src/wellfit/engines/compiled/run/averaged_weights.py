"""Which weights of a member are evaluated and kept: its plain ones, or their average with statistics of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.batch_statistics import reestimate_statistics
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step.step import Data, Machine
from wellfit.techniques import layout as at


def has_average(member: Member) -> bool:
    """Whether its averaging has taken a sample."""
    averaging, horizon = member.recipe.averaging, member.horizon
    if not averaging.averages() or member.update == 0:
        return False
    ends = member.recipe.schedule.cycle_ends(horizon.schedule)
    last = np.array([member.update - 1.0])
    return bool(averaging.samples(last, horizon.schedule, horizon.epoch, ends)[0] > 0)


def evaluated_weights(member: Member, data: Data, workspace: Workspace, machine: Machine) -> NDArray[Any] | None:
    """The parameters that are evaluated and kept: the average where there is one, the plain ones otherwise.

    The average's statistics of batch normalisation are re-estimated on all training rows. None: stopped midway.
    """
    if not has_average(member):
        return member.parameters
    program = member.program
    parameters = workspace.average_buffer(program)
    parameters[:] = member.parameters
    parameters[: program.trained] = member.state[program.average_slot : program.average_slot + program.trained]
    there = machine._replace(parameters=parameters, sums=np.zeros(at.SUMS_SIZE))
    rows, weights = member.prepared.training.numbers, member.prepared.training.weights
    return parameters if reestimate_statistics(program, there, data, rows, weights, workspace.stop) else None
