"""What `verbose` reports while an estimator trains: lines of the logger "wellfit", about one a second."""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.progress import Observer, Progress

LOGGER = logging.getLogger("wellfit")
EVERY_SECONDS = 1.0


@contextmanager
def reporting(verbose: int, line: Callable[[Progress], str]) -> Iterator[list[Observer]]:
    """The observers that report progress: none unless it is asked for.

    verbose: 0 for none. line: one line on how far training is.

    Lines have the level INFO, which the logger lets through meanwhile, unless it was given a level of its own. They go
    where the program's logging sends them; where it is not set up, to stderr.
    """
    if not verbose:
        yield []
        return
    level, handlers = LOGGER.level, [] if LOGGER.hasHandlers() else [logging.StreamHandler(sys.stderr)]
    for handler in handlers:
        handler.setFormatter(logging.Formatter("[wellfit] %(message)s"))
        LOGGER.addHandler(handler)
    if level == logging.NOTSET:
        LOGGER.setLevel(logging.INFO)
    try:
        yield [_Reporter(line)]
    finally:
        LOGGER.setLevel(level)
        for handler in handlers:
            LOGGER.removeHandler(handler)


def population_line(population: TrainingRun) -> str:
    """How far all members of a population are."""
    members = population.members
    epochs = min(member.epoch for member in members), max(member.last_epoch for member in members)
    losses = [member.best_loss for member in members if math.isfinite(member.best_loss)]
    best = f", best validation loss {np.mean(losses):.5g}" if losses else ""
    ended = sum(member.done for member in members)
    return f"epoch {epochs[0]} of {epochs[1]}, {ended} of {len(members)} networks done{best}"


def search_line(progress: Progress) -> str:
    """How far a search is."""
    left = "" if progress.seconds_left is None else f"{progress.seconds_left:.0f} s left, "
    updates = sum(member.update for member in progress.members)
    return f"{left}{len(progress.members)} networks, {updates:,} updates"


class _Reporter:
    """Logs a line about once a second."""

    def __init__(self, line: Callable[[Progress], str]) -> None:
        self.line, self.shown = line, -math.inf

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self.shown >= EVERY_SECONDS:
            self.shown = now
            LOGGER.info(self.line(progress))
