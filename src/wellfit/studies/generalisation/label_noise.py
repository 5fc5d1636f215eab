"""Label noise: wrong labels in training against the error on rows with true ones, and which technique helps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Unpack

from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError, quoted
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe, as_recipe
from wellfit.reprs import counted
from wellfit.studies.base import (
    Grid,
    Round,
    Settings,
    Study,
    StudyOptions,
    StudyTable,
    run_rounds,
    settings_of,
    study_table,
)
from wellfit.studies.base.grid import on_diverged, seed_of
from wellfit.studies.base.losses import measured_rows, metric_for
from wellfit.studies.base.study import StudyPlan
from wellfit.studies.base.table import measured_views
from wellfit.studies.generalisation.label_noise_answer import BASE, Cells, cell, label_noise_study
from wellfit.studies.generalisation.wrong_labels import with_wrong_copies, wrong_target, wrong_view
from wellfit.training import Population, RecipeLike

OF_CLASSES = ("label_smoothing=0.1", "mixup=0.2", "dropout=0.5", "stopping=best")
OF_NUMBERS = ("loss=huber", "loss=absolute", "dropout=0.5", "stopping=best")


def label_noise(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    shares: Sequence[float] = (0.0, 0.1, 0.2, 0.4),
    remedies: Sequence[str] | None = None,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train on labels of which a share is wrong, and measure on held-out rows whose labels are left as they are.

    Rows that validate are wrong like those that train, as they would be; each seed has wrong labels of its own.

    recipe: as in `wellfit.train`.
    X: a table, as in `wellfit.train`; with one target, no counts.
    y: targets (rows,), as in `wellfit.train`.
    shares: of wrong labels, 0 to below 1; of numbers the spread of the noise in standard deviations of the target. 0 is
        always among them (default 0, 0.1, 0.2 and 0.4).
    remedies: changes of the recipe such as "label_smoothing=0.1"; ["none"]: none. None (default): of classes label
        smoothing 0.1, mixup 0.2, dropout 0.5, and keeping the best weights; of numbers the Huber and the absolute loss
        in place of the first two; those that the recipe has already are left out.
    options: see `StudyOptions`; the metric of classes is the error rate unless `metric` says another.

    Returns:
        A `Study` whose table has a row a recipe and share: recipe, share, test_loss, training_loss (on the wrong
        labels), rise (of the loss over that of the same recipe without noise) and gain (over the unchanged recipe at
        that share), with 95 % intervals and the gain's verdict.

    Raises:
        InputError: anything wrong with recipe, table or options; counts, or several tasks.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(120, 3))
    >>> recipe = wellfit.Recipe(hidden=(8,), epochs=2)
    >>> study = wellfit.studies.label_noise(recipe, X, X[:, 0] > 0, shares=[0.3], remedies=["none"], folds=2, seeds=1)
    >>> study.table["share"].to_list()
    [0.0, 0.3]
    """
    settings, base = settings_of(options), as_recipe(recipe)
    table = study_table(X, y, options)
    target = table.rows.target
    for share in shares:
        wrong_target(target, share, 0)
    if settings.metric is None and target.kind in ("binary", "classes"):
        settings = replace(settings, metric="error")
    every = sorted({0.0, *(float(share) for share in shares)})
    grid = _trained(_recipes(base, remedies, target.kind == "numbers"), every, table, settings)
    return label_noise_study(grid, Cells(tuple(dict.fromkeys(_name(one) for one in grid.names)), tuple(every)), table,
                             settings)  # fmt: skip


def _name(combined: str) -> str:
    return combined.split(" | ")[0]


def _recipes(base: Recipe, remedies: Sequence[str] | None, numbers: bool) -> dict[str, Recipe]:
    """The recipe and what it becomes with each remedy."""
    recipes = {BASE: base}
    given = (OF_NUMBERS if numbers else OF_CLASSES) if remedies is None else remedies
    for remedy in given:
        if remedy == "none" and len(given) == 1:
            break
        slot, equals, text = remedy.partition("=")
        if not equals:
            raise InputError(f'A remedy is a change of the recipe such as "label_smoothing=0.1"; got {quoted(remedy)}.')
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        changed = base.vary({slot.strip(): value})
        if remedies is not None or changed != base:
            recipes[remedy] = changed
    return recipes


def _trained(recipes: dict[str, Recipe], shares: list[float], table: StudyTable, settings: Settings) -> Grid:
    """Every recipe at every share on every fold, a round a seed."""
    metric = metric_for(settings.metric, table.rows.target)
    views = measured_views(table, settings, any(one.stopping.name != "none" for one in recipes.values()))
    rows = len(table.rows.target.values)
    noisy = [share for share in shares if share > 0]
    noises = [wrong_target(table.rows.target, share, seed) for seed in settings.every_seed for share in noisy]
    copies = with_wrong_copies(table, noises)
    places = [(name, share, p, f) for name in recipes for share in shares for p in range(views.partitions)
              for f in range(views.folds)]  # fmt: skip
    rounds = []
    for number, seed in enumerate(settings.every_seed):
        moved = {
            share: [wrong_view(view, 0 if share == 0 else 1 + number * len(noisy) + noisy.index(share), rows)
                    for view in views.views]
            for share in shares
        }  # fmt: skip
        plans = []
        for name, share, p, f in places:
            place = p * views.folds + f
            plans.append(Plan(recipes[name], moved[share][place], seed_of(seed, place)))
        rounds.append(Round(f"seed {seed}", tuple(plans)))

    def measure(population: Population) -> list[dict[str, Any]]:
        return measured_rows(population.engine, metric)

    done = run_rounds(rounds, copies, settings, measure)
    found = [
        {"recipe": cell(name, share), "partition": p, "fold": f, **one, "seed": seed, "network_seed": one["seed"]}
        for result, seed in zip(done.results, settings.every_seed, strict=False)
        for (name, share, p, f), one in zip(places, result, strict=True)
    ]
    words = (
        f"{counted(len(recipes), 'recipe')} at {counted(len(shares), 'share')} of wrong labels on "
        f"{counted(len(views.views), 'fold')} from {counted(len(done.results), 'seed')}"
    )
    remarks = tuple(one for one in (done.words, on_diverged(found), *views.notes, *table.notes) if one)
    named = {cell(name, share): recipe for name, recipe in recipes.items() for share in shares}
    plan = StudyPlan(words, len(found), done.core_seconds)
    return Grid(tuple(named), named, views, metric, ResultFrame(found), plan, remarks, done.ended)
