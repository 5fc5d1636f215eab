"""The buffers of a thread, on which it lays out one member after another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.program.program import Program
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.step.buffers import aligned_zeros
from wellfit.engines.compiled.step.step import BLOCK, Machine
from wellfit.engines.compiled.step.team import new_board
from wellfit.engines.contract.segments import aligned
from wellfit.techniques import layout as at
from wellfit.techniques.team import HELPERS, shared_by_team


class Workspace:
    """A thread's buffers, grown to the largest member it has met.

    stop: set to 1, it ends a compiled call early. board: where helpers find what they can do. shares: whether members
    that are laid out from now on have helpers.
    """

    def __init__(self, precision: str = "float32") -> None:
        self.precision = precision
        self.work = self.gradient = self.perturbed = self.average = aligned_zeros(0, precision)
        # Of members that are probed: what evaluations use, the parameters before an update, what a probe needs.
        self.apart = self.before = self.scratch = aligned_zeros(0, precision)
        self.halves = aligned_zeros(0, precision).reshape(2, 0)
        self.nothing = aligned_zeros(0, precision)
        self.order = np.zeros(0, np.int64)
        self.block_order = np.zeros(BLOCK, np.int64)
        self.order_of: tuple[int, ...] = ()  # seed key, rows and epoch of the order that lies in `order`
        self.stop = np.zeros(1, np.int64)
        self.board, self.shares = new_board(), False

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
        program.clock[at.TEAM] = self.board.ctypes.data if self.shares else 0
        if self.shares:
            operations = shared_by_team(operations, self.precision)
        perturbed = self.perturbed[: program.parameter_count if perturbs else 0]
        return Machine(
            operations, seams, member.settings, self.work, member.parameters, perturbed,
            self.gradient[: program.parameter_count], member.state, program.clock, sums,
        )  # fmt: skip

    @property
    def threads(self) -> int:
        """How many work on the member that is laid out: this one and its helpers."""
        return 1 + int(self.board[HELPERS])

    def average_buffer(self, program: Program) -> NDArray[Any]:
        """A buffer for averaged parameters with their statistics."""
        if len(self.average) < program.parameter_count:
            self.average = aligned_zeros(program.parameter_count, self.precision)
        return self.average[: program.parameter_count]

    def order_buffer(self, rows: int) -> NDArray[np.int64]:
        """A buffer for an order of that many rows."""
        if len(self.order) < rows:
            self.order = np.zeros(rows, np.int64)
            self.order_of = ()
        return self.order[:rows]

    def evaluation_work(self, size: int) -> NDArray[Any]:
        """Buffers for an evaluation that leaves those of the last update as they are."""
        if len(self.apart) < size:
            self.apart = aligned_zeros(size, self.precision)
        return self.apart

    def before_buffer(self, program: Program) -> NDArray[Any]:
        """A buffer for the parameters as they were before an update."""
        if len(self.before) < program.parameter_count:
            self.before = aligned_zeros(program.parameter_count, self.precision)
        return self.before[: program.parameter_count]

    def probe_buffers(self, scratch: int, parameters: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """What a probe calculates in, and two gradients (2, parameters or more)."""
        if len(self.scratch) < scratch:
            self.scratch = aligned_zeros(scratch, self.precision)
        if self.halves.shape[1] < parameters:
            self.halves = aligned_zeros(2 * aligned(parameters), self.precision).reshape(2, -1)
        return self.scratch[:scratch], self.halves
