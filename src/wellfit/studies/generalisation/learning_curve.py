"""Learning curve: error against training rows, and whether more rows would help."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError, quoted
from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe, as_recipe
from wellfit.reprs import counted
from wellfit.studies.base import Round, Settings, Study, StudyOptions, StudyTable, run_rounds, settings_of, study_table
from wellfit.studies.base.grid import seed_of
from wellfit.studies.base.losses import measured_rows, metric_for
from wellfit.studies.base.paired import title_of
from wellfit.studies.base.study import StudyPlan
from wellfit.studies.base.table import MeasuredViews, measured_views
from wellfit.studies.generalisation.learning_curve_answer import Curve, learning_curve_study
from wellfit.studies.generalisation.nested import nested_views
from wellfit.training import Population, RecipeLike

MOST_SIZES, LEAST_ROWS = 8, 20
STEP = 2**0.5


def learning_curve(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    sizes: Sequence[int] | None = None,
    factors: Sequence[float] = (2.0, 4.0),
    **options: Unpack[StudyOptions],
) -> Study:
    """Train on more and more rows, measure on the same held-out rows, and forecast the loss with more rows still.

    In each fold and from each seed, the smaller training samples are parts of the larger ones. A curve that rises, or
    falls faster later than before, by more than noise is not forecast.

    recipe: as in `wellfit.train`.
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    sizes: rows that networks learn from (those that validate included), 10 or more; of 6 sizes or more a forecast can
        be made. None (default): 8 sizes, all rows that do not measure and each other 1/sqrt(2) of the next, down to 20.
    factors: how many times the rows to forecast for, each above 1; the verdict is about the first (default 2 and 4).
    options: see `StudyOptions`.

    Returns:
        A `Study` whose table has a row a size: rows, kind ("measured" or "forecast"), test_loss with its 95 % interval
        test_loss_low and test_loss_high, and training_loss.

    Raises:
        InputError: anything wrong with recipe, table or options.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(120, 3))
    >>> recipe = wellfit.Recipe(epochs=2)
    >>> study = wellfit.studies.learning_curve(recipe, X, X[:, 0] > 0, sizes=[20, 40], folds=2, seeds=1)
    >>> study.table["rows"].to_list()
    [20, 40]
    """
    settings, base = settings_of(options), as_recipe(recipe)
    if not len(factors) or not all(1 < factor < np.inf for factor in factors):
        raise InputError(f"factors are numbers above 1, of how many times the rows to forecast for; got {factors!r}.")
    table = study_table(X, y, options)
    views = measured_views(table, settings, base.stopping.name != "none")
    rows = _sizes(sizes, min(len(view.training) + len(view.validation) for view in views.views))
    curve = _trained(base, table, views, rows, settings)
    return learning_curve_study(curve, tuple(float(factor) for factor in factors), settings)


def _sizes(given: Sequence[int] | None, most: int) -> list[int]:
    """Rising sizes, as given or in steps of sqrt(2) up to all rows."""
    if given is None:
        steps = [round(most / STEP**k) for k in range(MOST_SIZES)]
        return sorted({size for size in steps if size >= min(LEAST_ROWS, most)})
    sizes = sorted(set(given))
    if not sizes or any(size != int(size) or not 10 <= size <= most for size in sizes):
        raise InputError(
            f"sizes are whole numbers from 10 to {most}, the rows of the smallest fold that do not measure; got "
            f"{quoted(list(given))}."
        )
    return [int(size) for size in sizes]


def _trained(recipe: Recipe, table: StudyTable, views: MeasuredViews, sizes: list[int], settings: Settings) -> Curve:
    """Every size on every fold, a round a seed."""
    metric = metric_for(settings.metric, table.rows.target)
    rounds = []
    for seed in settings.every_seed:
        own = [seed_of(seed, place) for place in range(len(views.views))]
        parts = [nested_views(view, table.rows, sizes, one) for view, one in zip(views.views, own, strict=True)]
        plans = [Plan(recipe, part, one) for of_view, one in zip(parts, own, strict=True) for part in of_view]
        rounds.append(Round(f"seed {seed}", tuple(plans)))

    def measure(population: Population) -> list[dict[str, Any]]:
        return measured_rows(population.engine, metric)

    done = run_rounds(rounds, table, settings, measure)
    places = [(p, f, n) for p in range(views.partitions) for f in range(views.folds) for n in sizes]
    found = [
        {"partition": p, "fold": f, "rows": n, **one, "seed": seed, "network_seed": one["seed"]}
        for result, seed in zip(done.results, settings.every_seed, strict=False)
        for (p, f, n), one in zip(places, result, strict=True)
    ]
    words = (
        f"{counted(len(sizes), 'size')} on {counted(len(views.views), 'fold')} from "
        f"{counted(len(done.results), 'seed')}"
    )
    remarks = tuple(one for one in (done.words, *views.notes, *table.notes) if one)
    plan = StudyPlan(words, len(found), done.core_seconds)
    least = -math.inf if metric is None else 0.0  # a sum of losses with one of counts may be below 0
    return Curve(recipe, title_of(metric), views, ResultFrame(found), plan, remarks, least)
