"""The report of an estimator: of its fit, and of its predictions for rows that are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wellfit.errors import InputError
from wellfit.models.inspection.known_rows import known_rows
from wellfit.models.model import Model
from wellfit.tables.split import LabelledRows

if TYPE_CHECKING:
    from wellfit.frames import ResultFrame
    from wellfit.report.content import Report
    from wellfit.statistics.result import FitResult


def report_of(
    result: FitResult, history: ResultFrame, probes: ResultFrame | None, model: Model, X: Any, y: Any,
    metric: str | None, n_jobs: int,
) -> Report:  # fmt: skip
    """The report of a fit.

    result, history, probes, model: what `fit` left behind; probes None or empty: nothing was probed.
    X, y: rows whose target is known, which `fit` has not seen; None: none. metric: of the importance of columns.

    Raises:
        InputError: X is given without y or y without X, or the rows do not fit.
    """
    from wellfit.report.evidence.collect import collect_rows
    from wellfit.report.fit import fit_report
    from wellfit.report.saved_fit import SavedFit

    if (X is None) != (y is None):
        raise InputError("Predictions are reported on rows whose target is known; got one of X and y: give both.")
    evidence: dict[str, Any] = {}
    if X is not None:
        known = known_rows(model, X, y, None, None, n_jobs)
        rows = LabelledRows(known.arrays, known.target, np.asarray(known.weight, np.float32))
        evidence = collect_rows(model, rows, metric, n_jobs)
    seen = probes if probes is not None and probes.height else None
    return fit_report(SavedFit(result, evidence, history, seen))
