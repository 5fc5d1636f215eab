"""Members that predict together: a bag as one model, and what its members say of rows that they have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from wellfit.data import Schema
from wellfit.engine.evaluate import predict
from wellfit.engine.population import Population
from wellfit.errors import InputError
from wellfit.model import Average, Model
from wellfit.model.averaging import average_numbers, average_probabilities, check_average, normal_weights

__all__ = ["bag", "out_of_fold", "sound_members"]


class WithSchema(Protocol):
    """A population that knows its table's schema, as `wellfit.train` returns it."""

    engine: Population
    schema: Schema


def bag(
    population: Population | WithSchema,
    schema: Schema | None = None,
    *,
    average: Average = "mean",
    weights: Sequence[float] | NDArray[np.float64] | None = None,
    members: Sequence[int] | None = None,
    info: dict[str, Any] | None = None,
) -> Model:
    """One model that averages a population's members.

    population: what `wellfit.train` returned, or the engine's population together with the `schema` of its table.
    average: "mean" of probabilities or of numbers (default), "logits", "majority", or "median" of numbers.
    weights: one of 0 or more for each chosen member; None (default): equal.
    members: their numbers; None (default): all that are sound. Diverged members never take part.

    Raises:
        InputError: no member is left, the average does not suit the target, or weights do not fit.
    """
    engine, schema = _parts(population, schema)
    if schema is None:
        raise InputError("A bag needs the schema of the table that its members were trained on: give schema=.")
    chosen = sound_members(engine, members)
    if members is not None and weights is not None and len(chosen) < len(members):
        weights = [weight for member, weight in zip(members, weights, strict=True) if member in chosen]
    target = engine.target
    networks = tuple(engine.network(index) for index in chosen)
    return Model(schema, target.kind, target.labels, networks, weights, info or {}, average)


def sound_members(population: Population, members: Sequence[int] | None = None) -> list[int]:
    """The given members (default: all) without those that diverged or were never trained.

    Raises:
        InputError: none is left, or there is no member of a number.
    """
    asked = list(range(len(population))) if members is None else [int(member) for member in members]
    for index in asked:
        if not 0 <= index < len(population):
            raise InputError(
                f"The population has members 0 to {len(population) - 1}, and member {index} was asked for."
            )
    standing = [population.members[index] for index in asked]
    sound = [index for index, member in zip(asked, standing, strict=True) if member.status != "diverged"]
    if not sound:
        raise InputError(
            f"All {len(asked)} members diverged (a loss or a weight became infinite), so that nothing can predict: "
            "lower the learning rate, or limit the gradient with clipping."
        )
    trained = [index for index in sound if population.members[index].update > 0]
    return trained or sound


def recipe_groups(population: Population) -> list[list[int]]:
    """The members of each recipe, recipes in the order in which they first occur."""
    groups: dict[str, list[int]] = {}
    for index, member in enumerate(population.members):
        groups.setdefault(member.recipe.to_json(), []).append(index)
    return list(groups.values())


def out_of_fold(
    population: Population | WithSchema,
    *,
    part: Literal["validation", "test"] = "validation",
    average: Average = "mean",
    n_jobs: int = 1,
) -> NDArray[np.float64]:
    """For each row of the table, what those members say for whom it was held out.

    part: which rows of a member's view count as held out: "validation" (default; stopping has looked at them, which
        flatters a little) or "test" (nothing has).

    Returns (rows, columns): probabilities for classes (also two) and labels, numbers and counts in their own units; NaN
    in rows that no sound member held out.
    """
    engine, _ = _parts(population, None)
    check_average(average, engine.target.kind)
    said, times = _held_out_outputs(engine, part, n_jobs)
    columns = 2 if engine.target.kind == "binary" else engine.target.outputs
    answer = np.full((engine.arrays.rows, columns), np.nan)
    for count in np.unique(times[times > 0]):
        rows, weights = np.flatnonzero(times == count), normal_weights(None, int(count))
        together = np.ascontiguousarray(said[:count, rows])
        if engine.target.kind in ("numbers", "counts"):
            answer[rows] = average_numbers(together, average, weights)
        else:
            answer[rows] = average_probabilities(together, engine.target.kind, average, weights)
    return answer


def _held_out_outputs(engine: Population, part: str, n_jobs: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Outputs (times, rows, outputs): in place k those of the k-th member that held the row out; and how many did."""
    sound = sound_members(engine)
    held = [np.unique(getattr(engine.members[index].plan.view, part)) for index in sound]
    times = np.bincount(np.concatenate(held), minlength=engine.arrays.rows)
    said = np.zeros((int(times.max(initial=0)), engine.arrays.rows, engine.target.outputs), np.float32)
    filled = np.zeros(engine.arrays.rows, np.int64)
    for index, rows in zip(sound, held, strict=True):
        if rows.size:
            said[filled[rows], rows] = predict(engine.network(index), engine.arrays.take(rows), n_jobs)
            filled[rows] += 1
    return said, filled


def _parts(population: Population | WithSchema, schema: Schema | None) -> tuple[Population, Schema | None]:
    if isinstance(population, Population):
        return population, schema
    return population.engine, schema or population.schema
