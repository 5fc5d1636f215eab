"""The part of an operation's work that a thread does, where several threads share it.

Parts begin and end at whole multiples of a grain, which is a whole number of any processor's vectors: a number is then
computed by the same instructions whatever the parts, and so to the same bits.
"""

from __future__ import annotations

from typing import Any

from wellfit.numerics.kernel import helper
from wellfit.techniques.layout import LAST_PART, PART

ELEMENTS = 1024  # of a buffer that is read and written number by number
COLUMNS, INPUTS = 64, 64  # of matrices: units, and inputs of a layer of weights


@helper
def part_of(n: Any, grain: Any, clock: Any) -> Any:
    """Where this thread's part of n things begins and ends. The last grain of all also takes what is over."""
    last, grains = clock[LAST_PART], n // grain
    if last == 0:
        return 0, n
    part = clock[PART]
    begin, end = part * grains // (last + 1) * grain, (part + 1) * grains // (last + 1) * grain
    return begin, n if part == last else end
