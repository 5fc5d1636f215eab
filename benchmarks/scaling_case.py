"""One case of `scaling.py`, measured in a process of its own: time, and the peak of resident memory."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from contest import cores

if TYPE_CHECKING:
    from wellfit.tables.arrays import Arrays, Target, View

CLASSES = 10


@dataclass(frozen=True)
class Case:
    """A population on made-up rows: all members share a shape and differ by seed."""

    name: str
    rows: int = 4096  # a tenth of them validates
    columns: int = 64
    hidden: tuple[int, ...] = (64, 64)
    batch: int = 64
    members: int = 0  # 0: one a core
    threads: int = 0  # 0: all cores
    updates: int = 2000  # of each member
    from_file: bool = False  # written to Parquet and read again


def peak_mib() -> float:
    """Largest resident memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # unlike getrusage, nothing of the parent's is counted
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def flops_a_step(case: Case) -> int:
    """Of the matrix products of one training step: forward, gradient of the weights and of the inputs."""
    widths = (case.columns, *case.hidden, CLASSES)
    products = [2 * case.batch * a * b for a, b in zip(widths[:-1], widths[1:], strict=True)]
    return 3 * sum(products) - products[0]


def make_numbers(case: Case) -> tuple[Any, Any]:
    """Numbers (rows, columns) float32 and classes (rows,)."""
    random = np.random.default_rng(0)
    x = random.standard_normal((case.rows, case.columns), dtype=np.float32)
    teacher = random.standard_normal((case.columns, CLASSES), dtype=np.float32)
    return x, np.argmax(x @ teacher, axis=1)


def in_memory(case: Case) -> tuple[Arrays, Target, View]:
    """The rows as the engine takes them."""
    from wellfit.tables.arrays import Arrays, Target, View

    x, y = make_numbers(case)
    training = case.rows - case.rows // 10
    view = View(np.arange(training), np.arange(training, case.rows))
    target = Target("classes", y[:, None].astype(np.float32), tuple(range(CLASSES)))
    return Arrays(x, np.empty((case.rows, 0), np.int32)), target, view


def write_parquet(case: Case, file: Path) -> None:
    """The rows as a table with a column "target" of text."""
    import polars as pl

    x, y = make_numbers(case)
    frame = pl.DataFrame(x, schema=[f"number_{i}" for i in range(case.columns)])
    frame.with_columns(pl.Series("target", y).cast(pl.String)).write_parquet(file)


def from_parquet(file: Path, stages: dict[str, float]) -> tuple[Arrays, Target, View]:
    """The rows read from a file, each stage timed."""
    from wellfit.tables import Schema, holdout, make_target, read_table

    with timed(stages, "read"):
        table = read_table(file)
    with timed(stages, "infer kinds"):
        schema = Schema.infer(table, target=["target"])
    with timed(stages, "arrays"):
        arrays = schema.arrays(table)
        target = make_target(table.column("target"))
    with timed(stages, "view"):
        view = holdout(target, 0.1, seed=0)
    return arrays, target, view


@contextmanager
def timed(stages: dict[str, float], name: str) -> Iterator[None]:
    """Note the seconds that the block takes."""
    start = time.perf_counter()
    yield
    stages[name] = time.perf_counter() - start


def train(case: Case, data: tuple[Arrays, Target, View], updates: int) -> int:
    """Train a population, so many updates of each member; the updates made."""
    from wellfit.engines.compiled.run.training_run import train_plans
    from wellfit.engines.contract.plan import Plan
    from wellfit.recipe import Recipe

    arrays, target, view = data
    recipe = Recipe(hidden=case.hidden, activation="relu", batch_size=case.batch, epochs=1_000_000)
    plans = [Plan(recipe, view, seed) for seed in range(case.members or cores())]
    threads = case.threads or cores()
    population = train_plans(plans, arrays, target, None, n_jobs=threads, budget=updates * len(plans))
    return sum(member.update for member in population.members)


def measure(case: Case, file: Path) -> dict[str, Any]:
    """Warm up on few rows, then measure.

    "set up" is a run of one update a member: encodings fitted, members made. "training_mib" is what set-up and training
    added to the peak of memory before them.
    """
    small = Case("warm-up", rows=256, columns=case.columns, hidden=case.hidden, batch=case.batch)
    train(small, in_memory(small), 4)
    stages: dict[str, float] = {}
    data = from_parquet(file, stages) if case.from_file else in_memory(case)
    before = peak_mib()
    with timed(stages, "set up"):
        first = train(case, data, 1)
    with timed(stages, "set up and train"):
        steps = train(case, data, case.updates)
    return {
        "name": case.name,
        "threads": case.threads or cores(),
        "steps": steps,
        "steps_per_second": (steps - first) / max(1e-9, stages["set up and train"] - stages["set up"]),
        "flops_a_step": flops_a_step(case),
        "training_mib": peak_mib() - before,
        "peak_mib": peak_mib(),
        "stages": stages,
    }


def main() -> None:
    """Write the case's table, or measure the case; not both in one process, whose peak of memory would tell of both."""
    what, case, file = sys.argv[1], Case(**json.loads(sys.argv[2])), Path(sys.argv[3])
    if what == "write":
        write_parquet(case, file)
    else:
        print(json.dumps(measure(case, file)))


if __name__ == "__main__":
    main()
