"""Label noise: rows that are named as wrong, on real tables whose labels were changed at random, beside cleanlab.

    python benchmarks/label_noise.py --data FOLDER [--rows 2000] [--shares 0.05 0.1 0.2] [--tasks NAME ...]

Each class label is changed to another class with the given chance; both see the same out-of-fold probabilities, of a
forest on five folds, and name rows: precision is the share of them that were changed, recall the share of the changed
rows that are named. Labels of these tables that were wrong before count against both. Where cleanlab is not installed
its columns are left out, and the script says so. Tables of numbers are judged by `label-noise` alone: a share of the
targets is permuted. The last columns say what the rule concludes of the table.
"""

from __future__ import annotations

import argparse
import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from accuracy_data import DATA, load, task_names

from wellfit.diagnosis.base import Case
from wellfit.diagnosis.rules.table.label_noise import _by_trees, label_noise
from wellfit.statistics.label_noise import suspect_labels
from wellfit.studies.base import StudyTable, study_table

SHARES = (0.0, 0.05, 0.1, 0.2)


def planted(table: StudyTable, share: float, seed: int) -> tuple[StudyTable, np.ndarray]:
    """The table with a share of its targets changed, and which."""
    draws = np.random.default_rng(seed)
    target = table.rows.target
    y = target.values[:, 0].copy()
    changed = draws.random(len(y)) < share
    if target.kind in ("binary", "classes"):
        kinds = max(len(target.labels), 2)
        y[changed] = (y[changed] + draws.integers(1, kinds, int(changed.sum()))) % kinds
    else:
        y[changed] = draws.permutation(y[changed])
    rows = replace(table.rows, target=replace(target, values=y[:, None].astype(np.float32)))
    return replace(table, rows=rows), changed


def precision_and_recall(named: Any, changed: np.ndarray) -> tuple[float, float]:
    """NaN where no row is named, or none was changed."""
    named = np.asarray(named, np.int64)
    right = float(changed[named].sum())
    return (right / len(named) if len(named) else np.nan), (right / changed.sum() if changed.any() else np.nan)


def cleanlab_rows(probabilities: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The rows that cleanlab names, by its default filter."""
    from cleanlab.filter import find_label_issues

    return np.flatnonzero(find_label_issues(classes, probabilities, n_jobs=1))


def measure(table: StudyTable, share: float, seed: int, with_cleanlab: bool) -> dict[str, Any]:
    """One table with one share of changed targets."""
    table, changed = planted(table, share, seed)
    said = label_noise(Case(table=table))
    line: dict[str, Any] = {"share": share, "changed": int(changed.sum()), "status": said.status}
    line["severity"] = said.severity if said.status == "found" else "-"
    if table.rows.target.kind in ("binary", "classes"):
        judged = _by_trees(Case(table=table), np.arange(len(changed)))
        if judged is None:
            return line
        rows, probabilities, _ = judged
        classes = table.rows.target.values[rows, 0].astype(np.int64)
        ways = {"wellfit": suspect_labels} | ({"cleanlab": cleanlab_rows} if with_cleanlab else {})
        for name, way in ways.items():
            line[f"{name} precision"], line[f"{name} recall"] = precision_and_recall(
                rows[way(probabilities, classes)], changed
            )
    elif said.status == "found":
        suspects = [int(row) for row in said.remedies[-1].table.drop_rows]  # type: ignore[union-attr]
        line["wellfit precision"], line["wellfit recall"] = precision_and_recall(suspects, changed)
    return line


def main() -> None:
    """Print a line a table and share, then means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--shares", type=float, nargs="*", default=SHARES)
    parser.add_argument("--tasks", nargs="*")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    o = parser.parse_args()
    warnings.simplefilter("ignore")
    try:
        import cleanlab
    except ImportError:
        print("cleanlab is not installed, and is left out: pip install cleanlab.")
        with_cleanlab = False
    else:
        print(f"cleanlab {cleanlab.__version__}")
        with_cleanlab = True
    lines = []
    for name in o.tasks or task_names(o.data):
        task = load(o.data, name)
        some = np.random.default_rng(o.seed).permutation(len(task.y))[: o.rows]
        table = study_table(task.X.iloc[some], task.y[some], {"kind": "class" if task.is_class else "number"})
        for share in o.shares:
            line = {"table": name, "rows": len(some), "is_class": task.is_class}
            line |= measure(table, share, o.seed, with_cleanlab)
            lines.append(line)
            print(" ".join(_shown(line)), flush=True)
    if o.json:
        o.json.write_text("".join(json.dumps(line) + "\n" for line in lines))
    summarise(lines)


def _shown(line: dict[str, Any]) -> list[str]:
    cells = [f"{line['table']:20}", f"{line['rows']:6,}", f"{line['share']:5.0%}"]
    for name in ("wellfit", "cleanlab"):
        if f"{name} precision" in line:
            cells.append(f"{name} {line[f'{name} precision']:.2f}/{line[f'{name} recall']:.2f}")
    return [*cells, line["status"], line["severity"]]


def summarise(lines: list[dict[str, Any]]) -> None:
    """Means over the tables for each share, and how often the rule found what."""
    for is_class in (True, False):
        for share in sorted({line["share"] for line in lines}):
            own = [line for line in lines if line["share"] == share and line["is_class"] == is_class]
            if not own:
                continue
            words = [f"{'classes' if is_class else 'numbers'} {share:.0%}, {len(own)} tables:"]
            for name in ("wellfit", "cleanlab"):
                some = [(line[f"{name} precision"], line[f"{name} recall"]) for line in own if f"{name} recall" in line]
                if some and share:
                    precision, recall = np.nanmean(some, axis=0)
                    words.append(f"{name} precision {precision:.2f} recall {recall:.2f},")
            grades = ("problem", "warning", "hint")
            words.append(", ".join(f"{grade} {sum(line['severity'] == grade for line in own)}" for grade in grades))
            print(" ".join(words))


if __name__ == "__main__":
    main()
