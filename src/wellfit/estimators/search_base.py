"""What the two estimators that search share: from keywords to a search, and what it leaves behind."""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.progress import Progress
from wellfit.errors import InputError
from wellfit.estimators import saving
from wellfit.estimators.parameters import folds_of, groups_of, recipes_of, seconds_of, seed_of, threads_of
from wellfit.estimators.table import TableEstimator, weights_of
from wellfit.search import Found, Settings, Small, distil, refit_found, search
from wellfit.statistics.calibration import tempered
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import metric_of
from wellfit.tables import Schema
from wellfit.techniques.run.refit import NoRefit, Refit
from wellfit.training.refit import refit_settings

SMALL_SHARE = 0.2  # of the time limit, for teaching a small network
REFIT_SHARE = 0.25  # of the time limit, for training on all rows
LEAST_SHARE = 0.1  # of the time limit, for the search however long reading the table took
EVERY_SECONDS = 1.0


class SearchEstimator(TableEstimator):
    """The shared base; see `WellfitClassifier` and `WellfitRegressor`."""

    def __init__(
        self,
        time_limit: Any = 60,
        *,
        budget: int | None = None,
        metric: str | None = None,
        folds: int | None = None,
        recipes: Any = None,
        small: bool = False,
        refit: Any = "none",
        column_kinds: dict[str, str] | None = None,
        n_jobs: int | None = -1,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.time_limit = time_limit
        self.budget = budget
        self.metric = metric
        self.folds = folds
        self.recipes = recipes
        self.small = small
        self.refit = refit
        self.column_kinds = column_kinds
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    metric_: str
    estimate_: Estimate | None
    record_: dict[str, Any]
    out_of_fold_: NDArray[np.float64]

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Search.

        X: (rows, columns), a frame, an array or a sparse matrix; or images, (rows, height, width[, channels]).
        y: (rows,), or several columns. sample_weight: (rows,) of 0 or more; a weight k counts as k equal rows.
        groups: (rows,); rows of equal values stay in one fold.

        Raises:
            InputError: (a ValueError) anything that cannot be learned from, in one sentence.
        """
        started = time.monotonic()
        seconds, n_jobs, way = self._limit(), threads_of(self.n_jobs), self._way()
        table, target = self._read(X, y)
        self.metric_ = metric_of(self.metric, target.kind).name
        schema = Schema.infer(self._named(table), kinds=self.column_kinds)
        arrays = schema.arrays(self._named(table))
        weight = weights_of(sample_weight, table.rows)
        if seconds is not None:
            seconds = max(seconds - (time.monotonic() - started), LEAST_SHARE * seconds)
        more = 0.0 if seconds is None else seconds * self._share_of_more(way)
        seconds = None if seconds is None else seconds - more
        settings = Settings(
            seconds=seconds,
            updates=self.budget,
            metric=self.metric,
            seed=seed_of(self.random_state),
            folds=folds_of(self.folds, table.rows),
            groups=groups_of(groups, table.rows),
            n_jobs=n_jobs,
            recipes=recipes_of(self.recipes),
        )
        reporter = [_Reporter()] if self.verbose else []
        found = search(arrays, target, weight, settings, observers=reporter)
        left = None if seconds is None else more
        if found.interrupted:  # Ctrl-C asks to end, not to go on
            self._keep(found, found, schema, arrays.rows)
        elif self.small:
            self._keep(found, distil(found, seconds=left), schema, arrays.rows)
        else:
            again = found if isinstance(way, NoRefit) else _on_all_rows(found, way, schema, left)
            self._keep(again, again, schema, arrays.rows)
        return self

    def _way(self) -> Refit:
        """What becomes of the rows that were held out."""
        way = refit_settings(self.refit)
        if self.small and not isinstance(way, NoRefit):
            raise InputError("small teaches one network on all rows, refit trains the ensemble on them: give one.")
        return way

    def _share_of_more(self, way: Refit) -> float:
        """The share of the time for what comes after the search."""
        return SMALL_SHARE if self.small else 0.0 if isinstance(way, NoRefit) else REFIT_SHARE

    def _limit(self) -> float | None:
        """Seconds; None where a budget of updates takes the clock's place."""
        if self.budget is None:
            return seconds_of(self.time_limit)
        number = isinstance(self.budget, (int, float, np.number)) and not isinstance(self.budget, bool)
        if not number or not np.isfinite(self.budget) or self.budget != int(self.budget) or self.budget < 1:
            raise InputError(f"budget is a whole number of updates, 1 or more, and {self.budget!r} came.")
        return None

    def _keep(self, found: Found, kept: Found | Small, schema: Schema, rows: int) -> None:
        """Set what `fit` leaves behind. kept: the ensemble, or the one network that it taught."""
        self.model_, self.record_ = kept.model(schema), found.record
        self.estimate_ = kept.promised
        self.history_, self.notes_ = found.population.history, tuple(found.notes)
        self.out_of_fold_ = np.full((rows, *kept.said.shape[1:]), np.nan)
        t, kind = kept.temperature, found.population.target.kind
        self.out_of_fold_[kept.rows] = kept.said if t is None else tempered(kept.said, kind, t)
        if found.interrupted:
            warnings.warn(
                "The search was interrupted: the best that was found until then is kept.", RuntimeWarning, stacklevel=3
            )

    def _standing(self) -> dict[str, Any]:
        promised = None if self.estimate_ is None else [saving.number(value) for value in _ends(self.estimate_)]
        return {"metric": self.metric_, "promised": promised, "record": self.record_}

    def _restore(self, standing: dict[str, Any]) -> None:
        self.metric_, self.record_ = str(standing["metric"]), dict(standing["record"])
        promised = standing["promised"]
        self.estimate_ = None if promised is None else Estimate(*map(float, promised))


def _on_all_rows(found: Found, way: Refit, schema: Schema, seconds: float | None) -> Found:
    """The ensemble trained on all rows; as it was, with a warning, where that failed or was interrupted."""
    try:
        return refit_found(found, way, schema=schema, seconds=seconds)
    except KeyboardInterrupt:
        why = "was interrupted"
    except InputError as error:
        why = f"failed ({error})"
    warnings.warn(
        f"Training on all rows {why}: the networks that were trained before it are kept.", RuntimeWarning, stacklevel=3
    )
    return found


def _ends(promised: Estimate) -> tuple[float, float, float]:
    return promised.mean, promised.low, promised.high


class _Reporter:
    """Writes a line about once a second: for verbose."""

    def __init__(self) -> None:
        self.said = -EVERY_SECONDS

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self.said < EVERY_SECONDS:
            return
        self.said = now
        left = "" if progress.seconds_left is None else f"{progress.seconds_left:.0f} s left, "
        updates = sum(member.update for member in progress.members)
        sys.stdout.write(f"[wellfit] {left}{len(progress.members)} networks, {updates:,} updates\n")
