"""The formulas: a metric with the rows that it is taken on.

Predictions are first brought into the form that the formula needs, by a map that is linear in them (`compact`): so a
weighted mean of predictions has the same weighted mean of these forms, and greedy selection adds forms instead of
predictions. A form is (columns, rows): the rows lie together in memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.statistics.metrics.ranking import one_minus_aucs
from wellfit.tables.arrays import Target

Float64 = NDArray[np.float64]
MOST_NAMED = 3  # classes in a sentence
LEAST_PROBABILITY = 1e-15  # a probability of 0 counts as this, so that one row costs 34.5 nats and not infinity


class MetricOnRows(ABC):
    """A metric with its rows: those of positive weight alone are looked at.

    target: of all rows. weight: (rows,) of 0 or more, at least one above 0.
    """

    is_mean = True  # the loss is the weighted mean of `rows`
    expensive = False  # one loss costs far more than a pass over the rows

    def __init__(self, target: Target, weight: Float64) -> None:
        self.kept = None if (weight > 0).all() else np.flatnonzero(weight > 0)
        values = target.values if self.kept is None else target.values[self.kept]
        self.kind, self.size, self.labels = target.kind, len(weight), target.labels
        self.truth: Float64 = np.ascontiguousarray(values.T, dtype=np.float64)  # (columns, rows)
        self.weight = weight if self.kept is None else weight[self.kept]
        self.share: Float64 = self.weight / self.weight.sum()
        self.columns = 2 if self.kind == "binary" else target.outputs

    def compact(self, predicted: NDArray[np.float64]) -> Float64:
        """The form (columns, rows of positive weight) of predictions (rows, columns)."""
        given = np.asarray(predicted)
        if given.shape != (self.size, self.columns):
            raise InputError(
                f"Predictions are one row a row of the target and one column a class, label or number, here "
                f"{(self.size, self.columns)}; got an array of shape {given.shape}."
            )
        kept = given if self.kept is None else given[self.kept]
        return np.ascontiguousarray(self._form(kept.T.astype(np.float64, copy=False)))

    def _form(self, predicted: Float64) -> Float64:
        return predicted

    @abstractmethod
    def rows(self, form: Float64) -> Float64:
        """The loss of each row of positive weight (rows,)."""

    def loss(self, form: Float64) -> float:
        """The loss, lower is better; NaN if a prediction is NaN."""
        return self.mean(self.rows(form))

    def mean(self, values: Float64) -> float:
        """The weighted mean of the rows' values, added in a fixed order."""
        return float(np.einsum("i,i->", values, self.share))

    def unmeasurable(self) -> str:
        """Why these rows cannot measure the metric, whatever is predicted; empty where they can."""
        return ""

    @cached_property
    def own(self) -> NDArray[np.int64]:
        """Of classes: the row's own (rows,)."""
        return np.asarray(self.truth[0], np.int64)

    def left_out(self) -> str:
        """Of classes: which have no row here; empty where each has one."""
        absent = np.flatnonzero(np.bincount(self.own, minlength=self.columns) == 0)
        names = [str(self.labels[k]) if k < len(self.labels) else str(k) for k in absent[:MOST_NAMED].tolist()]
        more = f" and {len(absent) - MOST_NAMED} more" if len(absent) > MOST_NAMED else ""
        return f"no row of class {', '.join(names)}{more}" if names else ""


class LogLoss(MetricOnRows):
    """- ln of the probability of the row's own class; of labels: of the true value, averaged over labels."""

    def _form(self, predicted: Float64) -> Float64:
        if self.kind == "labels":
            return np.where(self.truth > 0.5, predicted, 1.0 - predicted)
        return np.asarray(np.take_along_axis(predicted, self.own[None], axis=0))

    def rows(self, form: Float64) -> Float64:
        single = -np.log(np.maximum(form, LEAST_PROBABILITY))
        return single[0] if len(single) == 1 else np.asarray(single.mean(axis=0))


class Error(MetricOnRows):
    """1 where the most probable class, the first of equal ones, is wrong; of labels the share that is wrong."""

    def rows(self, form: Float64) -> Float64:
        if self.kind == "labels":
            wrong = ((form > 0.5) != (self.truth > 0.5)).mean(axis=0)
        else:
            wrong = self._wrong(form, self.own)
        return np.where(np.isnan(form).any(axis=0), np.nan, wrong) if np.isnan(form.sum()) else wrong

    @staticmethod
    def _wrong(form: Float64, own: NDArray[np.int64]) -> Float64:
        best = form.max(axis=0)
        wrong = np.take_along_axis(form, own[None], axis=0)[0] < best
        tied = np.flatnonzero((form == best).sum(axis=0) > 1)
        wrong[tied] = form[:, tied].argmax(axis=0) != own[tied]
        return np.asarray(wrong, np.float64)


class BalancedError(Error):
    """1 - the mean over classes of the share of their rows that are right; classes without a row are left out."""

    is_mean = False

    def loss(self, form: Float64) -> float:
        own, wrong = self.own, self.rows(form)
        rows = np.bincount(own, self.weight, self.columns)
        wrongs = np.bincount(own, self.weight * wrong, self.columns)
        return float(np.mean(wrongs[rows > 0] / rows[rows > 0]))


class Auc(MetricOnRows):
    """1 - area under the ROC curve; of several classes the mean of one against the rest, each class alike.

    Classes that have no row, or all rows, have no curve and are left out; where none has one it cannot be measured, and
    whoever needs a number all the same, as the selection of an ensemble does, gets that of guessing, 0.5.
    """

    is_mean, expensive = False, True

    def _form(self, predicted: Float64) -> Float64:
        return predicted[1:] if self.kind == "binary" else predicted

    def rows(self, form: Float64) -> Float64:
        raise InputError("AUC ranks rows among each other, and no row has a loss of its own: use log_loss.")

    def loss(self, form: Float64) -> float:
        known = one_minus_aucs(form, *self.members, None if self.alike else self.weight)
        return float(known.mean()) if len(known) else 0.5

    def unmeasurable(self) -> str:
        return self.left_out() if (self.own == self.own[0]).all() else ""

    @cached_property
    def alike(self) -> bool:
        """Whether all rows weigh the same."""
        return bool((self.weight == self.weight[0]).all())

    @cached_property
    def members(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Line of the form and number of each row that belongs to one; of two classes the form has the second alone."""
        rows = np.argsort(self.own, kind="stable")
        if self.kind == "binary":
            rows = rows[self.own[rows] == 1]
            return np.zeros(len(rows), np.int64), rows
        return self.own[rows], rows


class Brier(MetricOnRows):
    """Squared distance of the probabilities from 1 for the row's class and 0 for others; halved for two classes."""

    def _form(self, predicted: Float64) -> Float64:
        if self.kind == "binary":
            return np.asarray(predicted[1:] - self.truth)
        return np.asarray(predicted - (np.arange(self.columns)[:, None] == self.truth))

    def rows(self, form: Float64) -> Float64:
        return np.asarray(np.einsum("ij,ij->j", form, form))


class Squares(MetricOnRows):
    """The squared error, the mean over columns."""

    def _form(self, predicted: Float64) -> Float64:
        return predicted - self.truth

    def rows(self, form: Float64) -> Float64:
        return np.asarray(np.einsum("ij,ij->j", form, form) / len(form))

    def each(self, form: Float64) -> Float64:
        """The weighted mean square of each column."""
        return np.asarray(np.einsum("ij,ij,j->i", form, form, self.share))

    def of_squares(self, squares: Float64) -> float:
        """The loss that mean squares of the columns make."""
        return float(squares.mean())


class Rmse(Squares):
    """The root of the mean squared error, of each column, averaged."""

    is_mean = False

    def loss(self, form: Float64) -> float:
        return self.of_squares(self.each(form))

    def of_squares(self, squares: Float64) -> float:
        return float(np.sqrt(np.maximum(squares, 0.0)).mean())


class R2(Rmse):
    """1 - R2 = mean squared error over the variance, of each column, averaged. Of a constant column: 0 or 1."""

    @cached_property
    def centre(self) -> Float64:
        """The mean of each column."""
        return np.asarray(np.einsum("ij,j->i", self.truth, self.share))

    @cached_property
    def variance(self) -> Float64:
        """Of each column."""
        away = self.truth - self.centre[:, None]
        return np.asarray(np.einsum("ij,ij,j->i", away, away, self.share))

    @cached_property
    def constant(self) -> NDArray[np.bool_]:
        """Which columns have one value in all rows."""
        return np.asarray((self.truth == self.truth[:, :1]).all(axis=1))

    def unmeasurable(self) -> str:
        return "all rows have the same value" if self.constant.any() else ""

    def of_squares(self, squares: Float64) -> float:
        constant = self.constant
        single = np.where(
            constant, np.where(squares > 0, 1.0, squares), squares / np.where(constant, 1.0, self.variance)
        )
        return float(single.mean())


class Mae(MetricOnRows):
    """The absolute error, the mean over columns."""

    def _form(self, predicted: Float64) -> Float64:
        return predicted - self.truth

    def rows(self, form: Float64) -> Float64:
        return np.asarray(np.abs(form).mean(axis=0))


class MedianAbsoluteError(Mae):
    """The weighted median of absolute errors, of each column, averaged; of two middle ones their mean."""

    is_mean, expensive = False, True

    def loss(self, form: Float64) -> float:
        return float(np.mean([_median(np.abs(column), self.weight) for column in form]))


class PoissonDeviance(MetricOnRows):
    """2 (y ln(y / mu) - y + mu), the mean over columns; a mu of 0 counts as 1e-15."""

    def rows(self, form: Float64) -> Float64:
        rate = np.maximum(form, LEAST_PROBABILITY)
        logs = np.where(self.truth > 0, self.truth * np.log(np.maximum(self.truth, 1e-300) / rate), 0.0)
        return np.asarray(2.0 * (logs - self.truth + rate).mean(axis=0))


def _median(values: Float64, weight: Float64) -> float:
    if np.isnan(values).any():
        return float("nan")
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order])
    half = below[-1] / 2
    low = np.searchsorted(below, half * (1 - 1e-12))
    high = np.searchsorted(below, half * (1 + 1e-12))
    return float((values[order[low]] + values[order[min(high, len(values) - 1)]]) / 2)


FORMULAS: dict[str, type[MetricOnRows]] = {
    "log_loss": LogLoss,
    "error": Error,
    "balanced_error": BalancedError,
    "auc": Auc,
    "brier": Brier,
    "squares": Squares,
    "rmse": Rmse,
    "r2": R2,
    "mae": Mae,
    "median_absolute_error": MedianAbsoluteError,
    "poisson_deviance": PoissonDeviance,
}
