"""What a small network learns from: rows with the predictions of an ensemble, mixed with the targets.

The engine trains on one class a row. A row whose target is several classes' probabilities therefore becomes several
rows, a class each, with the probabilities as weights: the gradient of their cross-entropies is that of the soft target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.plan import Plan
from wellfit.models.model.averaging import average_numbers, average_probabilities, normal_weights
from wellfit.models.model.members import for_all_rows
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Arrays, Target, View

Float64 = NDArray[np.float64]
LEAST_WEIGHT = 0.05  # of a class; one that is less likely is drawn, as often as it is likely, and then has this weight


@dataclass(frozen=True)
class DistillationSet:
    """What one small network is trained on.

    rows: array (examples,), rows of the table; one may occur several times.
    target: of each example.
    weight: array (examples,).
    epochs: that the network is trained for.
    seed: of the network.
    """

    rows: NDArray[np.int64]
    target: Target
    weight: NDArray[np.float32]
    epochs: int
    seed: int

    __repr__ = short_repr


def teacher_predictions(
    networks: Sequence[Network], weights: Sequence[float], arrays: Arrays, n_jobs: int = 1
) -> Float64:
    """What networks predict together (rows, columns): probabilities, or numbers in their own units."""
    kind, shares = networks[0].kind, normal_weights(weights, len(networks))

    def answer(outputs: NDArray[np.float32]) -> Float64:
        if kind in ("numbers", "counts"):
            return average_numbers(outputs, "mean", shares)
        return average_probabilities(outputs, kind, "mean", shares)

    return for_all_rows(networks, arrays, answer, n_jobs, compiled=True)


def mixed(target: Target, predictions: Float64, share: float) -> Float64:
    """(1 - share) of the targets and a share of the predictions (rows, columns)."""
    values = target.values.astype(np.float64)
    if target.kind in ("binary", "classes"):
        values = np.eye(predictions.shape[1])[values[:, 0].astype(np.int64)]
    return np.asarray((1 - share) * values + share * predictions)


def distillation_set(
    rows: NDArray[np.int64], target: Target, weight: NDArray[np.float32], soft: Float64, epochs: int, seed: int
) -> DistillationSet:
    """Soft targets (rows, columns) as the engine takes them; for as many updates as so many epochs of the rows."""
    if target.kind != "classes":
        values = soft[:, 1:] if target.kind == "binary" else soft
        return DistillationSet(
            rows, replace(target, values=np.ascontiguousarray(values, np.float32)), weight, epochs, seed
        )
    random = np.random.default_rng(seed)
    drawn = np.where(random.random(soft.shape) * LEAST_WEIGHT < soft, LEAST_WEIGHT, 0.0)  # right on average
    shares = np.where(soft < LEAST_WEIGHT, drawn, soft)
    places, classes = np.nonzero(shares)
    hard = replace(target, values=classes.astype(np.float32)[:, None])
    fewer = max(round(epochs * len(rows) / len(places)), 1)
    return DistillationSet(
        rows[places], hard, (weight[places] * shares[places, classes]).astype(np.float32), fewer, seed
    )


def train_students(
    recipe: Recipe, datasets: Sequence[DistillationSet], arrays: Arrays, n_jobs: int = 1
) -> list[Network]:
    """A network for each set, as many at once as there are threads.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    networks: list[Network] = []
    for begin in range(0, len(datasets), n_jobs):
        part = datasets[begin : begin + n_jobs]
        ends = np.cumsum([0, *(len(one.rows) for one in part)])
        plans = [
            Plan(recipe.vary(epochs=one.epochs), View(np.arange(ends[k], ends[k + 1])), one.seed)
            for k, one in enumerate(part)
        ]
        target = replace(part[0].target, values=np.concatenate([one.target.values for one in part]))
        together = arrays.take(np.concatenate([one.rows for one in part]))
        weight = np.concatenate([one.weight for one in part])
        population = train_plans(plans, together, target, weight, n_jobs=n_jobs)
        if population.interrupted:
            raise KeyboardInterrupt
        networks += [population.network(index) for index in range(len(part))]
    return networks
