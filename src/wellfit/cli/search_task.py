"""What `wellfit fit` searches for, how its time is dealt out, and where the search lies while it runs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from wellfit.cli.job import Job
from wellfit.cli.on_all_rows import REFIT_SHARE
from wellfit.cli.prepare import Prepared
from wellfit.cli.replay import Earlier, fingerprint
from wellfit.cli.smaller import SMALL_SHARE
from wellfit.engines.contract.budget import parse_seconds
from wellfit.errors import InputError
from wellfit.search import Settings
from wellfit.search.race.checkpoint import STATE

SAVED = "search"  # the folder of a search that is not over, inside that of the results
SECONDS = 60.0  # where no limit is given
LEAST_SEARCH_SECONDS = 0.5
FIXED_SECONDS = 0.5  # for the files, and the screen
BASELINE_SHARE, MOST_BASELINE_SECONDS = 0.05, 3.0  # of the limit
ROWS_A_SECOND = 30_000  # that are predicted and compared, on one core


@dataclass(frozen=True)
class Task:
    """What is searched for, on which rows. earlier: the search that is repeated."""

    job: Job
    prepared: Prepared
    earlier: Earlier | None

    @property
    def limit(self) -> float | None:
        """Seconds of the whole run; None where a budget or an earlier search says when to end."""
        o = self.job.options
        if o.budget is not None or self.earlier is not None:
            return None
        return SECONDS if o.time is None else parse_seconds(o.time)

    @property
    def baseline_seconds(self) -> float | None:
        """That the baselines may take."""
        return None if self.limit is None else min(BASELINE_SHARE * self.limit, MOST_BASELINE_SECONDS)

    @property
    def seconds(self) -> float | None:
        """That are left for the search: without what was spent, and what comes after it."""
        if self.limit is None:
            return None
        after = self.last_seconds
        after += SMALL_SHARE * self.limit if self.job.options.small else 0.0
        after += REFIT_SHARE * self.limit if self.job.options.refit != "none" else 0.0
        left = self.limit - self.job.seconds - min(after, 0.5 * self.limit)
        return max(left, LEAST_SEARCH_SECONDS)

    @property
    def small_seconds(self) -> float | None:
        """That teaching a small network may take."""
        return None if self.limit is None else SMALL_SHARE * self.limit

    @property
    def last_seconds(self) -> float:
        """For the files, the test rows and the baselines."""
        tested = 0 if self.prepared.test is None else self.prepared.test.arrays.rows
        return FIXED_SECONDS + tested / ROWS_A_SECOND + ((self.baseline_seconds or 0.0) if tested else 0.0)

    @property
    def refit_seconds(self) -> float | None:
        """That are left for training on all rows."""
        return None if self.limit is None else max(self.limit - self.job.seconds - self.last_seconds, 0.0)

    @property
    def settings(self) -> Settings:
        """Those of the search."""
        o = self.job.options
        settings = Settings(
            self.seconds, o.budget, o.metric, o.seed, o.folds, self.prepared.groups, self.job.jobs
        )  # fmt: skip
        if self.earlier is not None:
            return replace(settings, updates=1)
        mark = f"{self.fingerprint()} seed {o.seed} folds {o.folds}"
        return replace(settings, folder=self.saved, mark=mark, resume=o.resume)

    @property
    def saved(self) -> Path:
        """Where the search lies while it runs."""
        return self.job.folder / SAVED

    def check_saved(self) -> None:
        """Refuse to go on with nothing, and to forget an interrupted search without being asked to.

        Raises:
            InputError: one of the two.
        """
        o, there = self.job.options, (self.saved / STATE).exists()
        if o.resume and not there:
            raise InputError(f"{str(self.job.folder)!r} holds no interrupted search: leave --resume out.")
        if there and not (o.resume or o.overwrite):
            raise InputError(
                f"{str(self.job.folder)!r} holds an interrupted search: go on with --resume, or give --overwrite."
            )
        if there and not o.resume:
            shutil.rmtree(self.saved)

    def fingerprint(self) -> str:
        """Of what is learned from."""
        return fingerprint(self.prepared.train, self.prepared.groups)
