"""Recipes compared by their losses, and by updates and seconds to a loss, their learning rates tuned equally."""

from __future__ import annotations

from typing import Any, Unpack

from wellfit.errors import InputError, quoted
from wellfit.studies.base import Study, StudyOptions, settings_of, study_table, train_grid
from wellfit.studies.recipes.compare_answer import compare_study
from wellfit.studies.recipes.presets import entries_of
from wellfit.studies.recipes.speed import curves_of


def compare(
    recipes: Any,
    X: Any,
    y: Any = None,
    *,
    preset: str | None = None,
    tune_rates: bool = False,
    target_loss: float | None = None,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train several recipes on the same folds from the same seeds, and compare how good they are and how soon.

    recipes: a mapping from names to recipes, a list of recipes (each as in `wellfit.train`), or a single one with a
        preset. The first is the reference.
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    preset: "optimizers", "activations", "initializations" or "normalizations": the recipe, which is the reference, and
        the same with each technique of this kind at its own default settings. None (default): the recipes given.
    tune_rates: bool; train each recipe at 0.1, 0.3, 1, 3, 10 and 30 times its learning rate, take in each fold the
        rate with the lowest mean loss on validation rows, and count the updates of all rates (default False).
    target_loss: float, a validation loss by the recipes' own loss function, to which updates and seconds are counted.
        None (default): in each fold the one that all networks of the reference reach.
    options: see `StudyOptions`.

    Returns:
        A `Study` whose table has a row a recipe, the lowest loss first: recipe, loss, difference from the reference
        with difference_low and difference_high, verdict, reached (networks that reach the target), updates and seconds
        to it (medians over networks). Its details are "comparisons", "speed" (updates as a share of the reference's,
        with intervals, and with tuning), "curves" and "networks"; its recipe "lowest loss".

    Raises:
        InputError: anything wrong with recipes, table or options; no recipe fits the table.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(120, 3))
    >>> recipes = {"wide": wellfit.Recipe(hidden=(16,), epochs=2), "deep": wellfit.Recipe(hidden=(4, 4), epochs=2)}
    >>> study = wellfit.studies.compare(recipes, X, X[:, 0] > 0, folds=2, seeds=2)
    >>> sorted(study.table["recipe"].to_list())
    ['deep', 'wide']
    """
    settings = settings_of(options)
    entries, skipped = entries_of(recipes, preset, tune_rates)
    if target_loss is not None and not target_loss == target_loss:
        raise InputError(f"target_loss is a number; got {quoted(target_loss)}.")
    table = study_table(X, y, options)
    every = {name: recipe for entry in entries for name, recipe in entry.recipes.items()}
    grid = train_grid(every, table, settings, curves_of, validates=True)
    return compare_study(grid, table, settings, entries, target_loss, tuple(skipped))
