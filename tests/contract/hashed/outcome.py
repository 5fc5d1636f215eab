"""What a case gives: weights by name, predictions, history; and how they are taken from populations and models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import wellfit

# The history's columns that are hashed, by the names they had when the list was stored. None tells the time.
HISTORY = (
    "member", "epoch", "update", "learning_rate", "running_loss", "objective", "training_loss", "training_error",
    "validation_loss", "validation_error", "gradient_norm", "clipped_share", "averaged",
)  # fmt: skip
TASK_HISTORY = (
    "member", "epoch", "update", "training_loss", "training_error", "validation_loss", "validation_error",
)  # fmt: skip


@dataclass
class Outcome:
    """Arrays in an order that never changes. weights: of each network by name."""

    weights: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    predictions: list[NDArray[Any]] = field(default_factory=list)
    history: list[NDArray[Any]] = field(default_factory=list)

    def predicted(self, *values: Any) -> Outcome:
        """With further predictions: arrays, numbers, or lists and tables of them."""
        self.predictions += [array for value in values for array in arrays_in(value)]
        return self

    def and_also(self, other: Outcome) -> Outcome:
        """With another one behind."""
        return Outcome(self.weights + other.weights, self.predictions + other.predictions, self.history + other.history)


@dataclass(frozen=True)
class HashedCase:
    """One line of the stored list. run(threads) trains and gives what is hashed.

    recipes: those it trains, as tables or names, so that a test can tell which techniques are covered.
    """

    name: str
    run: Callable[[int], Outcome]
    recipes: tuple[Any, ...] = ()


def weights_of(model: Any) -> list[dict[str, NDArray[Any]]]:
    """The only place that reaches into a model: the weights of its networks by name."""
    return [network.weights() for network in model.networks]


def snapshots_of(population: Any, index: int) -> list[dict[str, NDArray[Any]]]:
    """The weights of the networks that a member was on its way."""
    return [network.weights() for network in population.snapshots(index)]


def recipe_of(given: Any) -> wellfit.Recipe:
    """A recipe from a table of settings, or as it is."""
    return given if isinstance(given, wellfit.Recipe) else wellfit.Recipe(**given)


def arrays_in(value: Any) -> Iterable[NDArray[Any]]:
    """The arrays and numbers in a value, in their order; of tables in the order of their keys."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from arrays_in(value[key])
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from arrays_in(one)
    else:
        yield np.asarray(value)


def predictions_of(model: Any, X: Any, **words: Any) -> list[NDArray[Any]]:
    """What a model says of rows: probabilities where it has some, numbers where it has none."""
    said: list[Any] = []
    if model.kind not in ("numbers", "counts"):
        said.append(model.predict_proba(X, **words))
    if model.kind in ("numbers", "counts", "tasks"):
        answers = model.predict(X, **words)
        numbers = {name: part for name, part in answers.items() if np.asarray(part).dtype.kind == "f"} \
            if isinstance(answers, dict) else answers  # fmt: skip
        said.append(numbers)
    return list(arrays_in(said))


def history_of(table: Any, columns: tuple[str, ...] = HISTORY) -> list[NDArray[Any]]:
    """The values of the history's columns."""
    return [table[name].to_numpy() for name in columns]


def of_model(model: Any, X: Any, history: Any = None, **words: Any) -> Outcome:
    """What a model holds and says."""
    seen = [] if history is None else history_of(history)
    return Outcome(weights_of(model), predictions_of(model, X, **words), seen)


def of_population(population: Any, X: Any) -> Outcome:
    """What each member has become, and the history of all."""
    made = Outcome(history=history_of(population.history))
    for member in population:
        made.weights += weights_of(member.model)
        made.predictions += predictions_of(member.model, X)
        made.predicted(member.updates, member.best_update, member.best_loss)
    if len(population) and population[0].model.kind == "tasks":
        made.history += history_of(population.task_history, TASK_HISTORY)
    return made


def averaged_over(*sources: Any) -> Callable[[Any, Any], Any]:
    """Predictions averaged over what each member drew in training: its masks, its noise."""

    def say(population: Any, X: Any) -> Any:
        found = [
            member.model.averaged(X[:20], over, draws=5, seed=3)
            for member, over in zip(population, sources, strict=True)
        ]
        return [[one.mean, one.spread] for one in found]

    return say


def training(
    name: str,
    data: Callable[[], tuple[Any, Any]],
    *recipes: Any,
    also: Callable[[Any, Any], Any] | None = None,
    weighted: bool = False,
    **words: Any,
) -> HashedCase:
    """A case that trains recipes side by side. data: gives table and target. also: further predictions, from the
    population and the table. weighted: rows have weights. words: as `wellfit.train` takes them.
    """

    def run(threads: int) -> Outcome:
        X, y = data()
        given = dict(words)
        if weighted:
            given["sample_weight"] = np.arange(len(X)) % 4 / 2
        made = [recipe_of(recipe) for recipe in recipes]
        population = wellfit.train(made, X, y, n_jobs=threads, **given)
        outcome = of_population(population, X)
        return outcome if also is None else outcome.predicted(also(population, X))

    return HashedCase(name, run, recipes)
