"""The two estimators that search for the best networks within a time limit."""

from __future__ import annotations

from typing import Any

from wellfit.errors import InputError
from wellfit.estimators.prediction import PredictsClasses, PredictsNumbers
from wellfit.estimators.search_base import SearchEstimator
from wellfit.tables import make_target
from wellfit.tables.arrays import Target

_PARAMETERS = """
    time_limit: seconds, or a time such as "5m", of the whole `fit`, above 0 (default 60). Compiling, once for a machine
        and version, comes on top.
    budget: updates of all networks together, 1 or more, in place of the time limit: no clock is looked at, and the
        result is the same to the bit every time, whatever n_jobs is. None (default): the time limit counts.
    metric: what the ensemble is chosen by. For classes "log_loss" (default), "error", "accuracy", "balanced_error",
        "balanced_accuracy", "auc" or "brier"; for numbers "rmse" (default), "mae", "r2" or "median_absolute_error";
        "poisson_deviance" makes the target counts.
    folds: of cross-validation, 2 or more. None (default): 8 below 1,000 rows, else 5.
    recipes: what to try first, a list of recipes, each a `Recipe`, a dict of settings, a name or a path. None
        (default): the built-in portfolio.
    small: whether to keep one small network, trained on the ensemble's predictions of all rows, in the ensemble's place
        (default False); it takes a fifth of the time. `estimate_` and `out_of_fold_` are then its own.
    refit: "none" (default), or training the ensemble's networks once more on all rows, "from_scratch" or "continue", or
        a dict of its settings (`wellfit.refit`); it takes a quarter of the time. `estimate_` and `out_of_fold_` are
        those of the networks before.
    column_kinds: {column: "number", "category", "date" or "text"} where the kind found for a column is wrong. None
        (default): as found.
    n_jobs: threads; -1 (default) all cores that this process may use, None is 1.
    random_state: int or RandomState, the seed of everything drawn. None (default): a fresh one.
    verbose: 1 writes a line about once a second (default 0).

    Ctrl-C inside `fit` ends the search, keeps the best ensemble so far and warns.

    Attributes after `fit`:
        model_: what predicts, a `wellfit.Model`.
        estimate_: the score to expect on new rows by cross-validation, a `wellfit.statistics.intervals.Estimate`: a
            mean with its 95 % interval, the optimism of choosing taken off. By `metric_`: of "auc", "r2" and the
            accuracies higher is better, of the others lower.
        scores_: what people know, by name, each with its 95 % interval: "error" and "log_loss" of classes, "r2" (higher
            is better) and "rmse" of numbers; of `out_of_fold_`, whose rows have also chosen the networks, which
            flatters a little.
        result_: what was trained on what, the estimate, the ensemble and the seconds, a
            `wellfit.statistics.result.FitResult`.
        metric_: the name of the metric.
        record_: every decision of the search, as JSON holds it.
        history_: a polars table, a row a network and evaluation.
        out_of_fold_: (rows, columns) the ensemble's predictions of each row by networks that did not train on it; NaN
            where no network held the row out.
        notes_: sentences on what was unexpected.
        n_features_in_: columns of X.
        feature_names_in_: their names, where X had names.
"""


class WellfitClassifier(PredictsClasses, SearchEstimator):
    """Classes, or several yes/no labels, from a table or from images: the best networks within a time limit.

    Many networks are trained on folds, and those whose held-out predictions are best together are averaged.

    >>> from sklearn.datasets import load_iris
    >>> from wellfit import WellfitClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> found = WellfitClassifier(budget=6_000, random_state=0).fit(X, y)
    >>> found.score(X, y) > 0.9
    True
    """


class WellfitRegressor(PredictsNumbers, SearchEstimator):
    """Numbers from a table or from images: the best networks within a time limit.

    Many networks are trained on folds, and those whose held-out predictions are best together are averaged. With
    `metric="poisson_deviance"` the target is counts and predictions are expected counts.

    >>> from sklearn.datasets import load_diabetes
    >>> from wellfit import WellfitRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> found = WellfitRegressor(budget=6_000, random_state=0).fit(X, y)
    >>> found.score(X, y) > 0.4
    True
    """

    def _target(self, y: Any, fitted: bool) -> Target:
        counts = self.metric is not None and "poisson" in str(self.metric).lower()
        return make_target(y, kind="count" if counts else "number")

    def predict_interval(self, X: Any, level: float = 0.9) -> Any:
        """The interval that holds a row's number with a given probability.

        X: as `predict` takes it.
        level: the probability, above 0 and below 1 (default 0.9).

        Returns:
            (rows, 2) lower and upper ends; (rows, outputs, 2) where y had several columns.

        Raises:
            InputError: the model predicts no numbers, or no row was held out.
        """
        outputs, intervals = self._outputs(X), self.model_.intervals
        if self.model_.kind != "numbers":
            raise InputError(
                f"Intervals are for numbers, and this model predicts {self.model_.kind}: use predict, or a metric of "
                'numbers such as metric="rmse".'
            )
        if intervals is None:
            raise InputError(
                "Intervals come from held-out rows, and there were too few rows to hold any out: add rows."
            )
        return intervals.around(outputs, level)


for _cls in (WellfitClassifier, WellfitRegressor):
    _cls.__doc__ = (_cls.__doc__ or "").replace("\n    >>> from sklearn", _PARAMETERS + "\n    >>> from sklearn", 1)
