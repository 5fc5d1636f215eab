"""From an estimator's keywords to what the engine and the search take: a recipe, a seed, threads, seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from wellfit.engines.contract.budget import parse_seconds
from wellfit.engines.numpy.prepared_view import Rows, class_factors
from wellfit.errors import InputError, quoted
from wellfit.models.model import Average
from wellfit.models.model.averaging import check_average
from wellfit.numerics.cores import usable_cores
from wellfit.recipe import Recipe, as_recipe, is_recipe_name
from wellfit.tables import views_of_folds
from wellfit.tables.arrays import Float32, Target, TargetKind, View
from wellfit.tables.columns.target_values import plain_label
from wellfit.tables.views.given_folds import is_number_of_folds, refuse_repeated_rows
from wellfit.tables.views.splits import ranks_of
from wellfit.techniques.base import Technique

# The everyday keywords, each with the recipe's setting that it stands for. Order matters: a technique comes before
# its settings.
EVERYDAY = {
    "hidden": "hidden",
    "activation": "activation",
    "normalization": "normalization",
    "dropout": "dropout",
    "loss": "loss",
    "optimizer": "optimizer",
    "learning_rate": "optimizer.learning_rate",
    "schedule": "schedule",
    "weight_decay": "weight_decay",
    "batch_size": "batch_size",
    "epochs": "epochs",
}


def recipe_of(estimator: Any) -> Recipe:
    """The recipe that an estimator's parameters describe: `recipe`, changed by every everyday keyword that is not None.

    Raises:
        InputError: a setting is unknown or out of range.
    """
    given = estimator.recipe
    if not (given is None or isinstance(given, (Recipe, Mapping, str, Path))):
        raise InputError(f"recipe is a Recipe, a dict of settings, a path or None; got {type(given).__name__}.")
    hidden = _plain(estimator.hidden)
    recipe = Recipe.named(str(given), hidden) if is_recipe_name(given) else as_recipe(given)  # depth may decide more
    changes: dict[str, Any] = {}
    for keyword, slot in EVERYDAY.items():
        value = getattr(estimator, keyword)
        if value is None:
            continue
        changes[_setting(recipe, slot, value)] = _plain(value)
    recipe = recipe.vary(changes) if changes else recipe
    return recipe if estimator.patience is None else _with_patience(recipe, _plain(estimator.patience))


def _setting(recipe: Recipe, slot: str, value: Any) -> str:
    """What a value sets: a bare number the technique's main setting, so that its others stay as in the recipe."""
    technique = getattr(recipe, slot, None)
    if isinstance(technique, Technique) and technique.main and not isinstance(value, (Mapping, str, Technique)):
        return f"{slot}.{technique.main}"
    return slot


def _with_patience(recipe: Recipe, patience: Any) -> Recipe:
    """Early stopping; a schedule of fixed length must not be cut short, so there patience grows with the best epoch."""
    if recipe.stopping.name in ("patience", "strict_patience"):
        return recipe.vary({"stopping.patience": patience})
    growth = 2.0 if recipe.schedule.fixed_length else 0.0
    return recipe.vary(stopping={"name": "patience", "patience": patience, "growth": growth})


def _plain(value: Any) -> Any:
    """NumPy's numbers, which searches draw, as Python's."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    return tuple(map(_plain, value)) if isinstance(value, (list, tuple)) else value


def average_of(estimator: Any, kind: TargetKind) -> Average:
    """How members are averaged; InputError where it does not suit the target."""
    average: Average = estimator.average
    check_average(average, kind)
    return average


def with_class_weight(recipe: Recipe, class_weight: Any, labels: Sequence[Any]) -> Recipe:
    """The recipe with scikit-learn's class_weight: None (as in the recipe), "balanced", or {class: weight}."""
    if class_weight is None:
        return recipe
    if isinstance(class_weight, str):
        return recipe.vary(class_weight=class_weight)
    if not isinstance(class_weight, Mapping):
        raise InputError(f'class_weight is None, "balanced" or a dict of weights; got {quoted(class_weight)}.')
    names = {label: str(label) for label in labels}
    weights = {names.get(plain_label(label), str(label)): float(weight) for label, weight in class_weight.items()}
    return recipe.vary(class_weight=weights)


def weighted_by_class(weight: Float32 | None, class_weight: Any, target: Target) -> Float32 | None:
    """The rows' weights times those of their classes, as scikit-learn's class_weight has them.

    Raises:
        InputError: the target is no class, the weights are none, or a class does not occur.
    """
    recipe = with_class_weight(Recipe(), class_weight, target.labels)
    every = np.arange(len(target.values))
    own = np.ones(len(every), np.float32) if weight is None else weight
    factors = class_factors(recipe, target, Rows(every, own))
    return weight if factors is None else (own * factors[target.values[:, 0].astype(np.int64)]).astype(np.float32)


def seed_of(random_state: Any) -> int:
    """A seed from None (a fresh one), an integer, or a RandomState, which is advanced."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def threads_of(n_jobs: int | None) -> int:
    """Threads: None is 1, -1 all cores that this process may use (quota included), -2 all but one."""
    if n_jobs is None:
        return 1
    if n_jobs == 0:
        raise InputError("n_jobs = 0: give 1 or more threads, or -1 for all cores.")
    return max(1, usable_cores() + 1 + n_jobs) if n_jobs < 0 else int(n_jobs)


def recipes_of(recipes: Any) -> list[Recipe] | None:
    """What a search tries first: a list of recipes, or one of them; None is the built-in portfolio."""
    if recipes is None:
        return None
    one = (Recipe, Mapping, str, Path)
    given = [recipes] if isinstance(recipes, one) else recipes
    if not isinstance(given, (list, tuple)) or not given or not all(isinstance(value, one) for value in given):
        raise InputError(
            "recipes is a list of one recipe or more, each a Recipe, a dict of settings, a name or a path; "
            f"got {quoted(recipes)}: None is the built-in portfolio."
        )
    return [as_recipe(value) for value in given]


def folds_of(folds: Any, target: Target, weight: Float32 | None, groups: Any) -> int | Sequence[View] | None:
    """Folds of a search, a number or views that hold each row out at most once; None leaves the number to it."""
    rows = len(target.values)
    if folds is None:
        return None
    if not is_number_of_folds(folds) and not isinstance(folds, bool):
        counted = None if weight is None else np.flatnonzero(weight > 0)
        views = views_of_folds(folds, target, groups=groups, rows=counted)
        refuse_repeated_rows(views, rows, folds)
        return views
    if not isinstance(folds, (int, np.integer)) or isinstance(folds, bool) or not 2 <= folds <= max(rows, 2):
        raise InputError(
            f"folds is a whole number from 2 to the number of rows, here {rows}; got {quoted(folds)}: None chooses it."
        )
    return int(folds)


def seconds_of(limit: Any) -> float:
    """Seconds of a number, of text such as "5m", or of a timedelta.

    Raises:
        InputError: no such time, or none above 0.
    """
    if isinstance(limit, timedelta):
        limit = limit.total_seconds()
    if isinstance(limit, str):
        return parse_seconds(limit)
    if isinstance(limit, bool) or not isinstance(limit, (int, float, np.number)) or not 0 < limit < 1e9:
        raise InputError(f'time_limit is in seconds, above 0, or a time such as "5m"; got {quoted(limit)}.')
    return float(limit)


def groups_of(groups: Any, rows: int) -> NDArray[Any] | None:
    """groups as an array (rows,); InputError where one is missing."""
    if groups is None:
        return None
    values = np.asarray(groups)
    if values.shape != (rows,):
        raise InputError(f"groups is one value for each of the {rows} rows; got an array of shape {values.shape}.")
    ranks_of(values, "groups")  # refuses missing ones
    return values
