"""What the classifier and the regressor of networks by recipe share: parameters and `fit`."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from wellfit.cluster import on_cluster
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError
from wellfit.estimators import saving
from wellfit.estimators.callbacks import CallbackSupportMixin, Steps
from wellfit.estimators.network_training import Rows, append, evaluations, run, train_members, views_of
from wellfit.estimators.parameters import average_of, recipe_of, seed_of, threads_of
from wellfit.estimators.table import TableEstimator, split_table, weights_of
from wellfit.figures import Figure
from wellfit.frames import ResultFrame
from wellfit.models.bagging import out_of_bag
from wellfit.models.ensemble import bag, out_of_fold, predicting_members, snapshot_notes
from wellfit.models.model import Average, Model
from wellfit.recipe import Recipe, as_recipe
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.result import FitResult
from wellfit.statistics.scores import headline, scores
from wellfit.tables import Schema, Table
from wellfit.tables.arrays import Target
from wellfit.tables.split import LabelledRows
from wellfit.techniques.run.refit import NoRefit, Refit
from wellfit.training import Population
from wellfit.training.curves import curve_figures_of
from wellfit.training.refit import check_refit, refit, refit_settings
from wellfit.training.result import result_of_training
from wellfit.training.transfer import as_transfer, check_columns, make_start

NESTED = "recipe__"


class NetworkEstimator(CallbackSupportMixin, TableEstimator):
    """The shared base; see `NetworkClassifier` and `NetworkRegressor`."""

    def __init__(
        self,
        recipe: Any = None,
        *,
        hidden: Any = None,
        activation: Any = None,
        normalization: Any = None,
        dropout: Any = None,
        loss: Any = None,
        optimizer: Any = None,
        learning_rate: float | None = None,
        schedule: Any = None,
        weight_decay: Any = None,
        batch_size: int | str | None = None,
        epochs: int | None = None,
        patience: int | None = None,
        validation_share: float = 0.1,
        folds: Any = None,
        bootstrap: int | None = None,
        seeds: int = 1,
        average: str = "mean",
        refit: Any = "none",
        column_kinds: dict[str, str] | None = None,
        missing: Any = None,
        decimal: str | None = None,
        dates: str | None = None,
        skip_unknown_targets: bool = False,
        budget: Any = None,
        start_from: Any = None,
        warm_start: bool = False,
        probes: bool | int = False,
        n_jobs: int | None = None,
        cluster: str | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.recipe = recipe
        self.hidden = hidden
        self.activation = activation
        self.normalization = normalization
        self.dropout = dropout
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.epochs = epochs
        self.patience = patience
        self.validation_share = validation_share
        self.folds = folds
        self.bootstrap = bootstrap
        self.seeds = seeds
        self.average = average
        self.refit = refit
        self.column_kinds = column_kinds
        self.missing = missing
        self.decimal = decimal
        self.dates = dates
        self.skip_unknown_targets = skip_unknown_targets
        self.budget = budget
        self.start_from = start_from
        self.warm_start = warm_start
        self.probes = probes
        self.n_jobs = n_jobs
        self.cluster = cluster
        self.random_state = random_state
        self.verbose = verbose

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name; with `deep` also the recipe's settings, such as `recipe__dropout__rate`."""
        params: dict[str, Any] = super().get_params(deep=False)
        if deep:
            params.update({NESTED + name: value for name, value in nested_settings(self.recipe).items()})
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters; `recipe__dropout__rate=0.2` changes one setting of the recipe, however `recipe` was given.

        Raises:
            InputError: the recipe has no such setting, or it is out of range.
        """
        nested = {name.removeprefix(NESTED): params.pop(name) for name in list(params) if name.startswith(NESTED)}
        super().set_params(**params)
        if nested:
            self.recipe = as_recipe(self.recipe).vary(nested)
        return self

    recipe_: Recipe
    n_iter_: int
    best_loss_: float
    scores_: dict[str, Estimate]

    def _recipe_for(self, recipe: Recipe, target: Target) -> Recipe:
        """The recipe once the target is known."""
        return recipe

    def _fit(self, X: Any, y: Any, sample_weight: Any, eval_set: Any) -> Self:
        started = time.monotonic()
        recipe, n_jobs, way = recipe_of(self), threads_of(self.n_jobs), refit_settings(self.refit)
        check_refit(way, recipe)
        start, donor = make_start(as_transfer(self.start_from), recipe)
        read = self._read(X, y, donor)
        table, target = read.table, read.target
        recipe = self._recipe_for(recipe, target)
        average = average_of(self, target.kind)
        schema = self._schema_of(table, donor)
        rows = Rows(schema.arrays(table), target, read.weights(sample_weight))
        if eval_set is not None:
            rows = self._with_eval_set(rows, schema, eval_set)
        seed = seed_of(self.random_state)
        views, notes = views_of(rows, read.folds(self.folds), self.bootstrap, self.validation_share, seed)
        earlier = self.model_.networks if self.warm_start and hasattr(self, "model_") else None
        if earlier is not None and self.model_.labels != target.labels:
            raise InputError("warm_start goes on with the classes of the last fit; got others: set warm_start=False.")
        seeds = (seed, self.seeds)
        population, budget = train_members(recipe, rows, views, seeds, self.budget, earlier, start, self.probes)
        given = {"X": X, "y": y, "metadata": {"sample_weight": sample_weight}}
        steps = Steps(self, evaluations(population), given)

        def fitted() -> dict[str, Any]:
            return _fitted_attributes(population, schema, average)

        with on_cluster(self.cluster, n_jobs):
            run(population, budget, n_jobs, self.verbose, steps, fitted)
            for name, value in fitted().items():
                setattr(self, name, value)
            self.recipe_ = recipe
            self.notes_ = (*read.notes, *schema.assumptions, *notes, *snapshot_notes(recipe))
            held = out_of_fold(population, average=average, n_jobs=n_jobs)
            if self.folds is not None:
                self.out_of_fold_ = read.beside_given(held)
            self.scores_ = _held_out_scores(population, held)
            if self.bootstrap is not None and any(len(view.validation) for view in views):
                self.out_of_bag_ = out_of_bag(population, average=average, n_jobs=n_jobs)
            if not population.interrupted and all(member.validates for member in population.members):
                self._refit(Population(population, schema), way, average, n_jobs)
        self.result_ = self._result(population, rows, schema, y, seed, started)
        steps.finish(fitted)
        return self

    def _result(
        self, population: TrainingRun, rows: Rows, schema: Schema, y: Any, seed: int, started: float
    ) -> FitResult:
        data = split_table(schema, LabelledRows(rows.arrays, rows.target, population.weight), y)
        result = result_of_training(data, population, self.model_, seed=seed)
        return replace(result, notes=self.notes_, seconds={"all": time.monotonic() - started})

    def _refit(self, trained: Population, way: Refit, average: Average, n_jobs: int) -> None:
        """Set the model to one trained on all rows, where refit is set; Ctrl-C leaves the model as it is."""
        if isinstance(way, NoRefit):
            return
        try:
            self.model_ = refit(trained, way, average=average, n_jobs=n_jobs).model
        except KeyboardInterrupt:
            warnings.warn(
                "Training on all rows was interrupted: the networks that were trained before it are kept.",
                RuntimeWarning,
                stacklevel=4,
            )

    def _schema_of(self, table: Table, donor: Schema | None) -> Schema:
        """How the columns are read: as the donor's were, or as this table's look."""
        if donor is None:
            return Schema.infer(table, kinds=self.column_kinds)
        if self.column_kinds:
            raise InputError("With start_from the columns keep the kinds of the saved model: leave column_kinds out.")
        check_columns(donor, table)
        return donor

    def _with_eval_set(self, rows: Rows, schema: Schema, eval_set: Any) -> Rows:
        parts = eval_set[0] if isinstance(eval_set, list) and len(eval_set) == 1 else eval_set
        if not isinstance(parts, (tuple, list)) or len(parts) not in (2, 3):
            raise InputError(f"eval_set is a tuple (X, y) or (X, y, sample_weight); got {type(parts).__name__}.")
        arrays, target = self._arrays_of(parts[0], schema), self._target(parts[1], True, schema.choices)
        if len(target.values) != arrays.rows or target.values.shape[1] != rows.target.values.shape[1]:
            raise InputError(
                f"eval_set has {arrays.rows} rows in X and a target of shape {target.values.shape}: they must agree "
                "with each other and with the columns of y."
            )
        return append(
            rows, arrays, target, weights_of(parts[2] if len(parts) == 3 else None, arrays.rows, schema.choices)
        )

    def _figures(self) -> list[Figure]:
        """Learning curves."""
        return curve_figures_of(self.history_, [self.recipe_] * (int(self.history_["member"].max()) + 1))

    def _saved_state(self) -> dict[str, Any]:
        return {
            "recipe": self.recipe_.to_dict(),
            "n_iter": int(self.n_iter_),
            "best_loss": saving.number(float(self.best_loss_)),
            "scores": {name: one.to_plain() for name, one in self.scores_.items()},
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.recipe_, self.n_iter_ = Recipe.from_dict(state["recipe"]), int(state["n_iter"])
        self.n_outputs_, self.best_loss_ = self.model_.networks[0].outputs, float(state["best_loss"])
        self.scores_ = {str(name): Estimate.from_plain(one) for name, one in state["scores"].items()}
        first = self.history_["running_loss"].filter(self.history_["member"] == 0)
        self.loss_curve_ = first.to_list()


def nested_settings(recipe: Any) -> dict[str, Any]:
    """A recipe's settings by nested name; none of a path, which is not read for this, nor of what is no recipe."""
    try:
        return as_recipe(recipe).get_params() if recipe is None or isinstance(recipe, (Recipe, Mapping)) else {}
    except InputError:
        return {}


def _held_out_scores(population: TrainingRun, held: NDArray[np.float64]) -> dict[str, Estimate]:
    """What people know of the predictions (rows, columns) of held-out rows, NaN in others; empty where none was."""
    rows = np.flatnonzero(~np.isnan(held).any(axis=1) & (population.weight > 0))
    if not len(rows):
        return {}
    target = population.target.take(rows)
    return scores(target, held[rows], population.weight[rows], names=headline(target.kind))


def _fitted_attributes(population: TrainingRun, schema: Schema, average: Average) -> dict[str, Any]:
    """What `fit` leaves behind, of members trained so far."""
    model: Model = bag(population, schema, average=average, members=predicting_members(population))
    history, first = population.history, population.members[0]
    losses = [member.best_loss for member in population.members]
    return {
        "model_": model,
        "history_": ResultFrame(history),
        "probes_": ResultFrame(population.probes),
        "loss_curve_": first.history.column("running_loss"),
        "n_iter_": max(1, max(member.epoch for member in population.members)),
        "best_loss_": float(np.mean(losses)),
        "n_outputs_": population.target.outputs,
    }
