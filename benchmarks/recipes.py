"""Which recipe suits which task, by cross-validation inside the training rows: test rows are never read.

    python benchmarks/recipes.py --data ../shared/data --tasks adult,concrete --recipes small,piecewise,fine

Every recipe trains a network on the same folds of a task's training rows (`--folds` of them), to its end; the folds
keep the weights of one common evaluation, as in a search. The loss on the held-out rows (log-loss, squares) is laid
beside the first recipe's: 100 ln of the ratio, below 0 is better.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from accuracy import words
from accuracy_data import DATA, load, task_names
from printing import print_markdown, print_table, write_json_lines

from wellfit import Recipe
from wellfit.engines.compiled.run.growing_population import GrowingPopulation
from wellfit.search.race import portfolio as of
from wellfit.search.race.folds import Partitions
from wellfit.search.race.race import Race
from wellfit.tables import Schema, make_target, read_table

TO_THE_END = 99
RECIPES: dict[str, dict[str, Any]] = {
    "small": of.SMALL,
    "wide": of.WIDE,
    "linear": {"hidden": (), "averaging": "ema"},
    "linear-piecewise": {"hidden": (), "averaging": "ema", **of.PIECEWISE},
    "narrow": {"hidden": (16,), "averaging": "ema", "dropout": of.fading(0.3)},
    "quantile": {**of.SMALL, "scaling": "quantile"},
    "periodic": {**of.SMALL, **of.PERIODIC},
    "piecewise": {**of.SMALL, **of.PIECEWISE, "input_scale": 0},
    "fine": {**of.SMALL, **of.FINE, "input_scale": 0},
    "wide-fine": {**of.WIDE, **of.FINE, "input_scale": 0},
    "wide-fine-scaled": {**of.WIDE, **of.FINE},
    "mapped": {**of.WIDE, "number_embedding": {"name": "piecewise", "bins": 32, "size": 4}},
    "normalized": {**of.WIDE, **of.NORMALIZED},
    "normalized-plain": {**of.WIDE, **of.NORMALIZED, "skip": "none"},
    "normalized-fine": {**of.SMALL, **of.FINE, **of.NORMALIZED},
    "normalized-wide-fine": {**of.WIDE, **of.FINE, **of.NORMALIZED},
    "periodic-wide": {**of.WIDE, **of.PERIODIC},
    "unpenalised": of.UNPENALISED,
    "dropout": {**of.SMALL, "dropout": of.fading(0.3)},
    "piecewise-dropout": {**of.SMALL, **of.PIECEWISE, "input_scale": 0, "dropout": of.fading(0.2)},
}


class Figures(NamedTuple):
    """Of one recipe on one task: the mean held-out loss of its folds, and processor seconds."""

    task: str
    recipe: str
    loss: float
    seconds: float


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with tasks.json (default: WELLFIT_DATA)")
    parser.add_argument("--tasks", type=words, help="default: all of the folder")
    parser.add_argument("--recipes", type=words, default=list(RECIPES), help=f"of {', '.join(RECIPES)}; default: all")
    parser.add_argument("--folds", type=int, default=2, help="that are trained of the five or eight (default 2)")
    parser.add_argument("--seed", type=int, default=0, help="of the folds and the networks (default 0)")
    parser.add_argument("--json", type=Path, help="also write every figure, a JSON line each")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    return parser.parse_args()


def race_on(folder: Path, task: str, folds: int, seed: int) -> Race:
    """Nothing trained yet, on the training rows of a task."""
    given = load(folder, task)
    table = read_table(given.X)
    target = make_target(given.y, kind="class" if given.is_class else "number")
    partitions = Partitions(target, np.ones(table.rows, np.float32), None, seed, None)
    partitions.use = min(folds, partitions.use)
    return Race(GrowingPopulation(Schema.infer(table).arrays(table), target), partitions, seed)


def figures(race: Race, task: str, name: str) -> Figures:
    """Train a recipe to its end."""
    started = time.process_time()
    candidate = race.add(Recipe(**RECIPES[name]), name)
    race.run(name, [(candidate, TO_THE_END)])
    return Figures(task, name, candidate.loss, time.process_time() - started)


def rows_of(found: list[Figures], names: list[str]) -> list[list[str]]:
    """A line a task, then mean and standard error over tasks, then the ratio of the times."""
    losses = {(one.task, one.recipe): one.loss for one in found}
    seconds = {(one.task, one.recipe): one.seconds for one in found}
    tasks = list(dict.fromkeys(one.task for one in found))
    change = np.array([[100 * np.log(losses[t, n] / losses[t, names[0]]) for n in names[1:]] for t in tasks])
    lines = [
        [t, f"{losses[t, names[0]]:.4g}", *(f"{v:+.1f}" for v in line)] for t, line in zip(tasks, change, strict=True)
    ]
    spread = change.std(axis=0, ddof=1) / np.sqrt(len(tasks)) if len(tasks) > 1 else np.full(len(names) - 1, np.nan)
    lines.append(["mean", "", *(f"{m:+.1f} ± {s:.1f}" for m, s in zip(change.mean(axis=0), spread, strict=True))])
    times = [np.exp(np.mean([np.log(seconds[t, n] / seconds[t, names[0]]) for t in tasks])) for n in names[1:]]
    return [*lines, ["time", "1", *(f"{ratio:.2f}" for ratio in times)]]


def main() -> None:
    """Train all, print as they come and the table at the end."""
    options = parse()
    unknown = sorted(set(options.recipes) - set(RECIPES))
    if unknown:
        raise SystemExit(f"There is no recipe {', '.join(unknown)}; there are {', '.join(RECIPES)}.")
    found: list[Figures] = []
    for task in options.tasks or task_names(options.data):
        race = race_on(options.data, task, options.folds, options.seed)
        for name in options.recipes:
            found.append(figures(race, task, name))
            print(f"{task}  {name}  {found[-1].loss:.4g}  {found[-1].seconds:.1f} core-s", flush=True)
    put = print_markdown if options.markdown else print_table
    header = ["task", options.recipes[0], *options.recipes[1:]]
    put("100 ln of the loss over the first recipe's", header, rows_of(found, options.recipes))
    if options.json:
        write_json_lines(options.json, [one._asdict() for one in found])


if __name__ == "__main__":
    main()
