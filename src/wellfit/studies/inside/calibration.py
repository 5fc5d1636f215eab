"""Calibration: whether the probabilities that networks state come true, and what a temperature mends."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.recipe import as_recipe
from wellfit.statistics.calibration import fit_temperature, tempered
from wellfit.studies.base import Study, StudyOptions, settings_of, study_table, train_grid
from wellfit.studies.base.losses import predicted
from wellfit.studies.inside.calibration_answer import NAME, Stated, calibration_study
from wellfit.training import Population, RecipeLike

Float64 = NDArray[np.float64]


def calibration(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    bins: int = 15,
    **options: Unpack[StudyOptions],
) -> Study:
    """Compare the probability that networks give to their decision with how often it is right.

    A temperature T, by which the logarithms of the probabilities are divided, is fitted on validation rows; everything
    is measured on the held-out rows, which neither training nor temperature has seen.

    recipe: as in `wellfit.train`.
    X: a table, as in `wellfit.train`.
    y: classes (rows,), as in `wellfit.train`.
    bins: of about equal numbers of rows, in which stated and true shares are compared, 2 or more (default 15).
    options: see `StudyOptions`; the loss is the log-loss unless `metric` says another.

    Returns:
        A `Study` whose table has a row for the networks as trained and one with their temperatures: loss, accuracy,
        confidence, over_confidence, expected_error (ECE), by_chance (the ECE of true probabilities) and
        calibration_error (root mean squared, bias taken out), with 95 % intervals. Its details are "reliability", a row
        a bin, and "networks", with the temperature of each.

    Raises:
        InputError: anything wrong with recipe, table or options; a target without classes.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(120, 3))
    >>> recipe = wellfit.Recipe(hidden=(8,), epochs=2)
    >>> study = wellfit.studies.calibration(recipe, X, X[:, 0] > 0, folds=2, seeds=1)
    >>> study.table["networks"].to_list()
    ['as trained', 'with temperature']
    """
    if isinstance(bins, bool) or bins != int(bins) or bins < 2:
        raise InputError(f"bins is a whole number of 2 or more; got {bins!r}.")
    settings, table = settings_of(options), study_table(X, y, options)
    kind = table.rows.target.kind
    if kind not in ("binary", "classes"):
        raise InputError(f"calibration compares probabilities of classes, and the target is of kind {quoted(kind)}.")

    def state(population: Population) -> list[Stated | None]:
        return [_stated(population, k, settings.seed) for k in range(len(population))]

    grid = train_grid({NAME: as_recipe(recipe)}, table, settings, state, validates=True)
    return calibration_study(grid, table, settings, int(bins))


def _stated(population: Population, index: int, seed: int) -> Stated | None:
    """What a network states of its test rows, before and after the temperature of its validation rows."""
    engine, member = population.engine, population.engine.members[index]
    if member.status == "diverged":
        return None
    network, view = engine.network(index), member.plan.view
    test = predicted(network, engine.arrays.take(view.test), engine.target)
    temperature = 1.0
    if engine.weight[view.validation].any():
        held = predicted(network, engine.arrays.take(view.validation), engine.target)
        weight = engine.weight[view.validation]
        temperature = fit_temperature(held, engine.target.take(view.validation), weight, seed=seed)
    return Stated(test, tempered(test, engine.target.kind, temperature), temperature)
