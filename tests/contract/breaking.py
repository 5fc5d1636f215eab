"""Ways to make a technique's effect a hundredth too large, so that its oracle must notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.engines.compiled.bench import Bench
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import Kernel, fields, kernel
from wellfit.techniques.layout import ROWS
from wellfit.techniques.operations import Operation

SWELL = fields("buffer width")


@kernel(SWELL)
def swell(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """A buffer times 1.01."""
    factor = constant(1.01, work[0])
    for i in range(clock[ROWS] * row[SWELL.width]):
        work[row[SWELL.buffer] + i] *= factor


def swells_after(
    seam: int, forward: Kernel, buffer: str = "output", width: tuple[str, ...] = ("width", "units", "numbers")
) -> Callable[[Bench], None]:
    """After each operation of a kernel at a seam, its buffer is 1.01 times as large. buffer, width: the names of its
    place and of its width, the first that there is.
    """

    def break_it(bench: Bench) -> None:
        operations: list[Operation] = []
        for operation in bench.member.program.operations:
            operations.append(operation)
            if operation.seam == seam and operation.kernel is forward:
                size = next(operation.places[name] for name in width if name in operation.places)
                places = {"buffer": operation.places[buffer], "width": size}
                operations.append(Operation(seam, swell, places=places))
        assert len(operations) > len(bench.member.program.operations), "the technique's kernel is not in the program"
        bench.member.program.operations = operations
        bench.lower_again()

    return break_it


def swells_setting(seam: int, place: int = 0) -> Callable[[Bench], None]:
    """One setting of every operation at a seam is 1.01 times as large."""

    def break_it(bench: Bench) -> None:
        for operation in bench.places(seam):
            bench.member.settings[operation["settings"] + place] *= 1.01

    return break_it


def oracle(updates: int, tolerance: float) -> Callable[[Any], None]:
    """The slow reference of whole runs as a check."""
    from tests.engines.compiled.oracle import assert_agrees

    return lambda bench: assert_agrees(bench, updates, tolerance)
