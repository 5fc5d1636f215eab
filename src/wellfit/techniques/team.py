"""How threads share an operation of one large member.

The member's own thread puts the operation on the team's board, where helpers find it. The work is cut into parts, and
who is free takes the next one, the member's thread included; when all are done it goes on. So nobody waits for a helper
that the system has not let run, helpers may come and go at any time, and the bits depend neither on them nor on the
parts: these begin and end at whole multiples of a grain, which is a whole number of any processor's vectors, so that
each number is computed by the same instructions whatever the parts.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from wellfit.numerics.atomic import PAUSES, add, load, store, wait_a_moment
from wellfit.numerics.kernel import (
    BACKWARD,
    FORWARD,
    SHARED_BACKWARD,
    SHARED_FORWARD,
    call,
    fields,
    helper,
    kernel,
)
from wellfit.numerics.tiles import address_of
from wellfit.techniques.layout import LAST_PART, PART, TEAM

ELEMENTS = 1024  # grain of a buffer that is read and written number by number
COLUMNS, INPUTS = 64, 64  # grains of matrices: units, and inputs of a layer of weights

# The board: integers that several threads change lie two lines of a cache apart, for they would drive each other out.
OPEN = 0  # 1 while helpers are wanted
HELPERS = 16  # how many there are
LEFT = 32  # parts that nobody has taken
DONE = 48  # parts that are done
KERNEL = 64  # of the operation: the address of its kernel, then address and length of each array that it works on
ROW, SETTINGS, WORK, PARAMETERS, GRADIENT, STATE, CLOCK = range(65, 79, 2)
BOARD_SIZE = 80
PARTS_EACH = 4  # so many parts for each thread: who is slowed down does fewer of them


@helper
def part_of(n: Any, grain: Any, clock: Any) -> Any:
    """Where this thread's part of n things begins and ends. The last grain of all also takes what is over.

    Loops run from 0 over slices of the part, or over unsigned integers: from `begin` on they would not be vectorised,
    since compiled code cannot know that it is not negative, which would count from the end.
    """
    last = clock[LAST_PART]
    if last == 0:
        return 0, n
    part, grains = clock[PART], n // grain
    begin, end = part * grains // (last + 1) * grain, (part + 1) * grains // (last + 1) * grain
    return begin, n if part == last else end


@helper
def share(
    address: Any, row: Any, settings: Any, work: Any, parameters: Any, gradient: Any, state: Any, clock: Any, sums: Any
) -> None:
    """Run the kernel at an address, which can be shared, together with the helpers that there are."""
    team = clock[TEAM]
    helpers = load(team, HELPERS) if team != 0 else 0
    if helpers == 0:
        call(address, row, settings, work, parameters, gradient, state, clock, sums)
        return
    parts = PARTS_EACH * (helpers + 1)
    clock[LAST_PART] = parts - 1
    store(team, KERNEL, address)
    put(team, ROW, row)
    put(team, SETTINGS, settings)
    put(team, WORK, work)
    put(team, PARAMETERS, parameters)
    put(team, GRADIENT, gradient)
    put(team, STATE, state)
    put(team, CLOCK, clock)
    store(team, DONE, 0)
    store(team, LEFT, parts)
    left = add(team, LEFT, -1)
    while left > 0:
        clock[PART] = parts - left
        call(address, row, settings, work, parameters, gradient, state, clock, sums)
        add(team, DONE, 1)
        left = add(team, LEFT, -1)
    waited = 0
    while load(team, DONE) < parts:
        wait_a_moment(min(waited, PAUSES))
        waited += 1
    clock[PART] = clock[LAST_PART] = 0


@helper
def put(team: Any, place: Any, array: Any) -> None:
    """Write down where an array lies."""
    store(team, place, address_of(array))
    store(team, place + 1, len(array))


NO_FIELDS = fields("")


@kernel(NO_FIELDS)
def share_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Stands for the kernel of an operation that the member's team shares."""
    share(row[SHARED_FORWARD], row, settings, work, parameters, gradient, state, clock, sums)


@kernel(NO_FIELDS)
def share_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Stands for the backward kernel of such an operation."""
    share(row[SHARED_BACKWARD], row, settings, work, parameters, gradient, state, clock, sums)


def shared_by_team(operations: NDArray[Any], precision: str) -> NDArray[Any]:
    """The rows of a member whose team shares what can be shared. The step itself knows nothing of teams, so that small
    members pay nothing for them.
    """
    rows = operations.copy()
    rows[rows[:, SHARED_FORWARD] != 0, FORWARD] = share_forward.address(precision)
    rows[rows[:, SHARED_BACKWARD] != 0, BACKWARD] = share_backward.address(precision)
    return rows
