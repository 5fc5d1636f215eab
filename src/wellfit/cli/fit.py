"""`wellfit fit`: read, say what was understood, train a bag over folds, measure, save."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

import wellfit
from wellfit.arrays import Target, View
from wellfit.cli import screen
from wellfit.cli.baselines import baselines
from wellfit.cli.machine import available_cores, make_folder
from wellfit.cli.prepare import Part, Prepared, prepare
from wellfit.cli.scores import Scores, score
from wellfit.data import k_fold
from wellfit.engine.budget import parse_seconds
from wellfit.engine.member import Plan
from wellfit.engine.population import Population, train_population
from wellfit.ensemble import bag, out_of_fold
from wellfit.errors import InputError
from wellfit.files import write_atomically
from wellfit.model import Model
from wellfit.numerics.cache import is_cold
from wellfit.recipe import Recipe, as_recipe

LEAST_TRAINING_SECONDS = 1.0
ScoreLine = tuple[str, dict[str, float], tuple[float, float] | None, str]


@dataclass(frozen=True)
class FitOptions:
    """The options of `wellfit fit`, as given."""

    table: str
    target: str
    recipe: Path | None
    folds: int
    time: str | None
    seed: int
    task: str | None
    drop: tuple[str, ...]
    kinds: tuple[str, ...]
    weight: str | None
    group: str | None
    test: str | None
    jobs: int | None
    out: Path | None
    overwrite: bool


def fit_table(options: FitOptions) -> int:
    """Run the whole job. Returns the exit code: 0, or 130 after Ctrl-C (what there was is saved).

    Raises:
        InputError: anything wrong with what was given; nothing is then left behind.
    """
    started = time.monotonic()
    console = Console(highlight=False)
    limit = None if options.time is None else parse_seconds(options.time)
    recipe = as_recipe(options.recipe)
    folder = options.out or Path(f"wellfit-{Path(options.table).name.split('.')[0]}")
    if (folder / "model.wellfit").exists() and not options.overwrite:
        raise InputError(f"{str(folder)!r} already holds a model: choose another --out, or give --overwrite.")
    prepared = prepare(
        options.table, options.target, options.task, options.drop, options.kinds, options.weight, options.group,
        options.test, options.seed,
    )  # fmt: skip
    new = make_folder(folder)
    try:
        _introduce(console, options, prepared)
        population = _train(console, options, recipe, prepared, limit, started)
        model = bag(population, prepared.schema)
        lines = _measure(population, model, prepared, recipe, options)
        _save(folder, options, prepared, population, model, lines, time.monotonic() - started)
    except BaseException:
        if new and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        raise
    _conclude(console, prepared, population, lines, folder)
    return 130 if population.interrupted else 0


def _introduce(console: Console, options: FitOptions, prepared: Prepared) -> None:
    train = prepared.train
    console.print(
        f"{options.table}: {train.arrays.rows:,} rows to train on, test on {prepared.test_source}",
        markup=False,
        soft_wrap=True,
    )
    console.print(f"{options.target}: {screen.describe_target(train.target)}\n", markup=False)
    screen.show_columns(console, prepared.schema.describe())
    for note in prepared.notes:
        console.print(f"Note: {note}", markup=False, soft_wrap=True)


def _train(
    console: Console, options: FitOptions, recipe: Recipe, prepared: Prepared, limit: float | None, started: float
) -> Population:
    train = prepared.train
    views = k_fold(train.target, options.folds, options.seed, groups=prepared.groups)
    for note in views.notes:
        console.print(f"Note: {note}", markup=False, soft_wrap=True)
    jobs = options.jobs or available_cores()
    plans = [Plan(recipe, view, options.seed) for view in views]
    if is_cold():
        console.print("Compiling the training step, once for this machine and version: about 10 s.")
        started += _warm_up(plans[0], train)
    left = None if limit is None else f"{max(limit - (time.monotonic() - started), LEAST_TRAINING_SECONDS)}s"
    console.print(f"Training {len(plans)} networks on {jobs} {'thread' if jobs == 1 else 'threads'}.")
    errors = Console(stderr=True, highlight=False)
    with screen.training_display(errors, [view.name for view in views]) as observer:
        return train_population(
            plans, train.arrays, train.target, train.weight, n_jobs=jobs, budget=left, observers=[observer]
        )


def _warm_up(plan: Plan, train: Part) -> float:
    """Compile what the recipe needs by one update on a few rows. Returns the seconds, which do not count for --time."""
    start = time.monotonic()
    few = View(plan.view.training[:64], plan.view.validation[:64])
    tried = train_population([Plan(plan.recipe, few, plan.seed)], train.arrays, train.target, train.weight, budget=1)
    if tried.interrupted:
        raise KeyboardInterrupt
    return time.monotonic() - start


def _measure(
    population: Population, model: Model, prepared: Prepared, recipe: Recipe, options: FitOptions
) -> list[ScoreLine]:
    """Scores of the bag on the test rows beside the baselines', and those promised by cross-validation."""
    lines: list[ScoreLine] = []
    jobs = options.jobs or available_cores()
    train, test = prepared.train, prepared.test
    held_out = out_of_fold(population, n_jobs=jobs)
    seen = ~np.isnan(held_out[:, 0]) & (train.weight > 0)
    if test is not None:
        own = _predictions(model, test, jobs)
        found = score(test.target, own, test.weight.astype(np.float64), options.seed, interval=True)
        lines.append((f"bag of {len(model.networks)} networks", found.values, found.interval, "test rows"))
        for baseline in baselines(train.arrays, train.target, train.weight, test.arrays, recipe, options.seed):
            scores = score(test.target, baseline.predicted, test.weight.astype(np.float64))
            if baseline.name.startswith("1-") and "log-loss" in scores.values:
                scores = Scores({k: v for k, v in scores.values.items() if k != "log-loss"})
            few = "" if baseline.rows >= np.count_nonzero(train.weight) else f", trained on {baseline.rows:,} rows"
            lines.append((baseline.name, scores.values, None, f"test rows{few}"))
    if seen.any():
        rows = np.flatnonzero(seen)
        promised = score(
            train.target.take(rows), held_out[rows], train.weight[rows].astype(np.float64), options.seed, interval=True
        )
        lines.append(("single networks", promised.values, promised.interval, "training rows, cross-validated"))
    return lines


def _predictions(model: Model, part: Part, jobs: int) -> Any:
    if _is_class(part.target):
        return model.probabilities_of_arrays(part.arrays, n_jobs=jobs)
    return model.outputs_of_arrays(part.arrays, n_jobs=jobs)


def _is_class(target: Target) -> bool:
    return target.kind in ("binary", "classes")


def _save(
    folder: Path, options: FitOptions, prepared: Prepared, population: Population, model: Model,
    lines: list[ScoreLine], seconds: float,
) -> None:  # fmt: skip
    """Write the three files, each under a temporary name first; the model last, for it says that all is there."""
    result = {
        "wellfit": wellfit.__version__,
        "table": options.table,
        "target": {"column": options.target, "kind": model.kind, "labels": list(model.labels)},
        "seed": options.seed,
        "seconds": round(seconds, 3),
        "interrupted": population.interrupted,
        "rows": {
            "training": prepared.train.arrays.rows,
            "test": prepared.test.arrays.rows if prepared.test else 0,
            "test_source": prepared.test_source,
        },
        "scores": [
            {"name": name, "on": where, **scores, **({"interval": list(interval)} if interval else {})}
            for name, scores, interval, where in lines
        ],
        "columns": prepared.schema.describe(),
        "notes": prepared.notes,
        "recipe": population.members[0].recipe.to_dict(),
        "members": [
            {
                "view": member.plan.view.name,
                "seed": member.plan.seed,
                "status": member.status,
                "updates": member.update,
                "best_update": member.best_update,
                "best_validation_loss": member.best_loss,
            }
            for member in population.members
        ],
        "decisions": population.decisions,
    }
    history = io.BytesIO()
    population.history.write_parquet(history)
    write_atomically(folder / "history.parquet", history.getvalue())
    write_atomically(folder / "result.json", json.dumps(_plain(result), indent=2, allow_nan=False).encode())
    model.save(folder / "model.wellfit")


def _plain(value: Any) -> Any:
    """Values that JSON can hold: NaN and infinities become null."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def _conclude(
    console: Console, prepared: Prepared, population: Population, lines: list[ScoreLine], folder: Path
) -> None:
    if population.interrupted:
        console.print("Interrupted: this is what there was.")
    diverged = [m.plan.view.name for m in population.members if m.status == "diverged"]
    if diverged:
        console.print(f"Left out, since they diverged: {', '.join(diverged)}. A lower learning rate or clipping helps.")
    cut = sum(member.status == "out_of_budget" for member in population.members)
    if cut:
        shares = [member.update / member.horizon.updates for member in population.members]
        span = f"{min(shares):.0%} to {max(shares):.0%}"
        console.print(f"The time limit ended {cut} networks after {span} of their updates.")
    if lines:
        screen.show_scores(console, lines)
    else:
        console.print("No row was held out, so nothing was measured.")
    console.print(_verdict(lines))
    console.print()
    for name, what in (("model.wellfit", "model"), ("result.json", "results"), ("history.parquet", "history")):
        console.print(f"{what:<8} {folder / name}", markup=False, soft_wrap=True)


def _verdict(lines: list[ScoreLine]) -> str:
    """One sentence: whether the networks were worth it."""
    tests = [line for line in lines if line[3].startswith("test rows")]
    if len(tests) < 2 or tests[0][2] is None:
        return ""
    main = next(iter(tests[0][1]))
    rival = min(tests[1:], key=lambda line: line[1][main])
    low, high = tests[0][2]
    if rival[1][main] > high:
        return f"The bag does better than the best baseline ({rival[0]}), beyond its interval."
    if rival[1][main] < low:
        return f"The baseline {rival[0]!r} does better than the bag: on this table it is the better choice."
    return f"Not distinguishable from the best baseline ({rival[0]}) on these test rows."
