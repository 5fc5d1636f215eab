"""Ensemble size: what another network in the average brings, and how far the networks disagree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.recipe import as_recipe
from wellfit.statistics.diversity import ambiguity, disagreement
from wellfit.statistics.metrics import Metric, metric_of
from wellfit.studies.base import Grid, Settings, Study, StudyOptions, StudyTable, settings_of, study_table, train_grid
from wellfit.studies.base.losses import predicted
from wellfit.studies.generalisation.ensemble_size_answer import Averages, ensemble_size_study
from wellfit.tables.arrays import View
from wellfit.training import Population, RecipeLike

Float64 = NDArray[np.float64]
ORDERS = 5  # random orders in which networks join the average, each also begun at every other network


def ensemble_size(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    members: int = 16,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train several networks of one recipe in every fold, and average the predictions of more and more of them.

    The loss of m networks is that of their averaged predictions on the held-out rows, the mean over 5 random circles of
    all networks, from each of which the average begins once. All networks of a fold learn from the same rows: they
    differ by their seeds.

    recipe: as in `wellfit.train`.
    X: a table, as in `wellfit.train`; with one target.
    y: targets (rows,), as in `wellfit.train`.
    members: networks in each fold, 2 or more (default 16).
    options: see `StudyOptions`; `seeds` has no part in it, since the networks of an ensemble are its seeds.

    Returns:
        A `Study` whose table has a row a size: members, loss, above_many (loss less that of infinitely many) and
        next_brings (by how much one network more lowers the loss), each with its 95 % interval, and verdict
        ("practically the same" as infinitely many, and so on). Its details are "diversity", a row a
        fold, and "networks".

    Raises:
        InputError: anything wrong with recipe, table or options; several tasks.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(120, 3))
    >>> recipe = wellfit.Recipe(hidden=(8,), epochs=2)
    >>> study = wellfit.studies.ensemble_size(recipe, X, X[:, 0] > 0, members=3, folds=2)
    >>> study.table["members"].to_list()
    [1, 2, 3]
    """
    if isinstance(members, bool) or members != int(members) or members < 2:
        raise InputError(f"members is a whole number of 2 or more networks; got {members!r}.")
    settings = replace(settings_of(options), seeds=int(members))
    table = study_table(X, y, options)
    if table.rows.target.tasks:
        raise InputError("ensemble_size averages predictions of one target, and this table has several: take one.")
    name = "one network"

    def keep(population: Population) -> list[Float64 | None]:
        engine = population.engine
        return [
            None
            if member.status == "diverged"
            else predicted(engine.network(k), engine.arrays.take(member.plan.view.test), engine.target)
            for k, member in enumerate(engine.members)
        ]

    grid = train_grid({name: as_recipe(recipe)}, table, settings, keep)
    return ensemble_size_study(_averages(grid, table, settings), grid, table, settings)


def _averages(grid: Grid, table: StudyTable, settings: Settings) -> Averages:
    """The losses of averages of every size in every fold, and how far the networks disagree."""
    metric = metric_of(settings.metric, table.rows.target.kind)
    folds = [[one for one in fold if one is not None] for fold in zip(*grid.more, strict=True)]
    most = min(len(fold) for fold in folds)
    losses = np.full((len(folds), most), np.nan)
    diversity: list[dict[str, Any]] = []
    for k, (view, fold) in enumerate(zip(grid.views.views, folds, strict=True)):
        if not most:
            continue
        stacked = np.stack(fold)
        rng = np.random.default_rng([settings.seed, k, 0xE5])
        losses[k] = averaged_losses(stacked, table, view, metric, rng)[:most]
        target, weight = table.rows.target.take(view.test), table.rows.weight[view.test]
        diversity.append(
            {"view": view.name, **ambiguity(stacked, target, weight)._asdict(),
             "disagreement": disagreement(stacked, target, weight)}
        )  # fmt: skip
    return Averages(losses, diversity)


def averaged_losses(
    stacked: Float64, table: StudyTable, view: View, metric: Metric, rng: np.random.Generator
) -> Float64:
    """The mean loss of the averages of 1, 2, ... networks over random orders (sizes,).

    Every network stands equally often at every place of the orders.

    stacked: (networks, rows, columns) what each predicts of the view's test rows.
    """
    on_rows = metric.on_rows(table.rows.target.take(view.test), table.rows.weight[view.test])
    count = len(stacked)
    if on_rows.unmeasurable():
        return np.full(count, np.nan)
    total = np.zeros(count)
    for _ in range(ORDERS):
        circle = rng.permutation(count)
        for start in range(count):
            running = np.zeros_like(stacked[0])
            for k, member in enumerate(np.roll(circle, start)):
                running += stacked[member]
                total[k] += on_rows.loss(on_rows.compact(running / (k + 1)))
    return total / (ORDERS * count)
