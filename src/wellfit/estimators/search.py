"""The two estimators that search for the best networks within a time limit."""

from __future__ import annotations

from typing import Any

from wellfit.errors import InputError
from wellfit.estimators.answers import ClassAnswers, NumberAnswers
from wellfit.estimators.search_base import SearchEstimator
from wellfit.tables import make_target
from wellfit.tables.arrays import Target

_PARAMETERS = """
    time_limit: seconds, or a time such as "5m", of the whole `fit`; default 60. Compiling, once for a machine and
        version, comes on top. budget: instead, updates of all networks together: no clock is then looked at, and the
        result is the same to the bit every time, whatever n_jobs is.
    metric: what the ensemble is chosen by, and promised in: "log_loss" (default for classes), "error", "accuracy",
        "balanced_error", "balanced_accuracy", "auc", "brier"; "rmse" (default for numbers), "mae", "r2",
        "median_absolute_error"; "poisson_deviance", which makes the target counts.
    folds: of cross-validation (default: 8 below 1,000 rows, else 5). recipes: what to try first, in place of the
        built-in portfolio. small: keep one network, taught by the ensemble on all rows, in place of
        the ensemble; it takes a fifth of the time. `promised_` and `out_of_fold_` are then its own.
    refit: "from_scratch" or "continue" (or a table of their settings, see `wellfit.refit`): train the ensemble's
        networks once more on all rows; it takes a quarter of the time. `promised_` and `out_of_fold_` are those of the
        networks before. Default "none".
    column_kinds: {column: "number", "category", "date" or "text"} where the kind found for a column is wrong.
    n_jobs: threads; -1 (default) all cores, None means 1. random_state: seed of everything drawn.
    verbose: 1 writes a line about once a second.

    Ctrl-C inside `fit` ends the search, keeps the best so far and warns.

    Attributes after `fit`: model_ (what predicts, a `wellfit.Model`), metric_, promised_ (the score that
    cross-validation promises, a `wellfit.statistics.intervals.Estimate`: a mean and its 95 % interval, the optimism
    of choosing
    taken off), record_ (every decision of the search, as JSON holds it), history_ (a polars table, a row a network and
    evaluation), out_of_fold_ (what the ensemble says of rows by networks that did not train on them; NaN where
    nobody held the row out), notes_, n_features_in_, feature_names_in_ (where X had names).
"""


class WellfitClassifier(ClassAnswers, SearchEstimator):
    """Classes, or several yes/no labels, from a table or from images: the best networks within a time limit.

    Many networks are raced over folds, and the ensemble that their held-out predictions speak for is kept.

    >>> from sklearn.datasets import load_iris
    >>> from wellfit import WellfitClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> found = WellfitClassifier(budget=6_000, random_state=0).fit(X, y)
    >>> found.score(X, y) > 0.9
    True
    """


class WellfitRegressor(NumberAnswers, SearchEstimator):
    """Numbers from a table or from images: the best networks within a time limit.

    Many networks are raced over folds, and the ensemble that their held-out predictions speak for is kept. With
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
        """The interval that holds a row's number with this probability; see `wellfit.Model.predict_interval`."""
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
