"""The path of a strength: weights, exact zeros and errors as any setting of a technique grows from zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Unpack

from wellfit.errors import InputError, quoted
from wellfit.recipe import Recipe, as_recipe
from wellfit.studies.base import Study, StudyOptions, settings_of, study_table, train_grid
from wellfit.studies.recipes.changes import varied
from wellfit.studies.recipes.path_answer import path_study
from wellfit.studies.recipes.path_measures import Plane, grid_of, measures_of, plane_of, regions, with_products
from wellfit.techniques.base import Technique
from wellfit.techniques.index import turned_on
from wellfit.training import Population, RecipeLike

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)  # of a setting that stays below 1
FACTORS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # of the strength that the technique's card shows
LASSO = (
    "l1.proximal was set, which leaves exact zeros: the recipe had no L1, whose other form makes weights small alone."
)
PANELS = 3  # decision regions that are drawn


def path(
    recipe: RecipeLike,
    X: Any,
    y: Any = None,
    *,
    slot: str = "l2.strength",
    strengths: Sequence[float] | None = None,
    degree: int | None = None,
    **options: Unpack[StudyOptions],
) -> Study:
    """Train a recipe at growing strengths of one technique, and see what becomes of weights and errors.

    recipe: as in `wellfit.train`.
    X: a table, as in `wellfit.train`.
    y: targets (rows,), as in `wellfit.train`.
    slot: a setting that is a number, by its dotted name such as "l1.strength" or "dropout.rate"; or a slot, which means
        its main setting (default "l2.strength"). A list or a schedule that it holds is replaced.
    strengths: numbers that rise; the first is the reference, and 0 where there is a zero. None (default): 0 and nine
        strengths around that of the technique's card, or ten from 0 to 0.8 where it stays below 1.
    degree: int, 1 to 20; with a table of two number columns, the networks read all products of the two up to this
        degree, as polynomial regression does. None (default): the columns as they are.
    options: see `StudyOptions`.

    Returns:
        A `Study` whose table has a row a strength: strength, training_loss, test_loss and its standard_error over
        folds, zeros (share of weights that are exactly 0), unread_columns (columns without any weight, mean over
        networks) and weights (norm of all). Its details are "columns" (mean size of the weights of each column),
        "comparisons" (each strength with the first) and "networks". Its recipes are "lowest loss" and "one standard
        error": the largest strength whose loss is at most one standard error above the lowest. For a table of classes
        and two number columns a figure shows the regions of the classes.

    Raises:
        InputError: anything wrong with recipe, setting, table or options.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(120, 3))
    >>> recipe = wellfit.Recipe.plain(hidden=(), epochs=4)
    >>> study = wellfit.studies.path(recipe, X, X[:, 0], slot="l1", strengths=[0, 0.1, 10], folds=2, seeds=2)
    >>> study.table["unread_columns"].to_list()
    [0.0, 0.0, 3.0]
    """
    settings, base = settings_of(options), as_recipe(recipe)
    setting = _setting_of(base, slot)
    base, remarks = _exact(base, setting)
    values = _checked(_default(base, setting) if strengths is None else strengths)
    recipes = {f"{setting} = {value:g}": varied(base, {setting: value}) for value in values}
    table = study_table(X, y, options)
    plane = plane_of(table, degree)
    if plane is not None:
        table = with_products(table, plane)
    columns = len(table.schema.input_names)
    drawn = _regions_of(recipes, plane, columns)
    grid = train_grid(recipes, table, settings, drawn)
    return path_study(grid, table, settings, setting, values, plane, remarks)


def _regions_of(recipes: dict[str, Recipe], plane: Plane | None, columns: int) -> Any:
    """What is measured of a round: weights of every network, and the regions of the first fold's networks."""
    points = None if plane is None else grid_of(plane, min(PANELS, len(recipes)))

    def measure(population: Population) -> Any:
        run = population.engine
        measures = measures_of(population, columns)
        if plane is None or points is None or run.target.kind not in ("binary", "classes"):
            return measures, None
        every = len(run.members) // len(recipes)
        firsts = range(0, len(run.members), every)
        shown = {
            name: None if run.members[k].status == "diverged" else regions(run.network(k), plane, points, run.target)
            for name, k in zip(recipes, firsts, strict=True)
        }
        return measures, (points, shown)

    return measure


def _setting_of(recipe: Recipe, slot: str) -> str:
    """The dotted name of a setting; of a slot alone its main setting.

    Raises:
        InputError: there is no such slot, or it has no main setting.
    """
    name = slot.replace("__", ".")
    if "." in name:
        return name
    if name not in Recipe.model_fields:
        raise InputError(f"slot names a setting of a recipe, such as l2.strength; got {quoted(slot)}: see its schema.")
    value = getattr(recipe, name)
    if not isinstance(value, Technique) or not type(value).main:
        raise InputError(f"The slot {name} has no main setting: name one, such as l2.strength; got {quoted(slot)}.")
    return f"{name}.{type(value).main}"


def _exact(recipe: Recipe, setting: str) -> tuple[Recipe, tuple[str, ...]]:
    """A recipe without L1 is given the form of it that leaves exact zeros; with what is to be said."""
    if setting != "l1.strength" or recipe.l1.strength or recipe.l1.proximal:
        return recipe, ()
    return varied(recipe, {"l1.proximal": True}), (LASSO,)


def _default(recipe: Recipe, setting: str) -> list[float]:
    """Strengths from 0 up, by what the technique declares."""
    slot, _, leaf = setting.partition(".")
    value = getattr(recipe, slot, None)
    field = type(value).model_fields.get(leaf) if isinstance(value, Technique) else None
    extra: Any = None if field is None else field.json_schema_extra
    if not isinstance(value, Technique) or not isinstance(extra, dict) or "low" not in extra:
        raise InputError(f"{setting} has no strengths from zero up that are tried by themselves: give strengths.")
    if extra["high"] <= 1:
        return list(SHARES)
    shown = type(value).example.get(slot, turned_on(type(value)))
    middle = shown.get(leaf) if isinstance(shown, dict) else shown
    middle = float(middle) if isinstance(middle, int | float) and middle > 0 else 0.01
    return [0.0, *(middle * factor for factor in FACTORS)]


def _checked(strengths: Sequence[float]) -> tuple[float, ...]:
    values = tuple(float(value) for value in strengths)
    rising = all(low < high for low, high in zip(values, values[1:], strict=False))
    apart = len({f"{value:g}" for value in values}) == len(values)  # they name the recipes
    if len(values) < 2 or not (rising and apart) or not all(math.isfinite(value) for value in values):
        raise InputError(
            "strengths are two finite numbers or more that rise, no two with the same first 6 digits; got "
            f"{quoted(list(values))}."
        )
    return values
