"""Ways to make a technique's effect a hundredth too large, so that its oracle must notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.engines.compiled.bench import Bench
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import Kernel, kernel
from wellfit.techniques import layout as at
from wellfit.techniques.layout import OUTPUT, ROWS, WIDTH


@kernel
def swell(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """A buffer times 1.01."""
    factor = constant(1.01, work[0])
    for i in range(clock[ROWS] * row[WIDTH]):
        work[row[OUTPUT] + i] *= factor


def swells_after(seam: int, forward: Kernel, column: int = at.OUTPUT) -> Callable[[Bench], None]:
    """After each operation of a kernel at a seam, its buffer (its output, or what `column` names) is 1.01 times as
    large.
    """

    def break_it(bench: Bench) -> None:
        operations, seams = bench.machine.operations, bench.machine.seams.copy()
        address = forward.address(bench.workspace.precision)
        found = [k for k in range(*seams[seam]) if operations[k][at.FORWARD] == address]
        assert found, "the technique's kernel is not in the program"
        extra = operations[found].copy()
        extra[:, at.FORWARD], extra[:, at.BACKWARD] = swell.address(bench.workspace.precision), 0
        extra[:, at.OUTPUT] = operations[found][:, column]
        seams[seam, 1] += len(found)
        seams[seam + 1 :] += len(found)
        broken = np.ascontiguousarray(np.insert(operations, np.array(found) + 1, extra, axis=0))
        bench.machine = bench.machine._replace(operations=broken, seams=seams)

    return break_it


def swells_setting(seam: int, place: int = 0) -> Callable[[Bench], None]:
    """One setting of every operation at a seam is 1.01 times as large."""

    def break_it(bench: Bench) -> None:
        for row in bench.machine.operations[slice(*bench.machine.seams[seam])]:
            bench.member.settings[row[at.SETTINGS] + place] *= 1.01

    return break_it


def oracle(updates: int, tolerance: float) -> Callable[[Any], None]:
    """The slow reference of whole runs as a check."""
    from tests.engines.compiled.oracle import assert_agrees

    return lambda bench: assert_agrees(bench, updates, tolerance)
