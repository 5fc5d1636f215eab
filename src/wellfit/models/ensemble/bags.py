"""A bag: members that predict together, as one model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.population import Population
from wellfit.errors import InputError
from wellfit.models.ensemble.members import WithSchema, parts_of, sound_members
from wellfit.models.ensemble.ranking import best_recipes
from wellfit.models.model import Average, Model
from wellfit.recipe import Recipe
from wellfit.tables import Schema


def bag(
    population: Population | WithSchema,
    schema: Schema | None = None,
    *,
    average: Average = "mean",
    weights: Sequence[float] | NDArray[np.float64] | None = None,
    members: Sequence[int] | None = None,
    recipes: int | None = None,
    snapshots: bool = False,
    info: dict[str, Any] | None = None,
) -> Model:
    """One model that averages a population's members.

    population: what `wellfit.train` returned, or the engine's population together with the `schema` of its table.
    average: "mean" of probabilities or of numbers (default), "logits", "majority", or "median" of numbers.
    weights: one of 0 or more for each chosen member; None (default): equal.
    members: their numbers; None (default): all that are sound. Diverged members never take part. recipes: instead, all
    members of so many best recipes (`best_recipes`).
    snapshots: a member takes part with all its snapshots (the recipe's slot `snapshots`), which share its weight,
    instead of its kept weights (default), which stand in where it has none.

    Raises:
        InputError: no member is left, the average does not suit the target, or weights do not fit.
    """
    engine, schema = parts_of(population, schema)
    if schema is None:
        raise InputError("A bag needs the schema of the table that its members were trained on: give schema=.")
    if recipes is not None:
        if members is not None:
            raise InputError("A bag takes named members, or those of the best recipes: give one of the two.")
        members = [index for ranked in best_recipes(engine, recipes) for index in ranked.members]
    chosen = sound_members(engine, members)
    if members is not None and weights is not None and len(weights) != len(members):
        raise InputError(f"{len(members)} members and {len(weights)} weights came: give one weight for each member.")
    if members is not None and weights is not None and len(chosen) < len(members):
        weights = [weight for member, weight in zip(members, weights, strict=True) if member in chosen]
    target = engine.target
    parts = [engine.networks(index, snapshots) for index in chosen]
    if weights is not None and len(weights) == len(parts):  # a member's share is its networks' together
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
