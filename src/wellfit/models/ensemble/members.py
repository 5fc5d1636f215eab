"""Members of a population: which can predict, which share a recipe, which saw the same rows."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError, quoted
from wellfit.tables import Schema
from wellfit.tables.arrays import View
from wellfit.tables.views.expanding import latest_views


class TrainedPopulation(Protocol):
    """What is used of a `wellfit.Population`: the engine's training run and the schema of its table."""

    engine: TrainingRun
    schema: Schema


def engine_and_schema(
    population: TrainingRun | TrainedPopulation, schema: Schema | None
) -> tuple[TrainingRun, Schema | None]:
    """The engine's population, and the schema of its table where it is known."""
    if isinstance(population, TrainingRun):
        return population, schema
    return population.engine, schema or population.schema


def sound_members(population: TrainingRun, members: Sequence[int] | None = None) -> list[int]:
    """The given members (default: all) without those that diverged; without those never trained, if others were.

    Raises:
        InputError: none is left, or there is no member of a number.
    """
    chosen = member_numbers(population, members)
    sound = [index for index in chosen if population.members[index].status != "diverged"]
    if not sound:
        raise InputError(
            f"All {len(chosen)} members diverged (a loss or a weight became infinite), so that nothing can predict: "
            "lower the learning rate, or limit the gradient with clipping."
        )
    trained = [index for index in sound if population.members[index].update > 0]
    return trained or sound


def predicting_members(population: TrainingRun) -> list[int]:
    """The members that predict new rows: of those that can, all but those whose view another one goes beyond, as where
    each trains on what was before.

    Raises:
        InputError: none can predict.
    """
    sound = sound_members(population)
    latest = latest_views([population.members[index].plan.view for index in sound])
    return [sound[place] for place in latest]


def member_numbers(population: TrainingRun, members: Sequence[int] | None) -> list[int]:
    """The given members' numbers (default: all); InputError where there is no member of a number, or none is given."""
    try:
        numbers = list(range(len(population))) if members is None else [operator.index(member) for member in members]
    except TypeError:
        raise InputError(f"members is a list of whole numbers, such as [0, 2]; got {quoted(members)}.") from None
    if not numbers:
        raise InputError("members lists no member: give at least one number, or leave it out for all.")
    for index in numbers:
        if not 0 <= index < len(population):
            raise InputError(f"The population has members 0 to {len(population) - 1}; got member {index}.")
    return numbers


def recipe_groups(population: TrainingRun) -> list[list[int]]:
    """The members of each recipe, in the order in which the recipes first occur. Equal recipes that start from other
    networks are different ones.
    """
    groups: dict[tuple[str, int], list[int]] = {}
    for index, member in enumerate(population.members):
        groups.setdefault((member.recipe.to_json(), id(member.plan.start)), []).append(index)
    return list(groups.values())


def same_rows(one: View, other: View, part: str) -> bool:
    """Whether two views train on the same rows with the same weights, and hold the same rows in a part."""
    weights = [np.ones(len(view.training)) if view.weight is None else view.weight for view in (one, other)]
    return one is other or (
        np.array_equal(one.training, other.training)
        and np.array_equal(weights[0], weights[1])
        and np.array_equal(getattr(one, part), getattr(other, part))
    )
