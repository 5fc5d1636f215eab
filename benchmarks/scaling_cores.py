"""One large member on one core and on several, beside as many independent processes that train one each.

What independent processes gain together is what the machine's memory and clock allow: a member that shares its steps
among the same cores cannot gain more. The three are measured in turn, so that a noisy machine is noisy for all.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from contest import cores
from printing import number, print_table, spread
from scaling_case import Case, in_memory

HEADER = ["one member", "cores", "updates/s, one core", "shared", "gain", "processes together", "gain", "share of it"]
SECONDS, ROUNDS = 3.0, 7  # of each measurement, and how many there are of each kind
WARM_UP = 3  # updates that are not timed


def large_cases(quick: bool) -> list[Case]:
    """Three hidden layers of 1,024 and of 2,048 units, 784 columns, batches of 256, an evaluation each epoch."""
    widths = (1024,) if quick else (1024, 2048)
    return [
        Case(f"784-{width}x3-10", rows=4096, columns=784, hidden=(width,) * 3, batch=256, members=1) for width in widths
    ]


def serve(connection: Connection, case: Case, seed: int) -> None:
    """A process that trains one member further and further: of (threads, updates) that it is sent it makes seconds."""
    from wellfit.engines.compiled.run.training_run import make_training_run, train_run
    from wellfit.engines.contract.budget import parse_budget
    from wellfit.engines.contract.plan import Plan
    from wellfit.recipe import Recipe

    arrays, target, view = in_memory(case)
    recipe = Recipe(hidden=case.hidden, activation="relu", batch_size=case.batch, epochs=1_000_000, stopping="best")
    run = make_training_run([Plan(recipe, view, seed)], arrays, target)
    while True:
        threads, updates = connection.recv()
        if not updates:
            return
        goal = run.members[0].update + updates
        start = time.perf_counter()
        train_run(run, parse_budget([goal], 1), threads)
        seconds = time.perf_counter() - start
        if run.members[0].update != goal:
            raise RuntimeError(f"The member has {run.members[0].status} at update {run.members[0].update}.")
        connection.send(seconds)


class Trainers:
    """As many processes as there are cores."""

    def __init__(self, case: Case, many: int) -> None:
        context = multiprocessing.get_context("spawn")
        pipes = [context.Pipe() for _ in range(many)]
        self.connections = [own for own, _ in pipes]
        self.processes = [
            context.Process(target=serve, args=(other, case, seed), daemon=True)
            for seed, (_, other) in enumerate(pipes)
        ]
        for process in self.processes:
            process.start()

    def rate(self, threads: int, processes: int, updates: int) -> float:
        """Updates a second of all processes that train at once, each on so many threads."""
        used = self.connections[:processes]
        for connection in used:
            connection.send((threads, updates))
        return sum(updates / connection.recv() for connection in used)

    def end(self) -> None:
        """End the processes."""
        for connection, process in zip(self.connections, self.processes, strict=True):
            connection.send((0, 0))
            process.join()


def measure(case: Case, many: int, rounds: int) -> dict[str, Any]:
    """Rates of each round on one core, shared by all cores, and of as many processes together."""
    trainers = Trainers(case, many)
    for threads, processes in ((many, 1), (1, many)):
        trainers.rate(threads, processes, WARM_UP)
    updates = max(2, round(SECONDS * trainers.rate(1, 1, WARM_UP)))
    kinds = {"one": (1, 1, updates), "shared": (many, 1, updates * many), "processes": (1, many, updates)}
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    for turn in range(rounds):
        for kind in sorted(kinds, key=lambda kind: (list(kinds).index(kind) + turn) % len(kinds)):
            rates[kind].append(trainers.rate(*kinds[kind]))
    trainers.end()
    return {"name": case.name, "cores": many, **rates}


def show(records: Sequence[dict[str, Any]]) -> None:
    """A line a case: medians, and the spread of the share over the rounds."""
    rows = []
    for one in records:
        gains = [[a / b for a, b in zip(one[kind], one["one"], strict=True)] for kind in ("shared", "processes")]
        shares = [a / b for a, b in zip(one["shared"], one["processes"], strict=True)]
        middle = {kind: number(statistics.median(one[kind])) for kind in ("one", "shared", "processes")}
        shared, together = (f"{number(statistics.median(gain))} ({spread(gain)})" for gain in gains)
        rows.append([one["name"], str(one["cores"]), middle["one"], middle["shared"], shared, middle["processes"],
                     together, f"{number(statistics.median(shares))} ({spread(shares)})"])  # fmt: skip
    print_table("cores: one large member shared by all cores, beside independent processes", HEADER, rows)


def measure_all(quick: bool) -> list[dict[str, Any]]:
    """All cases; shown, and as records."""
    records = [measure(case, cores(), 3 if quick else ROUNDS) for case in large_cases(quick)]
    show(records)
    return records
