"""What the classifier and the regressor share: parameters, fit, prediction, saving."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from wellfit.arrays import Arrays, Target
from wellfit.bagging import out_of_bag
from wellfit.data import Schema, Table, check_weights, read_table
from wellfit.engine.population import Population
from wellfit.ensemble import bag, out_of_fold, snapshot_notes
from wellfit.errors import InputError
from wellfit.estimators import fitting, saving
from wellfit.estimators.callbacks import CallbackSupportMixin, Steps
from wellfit.estimators.parameters import average_of, recipe_of, seed_of, threads_of
from wellfit.model import Average, Model
from wellfit.recipe import Recipe, as_recipe
from wellfit.refitting import as_refit, check_way, refit
from wellfit.techniques.refit import NoRefit, Refit
from wellfit.training import Population as Trained
from wellfit.transfer import as_transfer, check_columns, start_of

NESTED = "recipe__"


class NetworkEstimator(CallbackSupportMixin, BaseEstimator):
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
        folds: int | None = None,
        bootstrap: int | None = None,
        seeds: int = 1,
        average: str = "mean",
        refit: Any = "none",
        column_kinds: dict[str, str] | None = None,
        budget: Any = None,
        start_from: Any = None,
        warm_start: bool = False,
        n_jobs: int | None = None,
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
        self.budget = budget
        self.start_from = start_from
        self.warm_start = warm_start
        self.n_jobs = n_jobs
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

    model_: Model
    recipe_: Recipe
    history_: Any
    notes_: tuple[str, ...]
    classes_: NDArray[Any]
    n_features_in_: int
    n_iter_: int
    _labels: tuple[Any, ...]

    def _target(self, y: Any, fitted: bool) -> Target:
        """The target of y; `fitted`: in the classes that are known already."""
        raise NotImplementedError

    def _recipe_for(self, recipe: Recipe, target: Target) -> Recipe:
        """The recipe once the target is known."""
        return recipe

    def _fit(self, X: Any, y: Any, sample_weight: Any, eval_set: Any) -> Self:
        recipe, n_jobs, way = recipe_of(self), threads_of(self.n_jobs), as_refit(self.refit)
        check_way(way, recipe)
        table = read_table(X)
        self._learn_columns(X, y, table)
        check_consistent_length(X, y)
        if table.rows < 2:
            raise InputError("A network learns from 2 rows or more, and 1 sample came: add rows.")
        target = self._target(y, fitted=False)
        recipe = self._recipe_for(recipe, target)
        average = average_of(self, target.kind)
        start, donor = start_of(as_transfer(self.start_from), recipe)
        schema = self._schema_of(self._named(table), donor)
        weight = check_weights(_weights(sample_weight), table.rows)
        rows = fitting.Rows(schema.arrays(self._named(table)), target, weight)
        if eval_set is not None:
            rows = self._with_eval_set(rows, schema, eval_set)
        seed = seed_of(self.random_state)
        views, notes = fitting.views_of(rows, self.folds, self.bootstrap, self.validation_share, seed)
        earlier = self.model_.networks if self.warm_start and hasattr(self, "model_") else None
        if earlier is not None and self.model_.labels != target.labels:
            raise InputError("warm_start goes on with the classes of the last fit; others came: set warm_start=False.")
        seeds = (seed, self.seeds)
        population, budget = fitting.train_members(recipe, rows, views, seeds, self.budget, earlier, start)
        steps = Steps(
            self, fitting.evaluations(population), {"X": X, "y": y, "metadata": {"sample_weight": sample_weight}}
        )

        def fitted() -> dict[str, Any]:
            return _fitted_attributes(population, schema, average)

        fitting.run(population, budget, n_jobs, self.verbose, steps, fitted)
        for name, value in fitted().items():
            setattr(self, name, value)
        self.recipe_, self.notes_ = recipe, (*notes, *snapshot_notes(recipe))
        if self.folds is not None:
            self.out_of_fold_ = out_of_fold(population, average=average, n_jobs=n_jobs)
        if self.bootstrap is not None and any(len(view.validation) for view in views):
            self.out_of_bag_ = out_of_bag(population, average=average, n_jobs=n_jobs)
        if not population.interrupted and all(member.validates for member in population.members):
            self._refit(Trained(population, schema), way, average, n_jobs)
        steps.finish(fitted)
        return self

    def _refit(self, trained: Trained, way: Refit, average: Average, n_jobs: int) -> None:
        """Set the model to one trained on all rows, if asked for; Ctrl-C leaves the model that there is."""
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
            raise InputError("With start_from the donor's columns keep their kinds: leave column_kinds out.")
        check_columns(donor, table)
        return donor

    def _with_eval_set(self, rows: fitting.Rows, schema: Schema, eval_set: Any) -> fitting.Rows:
        parts = eval_set[0] if isinstance(eval_set, list) and len(eval_set) == 1 else eval_set
        if not isinstance(parts, (tuple, list)) or len(parts) not in (2, 3):
            raise InputError("eval_set is a tuple (X, y) or (X, y, sample_weight), and something else came.")
        arrays, target = self._arrays_of(parts[0], schema), self._target(parts[1], fitted=True)
        if len(target.values) != arrays.rows or target.values.shape[1] != rows.target.values.shape[1]:
            raise InputError(
                f"eval_set has {arrays.rows} rows in X and a target of shape {target.values.shape}: they must agree "
                "with each other and with the columns of y."
            )
        return fitting.append(
            rows, arrays, target, check_weights(_weights(parts[2] if len(parts) == 3 else None), arrays.rows)
        )

    def _learn_columns(self, X: Any, y: Any, table: Table) -> None:
        """Set n_features_in_ and, where X has names, feature_names_in_. An image has a feature a pixel and channel."""
        if table.images is None:
            validate_data(self, X, y, skip_check_array=True)
            return
        self.n_features_in_ = int(np.prod(table.images.shape[1:]))
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _arrays_of(self, X: Any, schema: Schema) -> Arrays:
        """X as the networks take it. Of images, and where images belong, the schema checks the shape."""
        table = read_table(X)
        if table.images is None and schema.image is None:
            validate_data(self, X, reset=False, skip_check_array=True)
            table = self._named(table)
        return schema.arrays(table)

    def _named(self, table: Table) -> Table:
        """The table under the names of the training columns: arrays have none, and are taken in order."""
        names = tuple(str(name).strip() for name in getattr(self, "feature_names_in_", ()))
        names = names or tuple(f"x{i}" for i in range(self.n_features_in_))
        return table if table.images is not None or table.names == names else _renamed(table, names)

    def _arrays(self, X: Any) -> Arrays:
        """X as the networks take it.

        Raises:
            NotFittedError: `fit` has not been called. ValueError: other columns than at `fit`, images of another shape.
        """
        check_is_fitted(self, "model_")
        return self._arrays_of(X, self.model_.schema)

    def _outputs(self, X: Any) -> NDArray[np.float64]:
        arrays, model = self._arrays(X), self.model_
        return model.outputs_of_arrays(arrays, n_jobs=threads_of(self.n_jobs))

    def save(self, path: str | Path) -> None:
        """Write the fitted estimator to one file that holds no code; `wellfit.Model.load` reads it as well.

        Raises:
            NotFittedError: `fit` has not been called. InputError: the file cannot be written.
        """
        check_is_fitted(self, "model_")
        saving.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read an estimator that `save` wrote; nothing in the file is ever executed.

        Raises:
            InputError: the file is no model, is damaged, or holds another estimator.
        """
        return saving.load(cls, path)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags


def nested_settings(recipe: Any) -> dict[str, Any]:
    """A recipe's settings by nested name; none of a path, which is not read for this, nor of what is no recipe."""
    try:
        return as_recipe(recipe).get_params() if recipe is None or isinstance(recipe, (Recipe, Mapping)) else {}
    except InputError:
        return {}


def _weights(weights: Any) -> Any:
    return weights if weights is None or np.isscalar(weights) else np.asarray(weights)


def _renamed(table: Table, names: tuple[str, ...]) -> Table:
    if len(names) != len(table.names):
        return table  # the schema names the columns that are absent
    frame = None if table.frame is None else table.frame.rename(dict(zip(table.names, names, strict=True)))
    return replace(table, names=names, frame=frame)


def _fitted_attributes(population: Population, schema: Schema, average: Average) -> dict[str, Any]:
    """What `fit` leaves behind, of members trained so far."""
    model: Model = bag(population, schema, average=average)
    history, first = population.history, population.members[0]
    losses = [member.best_loss for member in population.members]
    return {
        "model_": model,
        "history_": history,
        "loss_curve_": [float(line[3]) for line in first.history],
        "n_iter_": max(1, max(member.epoch for member in population.members)),
        "best_loss_": float(np.mean(losses)),
        "n_outputs_": population.target.outputs,
    }
