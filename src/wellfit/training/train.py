"""Recipes and a table in, a population of trained networks out; runs that go on; what was saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wellfit.engines.compiled.run.training_run import make_training_run, train_run
from wellfit.engines.compiled.run.workers import check_jobs
from wellfit.engines.contract.budget import BudgetLike, parse_budget
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import Observer
from wellfit.engines.contract.start import Start
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.recipe import Recipe, as_recipe
from wellfit.tables import Schema, check_weights, holdout, is_tasks, make_target, make_tasks, read_table
from wellfit.tables.arrays import Arrays, Target, View
from wellfit.training.checkpoint.run_folder import RunFolder, load_run, load_schema
from wellfit.training.population import Population
from wellfit.training.transfer import StartLike, check_columns, make_starts

RecipeLike = Recipe | Mapping[str, Any] | str | Path


def train(
    recipes: RecipeLike | Sequence[RecipeLike],
    X: Any,
    y: Any,
    *,
    views: View | Sequence[View] | None = None,
    seeds: int | Sequence[int] = 0,
    sample_weight: Any = None,
    kind: str | Mapping[str, str] | None = None,
    column_kinds: Mapping[str, str] | None = None,
    n_jobs: int = 1,
    budget: BudgetLike = None,
    folder: str | Path | None = None,
    observers: Sequence[Observer] = (),
    start_from: StartLike | Sequence[StartLike] = None,
) -> Population:
    """Train every recipe on every view from every seed, side by side.

    recipes: one or a list; each a `Recipe`, a table of settings or a path.
    X: a table of (rows, columns): a path to CSV or Parquet, a pandas, polars or Arrow frame, a NumPy array or a SciPy
    sparse matrix; or images, an array (rows, height, width) or (rows, height, width, channels) or an idx file.
    y: (rows,) or (rows, outputs) targets; text and few whole numbers are classes, other numbers are numbers. Several
        tasks at once: {name: labels}, or a frame of several columns that are not all numbers or miss some; None and NaN
        are labels that are missing. See the recipe's `tasks`.
    views: which rows train and validate (default: one hold-out of 20 %, stratified).
    seeds: one or a list. sample_weight: (rows,), at least 0; a weight k counts as k equal rows.
    kind: "class", "number" or "count" where the guess from y is wrong; of tasks by name. column_kinds: the same for
        columns, by name.
    n_jobs: threads. budget: whole updates in all (shared equally), a time such as "60s", or updates for each member.
    folder: a new folder for checkpoints; `wellfit.resume(folder)` goes on after a kill.
    observers: called with a `Progress` about 20 times a second.
    start_from: a `Transfer` or a model whose hidden layers the networks start from, or a list with one for each recipe.

    The order of members is recipe by recipe, in each view by view, in each seed by seed.

    Raises:
        InputError: anything that is wrong with recipes, table, target, weights, views or budget, in one sentence.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> recipes = [wellfit.Recipe(hidden=(8,), epochs=2, dropout=rate) for rate in (0.0, 0.2)]
    >>> population = wellfit.train(recipes, X, X[:, 0] > 0, seeds=[0, 1])
    >>> len(population), population[0].status
    (4, 'finished')
    """
    every_recipe = _recipes(recipes)
    starts, shared = make_starts(start_from, every_recipe)
    schema, arrays = _columns_of(X, shared, column_kinds)
    target = _target_of_rows(y, kind, arrays.rows)
    weight = None if sample_weight is None else check_weights(sample_weight, arrays.rows)
    plans = _plans(every_recipe, starts, [holdout(target)] if views is None else views, seeds)
    run = make_training_run(plans, arrays, target, weight)
    limits = parse_budget(budget, len(run))
    check_jobs(n_jobs)
    saver = None if folder is None else RunFolder.begin(folder, run, limits, schema)
    return Population(train_run(run, limits, n_jobs, saver, observers), schema)


def _recipes(recipes: RecipeLike | Sequence[RecipeLike]) -> list[Recipe]:
    given = recipes if isinstance(recipes, Sequence) and not isinstance(recipes, str) else [recipes]
    return [as_recipe(recipe) for recipe in given]


def _plans(
    recipes: Sequence[Recipe], starts: Sequence[Start | None], views: View | Sequence[View], seeds: int | Sequence[int]
) -> list[Plan]:
    """Every recipe on every view from every seed. starts: what each recipe's networks start from."""
    every_view = [views] if isinstance(views, View) else list(views)
    every_seed = [int(seeds)] if isinstance(seeds, (int, np.integer)) else [int(seed) for seed in seeds]
    return [
        Plan(recipe, view, seed, start)
        for recipe, start in zip(recipes, starts, strict=True)
        for view in every_view
        for seed in every_seed
    ]


def target_of(y: Any, kind: Any) -> Target:
    """The target of one task or of several, by name."""
    if is_tasks(y):
        if isinstance(kind, str):
            raise InputError(f"Of several tasks the kind is given by name, and {kind!r} came: kind={{name: {kind!r}}}.")
        return make_tasks(y, kind)
    if isinstance(kind, Mapping):
        raise InputError("kind by name is for several tasks, and one target came: give it as text.")
    return make_target(y, kind=kind)


def _target_of_rows(y: Any, kind: Any, rows: int) -> Target:
    target = target_of(y, kind)
    if len(target.values) != rows:
        raise InputError(f"The table has {rows} rows, but the target {len(target.values)}: they must agree.")
    return target


def _columns_of(X: Any, shared: Schema | None, column_kinds: Mapping[str, str] | None) -> tuple[Schema, Arrays]:
    """The table's columns, and the schema they are read by: that of the donors, or the table's own."""
    if shared is None:
        table = read_table(X)
        schema = Schema.infer(table, kinds=column_kinds)
        return schema, schema.arrays(table)
    if column_kinds:
        raise InputError("With start_from the donor's columns keep their kinds: leave column_kinds out.")
    table = shared.read(X)
    check_columns(shared, table)
    return shared, shared.arrays(table)


def resume(
    folder: str | Path, *, n_jobs: int = 1, budget: BudgetLike = None, observers: Sequence[Observer] = ()
) -> Population:
    """Go on with the run in a folder, after a kill or an interruption, to the same bits as without it.

    budget: a new one; by default the run's own (a time limit starts afresh).

    Raises:
        InputError: the folder holds no run.
    """
    run, begun_with = load_run(folder)
    schema = load_schema(folder)
    limits = begun_with if budget is None else parse_budget(budget, len(run))
    return Population(train_run(run, limits, n_jobs, RunFolder(folder), observers), schema)


def load(path: str | Path) -> Population | Model:
    """A population from its folder, or a model from its file.

    Raises:
        InputError: neither is there.
    """
    path = Path(path)
    if path.is_dir():
        return Population(load_run(path)[0], load_schema(path))
    return Model.load(path)
