"""Which choices of a recipe mattered for the score: a forest over recipes, permutation, bootstrap over recipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.numerics.blas import single_threaded_blas

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

LEAST_RECIPES = 12  # of different ones: fewer leave no row to judge by
LEAST_HELD_OUT = 3
LEVEL = 0.95
WHOLE_SLOTS = ("optimizer",)  # whose settings are choices of their own


@dataclass(frozen=True)
class ChoiceImportance:
    """What one choice of the recipe matters for the score.

    name: of the choice: a slot, such as "dropout", or a setting of one, such as "optimizer.learning_rate".
    importance: by how much the share of the score's variance that a forest explains, on recipes that it did not learn
        from, falls where this choice is shuffled: about 0 for one that does not matter.
    low, high: ends of its 95 % interval, by a bootstrap over recipes.
    values: how many different values of it were tried.
    """

    name: str
    importance: float
    low: float
    high: float
    values: int


@dataclass(frozen=True)
class ChoiceImportances:
    """The choices that varied, the most important first.

    choices: one each. explained: share of the score's variance that the forest explains on recipes that it did not
    learn from, with the ends of its interval; where it is about 0, nothing can be said of any choice.
    recipes: how many different ones.
    """

    choices: tuple[ChoiceImportance, ...]
    explained: tuple[float, float, float]
    recipes: int


def importance_of_choices(
    recipes: Sequence[Mapping[str, Any]], scores: Sequence[float], *, resamples: int = 60, trees: int = 30,
    repeats: int = 3, seed: int = 0,
) -> ChoiceImportances:  # fmt: skip
    """Which choices mattered for the score of the recipes that were tried.

    The score is taken by its rank, so that a recipe that diverged weighs no more than the next worst. In each resample
    recipes are drawn with replacement, a forest learns their ranks, and each choice is shuffled among the recipes that
    were not drawn. A recipe that occurs several times is drawn as one.

    recipes: the settings of each, as `Recipe.to_dict` gives them.
    scores: of each; lower or higher is better, it makes no difference; infinity: it diverged. NaN: left out.
    resamples: of the bootstrap (default 60). trees: of each forest (default 30). repeats: shuffles of each choice in
        each resample (default 3). seed: of all draws (default 0).

    Raises:
        InputError: there are fewer than 12 different recipes with a score, or not as many scores as recipes.
    """
    y = np.asarray(scores, np.float64)
    if len(y) != len(recipes):
        raise InputError(f"Each recipe has one score; got {len(recipes)} recipes and {len(y)} scores.")
    kept = np.flatnonzero(~np.isnan(y))
    flat = [flattened(recipes[int(place)]) for place in kept]
    unit = _units(flat)
    if len(set(unit)) < LEAST_RECIPES:
        raise InputError(
            f"The importance of choices needs at least {LEAST_RECIPES} different recipes with a score; got "
            f"{len(set(unit))}: try more."
        )
    X, choice_of, names, counts = _design(flat)
    if not names:
        return ChoiceImportances((), (0.0, 0.0, 0.0), len(set(unit)))
    ranks = _mean_ranks(y[kept])
    draws = np.random.default_rng(seed)
    found = [_resample(X, ranks, unit, choice_of, len(names), trees, repeats, draws) for _ in range(resamples)]
    drops, explained = np.array([one[0] for one in found]), np.array([one[1] for one in found])
    choices = [
        ChoiceImportance(name, *_interval(drops[:, k]), values)
        for k, (name, values) in enumerate(zip(names, counts, strict=True))
    ]
    return ChoiceImportances(
        tuple(sorted(choices, key=lambda one: -one.importance)), _interval(explained), len(set(unit))
    )


def flattened(recipe: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Settings by dotted name; hidden layers as how many and how wide the widest is.

    >>> flattened({"hidden": [64, 32], "optimizer": {"name": "sgd"}})
    {'hidden.layers': 2, 'hidden.widest': 64, 'optimizer.name': 'sgd'}
    """
    flat: dict[str, Any] = {}
    for name, value in recipe.items():
        if isinstance(value, Mapping):
            flat.update(flattened(value, f"{prefix}{name}."))
        elif prefix + name == "hidden" and isinstance(value, (list, tuple)):
            flat |= {"hidden.layers": len(value), "hidden.widest": max(value, default=0)}
        else:
            flat[prefix + name] = value
    return flat


def choice_named(setting: str) -> str:
    """The choice that a setting belongs to: its slot, but for slots whose settings are choices of their own.

    >>> choice_named("dropout.rate.value"), choice_named("optimizer.learning_rate")
    ('dropout', 'optimizer.learning_rate')
    """
    slot = setting.split(".")[0]
    return setting if slot in WHOLE_SLOTS else slot


def _units(flat: Sequence[Mapping[str, Any]]) -> Int64:
    """The number of its recipe for each row: equal recipes share one."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(repr(sorted(one.items(), key=str)), len(numbers)) for one in flat], np.int64)


def _design(flat: Sequence[Mapping[str, Any]]) -> tuple[Float64, Int64, list[str], list[int]]:
    """Columns of the settings that vary, the choice of each column, the choices, and how many values each has."""
    columns: list[Float64] = []
    choice_of: list[int] = []
    names: list[str] = []
    for setting in dict.fromkeys(name for one in flat for name in one):
        made = _columns([one.get(setting) for one in flat])
        if not made:
            continue
        name = choice_named(setting)
        if name not in names:
            names.append(name)
        columns += made
        choice_of += [names.index(name)] * len(made)
    values = [
        len({repr([(k, v) for k, v in sorted(one.items()) if choice_named(k) == name]) for one in flat})
        for name in names
    ]
    X = np.stack(columns, axis=1) if columns else np.zeros((len(flat), 0))
    return X, np.array(choice_of, np.int64), names, values


def _columns(values: Sequence[Any]) -> list[Float64]:
    """A setting as numbers: as it is where it is a number, else one column a value; none where it does not vary."""
    shown = [repr(value) for value in values]
    different = list(dict.fromkeys(shown))
    if len(different) < 2:
        return []
    if all(value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)) for value in values):
        return [np.array([-1.0 if value is None else float(value) for value in values])]
    kept = different[1:] if len(different) == 2 else different
    return [np.array([one == value for one in shown], np.float64) for value in kept]


def _mean_ranks(y: Float64) -> Float64:
    """Ranks from 0 to 1, equal scores sharing one."""
    _, place, counts = np.unique(y, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    return np.asarray(middle[place] / max(len(y) - 1, 1), np.float64)


def _resample(
    X: Float64, y: Float64, unit: Int64, choice_of: Int64, choices: int, trees: int, repeats: int,
    draws: np.random.Generator,
) -> tuple[Float64, float]:  # fmt: skip
    """One bootstrap resample: the fall of the explained share for each choice, and that share."""
    from sklearn.ensemble import ExtraTreesRegressor

    learned, held = _drawn(unit, draws)
    forest = ExtraTreesRegressor(trees, min_samples_leaf=2, random_state=int(draws.integers(2**31)), n_jobs=1)
    copies = [X[held]]
    for choice in range(choices):
        own = choice_of == choice
        for _ in range(repeats):
            shuffled = X[held].copy()
            shuffled[:, own] = shuffled[draws.permutation(len(held))][:, own]
            copies.append(shuffled)
    with single_threaded_blas():
        forest.fit(X[learned], y[learned])
        predicted = forest.predict(np.concatenate(copies)).reshape(len(copies), len(held))
    errors = ((predicted - y[held]) ** 2).mean(axis=1) / max(y.var(), 1e-12)
    falls = errors[1:].reshape(choices, repeats).mean(axis=1) - errors[0]
    return falls, float(1 - errors[0])


def _drawn(unit: Int64, draws: np.random.Generator) -> tuple[Int64, Int64]:
    """Rows of recipes drawn with replacement, and rows of those that were not."""
    many = int(unit.max()) + 1
    rows_of = [np.flatnonzero(unit == one) for one in range(many)]
    while True:
        drawn = draws.integers(many, size=many)
        left = np.setdiff1d(np.arange(many), drawn)
        if len(left) >= LEAST_HELD_OUT:
            break
    return np.concatenate([rows_of[one] for one in drawn]), np.concatenate([rows_of[one] for one in left])


def _interval(values: Float64) -> tuple[float, float, float]:
    """Mean and the ends of the middle 95 %."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(values.mean()), float(low), float(high)
