"""Is the score that wellfit estimates the one it has on new rows? The winner's curse over repeated random splits.

    python benchmarks/honesty.py --data ../shared/data --budget 20000 --tasks titanic,concrete --out build/honesty.jsonl
    python benchmarks/honesty.py --summary build/honesty.jsonl

Each split is that of accuracy.py with another seed. `WellfitClassifier` and `WellfitRegressor` see its training rows;
their estimate (`estimate_`: log-loss of classes, RMSE of numbers) is compared with the loss on its test rows. Estimated
minus found is taken relative to the mean loss found on the task. Its interval is a t interval over splits; the splits
draw from the same rows, so it is somewhat too narrow. What stands in the file is not run again.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from accuracy import CORES, words
from accuracy_data import DATA, task_names
from accuracy_runs import read_lines, run_all, seconds_of, to_run
from printing import print_markdown, print_table
from scipy.stats import t


class Honesty(NamedTuple):
    """Estimated minus found, over splits; "relative" quantities are shares of the mean loss found."""

    splits: int
    estimated: float
    found: float
    difference: float
    error: float  # standard error of the mean difference
    covered: float  # share of splits whose estimated interval holds what was found


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with tasks.json (default: WELLFIT_DATA)")
    parser.add_argument("--tasks", type=words, help="default: all of the folder")
    parser.add_argument("--splits", type=int, default=30, help="random splits of each task (default 30)")
    parser.add_argument("--budget", type=int, help="updates of each fit, instead of a time")
    parser.add_argument("--time", type=seconds_of, default=10.0, help="time limit of each fit (default 10s)")
    parser.add_argument("--threads", type=int, default=CORES, help="threads a fit may use (default: all cores)")
    parser.add_argument("--out", type=Path, default=Path("build/honesty.jsonl"))
    parser.add_argument("--give-up", type=seconds_of, default=3600.0, help="a fit that takes longer has failed (1h)")
    parser.add_argument("--retry", action="store_true", help="run again what failed")
    parser.add_argument("--summary", type=Path, help="only summarise this file")
    parser.add_argument("--markdown", action="store_true", help="print the summary as Markdown")
    return parser.parse_args()


def plan(options: argparse.Namespace) -> list[dict[str, Any]]:
    """All fits asked for: split after split, so that what is there at any time is even over tasks."""
    limit = {"budget": options.budget} if options.budget else {"time_limit": options.time}
    common = {"data": str(options.data.resolve()), "threads": options.threads, "system": "wellfit", "time_limit": None}
    return [
        {**common, **limit, "task": task, "split": split, "seed": split}
        for split in range(1, options.splits + 1)  # 0 is the split of accuracy.py
        for task in options.tasks or task_names(options.data)
    ]


def compare(lines: list[dict[str, Any]]) -> Honesty:
    """Estimated and found of one task."""
    found = np.array([line["log_loss" if line["kind"] == "class" else "rmse"] for line in lines])
    estimated = np.array([line["estimate"]["mean"] for line in lines], dtype=np.float64)
    intervals = np.array([line["estimate"].get("interval_95") or (np.nan, np.nan) for line in lines], dtype=np.float64)
    difference = estimated - found
    error = difference.std(ddof=1) / np.sqrt(len(found)) if len(found) > 1 else np.nan
    known = np.isfinite(intervals).all(axis=1)
    held = (intervals[known, 0] <= found[known]) & (found[known] <= intervals[known, 1])
    covered = held.mean() if known.any() else np.nan
    return Honesty(len(found), estimated.mean(), found.mean(), difference.mean(), error, covered)


def overall(tasks: list[Honesty]) -> tuple[float, float, float]:
    """Mean over tasks of the relative difference, with its 95 % interval: each task has a spread of its own."""
    difference = np.array([task.difference / task.found for task in tasks])
    error = np.array([task.error / task.found for task in tasks])
    freedom = sum(error**2) ** 2 / sum(error**4 / [task.splits - 1 for task in tasks])  # Welch and Satterthwaite
    half = t.ppf(0.975, freedom) * np.sqrt(sum(error**2)) / len(tasks)
    return float(difference.mean()), float(difference.mean() - half), float(difference.mean() + half)


def summarise(lines: list[dict[str, Any]], markdown: bool) -> None:
    """A line a task, then all together."""
    good = [line for line in lines if "estimate" in line and line["estimate"]["mean"] is not None]
    names = list(dict.fromkeys(line["task"] for line in good))
    found = {name: compare([line for line in good if line["task"] == name]) for name in names}
    found = {name: task for name, task in found.items() if task.splits > 1}
    if not found:
        raise SystemExit("There are no two fits of one task that have an estimate.")
    rows = [[name, *task_cells(task)] for name, task in found.items()]
    mean, low, high = overall(list(found.values()))
    splits, covered = sum(task.splits for task in found.values()), np.mean([task.covered for task in found.values()])
    rows.append(["all", str(splits), "", "", *relative_cells(mean, low, high), f"{covered:.0%}"])
    header = ["task", "splits", "estimated", "found", "difference", "95 % interval", "width", "covered"]
    put = print_markdown if markdown else print_table
    put("Estimated minus found, relative to the loss found", header, rows)
    if len(good) < len(lines):
        print(f"\n{len(lines) - len(good)} of {len(lines)} fits failed or have no estimate; they are left out.")


def task_cells(task: Honesty) -> list[str]:
    """A task's line."""
    half = t.ppf(0.975, task.splits - 1) * task.error
    ends = np.array([task.difference, task.difference - half, task.difference + half]) / task.found
    return [
        str(task.splits),
        f"{task.estimated:.4g}",
        f"{task.found:.4g}",
        *relative_cells(*ends),
        f"{task.covered:.0%}",
    ]


def relative_cells(mean: float, low: float, high: float) -> list[str]:
    """A mean with its interval and the interval's width."""
    return [f"{mean:+.1%}", f"{low:+.1%} to {high:+.1%}", f"{high - low:.1%}"]


def main() -> None:
    """Run what is missing, or summarise."""
    options = parse()
    if options.summary:
        summarise(read_lines(options.summary), options.markdown)
        return
    run_all(to_run(plan(options), read_lines(options.out), options.retry), options.out, options.give_up)


if __name__ == "__main__":
    main()
