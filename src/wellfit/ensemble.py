"""Members that predict together: a bag as one model, and what its members say of rows that they have not seen."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from wellfit.arrays import Task, View
from wellfit.data import Schema
from wellfit.engine.emit_loss import resolve_loss
from wellfit.engine.evaluate import predict
from wellfit.engine.population import Population
from wellfit.errors import InputError
from wellfit.intervals import Estimate, over_folds
from wellfit.model import Average, Model
from wellfit.model.averaging import average_numbers, average_probabilities, check_average, normal_weights
from wellfit.recipe import Recipe

__all__ = [
    "Ranked",
    "asked_members",
    "bag",
    "best_recipes",
    "held_out",
    "out_of_fold",
    "recipe_groups",
    "same_rows",
    "snapshot_notes",
    "sound_members",
]


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
    engine, schema = _parts(population, schema)
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


def sound_members(population: Population, members: Sequence[int] | None = None) -> list[int]:
    """The given members (default: all) without those that diverged or were never trained.

    Raises:
        InputError: none is left, or there is no member of a number.
    """
    asked = asked_members(population, members)
    standing = [population.members[index] for index in asked]
    sound = [index for index, member in zip(asked, standing, strict=True) if member.status != "diverged"]
    if not sound:
        raise InputError(
            f"All {len(asked)} members diverged (a loss or a weight became infinite), so that nothing can predict: "
            "lower the learning rate, or limit the gradient with clipping."
        )
    trained = [index for index in sound if population.members[index].update > 0]
    return trained or sound


def asked_members(population: Population, members: Sequence[int] | None) -> list[int]:
    """The given members' numbers (default: all); InputError where there is no member of a number, or none is asked."""
    try:
        asked = list(range(len(population))) if members is None else [operator.index(member) for member in members]
    except TypeError:
        raise InputError(f"members is a list of whole numbers, such as [0, 2], and {members!r} came.") from None
    if not asked:
        raise InputError("members names no member: give a number at least, or leave it out for all.")
    for index in asked:
        if not 0 <= index < len(population):
            raise InputError(
                f"The population has members 0 to {len(population) - 1}, and member {index} was asked for."
            )
    return asked


@dataclass(frozen=True)
class Ranked:
    """A recipe and how it did: its mean score over folds (with a 95 % interval), of each fold, and its members."""

    recipe: Recipe
    score: Estimate
    scores: tuple[float, ...]
    members: tuple[int, ...]


def best_recipes(
    population: Population | WithSchema, k: int | None = None, *, by: Literal["loss", "error"] = "loss"
) -> list[Ranked]:
    """The k recipes of least mean validation loss over their folds, best first; None (default): all of them, in order.

    Members of one view, which differ in their seeds, count with their mean. Equal recipes stay in the order in which
    they were given. A recipe of which a member diverged comes last, with an infinite score. by: "loss" (default) or
    "error" (share of wrong classes, squared error), which alone compares recipes of different losses.

    Raises:
        InputError: k is not between 1 and the number of recipes; recipes were trained on different views, without
        validation rows, or with different losses while `by` is "loss".
    """
    engine, _ = _parts(population, None)
    groups = recipe_groups(engine)
    if k is not None and not (isinstance(k, (int, np.integer)) and 1 <= k <= len(groups)):
        raise InputError(f"There are {len(groups)} recipes to choose from, and {k!r} were asked for.")
    _check_comparable(engine, groups, by)
    ranked = [_ranked(engine, members, by) for members in groups]
    order = np.argsort([one.score.mean for one in ranked], kind="stable")
    return [ranked[i] for i in order[:k]]


def _check_comparable(engine: Population, groups: list[list[int]], by: str) -> None:
    known: list[View] = []
    views = [{_place(engine.members[index].plan.view, known) for index in members} for members in groups]
    if any(found != views[0] for found in views):
        raise InputError("Recipes are compared on the same folds, and these were trained on different ones.")
    if not all(member.validates for member in engine.members):
        raise InputError("Recipes are compared by rows that were held out, and a view has none: train on folds.")
    losses = {str(resolve_loss(engine.members[members[0]].recipe, engine.target.kind)) for members in groups}
    if by == "loss" and len(losses) > 1:
        raise InputError('Recipes with different losses cannot be compared by them: use by="error".')


def _ranked(engine: Population, members: list[int], by: str) -> Ranked:
    found: dict[int, list[float]] = {}
    views: list[View] = []
    for index in members:
        member = engine.members[index]
        score = np.inf if member.status == "diverged" else member.kept_score(f"validation_{by}")
        found.setdefault(_place(member.plan.view, views), []).append(score)
    scores = tuple(float(np.mean(found[key])) for key in found)
    share = float(np.mean([len(view.validation) / len(view.training) for view in views]))
    return Ranked(engine.members[members[0]].recipe, over_folds(scores, share), scores, tuple(members))


def _place(view: View, known: list[View]) -> int:
    """The place of a view's rows among the known ones, at whose end they are put where they are new."""
    place = next((k for k, other in enumerate(known) if same_rows(other, view, "validation")), len(known))
    known[place:] = known[place:] or [view]
    return place


def same_rows(one: View, other: View, part: str) -> bool:
    """Whether two views train on the same rows with the same weights, and hold the same rows in a part."""
    weights = [np.ones(len(view.training)) if view.weight is None else view.weight for view in (one, other)]
    return one is other or (
        np.array_equal(one.training, other.training)
        and np.array_equal(weights[0], weights[1])
        and np.array_equal(getattr(one, part), getattr(other, part))
    )


def snapshot_notes(recipe: Recipe) -> tuple[str, ...]:
    """A sentence where a recipe takes snapshots, for those whose bag leaves them out."""
    if recipe.snapshots.name == "none":
        return ()
    return (
        "The recipe takes snapshots, and this bag holds the kept weights instead: for a bag of the snapshots, use "
        "wellfit.train and wellfit.ensemble.bag(population, snapshots=True).",
    )


def recipe_groups(population: Population) -> list[list[int]]:
    """The members of each recipe, in the order in which the recipes first occur. Equal recipes that start from other
    networks are different ones.
    """
    groups: dict[tuple[str, int], list[int]] = {}
    for index, member in enumerate(population.members):
        groups.setdefault((member.recipe.to_json(), id(member.plan.start)), []).append(index)
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
    return held_out(population, (part,), average=average, n_jobs=n_jobs)[0]


def held_out(
    population: Population | WithSchema,
    parts: Sequence[str],
    *,
    average: Average = "mean",
    n_jobs: int = 1,
    task: Task | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """As `out_of_fold`, of rows in any of some parts of a member's view; and how many networks spoke for each.

    task: which one, where the population has several.
    """
    engine, _ = _parts(population, None)
    check_average(average, engine.target.kind)
    if engine.target.tasks and task is None:
        raise InputError("Held-out predictions are those of one target, and this population has several tasks.")
    said, times = _held_out_outputs(engine, parts, n_jobs)
    kind = engine.target.kind
    if task is not None:
        said, kind = said[..., slice(*task.outputs)], task.kind
    columns = 2 if kind == "binary" else said.shape[2]
    answer = np.full((engine.arrays.rows, columns), np.nan)
    for count in np.unique(times[times > 0]):
        rows, weights = np.flatnonzero(times == count), normal_weights(None, int(count))
        together = np.ascontiguousarray(said[:count, rows])
        if kind in ("numbers", "counts"):
            answer[rows] = average_numbers(together, average, weights)
        else:
            answer[rows] = average_probabilities(together, kind, average, weights)
    return answer, times


def _held_out_outputs(
    engine: Population, parts: Sequence[str], n_jobs: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Outputs (times, rows, outputs): in place k those of the k-th member that held the row out; and how many did."""
    voices = [(index, network) for index in sound_members(engine) for network in engine.networks(index)]
    held = [_rows_of(engine.members[index].plan.view, parts) for index, _ in voices]
    times = np.bincount(np.concatenate(held), minlength=engine.arrays.rows)
    said = np.zeros((int(times.max(initial=0)), engine.arrays.rows, engine.target.outputs), np.float32)
    filled = np.zeros(engine.arrays.rows, np.int64)
    for (_, network), rows in zip(voices, held, strict=True):
        if rows.size:
            said[filled[rows], rows] = predict(network, engine.arrays.take(rows), n_jobs)
            filled[rows] += 1
    return said, filled


def _rows_of(view: View, parts: Sequence[str]) -> NDArray[np.int64]:
    return np.unique(np.concatenate([getattr(view, part) for part in parts]))


def _parts(population: Population | WithSchema, schema: Schema | None) -> tuple[Population, Schema | None]:
    if isinstance(population, Population):
        return population, schema
    return population.engine, schema or population.schema
