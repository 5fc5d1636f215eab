"""What a Ray cluster costs: the share of the workers' time that is not training, measured with 1, 2 and 4 worker
processes of this machine; and a simulation of 10, 100 and 1,000 machines, checked against these measurements.

    python benchmarks/cluster.py measure [--workers 1 2 4] [--costs 0.1 1 10] [--seconds 12] [--json FILE]
    python benchmarks/cluster.py simulate [--json FILE] [--members 1000000]

`measure` prints its table and writes what the simulation needs; `simulate` reads it. `README.md` beside this file says
more.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cluster_simulation import Cluster, Costs, simulate
from printing import number, print_table
from scipy.optimize import nnls

import wellfit
from wellfit.cluster import on_cluster
from wellfit.cluster.session import Session

FILE = Path("cluster.json")
ROWS, COLUMNS = 4_000, 20
RECIPE = wellfit.Recipe(hidden=(64, 64), batch_size=64, epochs=1)
MACHINES, CORES = (1, 10, 100, 1000), 16
HEADER = ["workers", "a member s", "members", "tasks", "wall s", "not training", "simulated", "head ms a member"]
SIMULATED = [
    "machines",
    "a member s",
    "not training",
    "a member a task",
    "hours",
    "head busy",
    "a task s",
    "to the head MB/s",
    "limit",
]


@dataclass(frozen=True)
class Run:
    """One cell of the measured table.

    idle: the share of the workers' seconds that is not training. head: seconds of the processor of the process that
    hands out, Ray's threads in it included; handling: of its thread that hands out, by the clock.
    """

    workers: int
    member_seconds: float
    members: int
    tasks: int
    wall: float
    idle: float
    head: float
    handling: float


def table() -> tuple[Any, Any]:
    """Made-up rows (rows, columns) and a target (rows,) of two classes."""
    random = np.random.default_rng(0)
    x = random.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    return x, x[:, 0] * x[:, 1] + 0.5 * random.normal(size=ROWS) > 0


def epochs_for(seconds: float) -> int:
    """How many epochs of the recipe take about so long here, on one core."""
    x, y = table()
    wellfit.train(RECIPE, x, y)  # compiles
    epoch = []
    for _ in range(5):
        trained = wellfit.train(RECIPE.vary(epochs=8), x, y).engine.members[0]
        epoch.append(trained.seconds_per_update * trained.horizon.per_epoch)
    return max(round(seconds / statistics.median(epoch)), 1)


def measure(session: Session, workers: int, seconds: float, a_worker: float) -> Run:
    """Train members of so many seconds each, about `a_worker` seconds of them for each worker."""
    x, y = table()
    members = max(round(a_worker / seconds), 1) * workers
    recipe = RECIPE.vary(epochs=epochs_for(seconds))
    wellfit.train(recipe, x, y, seeds=range(workers), budget=8 * workers)  # workers load what they need
    session.tasks.clear()
    session.training_seconds = session.handling_seconds = 0.0
    began, cpu = time.monotonic(), time.process_time()
    wellfit.train(recipe, x, y, seeds=range(members))
    wall, head = time.monotonic() - began, time.process_time() - cpu
    idle = 1 - session.training_seconds / (workers * wall)
    trained = session.training_seconds / members
    return Run(workers, trained, members, sum(session.tasks.values()), wall, idle, head, session.handling_seconds)


def costs_of(runs: Sequence[Run]) -> Costs:
    """What a task and each member in it cost the head and the workers, by least squares over the runs."""
    counts = np.array([[run.tasks, run.members] for run in runs], float)
    head = _fitted(counts, [run.handling for run in runs])
    gap = _fitted(counts, [run.idle * run.wall * run.workers for run in runs])
    return Costs(*head, *gap)


def _fitted(counts: Any, seconds: Sequence[float]) -> tuple[float, float]:
    """Of a task and of a member (2,), at least 0. Large and small runs count alike."""
    root = np.sqrt(np.maximum(seconds, 1e-6))
    task, member = nnls(counts / root[:, None], root)[0]
    return float(task), float(member)


def show_measured(runs: Sequence[Run]) -> None:
    """A line a run, beside what the simulation says of it."""
    costs, lines = costs_of(runs), []
    for run in runs:
        like = simulate(Cluster(1, run.workers), costs, run.members, run.member_seconds)
        head = f"{run.head / run.members * 1e3:.1f}"
        lines.append([str(run.workers), number(run.member_seconds), str(run.members), str(run.tasks), number(run.wall),
                      f"{run.idle:.1%}", f"{like.idle:.1%}", head])  # fmt: skip
    print_table("Measured with worker processes of this machine", HEADER, lines)
    each = [f"{1e3 * one:.1f} ms" for one in (costs.task, costs.member, costs.task_gap, costs.member_gap)]
    print("A task costs the head {} and each member in it {}; a worker {} and {}.".format(*each))


def show_simulated(costs: Costs, members: int, member_seconds: Sequence[float]) -> None:
    """A line for each number of machines and cost of a member."""
    lines = []
    for seconds in member_seconds:
        for machines in MACHINES:
            found = simulate(Cluster(machines, CORES), costs, members, seconds)
            plain = simulate(Cluster(machines, CORES), costs, members, seconds, plain=True)
            shares = [f"{found.idle:.0%}", f"{plain.idle:.0%}", number(found.wall / 3600), f"{found.busy:.0%}"]
            traffic = [number(found.task_seconds), number(found.megabytes_a_second), found.limit]
            lines.append([f"{machines:,}", number(seconds), *shares, *traffic])
    print_table(f"Simulated: {members:,} members, {CORES} cores a machine", SIMULATED, lines, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("measure", "simulate"))
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--costs", type=float, nargs="+", default=[0.1, 1.0, 10.0], help="seconds of a member")
    parser.add_argument("--seconds", type=float, default=12.0, help="of training for each worker and line")
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path, default=FILE)
    given = parser.parse_args()
    if given.what == "simulate":
        runs = [Run(**one) for one in json.loads(given.json.read_text())]
        show_measured(runs)
        show_simulated(costs_of(runs), given.members, given.costs)
        return
    runs = []
    for workers in given.workers:
        with on_cluster("local", workers) as session:
            assert session is not None
            runs += [measure(session, workers, seconds, given.seconds) for seconds in given.costs]
    given.json.write_text(json.dumps([asdict(run) for run in runs], indent=1))
    show_measured(runs)


if __name__ == "__main__":
    main()
