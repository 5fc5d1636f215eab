"""What live displays have in common: networks by state, and a curve of blocks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console

from wellfit.engines.contract.progress import MemberProgress

BLOCKS = "▁▂▃▄▅▆▇█"
LONGEST_CURVE = 40  # characters
LONGEST_HEAD = 26  # characters before a curve
TRAINS, STOPPED = "in training", "stopped"
STATES = {"finished": "at their end", "stopped": STOPPED, "diverged": "diverged"}
STATE_ORDER = (TRAINS, "at their end", STOPPED, "diverged")


def networks_line(states: Iterable[str]) -> str:
    """How many networks are in training, have come to their end, were stopped before it, and diverged."""
    counts = Counter(states)
    shown = [f"{counts[state]:,} {state}" for state in STATE_ORDER if counts[state] or state == TRAINS]
    return f"Networks: {', '.join(shown)}"


def states_of(members: Sequence[MemberProgress]) -> list[str]:
    """The state of each, in words; a time limit's end is none of its own."""
    return [STATES.get(one.status, TRAINS) for one in members]


def best_member(members: Sequence[MemberProgress]) -> int | None:
    """The number of the one with the lowest validation loss; None before the first evaluation."""
    known = [k for k, one in enumerate(members) if math.isfinite(one.best_loss) and one.status != "diverged"]
    return min(known, key=lambda k: members[k].best_loss, default=None)


def curve_line(head: str, values: Sequence[float], console: Console) -> str:
    """A head and a curve that fits beside it; "" where there is no curve, or the screen has no blocks to draw with."""
    if not console.encoding.lower().startswith("utf"):
        return ""
    drawn = sparkline(values, max(min(console.width - max(len(head), LONGEST_HEAD), LONGEST_CURVE), 1))
    return f"{head}{drawn}" if drawn else ""


def sparkline(values: Sequence[float], width: int = LONGEST_CURVE) -> str:
    """Numbers as a row of blocks, the least the lowest, on a scale of logarithms where they are all above 0.

    values: NaN and infinite ones are left out. width: of more values than so many, means of neighbours are drawn.

    >>> sparkline([8.0, 4.0, 2.0, 1.0])
    '█▆▃▁'
    """
    known = [value for value in values if math.isfinite(value)]
    if len(known) > width:
        edges = [round(k * len(known) / width) for k in range(width + 1)]
        known = [sum(known[a:b]) / (b - a) for a, b in zip(edges, edges[1:], strict=False)]
    if not known:
        return ""
    heights = [math.log(value) for value in known] if min(known) > 0 else known
    low, high = min(heights), max(heights)
    step = (high - low) / (len(BLOCKS) - 1) or 1.0
    return "".join(BLOCKS[round((height - low) / step)] for height in heights)
