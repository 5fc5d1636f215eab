"""A team of threads that share the operations of one large member.

The member's own thread puts an operation on the board, where helpers find it. The work is cut into parts, and who is
free takes the next one, the member's thread included; when all are done it goes on. So nobody waits for a helper that
the system has not let run, helpers may come and go at any time, and the bits depend neither on them nor on the parts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.atomic import PAUSES, add, load, store, wait_a_moment
from wellfit.numerics.kernel import call, compiled_loop, helper
from wellfit.numerics.tiles import address_of, array_at
from wellfit.techniques.layout import LAST_PART, PART, TEAM

# The board: integers that several threads change lie two lines of a cache apart, for they would drive each other out.
OPEN = 0  # 1 while helpers are wanted
HELPERS = 16  # how many there are
LEFT = 32  # parts that nobody has taken
DONE = 48  # parts that are done
KERNEL = 64  # of the operation: the address of its kernel, then address and length of each array that it works on
ROW, SETTINGS, WORK, PARAMETERS, GRADIENT, STATE, CLOCK = range(65, 79, 2)
BOARD_SIZE = 80
PARTS_EACH = 4  # so many parts for each thread: who is slowed down does fewer of them


def new_board() -> NDArray[np.int64]:
    """The board of a team without helpers."""
    raw = np.zeros(BOARD_SIZE + 16, np.int64)
    first = -raw.ctypes.data % 128 // 8
    return raw[first : first + BOARD_SIZE]


@helper
def put(team: Any, place: Any, array: Any) -> None:
    """Write down where an array lies."""
    store(team, place, address_of(array))
    store(team, place + 1, len(array))


@helper
def found(team: Any, place: Any, like: Any) -> Any:
    """The array that lies where a board says, of the type of another one."""
    return array_at(load(team, place), load(team, place + 1), like)


@helper
def share(
    kernel: Any, row: Any, settings: Any, work: Any, parameters: Any, gradient: Any, state: Any, clock: Any, sums: Any
) -> None:
    """Run a kernel that can be shared, together with the helpers that there are."""
    team = clock[TEAM]
    helpers = load(team, HELPERS)
    if helpers == 0:
        call(kernel, row, settings, work, parameters, gradient, state, clock, sums)
        return
    parts = PARTS_EACH * (helpers + 1)
    clock[LAST_PART] = parts - 1
    store(team, KERNEL, kernel)
    put(team, ROW, row)
    put(team, SETTINGS, settings)
    put(team, WORK, work)
    put(team, PARAMETERS, parameters)
    put(team, GRADIENT, gradient)
    put(team, STATE, state)
    put(team, CLOCK, clock)
    store(team, DONE, 0)
    store(team, LEFT, parts)
    part = add(team, LEFT, -1) - 1
    while part >= 0:
        clock[PART] = part
        call(kernel, row, settings, work, parameters, gradient, state, clock, sums)
        add(team, DONE, 1)
        part = add(team, LEFT, -1) - 1
    waited = 0
    while load(team, DONE) < parts:
        wait_a_moment(min(waited, PAUSES))
        waited += 1
    clock[PART] = clock[LAST_PART] = 0


@compiled_loop("int64[:]", "T[:]", "int64[:]", "float64[:]")
def help_team(board, like, clock, sums):  # type: ignore[no-untyped-def]
    """Do parts of the operations on a team's board until it is closed.

    like: an array of the precision. clock: a buffer for this thread's clock. sums: for what kernels add up, which of
    those that are shared is nothing.
    """
    team, waited = address_of(board), 0
    add(team, HELPERS, 1)
    while load(team, OPEN) != 0:
        part = add(team, LEFT, -1) - 1 if load(team, LEFT) > 0 else -1
        if part < 0:
            wait_a_moment(waited)
            waited += 1
            continue
        waited = 0
        clock[:] = found(team, CLOCK, clock)
        clock[PART] = part
        call(
            load(team, KERNEL), found(team, ROW, clock), found(team, SETTINGS, like), found(team, WORK, like),
            found(team, PARAMETERS, like), found(team, GRADIENT, like), found(team, STATE, like), clock, sums,
        )  # fmt: skip
        add(team, DONE, 1)
    add(team, HELPERS, -1)
    return True
