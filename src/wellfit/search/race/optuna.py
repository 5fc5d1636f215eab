"""Optuna's samplers as proposers of recipes (extra `optuna`).

    from wellfit.search import SearchSettings, search
    from wellfit.search.race.optuna import OptunaProposer

    ensemble = search(arrays, target, None, SearchSettings(updates=20_000, proposer=OptunaProposer(target.kind)))

Source: Akiba, Sano, Yanase, Ohta & Koyama, "Optuna: a next-generation hyperparameter optimization framework", 2019;
TPE: Bergstra, Bardenet, Bengio & Kegl, "Algorithms for hyper-parameter optimization", 2011.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.search.race.proposals import Evolution, Random, Trial, varied
from wellfit.tables.arrays import TargetKind

MOST_DRAWS = 100  # points of the space, before it counts as used up


class OptunaProposer:
    """Asks a sampler of Optuna for the next recipe, over the space that `Evolution` draws from.

    Each call makes a study from the trials so far and a sampler from a seed that the search draws, so that a search
    with a budget of updates can be repeated. A slot whose value in a recipe lies outside the space is unknown to the
    sampler.

    kind: of the target.
    numbers: bool, whether the table has columns of numbers; default True.
    categories: bool, whether it has columns of categories; default True.
    sampler: makes an Optuna sampler from a seed (int); None (default): `optuna.samplers.TPESampler`.

    Raises:
        InputError: Optuna is not installed.
    """

    def __init__(
        self,
        kind: TargetKind,
        numbers: bool = True,
        categories: bool = True,
        sampler: Callable[[int], Any] | None = None,
    ) -> None:
        self._optuna = _optuna()
        self._sampler = sampler or self._tpe
        # A value that stands in the space twice, to be drawn more often, is one choice of the sampler's.
        space = Evolution(kind, numbers, categories).space
        self.space = {name: _distinct(values) for name, values in space.items()}

    def _tpe(self, seed: int) -> Any:
        return self._optuna.samplers.TPESampler(seed=seed)

    def propose(self, tried: Sequence[Trial], random: Random) -> tuple[Recipe, str]:
        """A recipe that has not been tried."""
        study = self._study(tried, self._sampler(int(random.integers(2**31))))
        known = {one.recipe.to_json() for one in tried}
        distributions = self._distributions()
        for _ in range(MOST_DRAWS):
            trial = study.ask(distributions)
            recipe = varied(Recipe(), {name: self.space[name][place] for name, place in trial.params.items()})
            if recipe is not None and recipe.to_json() not in known:
                return recipe, f"Optuna's {type(study.sampler).__name__}"
            study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
        raise InputError("No recipe is left in the space of the search that has not been tried.")

    def examples(self) -> list[Recipe]:
        """Recipes that between them use everything that proposals may use."""
        made = (varied(Recipe(), {name: value}) for name, values in self.space.items() for value in values)
        return [recipe for recipe in made if recipe is not None]

    def _distributions(self) -> dict[str, Any]:
        choices = self._optuna.distributions.CategoricalDistribution
        return {name: choices(tuple(range(len(values)))) for name, values in self.space.items()}

    def _study(self, tried: Sequence[Trial], sampler: Any) -> Any:
        """A study that knows the losses of what has been tried, best last."""
        logging = self._optuna.logging
        verbosity = logging.get_verbosity()
        logging.set_verbosity(logging.WARNING)  # it would report each study
        try:
            study = self._optuna.create_study(sampler=sampler)
        finally:
            logging.set_verbosity(verbosity)
        distributions, held = self._distributions(), self._held()
        for one in reversed(tried):
            point = _point(one.recipe, held)
            if point and math.isfinite(one.loss):
                known = {name: distributions[name] for name in point}
                study.add_trial(self._optuna.trial.create_trial(params=point, distributions=known, value=one.loss))
        return study

    def _held(self) -> dict[str, list[Any]]:
        """What a recipe holds in each slot for each value of the space."""
        return {
            name: [None if (made := varied(Recipe(), {name: value})) is None else _at(made, name) for value in values]
            for name, values in self.space.items()
        }


def _point(recipe: Recipe, held: dict[str, list[Any]]) -> dict[str, int]:
    """Where a recipe lies in the space: each slot's place, of those whose value stands there."""
    values = {name: _at(recipe, name) for name in held}
    return {name: held[name].index(value) for name, value in values.items() if value in held[name]}


def _at(recipe: Recipe, path: str) -> Any:
    """What a slot holds, or a setting of it."""
    return functools.reduce(getattr, path.split("."), recipe)


def _distinct(values: Sequence[Any]) -> tuple[Any, ...]:
    """Each value once, in order; values may be dicts."""
    kept: list[Any] = []
    for value in values:
        if value not in kept:
            kept.append(value)
    return tuple(kept)


def _optuna() -> Any:
    """The package.

    Raises:
        InputError: it is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise InputError(
            "A search with Optuna's samplers needs the package optuna, and it is not installed: "
            "pip install 'wellfit[optuna]'."
        ) from None
    return optuna
