"""How the time limit is divided between a search and what follows it, for the command and the estimators."""

from __future__ import annotations

from dataclasses import dataclass

SMALL_SHARE = 0.2  # of the limit, for training one small network in the ensemble's place
REFIT_SHARE = 0.25  # of the limit, for training on all rows
MOST_AFTER = 0.5  # of the limit, for everything after the search together
LEAST_SHARE, LEAST_SECONDS = 0.1, 0.5  # for the search, however long reading took: of the limit, and in seconds
BASELINE_SHARE, MOST_BASELINE_SECONDS = 0.05, 3.0  # of the limit
REPORT_SHARE, MOST_REPORT_SECONDS = 0.05, 30.0  # of the limit, for measuring and writing the report
FILE_SECONDS = 0.5  # for writing the files, and the screen
MOST_SLOWNESS = 5.0  # that is believed: waiting for a file says nothing of what comes later
ROWS_A_SECOND = 30_000  # that are predicted and compared, on one core


@dataclass(frozen=True)
class TimeShares:
    """Seconds for each part of a run.

    limit: of the whole run; None: a budget of updates, or an earlier search, says when it ends, and nothing is limited.
    small: whether one small network is trained in the ensemble's place.
    refit: whether the ensemble is trained again on all rows.
    test_rows: how many rows the model and the baselines are tested on.
    files: whether files are written. report: whether a report is one of them.
    slowness: wall seconds for a second of work, 1 on a machine that does nothing besides; see `slowness`.
    """

    limit: float | None
    small: bool = False
    refit: bool = False
    test_rows: int = 0
    files: bool = False
    report: bool = False
    slowness: float = 1.0

    @property
    def baselines(self) -> float | None:
        """Seconds of work that the baselines may take; on a busy machine they last longer."""
        return None if self.limit is None else min(BASELINE_SHARE * self.limit, MOST_BASELINE_SECONDS) / self.slowness

    @property
    def report_seconds(self) -> float | None:
        """Seconds for the report; None: as many as it takes."""
        return None if self.limit is None else min(REPORT_SHARE * self.limit, MOST_REPORT_SECONDS)

    @property
    def last(self) -> float:
        """Seconds for the test rows, the baselines, the files and the report, which come last."""
        tested = self.test_rows / ROWS_A_SECOND + (self.baselines or 0.0) if self.test_rows else 0.0
        report = (self.report_seconds or 0.0) if self.report else 0.0
        return self.slowness * (tested + (FILE_SECONDS if self.files else 0.0)) + report

    @property
    def small_network(self) -> float | None:
        """Seconds for training a small network."""
        return None if self.limit is None else SMALL_SHARE * self.limit

    def search(self, spent: float) -> float | None:
        """Seconds for the search. spent: seconds since the start."""
        if self.limit is None:
            return None
        after = self.last + self.limit * (SMALL_SHARE * self.small + REFIT_SHARE * self.refit)
        left = self.limit - spent - min(after, MOST_AFTER * self.limit)
        return max(left, LEAST_SHARE * self.limit, min(LEAST_SECONDS, MOST_AFTER * self.limit))

    def on_all_rows(self, spent: float) -> float | None:
        """Seconds that are left for training on all rows. spent: since the start, apart from those of compiling."""
        return None if self.limit is None else max(self.limit - spent - self.last, 0.0)


def slowness(wall: float, work: float) -> float:
    """How many seconds pass on a busy machine while one second's work is done, from 1 to `MOST_SLOWNESS`.

    wall: seconds by the clock since the start. work: seconds of the processor in them, of all threads together.
    """
    return min(max(wall / max(work, 1e-9), 1.0), MOST_SLOWNESS)
