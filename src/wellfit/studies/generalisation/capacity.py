"""Error against width and depth: where networks are too small for a table, and where more units bring nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from wellfit.recipe import Recipe, as_recipe
from wellfit.statistics.metrics import Metric, metric_of
from wellfit.studies.base import Study, StudyOptions, StudyTable, settings_of, study_table, train_grid
from wellfit.studies.base.losses import measured_rows, metric_for
from wellfit.studies.generalisation.capacity_answer import Size, capacity_study
from wellfit.studies.generalisation.simple_predictors import simple_predictors
from wellfit.studies.generalisation.sweep import swept
from wellfit.training import Population, RecipeLike

SPELLED = 4  # layers whose widths a name lists one by one
WIDTHS = (2, 4, 8, 16, 32, 64, 128, 256)


def capacity(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    widths: Sequence[int] | None = None,
    depths: Sequence[int] | None = None,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train a recipe at every width and depth, and measure losses on training and held-out rows.

    Beside the networks stand a constant, a linear model and the nearest neighbour, fitted on the same training rows.

    recipe: as in `wellfit.train`; its hidden layers are replaced.
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    widths: units of each hidden layer, 1 or more; None (default): 2, 4, ... 256.
    depths: numbers of hidden layers, 1 or more; None (default): that of the recipe.
    options: see `StudyOptions`.

    Returns:
        A `Study` whose table has a row a size: size, width, depth, parameters, the mean losses on training, validation
        and test rows with intervals, and the verdict beside the best size; and a row a simple predictor. Of classes it
        has error rates too. Its recipe "simplest as good" is the smallest size that is practically as good as the best,
        where one was shown to be.

    Raises:
        InputError: anything wrong with recipe, table or options.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(120, 3))
    >>> recipe = wellfit.Recipe(epochs=2)
    >>> study = wellfit.studies.capacity(recipe, X, X[:, 0] > 0, widths=[2, 4], folds=2, seeds=1, n_jobs=1)
    >>> study.table["size"].to_list()
    ['2-2-2', '4-4-4', 'constant', 'linear', '1-nearest-neighbour']
    """
    settings, base = settings_of(options), as_recipe(recipe)
    table = study_table(X, y, options)
    sizes = _sizes(base, widths, depths)
    extra = _error_rate(table, settings.metric)

    def more(population: Population) -> Any:
        return None if extra is None else measured_rows(population.engine, extra)

    grid = train_grid({size.name: size.recipe for size in sizes}, table, settings, more)
    metrics = {} if grid.metric is None else {"loss": grid.metric} | ({} if extra is None else {"error": extra})
    simple = simple_predictors(table, grid.views.views, base, metrics, settings.seed)
    return capacity_study(sizes, grid, table, settings, simple)


def _sizes(base: Recipe, widths: Sequence[int] | None, depths: Sequence[int] | None) -> list[Size]:
    """Depth by depth, in each width by width."""
    sizes = []
    for deep in swept(base, "depth", depths or [max(len(base.hidden), 1)]).recipes.values():
        for wide in swept(deep, "width", widths or WIDTHS).recipes.values():
            width, depth = wide.hidden[0], len(wide.hidden)
            name = "-".join([str(width)] * depth) if depth <= SPELLED else f"{depth} x {width}"
            sizes.append(Size(name, width, depth, wide))
    return sizes


def _error_rate(table: StudyTable, metric: str | None) -> Metric | None:
    """The share of wrong rows, where it says more than the study's metric does."""
    target = table.rows.target
    if target.kind not in ("binary", "classes", "labels"):
        return None
    chosen = metric_for(metric, target)
    return None if chosen is None or chosen.name == "error" else metric_of("error", target.kind)
