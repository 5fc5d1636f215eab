"""Averaged weights made fit to be measured: out of their slot, with statistics of normalisation that are their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.batch_statistics import reestimate_statistics
from wellfit.engines.compiled.step.step import Data, Machine
from wellfit.techniques import layout as at

if TYPE_CHECKING:
    from wellfit.engines.compiled.run.member import Member


def has_average(member: Member) -> bool:
    """Whether its averaging has taken a sample."""
    averaging, horizon = member.recipe.averaging, member.horizon
    if not averaging.averages() or member.update == 0:
        return False
    ends = member.recipe.schedule.cycle_ends(horizon.schedule)
    last = np.array([member.update - 1.0])
    return bool(averaging.samples(last, horizon.schedule, horizon.epoch, ends)[0] > 0)


def weights_to_measure(member: Member, data: Data, workspace: Any, machine: Machine) -> NDArray[Any] | None:
    """The parameters that are measured and kept: the average where there is one, the plain ones otherwise.

    The average's statistics of batch normalisation are re-estimated on all training rows. None: stopped midway.
    """
    if not has_average(member):
        return member.parameters
    program = member.program
    parameters: NDArray[Any] = workspace.average_of(program)
    parameters[:] = member.parameters
    parameters[: program.trained] = member.state[program.average_slot : program.average_slot + program.trained]
    there = machine._replace(parameters=parameters, sums=np.zeros(at.SUMS_SIZE))
    rows, weights = member.ready.training.numbers, member.ready.training.weights
    return parameters if reestimate_statistics(program, there, data, rows, weights, workspace.stop) else None
