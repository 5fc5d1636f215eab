"""What the two estimators that search share: from keywords to a search, and what it leaves behind."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from wellfit.cluster import on_cluster
from wellfit.errors import InputError, quoted
from wellfit.estimators.parameters import folds_of, groups_of, recipes_of, seconds_of, seed_of, threads_of
from wellfit.estimators.reporting import reporting, search_line
from wellfit.estimators.table import GivenRows, TableEstimator, split_table
from wellfit.figures import Figure
from wellfit.figures.results import result_figures
from wellfit.frames import ResultFrame
from wellfit.search import ChosenEnsemble, SearchSettings, SmallNetwork, distil, refit_ensemble, search
from wellfit.search.result import result_of_search
from wellfit.search.sample_size import CUT_FROM, FEWEST_ROWS, sample_size
from wellfit.search.time_shares import TimeShares
from wellfit.statistics.calibration import tempered
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import metric_of
from wellfit.tables import Schema
from wellfit.tables.arrays import Arrays, Float32, Target
from wellfit.tables.reading.drawn_rows import Draw
from wellfit.tables.split import LabelledRows, SplitTable
from wellfit.tables.views.copies import equal_rows, join_groups, repeats_in_words
from wellfit.tables.views.given_folds import is_number_of_folds
from wellfit.techniques.run.refit import NoRefit, Refit
from wellfit.training.refit import refit_settings
from wellfit.training.table_checks import check_table

SEVERAL_PASSES = (
    "networks learn more from several passes over these in the time than from one over all. A longer limit takes more, "
    'rows="all" every one'
)

TOGETHER = (
    "equal rows stay in one fold. If such rows will occur again in new data, split_equal_rows=True splits them at "
    "random like any others"
)


class SearchEstimator(TableEstimator):
    """The shared base; see `WellfitClassifier` and `WellfitRegressor`."""

    def __init__(
        self,
        time_limit: Any = 60,
        *,
        budget: int | None = None,
        metric: str | None = None,
        folds: Any = None,
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
        self.time_limit = time_limit
        self.budget = budget
        self.metric = metric
        self.folds = folds
        self.recipes = recipes
        self.small = small
        self.refit = refit
        self.column_kinds = column_kinds
        self.missing = missing
        self.decimal = decimal
        self.dates = dates
        self.skip_unknown_targets = skip_unknown_targets
        self.split_equal_rows = split_equal_rows
        self.rows = rows
        self.probes = probes
        self.n_jobs = n_jobs
        self.cluster = cluster
        self.random_state = random_state
        self.verbose = verbose

    metric_: str
    estimate_: Estimate
    scores_: dict[str, Estimate]
    record_: dict[str, Any]
    leaderboard_: ResultFrame
    out_of_fold_: NDArray[np.float64]

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Search for the best networks.

        X: (rows, columns), a frame, an array or a sparse matrix; or images, (rows, height, width[, channels]).
        y: (rows,), or (rows, outputs) for several labels or numbers.
        sample_weight: (rows,) of 0 or more; a weight k counts as k equal rows. None (default): 1 each.
        groups: (rows,); rows of equal values stay in one fold. None (default): every row is its own group.

        Returns:
            The estimator itself.

        Raises:
            InputError: (a ValueError) anything that cannot be learned from, in one sentence.
        """
        started = time.monotonic()
        n_jobs, way = threads_of(self.n_jobs), self._way()
        time_shares = TimeShares(self._limit(), self.small, not isinstance(way, NoRefit))
        seed = seed_of(self.random_state)
        read = self._some_rows(self._read(X, y), seed, n_jobs)
        table, target = read.table, read.target
        self.metric_ = metric_of(self.metric, target.kind).name
        schema = Schema.infer(table, kinds=self.column_kinds)
        arrays, weight = schema.arrays(table), self._weights(read.weights(sample_weight), target)
        data = self._checked(schema, arrays, target, weight, read.of(groups), y)
        data = replace(data, notes=[*read.notes, *schema.assumptions, *data.notes])
        settings = SearchSettings(
            seconds=time_shares.search(time.monotonic() - started),
            updates=self.budget,
            metric=self.metric,
            seed=seed,
            folds=folds_of(read.folds(self.folds), target, weight, groups_of(read.of(groups), table.rows)),
            groups=data.train.groups,
            n_jobs=n_jobs,
            recipes=recipes_of(self.recipes),
            copies=data.train.together,
            probes=self.probes,
        )
        small = None
        with on_cluster(self.cluster, n_jobs):
            with reporting(self.verbose, search_line) as observers:
                ensemble = search(arrays, target, weight, settings, observers=observers)
            if not ensemble.interrupted:  # Ctrl-C means to end, not to go on
                small = distil(ensemble, seconds=time_shares.small_network) if self.small else None
                spent = time.monotonic() - started - ensemble.searched.compile_seconds
                seconds = time_shares.on_all_rows(spent)
                ensemble = ensemble if isinstance(way, NoRefit) else _on_all_rows(ensemble, way, schema, seconds)
        self._keep(ensemble, small, data, settings.seed)
        self.out_of_fold_ = read.beside_given(self.out_of_fold_)
        self.result_ = replace(self.result_, seconds={"all": time.monotonic() - started, **ensemble.record["seconds"]})
        return self

    def _weights(self, weight: Float32 | None, target: Target) -> Float32 | None:
        """The rows' weights; None: 1 each."""
        return weight

    def _checked(
        self, schema: Schema, arrays: Arrays, target: Target, weight: Float32 | None, groups: Any, y: Any
    ) -> SplitTable:
        """The rows that `fit` was given, with what could make the estimate mean less than it says."""
        weight = np.ones(arrays.rows, np.float32) if weight is None else weight
        rows = LabelledRows(arrays, target, weight, groups_of(groups, arrays.rows), equal_rows(arrays))
        rows = replace(rows, splits_copies=self.split_equal_rows)
        copies = rows.together
        if rows.groups is not None and copies is not None:
            rows = replace(rows, groups=join_groups(rows.groups, copies))
        data = split_table(schema, rows, y)
        checks = check_table(data)
        notes = [one.sentence for one in checks]
        if copies is not None and (self.folds is None or is_number_of_folds(self.folds)):
            notes.append(f"{repeats_in_words(copies)}: {TOGETHER}.")
        return replace(data, checks=checks, notes=notes)

    def _some_rows(self, read: GivenRows, seed: int, cores: int) -> GivenRows:
        """The rows to learn from: all, as many as are asked for, or of a very large table as the time allows."""
        if self.rows is None:
            most = sample_size(self._limit(), self.budget, cores)
            draw = None if most is None or read.table.images is not None else Draw(most, seed, CUT_FROM * most)
            why = SEVERAL_PASSES
        else:
            draw, why = _draw_asked(self.rows, seed), "as rows asks"
        rows = None if draw is None else draw.rows(read.table.rows)
        if rows is None:
            return read
        return read.take(rows, f"{len(rows):,} of {read.table.rows:,} rows, drawn at random, are used: {why}.")

    def _way(self) -> Refit:
        """What becomes of the rows that were held out."""
        way = refit_settings(self.refit)
        if self.small and not isinstance(way, NoRefit):
            raise InputError("small trains one small network on all rows, refit the ensemble: give one of the two.")
        return way

    def _limit(self) -> float | None:
        """Seconds; None where a budget of updates takes the clock's place."""
        if self.budget is None:
            return seconds_of(self.time_limit)
        number = isinstance(self.budget, (int, float, np.number)) and not isinstance(self.budget, bool)
        if not number or not np.isfinite(self.budget) or self.budget != int(self.budget) or self.budget < 1:
            raise InputError(f"budget is a whole number of updates, 1 or more; got {quoted(self.budget)}.")
        return None

    def _keep(self, ensemble: ChosenEnsemble, small: SmallNetwork | None, data: SplitTable, seed: int) -> None:
        """Set what `fit` leaves behind: of the ensemble, or of the small network distilled from it."""
        kept = small or ensemble
        self.model_ = kept.model(data.schema)
        self.result_ = result_of_search(data, ensemble, self.model_, seed=seed, small=small)
        self._set_search_attributes()
        self.history_ = ResultFrame(ensemble.population.history)
        self.probes_ = ResultFrame(ensemble.population.probes)
        self.notes_ = (*data.notes, *ensemble.notes)
        self.out_of_fold_ = np.full((data.train.arrays.rows, *kept.predictions.shape[1:]), np.nan)
        t, kind = kept.temperature, ensemble.population.target.kind
        self.out_of_fold_[kept.rows] = kept.predictions if t is None else tempered(kept.predictions, kind, t)
        if ensemble.interrupted:
            warnings.warn("The search was interrupted: the best ensemble so far is kept.", RuntimeWarning, stacklevel=3)

    def _set_search_attributes(self) -> None:
        """The attributes that are parts of the result."""
        search = self.result_.search
        if search is None:
            raise TypeError("the result is not that of a search")
        self.estimate_, self.scores_, self.record_ = search.estimate, search.held_out, search.record
        self.leaderboard_ = search.leaderboard()

    def summary(self) -> str:
        """What was found, in a few lines of text.

        Raises:
            NotFittedError: `fit` has not been called.
        """
        check_is_fitted(self, "model_")
        return self.result_.summary()

    def _figures(self) -> list[Figure]:
        """The candidates of the search."""
        return result_figures(self.result_)

    def _saved_state(self) -> dict[str, Any]:
        return {"metric": self.metric_}

    def _restore(self, state: dict[str, Any]) -> None:
        self.metric_ = str(state["metric"])
        self._set_search_attributes()


def _draw_asked(rows: Any, seed: int) -> Draw | None:
    """The draw that the parameter asks for; None: all rows.

    Raises:
        InputError: it is neither a number of rows nor "all".
    """
    if isinstance(rows, str) and rows == "all":
        return None
    if isinstance(rows, bool) or not isinstance(rows, int | np.integer) or rows < FEWEST_ROWS:
        raise InputError(f'rows is a number of rows, {FEWEST_ROWS} or more, "all" or None; got {quoted(rows)}.')
    return Draw(int(rows), seed)


def _on_all_rows(ensemble: ChosenEnsemble, way: Refit, schema: Schema, seconds: float | None) -> ChosenEnsemble:
    """The ensemble trained on all rows; as it was, with a warning, where that failed or was interrupted."""
    try:
        return refit_ensemble(ensemble, way, schema=schema, seconds=seconds)
    except KeyboardInterrupt:
        why = "was interrupted"
    except InputError as error:
        why = f"failed ({error})"
    warnings.warn(
        f"Training on all rows {why}: the networks that were trained before it are kept.", RuntimeWarning, stacklevel=3
    )
    return ensemble
