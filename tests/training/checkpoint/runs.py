"""Runs in folders, without a table to read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wellfit.engines.compiled.run.training_run import TrainingRun, make_training_run, train_run
from wellfit.engines.contract.budget import Budget, parse_budget
from wellfit.engines.contract.plan import Plan
from wellfit.tables.arrays import Arrays, Target
from wellfit.training.checkpoint.run_folder import RunFolder, load_run


def train_in_folder(
    folder: Path, plans: Sequence[Plan], arrays: Arrays, target: Target, *, budget: Any = None, n_jobs: int = 1,
    observers: Any = (),
) -> TrainingRun:  # fmt: skip
    """A run with checkpoints, from its beginning."""
    run = make_training_run(plans, arrays, target)
    limits = parse_budget(budget, len(run))
    return train_run(run, limits, n_jobs, RunFolder.begin(folder, run, limits), observers)


def resume_run(folder: Path, n_jobs: int = 1, budget: Budget | None = None) -> TrainingRun:
    """The run in a folder, to its end."""
    run, begun_with = load_run(folder)
    return train_run(run, budget or begun_with, n_jobs, RunFolder(folder))
