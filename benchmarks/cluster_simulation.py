"""A cluster of many machines as events: one head that hands out and takes back, and many workers that train.

The rules are those of `wellfit.cluster.executor`, whose constants it reads.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass

from wellfit.cluster.executor import MOST_BUSY, MOST_JOBS, MOST_TASK_SECONDS, TASK_SECONDS, TASKS_AHEAD

LATENCY = 0.001  # seconds that a message takes
MEMBER_BYTES = 100_000  # of a checkpoint that travels, there and back together
LINK = 1.25e9  # bytes a second of the head's network, 10 Gbit/s


@dataclass(frozen=True)
class Costs:
    """Seconds that pass beside training. task, member: of the thread of the head that hands out and takes back, for a
    task and for each member in it. task_gap, member_gap: of a worker, in the same way.
    """

    task: float
    member: float
    task_gap: float
    member_gap: float


@dataclass(frozen=True)
class Cluster:
    """How many machines, and of how many cores each."""

    machines: int
    cores: int


@dataclass(frozen=True)
class Simulated:
    """What came out.

    wall: seconds. idle: the share of the workers' seconds that is not training. busy: the share of the wall seconds
    that the head works. task_seconds: that a task was to train.
    """

    wall: float
    idle: float
    busy: float
    task_seconds: float
    megabytes_a_second: float
    limit: str


def simulate(cluster: Cluster, costs: Costs, members: int, seconds: float, plain: bool = False) -> Simulated:
    """Train so many members of so many seconds each. plain: without what was changed for large clusters: a member a
    task, and tasks of one length.

    A member that needs longer than a task comes back and goes out again. The head does one thing after another, the
    oldest first; tasks that are ahead wait at the workers.
    """
    slots = cluster.machines * cluster.cores
    length, most_jobs = (TASK_SECONDS, 1) if plain else (_task_seconds(slots, costs, seconds), MOST_JOBS)
    turns = max(-(-seconds // length), 1)  # of a member
    work = members * turns  # turns that are still to be handed out
    turn = seconds / turns
    free, queued = slots, deque[int]()  # workers without a task, tasks that wait for one: members in each
    events: list[tuple[float, int]] = []  # when a task ends, and how many members it had
    clock = head = busy = trained = moved = 0.0
    away = 0
    while work > 0 or away:
        while work > 0 and away < TASKS_AHEAD * slots and (not events or head <= events[0][0]):
            jobs = int(min(max(length // turn, 1), max(work // (TASKS_AHEAD * slots), 1), most_jobs, work))
            work, away = work - jobs, away + 1
            spent = (costs.task + jobs * costs.member) / 2
            head, busy, moved = head + spent, busy + spent, moved + jobs * MEMBER_BYTES
            if free:
                free -= 1
                heapq.heappush(events, (head + LATENCY + costs.task_gap + jobs * (turn + costs.member_gap), jobs))
            else:
                queued.append(jobs)
        clock, jobs = heapq.heappop(events)
        trained += jobs * turn
        if queued:
            following = queued.popleft()
            gone = costs.task_gap + following * (turn + costs.member_gap)
            heapq.heappush(events, (clock + gone, following))
        else:
            free += 1
        spent = (costs.task + jobs * costs.member) / 2
        head, busy, away = max(head, clock + LATENCY) + spent, busy + spent, away - 1
    wall = max(head, clock)
    idle = 1 - trained / (slots * wall)
    rate = moved / wall
    return Simulated(wall, idle, busy / wall, length, rate / 1e6, _limit(idle, busy / wall, rate))


def _task_seconds(slots: int, costs: Costs, seconds: float) -> float:
    """How long a task trains once the head has seen what one takes: longer ones hold more members."""
    length = TASK_SECONDS
    for _ in range(20):
        a_task = costs.task + costs.member * min(max(length / seconds, 1), MOST_JOBS)
        length = min(max(TASK_SECONDS, slots * a_task / MOST_BUSY), MOST_TASK_SECONDS)
    return length


def _limit(idle: float, busy: float, rate: float) -> str:
    """What keeps workers from training, where more than a tenth of their time is lost."""
    if idle < 0.1:
        return "none"
    if rate > 0.9 * LINK:
        return "the head's network"
    return "the head's processor" if busy > 0.9 else "too few members"
