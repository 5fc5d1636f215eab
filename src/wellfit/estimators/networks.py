"""The two estimators of networks by recipe."""

from __future__ import annotations

from typing import Any, Literal, Self

from wellfit.estimators.callbacks import with_callbacks
from wellfit.estimators.network_base import NetworkEstimator
from wellfit.estimators.parameters import recipe_of, with_class_weight
from wellfit.estimators.prediction import PredictsClasses, PredictsNumbers
from wellfit.recipe import Recipe
from wellfit.tables import make_target
from wellfit.tables.arrays import Target
from wellfit.tables.reading.choices import ANY, Choices

_PARAMETERS = """
    recipe: a `Recipe`, a dict of its settings, "practice" (`Recipe.named`), or the path of a .toml or .json file. None
        (default): the default recipe. Its settings are nested parameters, such as `recipe__dropout__rate`, in
        `set_params` and in searches.
    hidden: units of each hidden layer, input side first, such as (64, 64). This and every keyword to `patience` is None
        by default: as in the recipe.
    activation: of the hidden units, such as "relu" or "gelu".
    normalization: "none", "batch" or "layer".
    dropout: the probability of dropping a unit, from 0 to below 1.
    loss: what is minimised, such as "squared" or "poisson".
    optimizer: such as "adam" or "momentum".
    learning_rate: above 0.
    schedule: how the learning rate changes, such as "constant", "cosine" or "flat_cosine".
    weight_decay: decoupled decay of the weights, 0 or more.
    batch_size: rows of a mini-batch, 1 or more, or "all".
    epochs: passes over the training rows, 1 or more.
    patience: evaluations without improvement after which training stops, 1 or more; under a schedule of fixed length,
        such as the default, it stops after 2 x the best evaluation + patience. None: all epochs are trained. The
        weights of the least validation loss are kept either way.
    validation_share: share of the rows held out inside `fit` to choose the weights that are kept, from 0 (none) to
        below 1 (default 0.1); at least 10 rows. A table of fewer than 40 rows holds out none: all rows are trained on
        for all epochs, and `notes_` says so.
    folds: train one network a fold, each validated on its own fold, and average them: a number of 2 or more, an array
        with the fold of each row (-1: never held out), a scikit-learn splitter, or a list of (training rows, held-out
        rows). None (default): one network.
    bootstrap: train so many networks, each on rows drawn with replacement and validated on the rows that it did not
        draw, and average them (bagging), 2 or more. None (default): no bagging.
    seeds: networks on each set of rows, from so many initialisations, averaged as well, 1 or more (default 1).
    average: how networks are averaged: "mean" (default) of probabilities or numbers, "logits" (before softmax) or
        "majority" of classes, "median" of numbers.
    refit: "none" (default), or training on all rows after validation, "from_scratch" or "continue", or a dict of its
        settings (`wellfit.refit`). It does not count against the budget.
    column_kinds: {column: "number", "category", "date" or "text"} where the kind found for a column is wrong. None
        (default): as found.
    missing: marks of a missing value, such as ["-999"], in place of the usual ones; "none": empty cells alone;
        "default" among them: the usual ones too. None (default): the usual ones, `wellfit.tables.MISSING_MARKS`.
    decimal: "comma" or "point", the mark of fractions where a number in text, such as 7,404, leaves it open. None
        (default): as most cells show.
    dates: "day-first", "month-first", or a format such as "%d/%m/%y". None (default): as they look.
    skip_unknown_targets: whether to leave out the rows whose target is missing or, among numbers, no number (default
        False: they are refused). `notes_` counts them.
    budget: int, updates of all networks together, or a time such as "60s". None (default): all epochs.
    start_from: a `wellfit.Transfer`, or a model (`fitted.model_`), whose hidden layers the networks start from. None
        (default): initial weights are drawn. The columns are then read as that model reads them.
    warm_start: whether to start from the weights of the last fit (default False).
    probes: whether to look inside the networks while they train; or at least how many updates lie between two looks, 1
        or more (default False).
    n_jobs: threads; None (default) is 1, -1 all cores that this process may use; a network uses one.
    cluster: where networks train: "local", "auto" or the address of a Ray cluster, see `wellfit.on_cluster`. None
        (default): on threads of this process. With a budget of updates the result is the same to the bit.
    random_state: int or RandomState, the seed of everything drawn. None (default): a fresh one.
    verbose: 1 reports progress, a line about once a second of the logger "wellfit"; it goes to stderr where logging is
        not set up (default 0: nothing).

    Attributes after `fit`:
        model_: what predicts, a `wellfit.Model`; with refit its `info` holds the score over folds.
        result_: what was trained on what, and how it ended, a `wellfit.statistics.result.FitResult`.
        recipe_: the `Recipe` that was trained.
        n_features_in_: columns of X.
        feature_names_in_: their names, where X had names.
        n_outputs_: outputs of each network.
        n_iter_: epochs made.
        history_: a polars table, a row a network and evaluation.
        probes_: a polars table of what was seen inside the networks (`Population.probes`), where `probes` asks for it;
            a saved estimator has none.
        loss_curve_: the running loss of the first network.
        best_loss_: mean validation loss of the kept weights; NaN without validation rows.
        notes_: sentences on where too few rows made it differ.
        scores_: what people know, by name, each with its 95 % interval: "error" and "log_loss" of classes and labels,
            "r2" (higher is better) and "rmse" of numbers; of what is predicted for the validation rows, which have also
            chosen the kept weights. Empty without validation rows.
        out_of_fold_: with folds, (rows, columns) predictions of each row by the networks that held it out; NaN where
            none did, and where skip_unknown_targets left the row out.
        out_of_bag_: with bootstrap, the out-of-bag estimate, as `wellfit.out_of_bag` returns it.
"""


class NetworkClassifier(PredictsClasses, NetworkEstimator):
    """Classes, or several yes/no labels, from a table of numbers, categories, dates and text or from images, by neural
    networks.

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
        shared = {name: value for name, value in locals().items() if name not in ("self", "class_weight", "__class__")}
        super().__init__(**shared)
        self.class_weight = class_weight

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any, sample_weight: Any = None, eval_set: Any = None) -> Self:
        """Train the networks.

        X: (rows, columns), a frame, an array or a sparse matrix; or images, (rows, height, width[, channels]).
        y: (rows,) classes, or (rows, labels) of 0 and 1.
        sample_weight: (rows,) of 0 or more; a weight k counts as k equal rows. None (default): 1 each.
        eval_set: (X, y) or (X, y, sample_weight), rows that choose the kept weights in place of held-out ones. None
            (default): rows are held out.

        Returns:
            The estimator itself.

        Raises:
            InputError: (a ValueError) anything that cannot be learned from, in one sentence.
        """
        return self._fit(X, y, sample_weight, eval_set)

    def _recipe_for(self, recipe: Recipe, target: Target) -> Recipe:
        return with_class_weight(recipe, self.class_weight, target.labels)


class NetworkRegressor(PredictsNumbers, NetworkEstimator):
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
        """Train the networks.

        X: (rows, columns), a frame, an array or a sparse matrix; or images, (rows, height, width[, channels]).
        y: (rows,) or (rows, outputs) numbers.
        sample_weight: (rows,) of 0 or more; a weight k counts as k equal rows. None (default): 1 each.
        eval_set: (X, y) or (X, y, sample_weight), rows that choose the kept weights in place of held-out ones. None
            (default): rows are held out.

        Returns:
            The estimator itself.

        Raises:
            InputError: (a ValueError) anything that cannot be learned from, in one sentence.
        """
        return self._fit(X, y, sample_weight, eval_set)

    def _kind(self) -> Literal["count", "number"]:
        return "count" if recipe_of(self).loss.name == "poisson" else "number"

    def _target(self, y: Any, fitted: bool, choices: Choices = ANY) -> Target:
        return make_target(y, kind=self._kind(), choices=choices)


_CLASS_WEIGHT = '    class_weight: None (default): as in the recipe; "balanced", or {class: weight}.\n'
for _cls, _parameters in (
    (NetworkClassifier, _PARAMETERS.replace("    validation_share:", f"{_CLASS_WEIGHT}    validation_share:")),
    (NetworkRegressor, _PARAMETERS),
):
    _cls.__doc__ = (_cls.__doc__ or "").replace("\n    >>> from sklearn", _parameters + "\n    >>> from sklearn", 1)
