"""Ablation: what each technique of a recipe is worth, what an absent one would bring, and the simplest good recipe."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Unpack

import numpy as np

from wellfit.engines.compiled.run.training_run import make_training_run
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.numerics.kernel import compile_seconds
from wellfit.recipe import Recipe, as_recipe
from wellfit.reprs import counted
from wellfit.studies.base import Grid, Settings, Study, StudyOptions, StudyTable, settings_of, study_table, train_grid
from wellfit.studies.base.table import measured_views
from wellfit.studies.recipes.ablation_answer import BASE, Simpler, ablation_study, several_name
from wellfit.studies.recipes.changes import Change, Changes, changes_of, varied
from wellfit.studies.recipes.tuning import chosen_on_validation
from wellfit.training import RecipeLike

SHARE_OF_CHANGES = 2 / 3  # of a limit; the rest is for the simpler recipes


def ablation(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    leave_out: Sequence[str] | None = None,
    add: Sequence[str] | None = None,
    tuned: bool = False,
    **options: Unpack[StudyOptions],
) -> Study:
    """Leave each technique of a recipe out, add each absent one, and then leave out several at once.

    A technique that is left out has its slot as in `Recipe.plain`: off, or the simplest of what a network cannot do
    without. One that is added is taken as it declares: its example, or a small strength. What the recipe refuses is not
    tried, and listed in the remarks. Then the techniques that validation rows miss least are left out together, two,
    three and so on up to all, and the simplest recipe that is practically as good as the best of all is sought.

    recipe: as in `wellfit.train`.
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    leave_out: slots, such as ["dropout", "schedule"]; ["none"]: no technique. None (default): all that it has.
    add: slots, or "slot=technique" such as "normalization=layer"; ["none"]: no technique. None (default): of each slot
        that is empty the technique that is advised first.
    tuned: bool; try an added technique at several strengths, and a plain optimiser at several rates, and take in each
        fold the one with the lowest loss on validation rows (default False).
    options: see `StudyOptions`.

    Returns:
        A `Study` whose table has a row a change: technique, change, loss, worth, worth_low, worth_high and
        verdict. The worth is the loss without the technique less the loss with it: above 0 it helps. Its details are
        "comparisons" (variance by source, floor, p, advice), "simpler" (several left out) and "networks"; its recipes
        "best" and, where there is one that was shown to be, "simplest as good".

    Raises:
        InputError: anything wrong with recipe, table or options.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(120, 3))
    >>> recipe = wellfit.Recipe(hidden=(8,), epochs=2)
    >>> study = wellfit.studies.ablation(recipe, X, X[:, 0] > 0, leave_out=["dropout"], add=["l2"], folds=2, seeds=2)
    >>> study.table["technique"].to_list()
    ['dropout', 'l2']
    """
    start, compiled = time.monotonic(), compile_seconds()
    settings, base = settings_of(options), as_recipe(recipe)
    table = study_table(X, y, options)
    changes = _usable(changes_of(base, leave_out, add, tuned), table, settings)
    if not changes.possible:
        raise InputError("An ablation leaves out or adds one technique at least: name one with leave_out or add.")
    several = sum(change.kind == "left out" for change in changes.possible) - 1
    if several > 0:
        settings.announce(f"After one change at a time, {counted(several, 'recipe')} without several techniques.")
    tried = {name: one for change in changes.possible for name, one in change.recipes.items()}
    grid = train_grid({BASE: base, **tried}, table, _first_part(settings, time.monotonic() - start), validates=True)
    left = _rest(settings, grid, time.monotonic() - start - (compile_seconds() - compiled))
    simpler = _simpler(base, changes.possible, grid, table, left)
    return ablation_study(grid, table, settings, changes, simpler)


def _usable(changes: Changes, table: StudyTable, settings: Settings) -> Changes:
    """The changes that the table allows: label smoothing needs classes."""
    rows, view = table.rows, measured_views(table, settings).views[0]
    possible, skipped = list[Change](), list(changes.skipped)
    for change in changes.possible:
        plans = [Plan(recipe, view, settings.seed) for recipe in change.recipes.values()]
        try:
            make_training_run(plans, rows.arrays, rows.target, rows.weight)
        except InputError as error:
            skipped.append(f"Not tried, {change.name}: {error}")
        else:
            possible.append(change)
    return Changes(tuple(possible), tuple(skipped))


def _first_part(settings: Settings, spent: float) -> Settings:
    """The limits of the changes one by one. spent: seconds that have passed."""
    folder = None if settings.folder is None else settings.folder / "changes"
    seconds = None if settings.seconds is None else max(settings.seconds - spent, 0.001) * SHARE_OF_CHANGES
    budget = None if settings.budget is None else max(int(settings.budget * SHARE_OF_CHANGES), 1)
    return replace(settings, folder=folder, seconds=seconds, budget=budget)


def _rest(settings: Settings, grid: Grid, took: float) -> Settings:
    """What the limits leave, for as many seeds as there were."""
    folder = None if settings.folder is None else settings.folder / "simpler"
    seconds = None if settings.seconds is None else max(settings.seconds - took, 0.001)
    used = int(grid.table["updates"].sum())
    budget = None if settings.budget is None else max(settings.budget - used, 1)
    seeds = int(grid.table["seed"].n_unique())
    return replace(settings, folder=folder, seconds=seconds, budget=budget, seeds=seeds)


def _simpler(
    base: Recipe, changes: Sequence[Change], grid: Grid, table: StudyTable, settings: Settings
) -> Simpler | None:
    """The recipes without the two, three and so on techniques that validation rows miss least, trained.

    None where fewer than two techniques were left out, or the user has interrupted the study.
    """
    out = [change for change in changes if change.kind == "left out"]
    missed = {change.slot: float(np.mean(_validation(grid, change))) for change in out}
    order = sorted(missed, key=lambda slot: (np.isnan(missed[slot]), missed[slot]))
    if len(out) < 2 or grid.ended == "interrupted":
        return None
    plain, recipes, skipped = Recipe.plain(), dict[str, Recipe](), list[str]()
    for count in range(2, len(order) + 1):
        name = several_name(count)
        try:
            recipes[name] = varied(base, {slot: getattr(plain, slot) for slot in order[:count]})
        except InputError as error:
            skipped.append(f"Not tried, {name}: {error}")
    if not recipes:
        return None
    titles = {change.slot: change.technique for change in out}
    try:
        trained = train_grid(recipes, table, settings, validates=True)
    except KeyboardInterrupt:  # the changes one by one are an answer already
        return None
    return Simpler(trained, tuple(titles[slot] for slot in order), tuple(skipped))


def _validation(grid: Grid, change: Change) -> Any:
    """Losses on validation rows, of a tuned change those of the strength that was chosen."""
    return chosen_on_validation(grid, list(change.recipes)).losses(grid, "validation")
