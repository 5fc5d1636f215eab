"""Which recipes did best on the rows that their members held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from wellfit.engines.compiled.measure.predicted_loss import predicted_loss_and_error
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.losses import resolve_loss
from wellfit.engines.numpy.prepared_view import weighted_rows
from wellfit.errors import InputError, quoted
from wellfit.models.ensemble.members import TrainedPopulation, engine_and_schema, recipe_groups, same_rows
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.statistics.intervals import POSITIVE, UNBOUNDED, Estimate, over_folds
from wellfit.tables.arrays import View


@dataclass(frozen=True)
class RankedRecipe:
    """A recipe and how it did on the rows that its members held out.

    recipe: the recipe.
    estimate: its mean loss or error over folds, with a 95 % interval; lower is better. As everywhere it is that of what
        the networks predict, numbers clipped to the range of their training targets.
    by_fold: its loss or error on each fold.
    members: the numbers of its members.
    """

    recipe: Recipe
    estimate: Estimate
    by_fold: tuple[float, ...]
    members: tuple[int, ...]

    __repr__ = short_repr


def best_recipes(
    population: TrainingRun | TrainedPopulation, k: int | None = None, *, by: Literal["loss", "error"] = "loss"
) -> list[RankedRecipe]:
    """The recipes with the least mean validation loss over their folds, best first.

    Members of one view, which differ in their seeds, count with their mean. Equal recipes stay in the order in which
    they were given. A recipe of which a member diverged comes last, with an infinite loss.

    population: what `wellfit.train` or `wellfit.cross_validate(...).population` returned.
    k: int, how many recipes, from 1 on; None (default): all of them, in order.
    by: "loss" (default) or "error" (share of wrong classes, squared error), which alone compares recipes of different
        losses.

    Raises:
        InputError: k is not between 1 and the number of recipes; recipes were trained on different views, without
            validation rows, or with different losses while `by` is "loss".

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> recipes = [wellfit.Recipe(hidden=(8,), epochs=epochs) for epochs in (1, 4)]
    >>> best, other = best_recipes(wellfit.train(recipes, X, X[:, 0]))
    >>> best.recipe.epochs, best.estimate.mean < other.estimate.mean
    (4, True)
    """
    engine, _ = engine_and_schema(population, None)
    groups = recipe_groups(engine)
    if k is not None and not (isinstance(k, (int, np.integer)) and 1 <= k <= len(groups)):
        raise InputError(f"There are {len(groups)} recipes to choose from; got k = {quoted(k)}.")
    _check_comparable(engine, groups, by)
    ranked = [_ranked(engine, members, by) for members in groups]
    order = np.argsort([one.estimate.mean for one in ranked], kind="stable")
    return [ranked[i] for i in order[:k]]


def _check_comparable(engine: TrainingRun, groups: list[list[int]], by: str) -> None:
    known: list[View] = []
    views = [{_place(engine.members[index].plan.view, known) for index in members} for members in groups]
    if any(found != views[0] for found in views):
        raise InputError("Recipes are compared on the same folds, and these were trained on different ones.")
    if not all(member.validates for member in engine.members):
        raise InputError("Recipes are compared by rows that were held out, and a view has none: train on folds.")
    losses = {str(resolve_loss(engine.members[members[0]].recipe, engine.target.kind)) for members in groups}
    if by == "loss" and len(losses) > 1:
        raise InputError('Recipes with different losses cannot be compared by them: use by="error".')


def _ranked(engine: TrainingRun, members: list[int], by: str) -> RankedRecipe:
    found: dict[int, list[float]] = {}
    views: list[View] = []
    for index in members:
        member = engine.members[index]
        value = np.inf if member.status == "diverged" else np.nan  # last, and an untrained one behind it
        if member.status != "diverged" and member.update:
            held = weighted_rows(member.plan.view.validation, engine.weight)
            pair = predicted_loss_and_error(engine.network(index), engine.arrays, engine.target, held)
            value = pair[0 if by == "loss" else 1]
        found.setdefault(_place(member.plan.view, views), []).append(value)
    by_fold = tuple(float(np.mean(found[key])) for key in found)
    share = float(np.mean([len(view.validation) / len(view.training) for view in views]))
    recipe = engine.members[members[0]].recipe
    known = by == "error" or not (engine.target.tasks or resolve_loss(recipe, engine.target.kind).name == "poisson")
    values = POSITIVE if known else UNBOUNDED  # a Poisson loss may lie below 0
    return RankedRecipe(recipe, over_folds(by_fold, share, values), by_fold, tuple(members))


def _place(view: View, known: list[View]) -> int:
    """The place of a view's rows among the known ones, at whose end they are put where they are new."""
    place = next((k for k, other in enumerate(known) if same_rows(other, view, "validation")), len(known))
    known[place:] = known[place:] or [view]
    return place
