"""What a recipe promises: losses and errors of the rows that its folds held out, with a 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.predict import loss_and_error
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.prepared_view import weighted_rows
from wellfit.errors import InputError
from wellfit.models.ensemble import TrainedPopulation, member_numbers, recipe_groups, same_rows
from wellfit.recipe import Recipe
from wellfit.statistics.intervals import Estimate, over_folds
from wellfit.tables import k_fold
from wellfit.tables.arrays import View
from wellfit.training import Population, RecipeLike, target_of, train

Part = Literal["validation", "test"]


@dataclass(frozen=True)
class Score:
    """A recipe's score over folds.

    loss, error: means over folds with 95 % intervals (`wellfit.statistics.intervals.over_folds`). The loss is the
    recipe's, the
    error the error rate for classes and labels and the squared error for numbers and counts; both in evaluation mode.
    losses, errors: of each fold; names: of the folds. rows: held-out rows of all folds together. part: "validation" or
    "test", where the folds' rows stood. untrained: folds left out, since no update was made on them.
    """

    recipe: Recipe
    loss: Estimate
    error: Estimate
    losses: tuple[float, ...]
    errors: tuple[float, ...]
    names: tuple[str, ...]
    rows: int
    part: Part
    untrained: int = 0

    def __str__(self) -> str:
        were = "was" if self.untrained == 1 else "were"
        left = f" ({self.untrained} more {were} never trained)" if self.untrained else ""
        return f"loss {self.loss}, error {self.error}, over {len(self.losses)} folds{left}"

    def to_plain(self) -> dict[str, Any]:
        """As a model's info keeps it."""
        return {
            "loss": self.loss.to_plain(),
            "error": self.error.to_plain(),
            "folds": len(self.losses),
            "untrained": self.untrained,
            "losses": _finite(self.losses),
            "errors": _finite(self.errors),
            "rows": self.rows,
            "part": self.part,
            "interval": "mean +- t(0.975, J - 1) sqrt((1/J + n_test/n_train) s^2) over J folds (Nadeau & Bengio 2003)",
        }


@dataclass(frozen=True)
class CrossValidation:
    """Trained folds and what they say. scores: one a recipe, in the order of the recipes."""

    population: Population
    scores: tuple[Score, ...]


def cross_validate(
    recipes: RecipeLike | Sequence[RecipeLike],
    X: Any,
    y: Any,
    *,
    folds: int = 5,
    repeats: int = 1,
    groups: Any = None,
    split_seed: int = 0,
    **training: Any,
) -> CrossValidation:
    """Train every recipe on k folds, all members side by side, and measure each on the fold that it held out.

    folds: k, 2 or more. repeats: how often the rows are dealt anew. groups: (rows,); rows of one group stay together.
    split_seed: of the first dealing; the next takes the next number. training: whatever `wellfit.train` takes besides:
    seeds, sample_weight, kind, column_kinds, n_jobs, budget, folder, observers.

    Raises:
        InputError: as `wellfit.train`; fewer than 2 folds, or repeats below 1.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> found = wellfit.cross_validate(wellfit.Recipe(hidden=(8,), epochs=2), X, X[:, 0] > 0, folds=4, repeats=2)
    >>> len(found.scores[0].losses), found.scores[0].rows
    (8, 400)
    """
    if repeats != int(repeats) or repeats < 1:
        raise InputError(f"Folds are dealt once or more, and repeats = {repeats} came.")
    if "views" in training:
        raise InputError("cross_validate makes its own views; to give views, use wellfit.train and fold_score.")
    target = target_of(y, training.get("kind"))
    views: list[View] = []
    for repeat in range(repeats):
        dealt = k_fold(target, folds, split_seed + repeat, groups)
        views += dealt if repeats == 1 else [replace(v, name=f"repeat {repeat + 1}, {v.name}") for v in dealt]
    population = train(recipes, X, y, views=views, **training)
    found = [fold_score(population, members) for members in recipe_groups(population.engine)]
    return CrossValidation(population, tuple(found))


def fold_score(
    population: TrainingRun | TrainedPopulation, members: Sequence[int] | None = None, part: Part = "validation"
) -> Score:
    """The score of one recipe's members over their folds.

    members: their numbers; None (default): all. part: which rows of the views count, "validation" (default; their loss
    chose the kept weights, which flatters a little) or "test". Members of one view, which differ in their seeds, count
    as one fold with their mean. A diverged member makes the score infinite; one without an update, for which the budget
    had no time, is left out where another was trained. Rows count by their sample weights; class weights play no part.

    Raises:
        InputError: members of several recipes, no member of a number, or no held-out row.
    """
    engine = population if isinstance(population, TrainingRun) else population.engine
    chosen = member_numbers(engine, members)
    recipes = sum(bool(set(group) & set(chosen)) for group in recipe_groups(engine))
    if recipes > 1:
        raise InputError(f"A score is one recipe's, and {recipes} came: name the members of one.")
    found: dict[int, list[tuple[float, float]]] = {}
    views: dict[int, View] = {}
    trained = [i for i in chosen if engine.members[i].update or engine.members[i].status == "diverged"] or chosen
    for index in trained:
        view = engine.members[index].plan.view
        rows = view.rows_of(part)
        if engine.weight[rows].sum() > 0:
            key = next((k for k, other in views.items() if same_rows(other, view, part)), len(views))
            views[key] = view
            held = weighted_rows(rows, engine.weight)
            diverged = engine.members[index].status == "diverged"
            said = (
                (np.inf, np.inf)
                if diverged
                else loss_and_error(engine.network(index), engine.arrays, engine.target, held)
            )
            found.setdefault(key, []).append(said)
    if not found:
        raise InputError(f"No member holds out {part} rows, so that nothing can be measured: train on folds.")
    each = np.array([np.mean(found[key], axis=0) for key in found])
    share = float(np.mean([len(getattr(view, part)) / len(view.training) for view in views.values()]))
    return Score(
        recipe=engine.members[chosen[0]].recipe,
        loss=over_folds(each[:, 0], share),
        error=over_folds(each[:, 1], share),
        losses=_floats(each[:, 0]),
        errors=_floats(each[:, 1]),
        names=tuple(view.name for view in views.values()),
        rows=sum(len(getattr(view, part)) for view in views.values()),
        part=part,
        untrained=_further_views(engine, chosen, list(views.values()), part),
    )


def _further_views(engine: TrainingRun, chosen: Sequence[int], views: Sequence[View], part: Part) -> int:
    """How many views of the chosen members that hold out rows are none of these."""
    found = list(views)
    for view in (engine.members[index].plan.view for index in chosen):
        if engine.weight[getattr(view, part)].sum() > 0 and not any(same_rows(view, other, part) for other in found):
            found.append(view)
    return len(found) - len(views)


def _finite(values: Sequence[float]) -> list[float | None]:
    """As JSON holds it: null for the infinite score of a diverged member."""
    return [value if math.isfinite(value) else None for value in values]


def _floats(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
