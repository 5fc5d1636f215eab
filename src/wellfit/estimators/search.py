"""The two estimators that search for the best networks within a time limit."""

from __future__ import annotations

from typing import Any, Literal

from wellfit.errors import InputError
from wellfit.estimators.parameters import weighted_by_class
from wellfit.estimators.prediction import PredictsClasses, PredictsNumbers
from wellfit.estimators.search_base import SearchEstimator
from wellfit.tables import make_target
from wellfit.tables.arrays import Float32, Target
from wellfit.tables.reading.choices import ANY, Choices

_PARAMETERS = """
    time_limit: seconds, or a time such as "5m", of the whole `fit`, above 0 (default 60). Compiling, once for a machine
        and version, comes on top.
    budget: updates of all networks together, 1 or more, in place of the time limit: no clock is looked at, and the
        result is the same to the bit every time, whatever n_jobs is. None (default): the time limit counts.
    metric: what the ensemble is chosen by. For classes "log_loss" (default), "error", "accuracy", "balanced_error",
        "balanced_accuracy", "auc" or "brier"; for numbers "rmse" (default), "mae", "r2" or "median_absolute_error";
        "poisson_deviance" makes the target counts.
    folds: of cross-validation: a number of 2 or more, an array with the fold of each row (-1: never held out), a
        scikit-learn splitter, or a list of (training rows, held-out rows) that hold each row out at most once. None
        (default): 8 below 1,000 rows, else 5.
    recipes: what to try first, a list of recipes, each a `Recipe`, a dict of settings, a name or a path. None
        (default): the built-in portfolio.
    small: whether to keep one small network, trained on the ensemble's predictions of all rows, in the ensemble's place
        (default False); it takes a fifth of the time. `estimate_` and `out_of_fold_` are then its own.
    refit: "none" (default), or training the ensemble's networks once more on all rows, "from_scratch" or "continue", or
        a dict of its settings (`wellfit.refit`); it takes a quarter of the time. `estimate_` and `out_of_fold_` are
        those of the networks before.
    column_kinds: {column: "number", "category", "date" or "text"} where the kind found for a column is wrong. None
        (default): as found.
    missing: marks of a missing value, such as ["-999"], in place of the usual ones; "none": empty cells alone;
        "default" among them: the usual ones too. None (default): the usual ones, `wellfit.tables.MISSING_MARKS`.
    decimal: "comma" or "point", the mark of fractions where a number in text, such as 7,404, leaves it open. None
        (default): as most cells show.
    dates: "day-first", "month-first", or a format such as "%d/%m/%y". None (default): as they look.
    skip_unknown_targets: whether to leave out the rows whose target is missing or, among numbers, no number (default
        False: they are refused). `notes_` counts them.
    split_equal_rows: whether rows that are equal in every column are split at random like any others, for tables whose
        rows will occur again in new data (default False: they stay in one fold, and the estimate is that of rows not
        seen before).
    rows: how many rows are learned from, drawn at random, 20 or more; or "all". None (default): all, but of a very
        large table as many as the time allows; `notes_` says so.
    probes: whether to look inside the networks while they train (default True); or at least how many updates lie
        between two looks, 1 or more.
    n_jobs: threads; -1 (default) all cores that this process may use, None is 1.
    cluster: where networks train: "local", "auto" or the address of a Ray cluster, see `wellfit.on_cluster`. None
        (default): on threads of this process. With a budget of updates the result is the same to the bit.
    random_state: int or RandomState, the seed of everything drawn. None (default): a fresh one.
    verbose: 1 reports progress, a line about once a second of the logger "wellfit"; it goes to stderr where logging is
        not set up (default 0: nothing).

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
        leaderboard_: a polars table, a row a candidate that was tried, the best first: its loss with a 95 % interval,
            its weight in the ensemble, what predicting costs, its recipe (`SearchResult.leaderboard` tells all).
        history_: a polars table, a row a network and evaluation.
        probes_: a polars table of what was seen inside the networks (`Population.probes`); a saved estimator has none.
        out_of_fold_: (rows, columns) the ensemble's predictions of each row by networks that did not train on it; NaN
            where no network held the row out, where skip_unknown_targets left it out, and where it was not drawn.
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

    def __init__(
        self,
        time_limit: Any = 60,
        *,
        budget: int | None = None,
        metric: str | None = None,
        class_weight: Any = None,
        folds: int | None = None,
        recipes: Any = None,
        small: bool = False,
        refit: Any = "none",
        column_kinds: dict[str, str] | None = None,
        missing: Any = None,
        decimal: str | None = None,
        dates: str | None = None,
        skip_unknown_targets: bool = False,
        split_equal_rows: bool = False,
        rows: Any = None,
        probes: bool | int = True,
        n_jobs: int | None = -1,
        cluster: str | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        shared = {name: value for name, value in locals().items() if name not in ("self", "class_weight", "__class__")}
        super().__init__(**shared)
        self.class_weight = class_weight

    def _weights(self, weight: Float32 | None, target: Target) -> Float32 | None:
        return weighted_by_class(weight, self.class_weight, target)


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

    def _kind(self) -> Literal["count", "number"]:
        return "count" if self.metric is not None and "poisson" in str(self.metric).lower() else "number"

    def _target(self, y: Any, fitted: bool, choices: Choices = ANY) -> Target:
        return make_target(y, kind=self._kind(), choices=choices)

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


_CLASS_WEIGHT = """
    class_weight: None (default): classes count by their rows; "balanced": all alike; or {class: weight of 0 or more}.
        Rows are weighted by it, times sample_weight, in training, and where the metric chooses and `estimate_` tells.
"""[1:]
for _cls, _parameters in (
    (WellfitClassifier, _PARAMETERS.replace("    folds:", f"{_CLASS_WEIGHT}    folds:", 1)),
    (WellfitRegressor, _PARAMETERS),
):
    _cls.__doc__ = (_cls.__doc__ or "").replace("\n    >>> from sklearn", _parameters + "\n    >>> from sklearn", 1)
