"""The engine's own loss around given parameters: central differences, with the random masks held still."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engines.compiled.bench import Bench
from wellfit.techniques import layout as at

STEP = 1e-5


def objective(bench: Bench, parameters: NDArray[Any]) -> float:
    """The minimised objective of the first batch at given parameters; the member is put back as it was."""
    member = bench.member
    kept = member.parameters.copy(), member.state.copy()
    member.parameters[:] = parameters
    member.sums[:] = 0
    bench.train(1)
    value = member.sums[at.OBJECTIVE] / member.sums[at.WEIGHT] + member.sums[at.PENALTY]
    member.parameters[:], member.state[:], member.update = *kept, 0
    return float(value)


def assert_gradient(bench: Bench, start: NDArray[Any] | None = None) -> None:
    """The gradient is the objective's slope, by the first and the last number of each part."""
    start = bench.member.parameters.copy() if start is None else start
    objective(bench, start)
    gradient = bench.machine.gradient.copy()
    parts = [s for s in bench.member.program.segments if s.role != "statistic"]
    places = sorted({place for s in parts for place in (s.begin, s.end - 1)})
    assert np.abs(gradient[places]).max() > 1e-4
    for place in places:
        step = np.zeros_like(start)
        step[place] = STEP
        slope = (objective(bench, start + step) - objective(bench, start - step)) / (2 * STEP)
        assert gradient[place] == pytest.approx(slope, rel=1e-5, abs=1e-8)
