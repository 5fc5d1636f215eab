"""What every estimator shares: reading a table, prediction, saving, tags."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from wellfit.errors import InputError
from wellfit.estimators import saving
from wellfit.estimators.displays import display_of
from wellfit.estimators.parameters import threads_of
from wellfit.estimators.reports import report_of
from wellfit.figures import Display, Figure
from wellfit.models.model import Model
from wellfit.statistics.result import FitResult
from wellfit.tables import Schema, Table, check_weights
from wellfit.tables.arrays import Arrays, Float32, Target
from wellfit.tables.columns.sentences import marks_taken, skipped_note
from wellfit.tables.columns.unlike import warn_of
from wellfit.tables.reading.choices import ANY, Choices
from wellfit.tables.split import LabelledRows, SplitTable
from wellfit.training.known_rows import folds_of_rows, known_rows, rows_of
from wellfit.training.transfer import table_of


class TableEstimator(BaseEstimator):
    """An estimator whose `fit` reads a table and leaves a `Model` behind."""

    model_: Model
    history_: Any
    notes_: tuple[str, ...]
    result_: FitResult
    classes_: NDArray[Any]
    n_features_in_: int
    n_jobs: int | None
    _labels: tuple[Any, ...]

    missing: Any
    decimal: Any
    dates: str | None
    skip_unknown_targets: bool

    def display(self, name: str | None = None, X: Any = None, y: Any = None) -> Display | Figure:
        """Figures of the fit: learning curves, or of a search its candidates; and of predictions, where rows are given.

        Of classes the reliability of the probabilities and the confusion matrix; of numbers observed against predicted
        and the residuals; of both the importance of each column, and the partial dependence on the first few. Give rows
        that `fit` has not seen.

        name: of one figure, such as "importance", which is returned alone; None (default): all.
        X, y: rows whose target is known, as in `fit`; None (default): the figures of the fit alone.

        Returns:
            A `Display` of figures, which own their data, or the figure of the name.

        Raises:
            NotFittedError: `fit` has not been called.
            InputError: the rows do not fit, or there is no such figure.
        """
        check_is_fitted(self, "model_")
        return display_of(self._figures(), self.model_, name, X, y, threads_of(self.n_jobs))

    def report(
        self, folder: str | Path, X: Any = None, y: Any = None, *, forms: Any = ("html", "md", "json")
    ) -> tuple[Path, ...]:
        """Write a report of the fit: report.html, one file that needs no network, report.md and report.json.

        It has what `fit` found: scores, learning curves, what a search tried, the ensemble. Where rows are given, also
        how predictions hold on them, the worst of them, the importance of columns and partial dependence.

        folder: where to; it is made where it is not there, and earlier reports are replaced.
        X, y: rows whose target is known, which `fit` has not seen; None (default): the report of the fit alone.
        forms: of "html", "md" and "json" (default: all).

        Returns:
            The files.

        Raises:
            NotFittedError: `fit` has not been called.
            InputError: the rows do not fit, there is no such form, or the files cannot be written.
        """
        check_is_fitted(self, "model_")
        from wellfit.report.write import write_report

        probes, n_jobs = getattr(self, "probes_", None), threads_of(self.n_jobs)
        metric = getattr(self, "metric_", None)
        found = report_of(self.result_, self.history_, probes, self.model_, X, y, metric, n_jobs)
        return write_report(found, folder, forms)

    def _figures(self) -> list[Figure]:
        """The figures of the fit itself."""
        raise NotImplementedError

    def _target(self, y: Any, fitted: bool, choices: Choices = ANY) -> Target:
        """The target of y; `fitted`: in the classes that are known already."""
        raise NotImplementedError

    def _kind(self) -> str:
        """The kind of target: class, number or count."""
        raise NotImplementedError

    def _read(self, X: Any, y: Any, donor: Schema | None = None) -> GivenRows:
        """What `fit` was given, without the rows of unknown targets where these are to be left out.

        donor: by which the table is read; None (default): as the parameters say.
        """
        table = table_of(X, donor, self.missing, self.decimal, self.dates)
        self._learn_columns(X, y, table)
        check_consistent_length(X, y)
        rows, notes, given = None, marks_taken(table), table.rows
        if self.skip_unknown_targets:
            rows = known_rows(y, self._kind(), table.choices)
            notes = (*skipped_note(rows, table.rows), *notes)
            table, y = table.take(rows), rows_of(y, rows)
        if table.rows < 2:
            raise InputError("A network learns from 2 rows or more; got 1 sample: add rows.")
        return GivenRows(self._named(table), self._target(y, False, table.choices), rows, notes, given)

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
        table = schema.read(X)
        if table.images is None and schema.image is None:
            validate_data(self, X, reset=False, skip_check_array=True)
            table = self._named(table)
        arrays = schema.arrays(table)
        warn_of(schema.reports(table))
        return arrays

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

        path: of the file.

        Raises:
            NotFittedError: `fit` has not been called. InputError: the file cannot be written.
        """
        check_is_fitted(self, "model_")
        saving.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read an estimator that `save` wrote; nothing in the file is ever executed.

        path: of the file.

        Raises:
            InputError: the file is no model, is damaged, or holds another estimator.
        """
        return saving.load(cls, path)

    def _saved_state(self) -> dict[str, Any]:
        """What `save` writes beside the parameters and columns, as plain values."""
        raise NotImplementedError

    def _restore(self, state: dict[str, Any]) -> None:
        """Set the attributes that `_saved_state` wrote."""
        raise NotImplementedError

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


def split_table(schema: Schema, train: LabelledRows, y: Any) -> SplitTable:
    """The rows that `fit` was given as a table of training rows; the target has the name of y, where it has one."""
    return SplitTable(str(getattr(y, "name", None) or "y"), schema, train, None, "none", "")


@dataclass(frozen=True)
class GivenRows:
    """The rows that `fit` learns from.

    table, target: of these rows. rows: their numbers, None for all that were given. notes: what was assumed, or left
    out, in reading. given: how many rows `fit` was given.
    """

    table: Table
    target: Target
    rows: NDArray[np.int64] | None
    notes: tuple[str, ...]
    given: int

    def take(self, rows: NDArray[np.int64], note: str) -> GivenRows:
        """Some of these rows. note: why."""
        numbers = rows if self.rows is None else self.rows[rows]
        return GivenRows(self.table.take(rows), self.target.take(rows), numbers, (note, *self.notes), self.given)

    def weights(self, given: Any) -> Float32 | None:
        """sample_weight of these rows, as the engine takes it; see `weights_of`."""
        return weights_of(self.of(given), self.table.rows, self.table.choices)

    def folds(self, given: Any) -> Any:
        """Folds of these rows."""
        if self.rows is None:
            return given
        return folds_of_rows(given, self.rows, self.given)

    def beside_given(self, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predictions of these rows as one for each that was given, NaN in those that were left out."""
        if self.rows is None:
            return predictions
        every = np.full((self.given, *predictions.shape[1:]), np.nan)
        every[self.rows] = predictions
        return every

    def of(self, values: Any) -> Any:
        """The part of weights or groups that belongs to these rows."""
        return values if self.rows is None else rows_of(values, self.rows)


def weights_of(weights: Any, rows: int, choices: Choices = ANY) -> Float32 | None:
    """sample_weight as the engine takes it.

    Raises:
        InputError: not one finite weight of 0 or more a row.
    """
    return check_weights(weights if weights is None or np.isscalar(weights) else np.asarray(weights), rows, choices)


def _renamed(table: Table, names: tuple[str, ...]) -> Table:
    if len(names) != len(table.names):
        return table  # the schema names the columns that are absent
    frame = None if table.frame is None else table.frame.rename(dict(zip(table.names, names, strict=True)))
    return replace(table, names=names, frame=frame)
