"""What `wellfit fit` searches for, within which time, and where the search lies while it runs."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from wellfit.cli.folder import SAVED_SEARCH
from wellfit.cli.job import Job
from wellfit.cli.replay import Earlier
from wellfit.cli.rows import periods
from wellfit.engines.contract.budget import parse_seconds
from wellfit.search import SearchSettings
from wellfit.search.race.checkpoint import STATE
from wellfit.search.time_shares import TimeShares, slowness
from wellfit.tables.split import SplitTable

SECONDS = 60.0  # where no limit is given


@dataclass(frozen=True)
class Task:
    """What is searched for, on which rows. earlier: the search that is repeated."""

    job: Job
    data: SplitTable
    earlier: Earlier | None

    @cached_property
    def time(self) -> TimeShares:
        """The seconds of each part; without a limit where a budget or an earlier search says when to end."""
        o, test = self.job.options, self.data.test
        unlimited = o.budget is not None or self.earlier is not None
        limit = None if unlimited else SECONDS if o.time is None else parse_seconds(o.time)
        tested = 0 if test is None else test.arrays.rows
        slow = slowness(self.job.seconds, time.process_time())
        return TimeShares(
            limit, o.small, o.refit != "none", tested, files=True, report=o.report != "none", slowness=slow
        )

    def settings(self) -> SearchSettings:
        """Those of the search; its seconds are what is left by now."""
        o = self.job.options
        seconds = self.time.search(self.job.seconds)
        train = self.data.train
        folds = o.folds if train.order is None else periods(train.order, o.folds, train.weight)
        settings = SearchSettings(
            seconds,
            o.budget,
            o.metric,
            o.seed,
            folds,
            train.groups,
            self.job.jobs,
            copies=train.together,
            probes=o.probes,
        )
        if self.earlier is not None:
            return replace(settings, updates=1)
        fingerprint = f"{self.fingerprint} seed {o.seed} folds {o.folds}"
        drawn = self.data.drawn
        return replace(
            settings, folder=self.saved, data_fingerprint=fingerprint, resume=self.resumes,
            rows_drawn=None if drawn is None else drawn.rows,
        )  # fmt: skip

    @property
    def saved(self) -> Path:
        """Where the search lies while it runs."""
        return self.job.folder / SAVED_SEARCH

    @cached_property
    def resumes(self) -> bool:
        """Whether an interrupted search is gone on with.

        Raises:
            InputError: see `Job.resumes`.
        """
        return self.job.resumes(self.saved, STATE)

    @cached_property
    def fingerprint(self) -> str:
        """Of the rows that are learned from."""
        return self.data.train.fingerprint()
