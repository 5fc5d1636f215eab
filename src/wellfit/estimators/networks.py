"""The two estimators."""

from __future__ import annotations

from typing import Any, Self

from wellfit.estimators.answers import ClassAnswers, NumberAnswers
from wellfit.estimators.base import NetworkEstimator
from wellfit.estimators.callbacks import with_callbacks
from wellfit.estimators.parameters import recipe_of, with_class_weight
from wellfit.recipe import Recipe
from wellfit.tables import make_target
from wellfit.tables.arrays import Target

_PARAMETERS = """
    Every keyword from `hidden` to `patience` is None by default, which means: as in the recipe.

    recipe: a `Recipe`, a dict of its settings, "practice" (`Recipe.named`), a path to a .toml or .json file, or None
        (default) for the default one.
        Its settings are nested parameters: `recipe__dropout__rate`, in `set_params` and in searches.
    hidden: units of each hidden layer, such as (64, 64). activation: "relu", "gelu", ... normalization: "none",
        "batch", "layer". dropout: probability of dropping a unit, in [0, 1). loss: what is minimised.
    optimizer: "adam", ... learning_rate: above 0. schedule: how it changes, "constant", "cosine", ...
    weight_decay: decoupled decay, at least 0. batch_size: rows of a mini-batch, or "all". epochs: passes over the rows.
    patience: stop after so many evaluations without improvement; under a schedule of fixed length, such as the default,
        after 2 x the best evaluation + patience. Default: all epochs are trained. Either way the weights of the best
        validation loss are kept.
    validation_share: rows held out inside `fit` to choose the weights that are kept, from 0 (none) to below 1, default
        0.1; at least 10 rows, and none of a table with fewer than 40 rows: all are then trained on for all epochs, and
        `notes_` says so.
    folds: train one network a fold, each validated on its own fold, and average them (default None: one network).
    bootstrap: instead, so many networks, each on rows drawn with replacement and validated on the rows that it did not
        draw, averaged (bagging; default None). seeds: networks from so many initialisations on each set of rows,
        averaged as well (default 1). average: how: "mean" (default; of probabilities, or of numbers), "logits" (before
        softmax) or "majority" of classes, "median" of numbers.
    refit: what becomes of the rows that validated: "none" (default), or training on all rows, "from_scratch" or
        "continue", or a table of its settings (`wellfit.refit`); it does not count against the budget.
    column_kinds: {column: "number", "category", "date" or "text"} where the kind found for a column is wrong.
    budget: updates of all networks together, or a time such as "60s" (default None: all epochs).
    start_from: a `wellfit.Transfer`, or a model (`fitted.model_`), whose hidden layers the networks start from (default
        None); the columns are then read as the donor's were.
    warm_start: start from the weights of the last fit. n_jobs: threads, None means 1, -1 all cores; a network uses one.
    random_state: seed of everything drawn. verbose: 1 writes a line about once a second.

    Attributes after `fit`: model_ (what predicts, a `wellfit.Model`), recipe_, n_features_in_, feature_names_in_ (where
    X had names), n_iter_ (epochs made), history_ (a polars table, a row a network and evaluation), loss_curve_ (running
    loss of the first network), best_loss_ (mean validation loss of the kept weights; NaN without validation rows),
    n_outputs_, notes_ (where too few rows made it differ), out_of_fold_ (with folds: predictions of held-out rows),
    out_of_bag_ (with bootstrap: what `wellfit.out_of_bag` says). With refit, model_.info holds the score over folds.
"""


class NetworkClassifier(ClassAnswers, NetworkEstimator):
    """Classes, or several yes/no labels, from a table of numbers, categories, dates and text or from images, by neural
    networks.

    class_weight: None (default: as in the recipe), "balanced" or {class: weight}.

    >>> from sklearn.datasets import load_iris
    >>> from wellfit import NetworkClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> network = NetworkClassifier(hidden=(16,), batch_size=32, learning_rate=0.01, random_state=0).fit(X, y)
    >>> network.score(X, y) > 0.9
    True
    """

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
        class_weight: Any = None,
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
        shared = {name: value for name, value in locals().items() if name not in ("self", "class_weight", "__class__")}
        super().__init__(**shared)
        self.class_weight = class_weight

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any, sample_weight: Any = None, eval_set: Any = None) -> Self:
        """Train.

        X: (rows, columns), a frame, an array or a sparse matrix; or images, (rows, height, width[, channels]).
        y: (rows,) classes, or (rows, labels) of 0 and 1.
        sample_weight: (rows,) of 0 or more; a weight k counts as k equal rows.
        eval_set: (X, y) or (X, y, sample_weight): rows that choose the kept weights, instead of held-out ones.

        Raises:
            InputError: (a ValueError) anything that cannot be learned from, in one sentence.
        """
        return self._fit(X, y, sample_weight, eval_set)

    def _recipe_for(self, recipe: Recipe, target: Target) -> Recipe:
        return with_class_weight(recipe, self.class_weight, target.labels)


class NetworkRegressor(NumberAnswers, NetworkEstimator):
    """Numbers from a table of numbers, categories, dates and text or from images, by neural networks.

    With `loss="poisson"` the target is counts and predictions are expected counts. Predictions of numbers lie within
    the range of the training targets.

    >>> from sklearn.datasets import load_diabetes
    >>> from wellfit import NetworkRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> network = NetworkRegressor(hidden=(16,), batch_size=32, learning_rate=0.01, random_state=0).fit(X, y)
    >>> network.score(X, y) > 0.4
    True
    """

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any, sample_weight: Any = None, eval_set: Any = None) -> Self:
        """Train.

        X: (rows, columns), a frame, an array or a sparse matrix; or images, (rows, height, width[, channels]).
        y: (rows,) or (rows, outputs) numbers.
        sample_weight: (rows,) of 0 or more; a weight k counts as k equal rows.
        eval_set: (X, y) or (X, y, sample_weight): rows that choose the kept weights, instead of held-out ones.

        Raises:
            InputError: (a ValueError) anything that cannot be learned from, in one sentence.
        """
        return self._fit(X, y, sample_weight, eval_set)

    def _target(self, y: Any, fitted: bool) -> Target:
        counts = recipe_of(self).loss.name == "poisson"
        return make_target(y, kind="count" if counts else "number")


for _cls in (NetworkClassifier, NetworkRegressor):
    _cls.__doc__ = (_cls.__doc__ or "").replace("\n    >>> from sklearn", _PARAMETERS + "\n    >>> from sklearn", 1)
