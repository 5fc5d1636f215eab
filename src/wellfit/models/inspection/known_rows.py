"""Rows whose target is known, with what a model predicts for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.reprs import short_repr
from wellfit.tables import check_weights, make_target
from wellfit.tables.arrays import Arrays, Target
from wellfit.tables.columns.unlike import warn_of

if TYPE_CHECKING:
    from wellfit.models.model.predictor import Predictor

Float64 = NDArray[np.float64]
KINDS = {"binary": "class", "classes": "class", "counts": "count", "labels": "labels", "numbers": "number"}


@dataclass(frozen=True, eq=False)
class KnownRows:
    """Rows on which a model is looked at.

    model: of one target. arrays, target: of the same rows. weight: (rows,) of 0 or more.
    groups: (rows,), or None. n_jobs: threads that predict.
    """

    model: Predictor
    arrays: Arrays
    target: Target
    weight: Float64
    groups: NDArray[Any] | None = None
    n_jobs: int = 1

    __repr__ = short_repr

    def predict(self, arrays: Arrays) -> Float64:
        """Probabilities (rows, classes or labels), or numbers (rows, outputs)."""
        return predicted(self.model, arrays, self.n_jobs)

    def sample(self, most: int) -> KnownRows:
        """So many rows at random, always the same; all where there are no more."""
        if self.arrays.rows <= most:
            return self
        rows = np.sort(np.random.default_rng(0).choice(self.arrays.rows, most, replace=False))
        groups = None if self.groups is None else self.groups[rows]
        return replace(
            self, arrays=self.arrays.take(rows), target=self.target.take(rows), weight=self.weight[rows], groups=groups
        )


def predicted(model: Predictor, arrays: Arrays, n_jobs: int) -> Float64:
    """Probabilities (rows, classes or labels), or numbers (rows, outputs)."""
    if model.kind in ("numbers", "counts"):
        return model.outputs_of_arrays(arrays, n_jobs=n_jobs)
    return model.probabilities_of_arrays(arrays, n_jobs=n_jobs)


def known_rows(model: Predictor, X: Any, y: Any, sample_weight: Any, groups: Any, n_jobs: int) -> KnownRows:
    """The rows of a table with their target, as the model reads them; those of weight 0 are left out.

    X: a table with the columns of the training table. y: (rows,) or (rows, outputs), or the name of a column of X.

    Raises:
        InputError: the model predicts several tasks; a column is missing; the target is unknown in some row, is of
            another kind, or has a class that the model does not know; lengths differ.
    """
    check_one_target(model)
    table = model.schema.read(X)
    arrays, reports = model.schema.apply(table)
    warn_of(reports)
    values = (table.beside or table).column(y) if isinstance(y, str) else y
    target = make_target(values, kind=KINDS[model.kind], labels=model.labels, choices=model.schema.choices)  # type: ignore[arg-type]
    if len(target.values) != arrays.rows:
        raise InputError(f"X and y have a row for each case; got {arrays.rows} and {len(target.values)} rows.")
    weight = np.ones(arrays.rows)
    if sample_weight is not None:
        weight = np.asarray(check_weights(sample_weight, arrays.rows, model.schema.choices), np.float64)
    known = None if groups is None else np.asarray(groups)
    if known is not None and known.shape != (arrays.rows,):
        raise InputError(f"Groups are one value for each of the {arrays.rows} rows; got {quoted(known.shape)}.")
    kept = np.flatnonzero(weight > 0)
    known = known if known is None else known[kept]
    return KnownRows(model, arrays.take(kept), target.take(kept), weight[kept], known, n_jobs)


def check_one_target(model: Predictor) -> None:
    """InputError for a model of several tasks."""
    if model.kind == "tasks":
        raise InputError("A model of several tasks is looked at task by task: take model.task(name).")
