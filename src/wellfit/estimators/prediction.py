"""Classes and numbers: what `fit` makes of y, and what `predict` returns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from wellfit.estimators.parameters import threads_of
from wellfit.estimators.table import TableEstimator
from wellfit.tables import make_target
from wellfit.tables.arrays import Target
from wellfit.tables.columns.target_values import as_array
from wellfit.tables.reading.choices import ANY, Choices


class PredictsClasses(ClassifierMixin, TableEstimator):
    """Mixin for estimators of classes, or of several yes/no labels."""

    def _kind(self) -> str:
        return "class"

    def _target(self, y: Any, fitted: bool, choices: Choices = ANY) -> Target:
        cells = as_array(y)
        if cells.ndim == 2 and type_of_target(cells) == "multilabel-indicator":
            target = make_target(cells, kind="labels", labels=list(range(cells.shape[1])))
            self.classes_ = self.classes_ if fitted else np.arange(cells.shape[1])
            return target
        raw = np.asarray(y)
        column_or_1d(raw, warn=True)
        if fitted:
            return make_target(cells, kind="class", labels=self._labels)
        target = make_target(cells, kind="class")
        check_classification_targets(cells)
        self._labels = target.labels
        first = np.unique(target.values[:, 0], return_index=True)[1]
        self.classes_ = raw.reshape(len(cells), -1)[first, 0]
        return target

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class of each row.

        X: (rows, columns), a frame or an array with the columns of `fit`; or images of the shape of `fit`.

        Returns:
            (rows,) the most probable class; (rows, labels) 1 or 0 for each of several labels.
        """
        probabilities = self.predict_proba(X)
        if self.model_.kind == "labels":
            return self.model_.decide(probabilities)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict the probability of each class.

        X: as `predict` takes it.

        Returns:
            (rows, classes) in the order of `classes_`; (rows, labels) the probability of 1 for each of several labels.
        """
        arrays = self._arrays(X)
        return self.model_.probabilities_of_arrays(arrays, n_jobs=threads_of(self.n_jobs))

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """The logarithms of `predict_proba`. X: as `predict` takes it."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """The networks' outputs before softmax or sigmoid.

        X: as `predict` takes it.

        Returns:
            (rows,) for two classes, above 0 for the second; (rows, classes) or (rows, labels) otherwise.
        """
        outputs = self._outputs(X)
        return outputs[:, 0] if self.model_.kind == "binary" else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class PredictsNumbers(RegressorMixin, TableEstimator):
    """Mixin for estimators of numbers, one or several a row."""

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Predict the number of each row.

        X: (rows, columns), a frame or an array with the columns of `fit`; or images of the shape of `fit`.

        Returns:
            (rows,) numbers; (rows, outputs) where y had several columns.
        """
        values = self._outputs(X)
        return values[:, 0] if values.shape[1] == 1 else values

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        return tags
