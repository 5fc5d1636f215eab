"""Training recipes on a table; going on with a run after an interruption; loading what was saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from wellfit.cluster import on_cluster
from wellfit.engines.compiled.run.training_run import make_training_run, train_run
from wellfit.engines.compiled.run.workers import check_jobs
from wellfit.engines.contract.budget import BudgetLike, parse_budget
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.probes import probe_distance
from wellfit.engines.contract.progress import Observer
from wellfit.engines.contract.start import Start
from wellfit.errors import InputError, quoted
from wellfit.models.model import Model
from wellfit.recipe import Recipe, as_recipe
from wellfit.tables import (
    Schema,
    Table,
    check_weights,
    holdout,
    is_tasks,
    make_target,
    make_tasks,
    views_of_folds,
)
from wellfit.tables.arrays import Arrays, Target, View
from wellfit.tables.columns.sentences import marks_taken, skipped_note
from wellfit.tables.reading.choices import ANY, Choices
from wellfit.tables.views.copies import equal_rows
from wellfit.training.checkpoint.run_folder import RunFolder, load_run, load_schema
from wellfit.training.known_rows import folds_of_rows, known_rows, rows_of, views_of_rows
from wellfit.training.population import Population
from wellfit.training.transfer import StartLike, check_columns, make_starts, table_of

RecipeLike = Recipe | Mapping[str, Any] | str | Path


def train(
    recipes: RecipeLike | Sequence[RecipeLike],
    X: Any,
    y: Any,
    *,
    views: View | Sequence[View] | None = None,
    folds: Any = None,
    groups: Any = None,
    seeds: int | Sequence[int] = 0,
    sample_weight: Any = None,
    kind: str | Mapping[str, str] | None = None,
    column_kinds: Mapping[str, str] | None = None,
    missing: str | Sequence[str] | None = None,
    decimal: Literal["comma", "point"] | None = None,
    dates: str | None = None,
    skip_unknown_targets: bool = False,
    n_jobs: int = 1,
    cluster: str | None = None,
    budget: BudgetLike = None,
    folder: str | Path | None = None,
    observers: Sequence[Observer] = (),
    start_from: StartLike | Sequence[StartLike] = None,
    probes: bool | int | None = None,
) -> Population:
    """Train every recipe on every view from every seed, all networks side by side.

    The order of members is recipe by recipe, in each view by view, in each seed by seed.

    recipes: a `Recipe`, a mapping of its settings, the name of one ("practice"), or the path of a TOML or JSON file; or
        a list of these.
    X: a table (rows, columns): the path of a CSV or Parquet file, a pandas, polars or Arrow frame, a NumPy array or a
        SciPy sparse matrix; or images: an array (rows, height, width) or (rows, height, width, channels), or the path
        of an idx file.
    y: targets (rows,) or (rows, outputs): text and few whole numbers are classes, other numbers are numbers. Several
        tasks at once: a mapping from names to targets, or a frame of several columns that are not all numbers or miss
        some; None and NaN are missing labels (see the recipe's slot `tasks`).
    views: a `View`, or a list: which rows the members train on, validate on and are tested on. None (default): one
        hold-out of 20 %, stratified. Rows that are equal in every column stay on one side.
    folds: in place of views, a view a fold: int, 2 or more (rows that are equal in every column stay in one fold); or
        an array (rows,) with the fold of each row (-1: never held out), a scikit-learn splitter, or a list of (training
        rows, held-out rows). None (default): as views say.
    groups: with folds, (rows,) of any values; rows of one group stay in one fold. None (default): none.
    seeds: int, or a list of them (default 0).
    sample_weight: (rows,) of 0 or more; a weight k counts as k equal rows. None (default): 1 each.
    kind: "class", "number", "count" or "labels", where the guess from y is wrong; of several tasks a mapping from their
        names to these. None (default): the guess.
    column_kinds: mapping from names of columns to "number", "category", "date" or "text", where the guess is wrong.
        None (default): the guess.
    missing: marks of a missing value, such as ["-999"], in place of the usual ones; "none": empty cells alone;
        "default" among them: the usual ones too. None (default): the usual ones, `wellfit.tables.MISSING_MARKS`.
    decimal: "comma" or "point", the mark of fractions where a number such as 7,404 leaves it open. None (default): as
        most cells show.
    dates: "day-first", "month-first", or a format such as "%d/%m/%y". None (default): as they look.
    skip_unknown_targets: bool; leave out the rows whose target is missing or, among numbers, no number (default False:
        they are refused). `Population.notes` counts them.
    n_jobs: int, threads, 1 or more (default 1), each with a network of its own; those for which there is none help
        with large ones. The results are the same bits for any number.
    cluster: networks train on a Ray cluster: "local" (worker processes of this machine), "auto" (the cluster that this
        machine belongs to) or the address of its head, see `wellfit.on_cluster`. None (default): on threads of this
        process. The results are the same bits.
    budget: int, updates in all, shared equally by the members, or 0: the weights before training; or a time, such as
        "60s" or a `datetime.timedelta`; or a list of updates, one a member. None (default): as long as the recipes say.
    folder: path of a new folder for checkpoints, from which `wellfit.resume` goes on after a kill. None (default): no
        checkpoints.
    observers: list of functions, each called with a `Progress` about 20 times a second (default: none).
    start_from: a `Transfer`, or a model or the path of one, whose hidden layers the networks start from; or a list with
        one a recipe. None (default): networks start from random weights.
    probes: int, 1 or more: look inside the networks before the first update and at evaluations, the first and the last
        one and those at least so many updates after the one before (see `Population.probes`); True: 400. None or False
        (default): do not. Weights are the same bits either way.

    Returns:
        A `Population` of len(recipes) x len(views) x len(seeds) members.

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
    every_recipe = as_recipes(recipes)
    starts, shared = make_starts(start_from, every_recipe)
    table = table_of(X, shared, missing, decimal, dates)
    notes = marks_taken(table)
    if skip_unknown_targets:
        rows = known_rows(y, kind, table.choices)
        views = None if views is None else views_of_rows(views, rows, table.rows)
        notes = (*skipped_note(rows, table.rows), *notes)
        folds, groups = folds_of_rows(folds, rows, table.rows), rows_of(groups, rows)
        table, y, sample_weight = table.take(rows), rows_of(y, rows), rows_of(sample_weight, rows)
    schema = _schema_of(table, shared, column_kinds)
    arrays = schema.arrays(table)
    target = _target_of_rows(y, kind, arrays.rows, table.choices, skip_unknown_targets)
    weight = None if sample_weight is None else check_weights(sample_weight, arrays.rows, table.choices)
    plans = _plans(every_recipe, starts, _views(views, folds, groups, arrays, target), seeds)
    run = make_training_run(plans, arrays, target, weight, probe_distance(probes))
    limits = parse_budget(budget, len(run))
    check_jobs(n_jobs)
    with on_cluster(cluster, n_jobs):
        saver = None if folder is None else RunFolder.begin(folder, run, limits, schema)
        trained = train_run(run, limits, n_jobs, saver, observers)
    return Population(trained, schema, (*notes, *schema.assumptions))


def as_recipes(recipes: RecipeLike | Sequence[RecipeLike]) -> list[Recipe]:
    """One recipe or a list of them, in any form, as a list."""
    given = recipes if isinstance(recipes, Sequence) and not isinstance(recipes, str) else [recipes]
    return [as_recipe(recipe) for recipe in given]


def _views(
    views: View | Sequence[View] | None, folds: Any, groups: Any, arrays: Arrays, target: Target
) -> View | Sequence[View]:
    """The views that are given, those of folds, or one hold-out, equal rows on one side."""
    if views is not None and folds is not None:
        raise InputError("views and folds both say which rows train and which are held out: give one of the two.")
    if groups is not None and folds is None:
        raise InputError("groups belong to folds: give folds as well, such as folds=5.")
    if views is not None:
        return views
    copies = equal_rows(arrays)
    if folds is None:
        return [holdout(target, copies=copies)]
    return views_of_folds(folds, target, groups=groups, copies=copies)


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


def target_of(y: Any, kind: Any, choices: Choices = ANY, skip_unknown: bool = False) -> Target:
    """The target of one task or of several, by name."""
    if is_tasks(y):
        if isinstance(kind, str):
            raise InputError(
                f"Of several tasks the kind is given by name; got {quoted(kind)}: kind={{name: {quoted(kind)}}}."
            )
        return make_tasks(y, kind, None, choices, skip_unknown)
    if isinstance(kind, Mapping):
        raise InputError("kind by name is for several tasks; got one target: give it as text.")
    return make_target(y, kind=kind, choices=choices)


def _target_of_rows(y: Any, kind: Any, rows: int, choices: Choices, skip_unknown: bool) -> Target:
    target = target_of(y, kind, choices, skip_unknown)
    if len(target.values) != rows:
        raise InputError(f"The table has {rows} rows and the target {len(target.values)}: they must have equally many.")
    return target


def _schema_of(table: Table, shared: Schema | None, column_kinds: Mapping[str, str] | None) -> Schema:
    """The schema that the columns are read by: that of the donors, or the table's own."""
    if shared is None:
        return Schema.infer(table, kinds=column_kinds)
    if column_kinds:
        raise InputError(
            "With start_from columns keep the kinds that they had in that network's training: leave column_kinds out."
        )
    check_columns(shared, table)
    return shared


def resume(
    folder: str | Path,
    *,
    n_jobs: int = 1,
    cluster: str | None = None,
    budget: BudgetLike = None,
    observers: Sequence[Observer] = (),
) -> Population:
    """Go on with the run in a folder after a kill or an interruption, to the same bits as without it.

    folder: the path that `wellfit.train(folder=...)` was given.
    n_jobs: int, threads, 1 or more (default 1), each with a network of its own; those for which there is none help
        with large ones. The results are the same bits for any number.
    cluster: as in `wellfit.train`; None (default): on threads of this process.
    budget: a new one, as in `wellfit.train`; None (default): the run's own, of which a time starts afresh.
    observers: list of functions, each called with a `Progress` about 20 times a second (default: none).

    Returns:
        The `Population`, trained to its end or to the end of the budget.

    Raises:
        InputError: the folder holds no run.

    >>> import tempfile
    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> recipe = wellfit.Recipe(hidden=(8,), epochs=4)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cut = wellfit.train(recipe, X, X[:, 0], budget=3, folder=f"{folder}/run")
    ...     whole = wellfit.resume(f"{folder}/run", budget=100)
    >>> cut[0].status, whole[0].status
    ('out_of_budget', 'finished')
    """
    run, begun_with = load_run(folder)
    schema = load_schema(folder)
    limits = begun_with if budget is None else parse_budget(budget, len(run))
    with on_cluster(cluster, n_jobs):
        return Population(train_run(run, limits, n_jobs, RunFolder(folder), observers), schema)


def load(path: str | Path) -> Population | Model:
    """A population from its folder, or a model from its file.

    path: of a folder that `wellfit.train(folder=...)` or `Population.save` has written, or of a file of `Model.save`.

    Returns:
        A `Population` or a `Model`.

    Raises:
        InputError: neither is there.

    >>> import tempfile
    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> member = wellfit.train(wellfit.Recipe(hidden=(8,), epochs=2), X, X[:, 0])[0]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     member.save(f"{folder}/model.wellfit")
    ...     model = wellfit.load(f"{folder}/model.wellfit")
    >>> bool(np.array_equal(model.predict(X), member.predict(X)))
    True
    """
    path = Path(path)
    if path.is_dir():
        return Population(load_run(path, goes_on=False)[0], load_schema(path))
    return Model.load(path)
