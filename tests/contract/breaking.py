"""Ways to make a technique's effect a hundredth too large, so that its oracle must notice.

They find the technique's operations by its family and by the names that its kernels declare.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.engines.compiled.bench import Bench
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.layout import ROWS
from wellfit.techniques.operations import Operation

Break = Callable[[Bench], None]
A_HUNDREDTH_MORE = 1.01
WIDTHS = ("width", "units", "output_width")  # what kernels call the columns of the buffer that they write
SWOLLEN = fields("buffer width")


@kernel(SWOLLEN)
def swell(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """A buffer times 1.01."""
    factor = constant(1.01, work[0])
    for i in range(clock[ROWS] * row[SWOLLEN.width]):
        work[row[SWOLLEN.buffer] + i] *= factor


def swells(family: str | None, place: str = "output", seam: int | None = None) -> Break:
    """After each operation of a family that has a buffer of this name, the buffer is 1.01 times as large."""

    def break_it(bench: Bench) -> None:
        program, operations = bench.member.program, list[Operation]()
        for operation in program.operations:
            operations.append(operation)
            own = family in (None, operation.technique) and seam in (None, operation.seam)
            if own and place in operation.places:
                width = next(operation.places[name] for name in WIDTHS if name in operation.places)
                places = {"buffer": operation.places[place], "width": width}
                operations.append(Operation(operation.seam, swell, places=places))
        assert len(operations) > len(program.operations), f"no operation of {family} writes {place}"
        program.operations = operations
        bench.lower_again()

    return break_it


def scales_settings(family: str, *offsets: int, seam: int | None = None) -> Break:
    """Some settings of each of a family's operations are 1.01 times as large; by default the first."""

    def break_it(bench: Bench) -> None:
        own = [o.places["settings"] for o in bench.operations(family, seam) if "settings" in o.places]
        assert own, f"no operation of {family} has settings"
        bench.member.settings[np.unique(np.add.outer(own, offsets or (0,)))] *= A_HUNDREDTH_MORE

    return break_it


def speeds(ending: str = "") -> Break:
    """The parts whose names end like this learn 1.01 times as fast."""

    def break_it(bench: Bench) -> None:
        starts = [s.begin for s in bench.member.program.segments if s.name.endswith(ending)]
        runs = [o.places for o in bench.operations("optimizer") if "begin" in o.places]
        own = [run["settings"] for run in runs if any(run["begin"] <= start < run["end"] for start in starts)]
        assert own, f"no part {ending} is trained"
        bench.member.settings[own] *= A_HUNDREDTH_MORE

    return break_it


def decays_more(bench: Bench) -> None:
    """The decoupled decay is 1.01 times as strong."""
    program = bench.member.program
    assert program.shrinkage
    program.shrinkage[:] = [
        (setting, A_HUNDREDTH_MORE * strength, rate) for setting, strength, rate in program.shrinkage
    ]


def follows_more(bench: Bench) -> None:
    """A setting that a technique computes itself is 1.01 times as large."""
    followers = bench.member.program.followers
    assert followers
    followers[:] = [(setting, lambda t, horizon, f=f: A_HUNDREDTH_MORE * f(t, horizon)) for setting, f in followers]


def starts_larger(*endings: str) -> Break:
    """Initial parameters whose names end like this are 1.01 times as large."""

    def break_it(bench: Bench) -> None:
        own = [s for s in bench.member.program.segments if s.name.endswith(endings)]
        assert own, f"no part {endings}"
        for segment in own:
            bench.member.parameters[segment.begin : segment.end] *= A_HUNDREDTH_MORE

    return break_it


def oracle(updates: int, tolerance: float, nudged: bool = False) -> Callable[[Any], None]:
    """The slow reference of whole runs as a check. nudged: every trained parameter is first moved a little."""
    from tests.engines.compiled.oracle import assert_agrees

    return lambda bench: assert_agrees(bench.nudge() if nudged else bench, updates, tolerance)
