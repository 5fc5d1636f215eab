"""Batch size: rows of a mini-batch against the error on held-out rows, at equal epochs and at equal updates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from wellfit.engines.compiled.run.training_run import make_training_run
from wellfit.errors import InputError
from wellfit.recipe import Recipe, as_recipe
from wellfit.studies.base import Study, StudyOptions, StudyTable, settings_of, study_table, train_grid
from wellfit.studies.base.table import measured_views
from wellfit.studies.optimization.batch_gradients import Gradients, batch_gradients
from wellfit.studies.optimization.batch_size_answer import EPOCHS, RATES, UPDATES, Trial, batch_size_study
from wellfit.training import Population, RecipeLike

SIZES = (8, 32, 128, 512)


def batch_size(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    sizes: Sequence[int] | None = None,
    rates: Sequence[float] = (0.3, 3.0),
    **options: Unpack[StudyOptions],
) -> Study:
    """Train with batches of several sizes, as many epochs and as many updates as the recipe, and at other rates.

    Beside losses on held-out and training rows, the gradients of batches are measured at one network before and after
    training: how far they lie from that of all rows, which theory says to be s / sqrt(m), and how far they agree.

    recipe: as in `wellfit.train`; its own batch size is what others are compared with.
    X: a table, as in `wellfit.train`; with one target.
    y: targets (rows,), as in `wellfit.train`.
    sizes: rows of a batch, 1 or more, at most as many as train. None (default): 8, 32, 128 and 512, as far as there are
        so many, and the recipe's.
    rates: factors above 0 of the recipe's learning rate, tried at its own batch size (default 0.3 and 3).
    options: see `StudyOptions`.

    Returns:
        A `Study` whose table has a row a trial: batch_size, rate (factor), at ("equal epochs", "equal updates" or
        "learning rate"), updates, test_loss, training_loss, gap (test less training loss) and gain (over the recipe as
        it is), with 95 % intervals and the gain's verdict. Its details are "noise" and "agreement" of gradients, and
        "networks".

    Raises:
        InputError: anything wrong with recipe, table or options; several tasks.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(120, 3))
    >>> recipe = wellfit.Recipe(hidden=(8,), epochs=2, batch_size=16)
    >>> study = wellfit.studies.batch_size(recipe, X, X[:, 0] > 0, sizes=[16, 32], rates=[], folds=2, seeds=1)
    >>> study.table["batch_size"].to_list()
    [16, 32, 32]
    """
    settings, base = settings_of(options), as_recipe(recipe)
    table = study_table(X, y, options)
    if table.rows.target.tasks:
        raise InputError("batch_size measures gradients of one target, and this table has several: take one.")
    if any(not 0 < rate < math.inf for rate in rates):
        raise InputError(f"rates are factors of the learning rate, above 0; got {list(rates)!r}.")
    views = measured_views(table, settings, base.stopping.name != "none").views
    rows = min(len(view.training) for view in views)
    trials = _trials(base, _sizes(sizes, base, rows), rates, rows)

    def measure(population: Population) -> dict[str, Gradients] | None:
        if population.engine.members[0].plan.seed != settings.seed:
            return None
        return _gradients(population, table, sorted({trial.batch_size for trial in trials.values()}), settings.seed)

    grid = train_grid({name: trial.recipe for name, trial in trials.items()}, table, settings, measure)
    return batch_size_study(grid, trials, grid.more[0] or {}, table, settings)


def _sizes(given: Sequence[int] | None, base: Recipe, rows: int) -> list[int]:
    """Sizes of batches, the recipe's first."""
    own = rows if base.batch_size == "all" else min(int(base.batch_size), rows)
    sizes = [size for size in SIZES if size <= rows] if given is None else list(given)
    if any(isinstance(size, bool) or size != int(size) or not 1 <= size <= rows for size in sizes):
        raise InputError(f"sizes of batches are whole numbers from 1 to the {rows} rows that train; got {sizes!r}.")
    return [own, *sorted({int(size) for size in sizes} - {own})]


def _trials(base: Recipe, sizes: list[int], rates: Sequence[float], rows: int) -> dict[str, Trial]:
    """What is trained, by name, the recipe as it is first."""
    own = sizes[0]
    trials = {f"batches of {own}": Trial(base, own, 1.0, EPOCHS)}
    updates = base.epochs * -(-rows // own)
    for size in sizes[1:]:
        changed = base.vary(batch_size=size)
        trials[f"batches of {size}, {EPOCHS}"] = Trial(changed, size, 1.0, EPOCHS)
        epochs = max(round(updates / -(-rows // size)), 1)
        trials[f"batches of {size}, {UPDATES}"] = Trial(changed.vary(epochs=epochs), size, 1.0, UPDATES)
    for rate in rates:
        faster = base.vary({"optimizer.learning_rate": base.optimizer.learning_rate * rate})
        trials[f"{rate:g} times the learning rate"] = Trial(faster, own, float(rate), RATES)
    return trials


def _gradients(population: Population, table: StudyTable, sizes: list[int], seed: int) -> dict[str, Gradients]:
    """Gradients of batches at the first network that did not diverge, before its first update and at its end."""
    engine, rows = population.engine, table.rows
    for index, member in enumerate(engine.members):
        if member.status != "diverged":
            plan = member.plan
            start = make_training_run([plan], rows.arrays, rows.target, rows.weight).network(0)
            chosen = np.unique(plan.view.training[rows.weight[plan.view.training] > 0])
            return {
                when: batch_gradients(network, rows.arrays, rows.target, chosen, sizes, seed)
                for when, network in (("before training", start), ("after training", engine.network(index)))
            }
    return {}
