"""Many fits laid side by side: errors, mean ranks, error relative to the best, wins with paired tests.

A fit that failed ranks last, and where a figure is needed it gets the worst error of its task. A fit that was not run
takes its task out of the ranks, and out of the comparisons of its system only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from accuracy_runs import rows_name
from scipy.stats import binomtest, rankdata, t, wilcoxon

SHIFT = 0.01  # added to each error before logarithms, so that a task with hardly any error does not rule the mean
ROWS = {"error": ("wrong", "squared"), "log_loss": ("log_loss",)}


class Results(NamedTuple):
    """Means over seeds, tasks (rows) by systems (columns): NaN where nothing was run, infinity where a fit failed."""

    tasks: list[str]
    kinds: list[str]
    systems: list[str]
    errors: np.ndarray
    seconds: np.ndarray
    core_seconds: np.ndarray
    row_files: dict[tuple[str, str], list[Path]]  # a file a seed, by task and system
    seconds_on: dict[str, dict[str, list[float]]]  # by system and what they went on, a value a fit that says so


class Comparison(NamedTuple):
    """One system against another, over the tasks that both ran."""

    tasks: int
    wins: int
    losses: int
    clear_wins: int  # p < 0.05 over the task's test rows
    clear_losses: int
    ratio: float  # geometric mean of the shifted errors' ratio; below 1 is better
    p: float  # Wilcoxon's signed ranks of those ratios


def label(line: dict[str, Any]) -> str:
    """A system's column: its name, with its time limit if it has one."""
    limit = line.get("time_limit")
    return line["system"] if limit is None else f"{line['system']} {limit:g}s"


def collect(
    files: Iterable[tuple[dict[str, Any], Path]],
    metric: str = "error",
    systems: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
) -> Results:
    """Lines with the folder of their row results to a table; of two lines for the same fit the later counts."""
    last = {}
    for line, folder in files:
        named = not systems or label(line) in systems or line["system"] in systems
        if named and (not tasks or line["task"] in tasks):
            last[line["task"], label(line), line["seed"]] = (line, folder)
    kinds = {task: line["kind"] for (task, _, _), (line, _) in last.items() if "kind" in line}
    kept = [task for task in dict.fromkeys(key[0] for key in last) if metric == "error" or kinds.get(task) == "class"]
    names = list(dict.fromkeys(key[1] for key in last))
    tables = np.full((3, len(kept), len(names)), np.nan)
    row_files = {}
    seconds_on: dict[str, dict[str, list[float]]] = {}
    for (_, name, _), (line, _) in last.items():
        for what, seconds in _parts(line).items():
            seconds_on.setdefault(name, {}).setdefault(what, []).append(seconds)
    for i, task in enumerate(kept):
        for j, name in enumerate(names):
            found = [pair for key, pair in last.items() if key[:2] == (task, name)]
            if found:
                tables[:, i, j] = [_mean(found, quantity) for quantity in (metric, "seconds", "core_seconds")]
                if np.isfinite(tables[0, i, j]):
                    row_files[task, name] = [folder / rows_name(line) for line, folder in found]
    return Results(kept, [kinds.get(task, "?") for task in kept], names, *tables, row_files, seconds_on)


def _parts(line: dict[str, Any]) -> dict[str, float]:
    """What the seconds of a fit that says so went on; "waiting": core-seconds in which a thread's core did nothing."""
    found = dict(line.get("seconds_on", {}))
    if found and "threads" in line:
        found["waiting, core-s"] = max(line["threads"] * line["seconds"] - line["core_seconds"], 0.0)
    return found


def _mean(found: list[tuple[dict[str, Any], Path]], quantity: str) -> float:
    """Mean over seeds; infinity if one of the fits failed."""
    return float(np.mean([line.get(quantity, np.inf) for line, _ in found]))


def filled(errors: np.ndarray) -> np.ndarray:
    """Failures get the worst error of the task, and 1 at least: that of knowing nothing."""
    worst = np.nanmax(np.where(np.isinf(errors), 1.0, errors), axis=1, keepdims=True)
    return np.where(np.isinf(errors), worst, errors)


def mean_ranks(errors: np.ndarray) -> np.ndarray:
    """Mean rank of each column over the rows, ties averaged; 1 is best."""
    return rankdata(errors, axis=1).mean(axis=0)


def relative(errors: np.ndarray) -> np.ndarray:
    """For each system the geometric mean over tasks of (error + SHIFT) / (the task's best + SHIFT); 1 at best."""
    shifted = np.log(filled(errors) + SHIFT)
    return np.exp((shifted - shifted.min(axis=1, keepdims=True)).mean(axis=0))


def signed_ranks(differences: np.ndarray) -> float:
    """p of Wilcoxon's signed-rank test that differences are as often above zero as below; 1 if all are zero."""
    return float(wilcoxon(differences).pvalue) if np.any(differences) else 1.0


def compare_rows(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float, float]:
    """Mean of a - b over the same test rows, its 95 % interval (paired t), and p.

    p is McNemar's, exact, where both say right or wrong of a row; else that of the paired t test.
    """
    difference = np.asarray(a, np.float64) - np.asarray(b, np.float64)
    mean, error = difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference))
    half = t.ppf(0.975, len(difference) - 1) * error
    if np.isin(a, (0, 1)).all() and np.isin(b, (0, 1)).all():
        worse, better = int((difference > 0).sum()), int((difference < 0).sum())
        p = binomtest(worse, worse + better).pvalue if worse + better else 1.0
    else:
        p = 2 * t.sf(abs(mean / error), len(difference) - 1) if error > 0 else float(mean == 0)
    return float(mean), float(mean - half), float(mean + half), float(p)


def row_losses(files: Sequence[Path], metric: str) -> np.ndarray | None:
    """Loss of each test row, averaged over seeds; None where a file is missing."""
    if not files or not all(path.exists() for path in files):
        return None
    found = []
    for path in files:
        with np.load(path) as rows:
            name = next((name for name in ROWS[metric] if name in rows), None)
            if name is None:
                return None
            found.append(rows[name].astype(np.float64))
    return np.mean(found, axis=0)


def compare(results: Results, ours: str, theirs: str, metric: str = "error") -> Comparison:
    """One system against another."""
    i, j = results.systems.index(ours), results.systems.index(theirs)
    both = ~np.isnan(results.errors[:, [i, j]]).any(axis=1)
    a, b = results.errors[both, i], results.errors[both, j]
    logs = np.log(filled(results.errors)[both] + SHIFT)
    clear = [0, 0]
    for task in np.array(results.tasks)[both]:
        rows = [row_losses(results.row_files.get((task, name), []), metric) for name in (ours, theirs)]
        if rows[0] is not None and rows[1] is not None:
            mean, *_, p = compare_rows(rows[0], rows[1])
            if p < 0.05:
                clear[int(mean > 0)] += 1
    ratio = float(np.exp((logs[:, i] - logs[:, j]).mean())) if both.any() else float("nan")
    p = signed_ranks(logs[:, i] - logs[:, j]) if both.any() else float("nan")
    return Comparison(int(both.sum()), int((a < b).sum()), int((a > b).sum()), *clear, ratio, p)
