"""A bag: members of a population that predict together, as one model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError
from wellfit.models.ensemble.members import TrainedPopulation, engine_and_schema, sound_members
from wellfit.models.ensemble.ranking import best_recipes
from wellfit.models.model import Average, Model
from wellfit.recipe import Recipe
from wellfit.tables import Schema


def bag(
    population: TrainingRun | TrainedPopulation,
    schema: Schema | None = None,
    *,
    average: Average = "mean",
    weights: Sequence[float] | NDArray[np.float64] | None = None,
    members: Sequence[int] | None = None,
    recipes: int | None = None,
    snapshots: bool = False,
    info: dict[str, Any] | None = None,
) -> Model:
    """One model that averages a population's members. Diverged members never take part.

    population: what `wellfit.train` returned, or the engine's training run, with `schema`.
    schema: of the table that the members were trained on; only beside an engine's training run.
    average: "mean" of probabilities or of numbers (default), "logits", "majority", or "median" of numbers.
    weights: (chosen members,) of 0 or more; None (default): equal.
    members: list of their numbers; None (default): all that did not diverge.
    recipes: int, instead of `members`: all members of so many best recipes (see `best_recipes`).
    snapshots: bool; True: a member takes part with all its snapshots (the recipe's slot `snapshots`), which share its
        weight; its kept weights stand in where it has none. False (default): with its kept weights.
    info: dict to keep with the model, of values that JSON can hold (default: empty).

    Returns:
        A `wellfit.Model` of all networks.

    Raises:
        InputError: no member is left, the average does not suit the target, or weights do not fit.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> population = wellfit.train(wellfit.Recipe(hidden=(8,), epochs=2), X, X[:, 0] > 0, seeds=[0, 1])
    >>> len(bag(population).networks)
    2
    """
    engine, schema = engine_and_schema(population, schema)
    if schema is None:
        raise InputError("A bag needs the schema of the table that its members were trained on: give schema=.")
    if recipes is not None:
        if members is not None:
            raise InputError("A bag takes numbered members, or those of the best recipes: give one of the two.")
        members = [index for ranked in best_recipes(engine, recipes) for index in ranked.members]
    chosen = sound_members(engine, members)
    if members is not None and weights is not None and len(weights) != len(members):
        raise InputError(f"Each member has one weight; got {len(members)} members and {len(weights)} weights.")
    if members is not None and weights is not None and len(chosen) < len(members):
        weights = [weight for member, weight in zip(members, weights, strict=True) if member in chosen]
    target = engine.target
    parts = [engine.networks(index, snapshots) for index in chosen]
    if weights is not None and len(weights) == len(parts):  # a member's networks share its weight
        weights = [weight / len(part) for weight, part in zip(weights, parts, strict=True) for _ in part]
    elif weights is None and len({len(part) for part in parts}) > 1:
        weights = [1 / len(part) for part in parts for _ in part]
    networks = tuple(network for part in parts for network in part)
    return Model(schema, target.kind, target.labels, networks, weights, info or {}, average)


def snapshot_notes(recipe: Recipe) -> tuple[str, ...]:
    """A sentence where a recipe takes snapshots, for those whose bag leaves them out."""
    if recipe.snapshots.name == "none":
        return ()
    return (
        "The recipe takes snapshots, and this bag holds the kept weights instead: for a bag of the snapshots, use "
        "wellfit.train and wellfit.models.ensemble.bag(population, snapshots=True).",
    )
