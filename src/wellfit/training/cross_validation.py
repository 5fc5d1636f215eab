"""Cross-validation: losses and errors on the rows that each fold held out, with a 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.predicted_loss import predicted_loss_and_error
from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.budget import BudgetLike
from wellfit.engines.contract.losses import resolve_loss
from wellfit.engines.contract.progress import Observer
from wellfit.engines.numpy.prepared_view import weighted_rows
from wellfit.errors import InputError
from wellfit.models.ensemble import TrainedPopulation, member_numbers, recipe_groups, same_rows
from wellfit.models.model.prediction import combined_values
from wellfit.recipe import Recipe
from wellfit.reprs import counted, html_facts, html_table
from wellfit.statistics.intervals import POSITIVE, SHARE, UNBOUNDED, Estimate, Range, effective_size, over_folds
from wellfit.statistics.metrics import Metric, metric_of
from wellfit.statistics.scores import better, headline, score_title
from wellfit.tables.arrays import Target, View
from wellfit.tables.views.given_folds import RepeatedFolds, is_number_of_folds
from wellfit.training import Population, RecipeLike, train
from wellfit.training.transfer import StartLike

Part = Literal["validation", "test"]


@dataclass(frozen=True)
class Score:
    """How a recipe does on the rows that its folds held out: of what its networks predict, numbers clipped.

    recipe: the recipe.
    loss: mean of the recipe's loss over folds, with a 95 % interval (`wellfit.statistics.intervals.over_folds`). Lower
        is better.
    error: the same of the error: the error rate for classes and labels, the squared error for numbers and counts. Lower
        is better.
    scores: the same of what people know, by name: "error" and "log_loss" of classes and labels, "r2" (higher is better)
        and "rmse" of numbers and counts; empty of several tasks.
    losses: of each fold.
    errors: of each fold.
    names: of the folds.
    rows: held-out rows of all folds together.
    effective_rows: how many rows of equal weight tell as much (Kish's effective sample size).
    part: "validation" or "test", where the folds' rows stood.
    untrained: how many folds were left out, since no update was made on them.
    """

    recipe: Recipe
    loss: Estimate
    error: Estimate
    scores: dict[str, Estimate]
    losses: tuple[float, ...]
    errors: tuple[float, ...]
    names: tuple[str, ...]
    rows: int
    effective_rows: float
    part: Part
    untrained: int = 0

    def __repr__(self) -> str:
        return f"<Score: {self}>"

    def _repr_html_(self) -> str:
        named = {"loss": self.loss, "error": self.error, **self.scores}
        scores = {score_title(name): str(one) for name, one in named.items()}
        return html_facts("Score", {"recipe": repr(self.recipe), **scores})

    def __str__(self) -> str:
        were = "was" if self.untrained == 1 else "were"
        left = f" ({self.untrained} more {were} never trained)" if self.untrained else ""
        known = "".join(f", {score_title(name)} {one}" for name, one in self.scores.items() if name != "error")
        return f"loss {self.loss}, error {self.error}{known}, over {len(self.losses)} folds{left}"

    def to_plain(self) -> dict[str, Any]:
        """As a model's info keeps it."""
        return {
            "loss": self.loss.to_plain(),
            "error": self.error.to_plain(),
            "scores": {name: {"better": better(name), **one.to_plain()} for name, one in self.scores.items()},
            "folds": len(self.losses),
            "untrained": self.untrained,
            "losses": _finite(self.losses),
            "errors": _finite(self.errors),
            "rows": self.rows,
            "effective_rows": self.effective_rows,
            "part": self.part,
            "interval": "t(0.975, J - 1), sqrt((1/J + n_test/n_train) s^2) over J folds (Nadeau & Bengio 2003)",
        }


@dataclass(frozen=True)
class CrossValidation:
    """What `cross_validate` returns.

    population: the trained networks, one a recipe, fold and seed.
    scores: one a recipe, in the order of the recipes.
    """

    population: Population
    scores: tuple[Score, ...]

    def __repr__(self) -> str:
        folds = counted(max((len(score.losses) for score in self.scores), default=0), "fold")
        return f"<CrossValidation: {counted(len(self.scores), 'recipe')} on {folds}>"

    def _repr_html_(self) -> str:
        rows = [{"recipe": repr(one.recipe), "loss": str(one.loss), "error": str(one.error)} for one in self.scores]
        return html_facts(repr(self).strip("<>"), {}) + html_table(rows)


def cross_validate(
    recipes: RecipeLike | Sequence[RecipeLike],
    X: Any,
    y: Any,
    *,
    folds: Any = 5,
    repeats: int = 1,
    groups: Any = None,
    split_seed: int = 0,
    seeds: int | Sequence[int] = 0,
    sample_weight: Any = None,
    kind: str | Mapping[str, str] | None = None,
    column_kinds: Mapping[str, str] | None = None,
    missing: str | Sequence[str] | None = None,
    decimal: Literal["comma", "point"] | None = None,
    dates: str | None = None,
    skip_unknown_targets: bool = False,
    n_jobs: int = 1,
    cluster: str | None = None,
    budget: BudgetLike = None,
    folder: str | Path | None = None,
    observers: Sequence[Observer] = (),
    start_from: StartLike | Sequence[StartLike] = None,
    probes: bool | int | None = None,
) -> CrossValidation:
    """Train every recipe on k folds, all members side by side, and measure each on the fold that it held out.

    recipes: a `Recipe`, a mapping of its settings, the name of one ("practice"), or the path of a TOML or JSON file; or
        a list of these.
    X: a table (rows, columns): the path of a CSV or Parquet file, a pandas, polars or Arrow frame, a NumPy array or a
        SciPy sparse matrix; or images: an array (rows, height, width) or (rows, height, width, channels), or the path
        of an idx file.
    y: targets (rows,) or (rows, outputs): text and few whole numbers are classes, other numbers are numbers. Several
        tasks at once: a mapping from names to targets, or a frame of several columns that are not all numbers or miss
        some; None and NaN are missing labels (see the recipe's slot `tasks`).
    folds: int, 2 or more (default 5; rows that are equal in every column stay in one fold); or an array (rows,) with
        the fold of each row (-1: never held out), a scikit-learn splitter, or a list of (training rows, held-out rows).
    repeats: int, how many times the rows are split into a number of folds, 1 or more (default 1).
    groups: (rows,) of any values; rows of one group stay in one fold. None (default): none.
    split_seed: int, of the first split (default 0); each further one takes the next number.
    seeds: int, or a list of them, of the networks (default 0).
    sample_weight: (rows,) of 0 or more; a weight k counts as k equal rows. None (default): 1 each.
    kind: "class", "number", "count" or "labels", where the guess from y is wrong; of several tasks a mapping from their
        names to these. None (default): the guess.
    column_kinds: mapping from names of columns to "number", "category", "date" or "text", where the guess is wrong.
        None (default): the guess.
    missing: marks of a missing value, as in `wellfit.train`. None (default): the usual ones.
    decimal: "comma" or "point", as in `wellfit.train`. None (default): as most cells show.
    dates: "day-first", "month-first", or a format, as in `wellfit.train`. None (default): as they look.
    skip_unknown_targets: bool; leave out the rows whose target is missing or, among numbers, no number (default False).
    n_jobs: int, threads, 1 or more (default 1). The results are the same bits for any number.
    cluster: as in `wellfit.train`; None (default): on threads of this process.
    budget: int, updates in all, shared equally by the members, or 0: the weights before training; or a time, such as
        "60s" or a `datetime.timedelta`; or a list of updates, one a member. None (default): as long as the recipes say.
    folder: path of a new folder for checkpoints, from which `wellfit.resume` goes on after a kill. None (default): no
        checkpoints.
    observers: list of functions, each called with a `Progress` about 20 times a second (default: none).
    start_from: a `Transfer`, or a model or the path of one, whose hidden layers the networks start from; or a list with
        one a recipe. None (default): networks start from random weights.
    probes: whether and how often to look inside the networks, as in `wellfit.train`. None (default): not.

    Returns:
        A `CrossValidation`: the population, and a score a recipe.

    Raises:
        InputError: as `wellfit.train`; fewer than 2 folds, folds that do not fit the rows, repeats below 1, or repeats
            of folds that are given.

    >>> import numpy as np
    >>> import wellfit
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> validated = wellfit.cross_validate(wellfit.Recipe(hidden=(8,), epochs=2), X, X[:, 0] > 0, folds=4, repeats=2)
    >>> len(validated.scores[0].losses), validated.scores[0].rows
    (8, 400)
    """
    if repeats != int(repeats) or repeats < 1:
        raise InputError(f"The rows are split into folds once or more; got repeats = {repeats}.")
    if repeats > 1 and not is_number_of_folds(folds):
        raise InputError("Only a number of folds can be split again: leave repeats out, or use a repeated splitter.")
    if folds is None:
        raise InputError("cross_validate splits the rows into folds; got folds=None: give a number, such as folds=5.")
    if is_number_of_folds(folds):
        folds = RepeatedFolds(folds, int(repeats), split_seed)
    population = train(
        recipes, X, y, folds=folds, groups=groups, seeds=seeds, sample_weight=sample_weight, kind=kind,
        column_kinds=column_kinds, missing=missing, decimal=decimal, dates=dates,
        skip_unknown_targets=skip_unknown_targets, n_jobs=n_jobs, cluster=cluster, budget=budget, folder=folder,
        observers=observers, start_from=start_from, probes=probes,
    )  # fmt: skip
    scores = [fold_score(population, members) for members in recipe_groups(population.engine)]
    return CrossValidation(population, tuple(scores))


def fold_score(
    population: TrainingRun | TrainedPopulation, members: Sequence[int] | None = None, part: Part = "validation"
) -> Score:
    """The score of one recipe's members over their folds.

    Members of one view, which differ in their seeds, count as one fold with their mean. A diverged member makes the
    score infinite; one without an update, for which the budget had no time, is left out where another was trained. Rows
    count by their sample weights; class weights play no part.

    population: what `wellfit.train` or `wellfit.cross_validate(...).population` returned.
    members: list of their numbers; None (default): all.
    part: which rows of the views count: "validation" (default; their loss chose the kept weights, which flatters a
        little) or "test".

    Raises:
        InputError: members of several recipes, no member of a number, or no held-out row.
    """
    engine = population if isinstance(population, TrainingRun) else population.engine
    chosen = member_numbers(engine, members)
    recipes = sum(bool(set(group) & set(chosen)) for group in recipe_groups(engine))
    if recipes > 1:
        raise InputError(f"A score is one recipe's; got {recipes}: name the members of one.")
    measured: dict[int, list[tuple[float, ...]]] = {}
    views: dict[int, View] = {}
    trained = [i for i in chosen if engine.members[i].update or engine.members[i].status == "diverged"] or chosen
    for index in trained:
        view = engine.members[index].plan.view
        rows = view.rows_of(part)
        if engine.weight[rows].sum() > 0:
            key = next((k for k, other in views.items() if same_rows(other, view, part)), len(views))
            views[key] = view
            measured.setdefault(key, []).append(_measured(engine, index, rows))
    if not measured:
        raise InputError(f"No member holds out {part} rows, so that nothing can be measured: train on folds.")
    each = np.array([np.mean(measured[key], axis=0) for key in measured])
    share = float(np.mean([len(getattr(view, part)) / len(view.training) for view in views.values()]))
    held = np.concatenate([engine.weight[getattr(view, part)] for view in views.values()])
    size, shares = effective_size(held), engine.target.kind in ("binary", "classes", "labels")
    return Score(
        recipe=engine.members[chosen[0]].recipe,
        loss=over_folds(each[:, 0], share, _range_of_loss(engine, chosen[0])),
        error=over_folds(each[:, 1], share, SHARE if shares else POSITIVE, size if shares else 0.0),
        scores={
            metric.name: _over_folds(metric, each[:, 2 + k], share, size)
            for k, metric in enumerate(_metrics(engine.target))
        },
        losses=_floats(each[:, 0]),
        errors=_floats(each[:, 1]),
        names=tuple(view.name for view in views.values()),
        rows=len(held),
        effective_rows=size,
        part=part,
        untrained=_further_views(engine, chosen, list(views.values()), part),
    )


def _metrics(target: Target) -> list[Metric]:
    return [metric_of(name, target.kind) for name in headline(target.kind)]


def _measured(engine: TrainingRun, index: int, rows: NDArray[np.int64]) -> tuple[float, ...]:
    """Loss and error of some rows, and the losses of the metrics; infinite for a diverged member."""
    target, weight, metrics = engine.target, engine.weight[rows], _metrics(engine.target)
    if engine.members[index].status == "diverged":
        return (math.inf,) * (2 + len(metrics))
    network = engine.network(index)
    pair = predicted_loss_and_error(network, engine.arrays, target, weighted_rows(rows, engine.weight))
    if not metrics:
        return pair
    outputs = predict(network, engine.arrays.take(rows))
    predicted = combined_values(outputs[None], target.kind, "mean", np.ones(1), None)
    return *pair, *(metric.loss(target.take(rows), predicted, weight) for metric in metrics)


def _over_folds(metric: Metric, losses: NDArray[np.float64], share: float, size: float) -> Estimate:
    exact = metric.name == "error"
    found = over_folds(losses, share, SHARE if exact else POSITIVE, size if exact else 0.0)
    return found.one_minus() if metric.greater_is_better else found


def _range_of_loss(engine: TrainingRun, index: int) -> Range:
    """A Poisson loss, and that of several tasks, may lie below 0."""
    loss = resolve_loss(engine.members[index].recipe, engine.target.kind).name
    return UNBOUNDED if engine.target.tasks or loss == "poisson" else POSITIVE


def _further_views(engine: TrainingRun, chosen: Sequence[int], views: Sequence[View], part: Part) -> int:
    """How many views of the chosen members that hold out rows are none of these."""
    known = list(views)
    for view in (engine.members[index].plan.view for index in chosen):
        if engine.weight[getattr(view, part)].sum() > 0 and not any(same_rows(view, other, part) for other in known):
            known.append(view)
    return len(known) - len(views)


def _finite(values: Sequence[float]) -> list[float | None]:
    """As JSON holds it: null for the infinite score of a diverged member."""
    return [value if math.isfinite(value) else None for value in values]


def _floats(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
