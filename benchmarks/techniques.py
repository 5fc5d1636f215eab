"""What each technique costs: the training step's time with it over the time without, and its first compilation.

    python benchmarks/techniques.py [--quick] [--json FILE] [--only WORD ...] [--repetitions 7]

One member on one core. A technique and the same recipe without it are timed in turn, in processor time of whole
rounds, so that load from elsewhere hits both. Compilation is measured in a process with an empty cache in which the
recipe without the technique has been compiled before: it is what the technique adds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from printing import print_table, write_json_lines
from task import Net, make_rows
from technique_recipes import TECHNIQUES, Setting

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.member_setup import make_member
from wellfit.engines.compiled.run.updates import next_updates, record_updates
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step.buffers import engine_data
from wellfit.engines.compiled.step.step import train
from wellfit.engines.contract.plan import Plan
from wellfit.engines.numpy.prepared_view import prepare_view
from wellfit.numerics.blas import single_threaded_blas
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target, View

NET = Net((64, 64, 64, 10), 64)
PLAIN: dict[str, Any] = {
    "hidden": NET.widths[1:-1],
    "activation": "relu",
    "skip": "none",
    "dropout": 0.0,
    "weight_decay": 0.0,
    "optimizer": "adam",
    "schedule": "constant",
    "stopping": "none",
    "batch_size": NET.batch,
    "scaling": "standard",
    "epochs": 1_000_000,
}


class Runner:
    """A member that trains a given number of updates at a time."""

    def __init__(self, setting: Setting, on: bool) -> None:
        arrays, target = make_data(setting)
        recipe = Recipe(**{**PLAIN, **setting.base, **(setting.slots if on else {})})
        weight = np.ones(arrays.rows, np.float32)
        view = View(np.arange(NET.rows))
        plan = Plan(recipe, view, 0)
        self.member: Member = make_member(plan, prepare_view(view, arrays, target, weight, recipe), target.kind,
                                          target.outputs)  # fmt: skip
        self.data, self.workspace = engine_data(arrays, target), Workspace()
        self.machine = self.workspace.machine(self.member, self.member.sums)

    def updates(self, count: int) -> None:
        """So many updates, an epoch a call."""
        for _ in range(0, count, NET.steps):
            self.member.sums[:] = 0
            self.member.seconds_per_update = 1e-6
            call = next_updates(self.member, self.data, self.workspace, self.machine, 60.0)
            done = train.for_precision(self.workspace.precision)(*call.arguments)
            record_updates(self.member, self.workspace, call, int(done), 1e-6)


def make_data(setting: Setting) -> tuple[Arrays, Target]:
    """The contest's rows; some columns as categories, or as pictures of 8 x 8, where the technique needs them."""
    x, y = make_rows(NET)
    codes = np.empty((len(x), 0), np.int32)
    levels: tuple[int, ...] = ()
    if setting.data == "categories":
        codes = np.ascontiguousarray(np.clip(x[:, :8] * 8 + 20, 0, 39).astype(np.int32))
        x, levels = np.ascontiguousarray(x[:, 8:]), (40,) * 8
    extra: dict[str, Any] = {"image": (8, 8, 1)} if setting.data == "image" else {}
    arrays = Arrays(x, codes, levels, **extra)
    if setting.data == "numbers":
        values = np.ascontiguousarray(x[:, :10] + x[:, 10:20] ** 2)
        return arrays, Target("numbers", values, tuple(f"y{j}" for j in range(10)))
    return arrays, Target("classes", y[:, None].astype(np.float32), tuple(range(NET.widths[-1])))


def cost(setting: Setting, repetitions: int, seconds: float) -> tuple[list[float], float]:
    """Step time with the technique over without, a repetition each; and microseconds a step without."""
    runners = [Runner(setting, on) for on in (False, True)]
    for runner in runners:
        runner.updates(2 * NET.steps)
    start = time.process_time()
    runners[0].updates(10 * NET.steps)
    per_update = (time.process_time() - start) / (10 * NET.steps)
    count = max(int(seconds / per_update / NET.steps), 2) * NET.steps
    ratios, plain = [], []
    for _ in range(repetitions):
        spent = []
        for runner in runners:
            start = time.process_time()
            runner.updates(count)
            spent.append((time.process_time() - start) / count)
        ratios.append(spent[1] / spent[0])
        plain.append(spent[0])
    return ratios, statistics.median(plain) * 1e6


def measure_compilation(names: list[str]) -> dict[str, float]:
    """Seconds that each technique adds to a first use, in a process of its own with an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "WELLFIT_CACHE_DIR": folder}
        command = [sys.executable, __file__, "--compile", *names]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The measured process failed:\n{done.stderr}")
    lines = (line.rsplit(" ", 1) for line in done.stdout.splitlines())
    return {name: float(seconds) for name, seconds in lines}


def compile_all(names: list[str]) -> None:
    """Print what the first round of each technique takes above its recipe without it."""
    for name in names:
        with single_threaded_blas():
            Runner(TECHNIQUES[name], False).updates(1)
            start = time.perf_counter()
            Runner(TECHNIQUES[name], True).updates(1)
            print(name, f"{time.perf_counter() - start:.3f}", flush=True)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three short repetitions")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write JSON lines")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="techniques whose name holds one of these words")
    parser.add_argument("--repetitions", type=int)
    parser.add_argument("--compile", nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Measure and print, most expensive first."""
    arguments = read_arguments()
    if arguments.compile:
        compile_all(arguments.compile)
        return
    words = arguments.only or [""]
    names = [name for name in TECHNIQUES if any(word in name for word in words)]
    repetitions = arguments.repetitions or (3 if arguments.quick else 7)
    compilation = measure_compilation(names)
    records: list[dict[str, Any]] = []
    with single_threaded_blas():
        for name in names:
            ratios, plain = cost(TECHNIQUES[name], repetitions, 0.05 if arguments.quick else 0.15)
            records.append({"technique": name, "ratios": ratios, "microseconds_without": plain,
                            "compilation_seconds": compilation[name], "why": TECHNIQUES[name].why})  # fmt: skip
    records.sort(key=lambda record: -statistics.median(record["ratios"]))
    rows = []
    for record in records:
        ratios = record["ratios"]
        rows.append([record["technique"], record["why"], f"{statistics.median(ratios):.2f}",
                     f"{min(ratios):.2f} to {max(ratios):.2f}", f"{record['microseconds_without']:.0f}",
                     f"{record['compilation_seconds']:.1f}"])  # fmt: skip
    header = ["technique", "why", "step x", "spread", "us without", "compiles s"]
    title = f"{NET.name}, one core: time of a training step with the technique over without"
    print_table(title, header, rows, text_columns=2)
    if arguments.json:
        write_json_lines(arguments.json, records)


if __name__ == "__main__":
    main()
