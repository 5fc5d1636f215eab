"""What the helpers of a team do (see `wellfit.techniques.team`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.atomic import add, load, wait_a_moment
from wellfit.numerics.kernel import call, compiled_loop, helper
from wellfit.numerics.tiles import address_of, array_at
from wellfit.techniques.layout import LAST_PART, PART
from wellfit.techniques.team import (
    BOARD_SIZE,
    CLOCK,
    DONE,
    GRADIENT,
    HELPERS,
    KERNEL,
    LEFT,
    OPEN,
    PARAMETERS,
    ROW,
    SETTINGS,
    STATE,
    WORK,
)


def new_board() -> NDArray[np.int64]:
    """The board of a team without helpers."""
    raw = np.zeros(BOARD_SIZE + 16, np.int64)
    first = -raw.ctypes.data % 128 // 8
    return raw[first : first + BOARD_SIZE]


@compiled_loop("int64[:]", "T[:]", "int64[:]", "float64[:]")
def help_team(board, like, clock, sums):  # type: ignore[no-untyped-def]
    """Do parts of the operations on a team's board until it is closed. Returns how many.

    like: an array of the precision. clock: a buffer for this thread's clock. sums: for what kernels add up, which of
    those that are shared is nothing.
    """
    team, waited, done = address_of(board), 0, 0
    add(team, HELPERS, 1)
    while load(team, OPEN) != 0:
        left = add(team, LEFT, -1) if load(team, LEFT) > 0 else 0
        if left <= 0:
            wait_a_moment(waited)
            waited += 1
            continue
        clock[:] = found(team, CLOCK, clock)
        clock[PART] = clock[LAST_PART] + 1 - left
        call(
            load(team, KERNEL), found(team, ROW, clock), found(team, SETTINGS, like), found(team, WORK, like),
            found(team, PARAMETERS, like), found(team, GRADIENT, like), found(team, STATE, like), clock, sums,
        )  # fmt: skip
        add(team, DONE, 1)
        waited, done = 0, done + 1
    add(team, HELPERS, -1)
    return done


@helper
def found(team: Any, place: Any, like: Any) -> Any:
    """The array that lies where a board says, of the type of another one."""
    return array_at(load(team, place), load(team, place + 1), like)
