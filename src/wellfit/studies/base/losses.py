"""Trained members measured: losses, scores and errors on training, validation and test rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.predicted_loss import predicted_loss_and_error
from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.segments import TRAINED_ROLES
from wellfit.engines.numpy.prepared_view import weighted_rows
from wellfit.models.model.prediction import combined_values
from wellfit.statistics.metrics import Metric, metric_of
from wellfit.tables.arrays import Arrays, Target

Float64 = NDArray[np.float64]
PARTS = ("training", "validation", "test")


def metric_for(name: str | None, target: Target) -> Metric | None:
    """The metric that a study compares by; None for several tasks, which are compared by their summed loss.

    Raises:
        InputError: it does not suit the kind of target.
    """
    return None if target.tasks and name is None else metric_of(name, target.kind)


def predicted(network: Network, arrays: Arrays, target: Target) -> Float64:
    """What one network predicts of rows: probabilities (rows, classes) or numbers (rows, outputs)."""
    return combined_values(predict(network, arrays)[None], target.kind, "mean", np.ones(1), None)


def loss_on(network: Network, run: TrainingRun, rows: NDArray[np.int64], metric: Metric | None) -> float:
    """A network's loss by the metric on some of the run's rows, lower is better; NaN without rows that count."""
    weight = run.weight[rows]
    if not weight.any():
        return math.nan
    if metric is None:
        return predicted_loss_and_error(network, run.arrays, run.target, weighted_rows(rows, run.weight))[0]
    values = predicted(network, run.arrays.take(rows), run.target)
    return float(metric.loss(run.target.take(rows), values, weight))


def trained_parameters(program: Program) -> int:
    """How many numbers are trained, without the zeros between them that align them in memory."""
    return sum(one.end - one.begin for one in program.segments if one.role in TRAINED_ROLES)


def measured_rows(run: TrainingRun, metric: Metric | None) -> list[dict[str, Any]]:
    """A row a member: its view and seed, how it ended, its size, and losses by the metric on each part of its view.

    A diverged member's losses are infinite.
    """
    rows = []
    for index, member in enumerate(run.members):
        diverged = member.status == "diverged"
        network = None if diverged else run.network(index)
        losses = {
            f"{part}_loss": math.inf
            if network is None
            else loss_on(network, run, getattr(member.plan.view, part), metric)
            for part in PARTS
        }
        rows.append(
            {
                "view": member.plan.view.name, "seed": member.plan.seed, "status": member.status,
                "updates": member.update, "kept_update": member.best_update, "epochs": member.epoch,
                "parameters": trained_parameters(member.program),
                "seconds": member.update * member.seconds_per_update, **losses,
            }
        )  # fmt: skip
    return rows
