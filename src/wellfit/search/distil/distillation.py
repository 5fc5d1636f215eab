"""One small network in place of the ensemble: trained on its predictions, and measured on rows that neither has seen.

Source: Bucila, Caruana & Niculescu-Mizil, "Model compression", 2006; Hinton, Vinyals & Dean, "Distilling the knowledge
in a neural network", 2015.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.cost import MOST_COST, prediction_cost
from wellfit.engines.contract.network import Network
from wellfit.errors import InputError
from wellfit.models.model import Model
from wellfit.recipe import Recipe
from wellfit.search.choose.candidate_states import CandidateState
from wellfit.search.distil.distillation_time import DistillationTime, Fold
from wellfit.search.distil.student_loss import estimate, measuring_seconds, truth_of
from wellfit.search.distil.students import Float64, mixed, student_data, teacher_predictions, train_students
from wellfit.search.ensemble import ChosenEnsemble, estimate_in_info
from wellfit.statistics.calibration import fit_intervals, fit_temperature, tempered
from wellfit.statistics.intervals import Estimate
from wellfit.tables import Schema

SHARE = 0.5  # of the ensemble's word in what is learned; the rest is the truth
SMALL_COST = MOST_COST / 4  # multiply-adds a row
SMALL: dict[str, Any] = {"hidden": (64, 64, 64), "input_scale": 6, "averaging": "ema"}  # where nothing is small enough
SEED = 77_777  # apart from the seeds of the search's networks


@dataclass(frozen=True)
class SmallNetwork:
    """One network, and how it compares with the ensemble that it replaces.

    loss, ensemble_loss: scores by the search's metric with 95 % intervals, both on `rows`, of which no network that is
        measured has seen the target: for each fold, a network was trained by those networks of the ensemble that were
        trained without the fold, and is measured on it. The optimism of choosing is taken off, as from the ensemble's
        estimate. NaN where no row was held out. predictions: those networks' of `rows`.
    cost, ensemble_cost: multiply-adds of predicting a row.
    """

    found: ChosenEnsemble
    network: Network
    loss: Estimate
    ensemble_loss: Estimate
    rows: NDArray[np.int64]
    predictions: Float64
    temperature: float | None
    cost: float
    ensemble_cost: float

    @property
    def estimate(self) -> Estimate:
        """The score to expect on new rows, as `ChosenEnsemble.estimate` is the ensemble's."""
        return self.loss

    def model(self, schema: Schema, info: dict[str, Any] | None = None) -> Model:
        """The network as a model."""
        target, weight = truth_of(self.found, self.rows)
        intervals = (
            fit_intervals(self.predictions, target, weight) if target.kind == "numbers" and len(self.rows) else None
        )
        return Model(
            schema,
            target.kind,
            target.labels,
            (self.network,),
            [1.0],
            {**(info or {}), **estimate_in_info(self.found.metric, self.estimate)},
            temperature=self.temperature,
            intervals=intervals,
        )

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "metric": self.found.metric.name,
            "small": self.loss.to_plain(),
            "ensemble": self.ensemble_loss.to_plain(),
            "rows": len(self.rows),
            "cost": self.cost,
            "ensemble_cost": self.ensemble_cost,
            "recipe": self.network.recipe.to_dict(),
        }


def distil(
    found: ChosenEnsemble, *, share: float = SHARE, most_cost: float = SMALL_COST, seconds: float | None = None
) -> SmallNetwork:
    """One network trained by the ensemble on all rows, and its measured loss.

    share: of the ensemble's predictions in what the network learns, 0 to 1; the rest is the truth. most_cost:
        multiply-adds that it may spend on a row. seconds: of everything that it does, about; fewer folds are then
        measured, and, if need be, the network is trained for fewer epochs, 4 at least; None: as many as it takes.

    Raises:
        InputError: share is no share.
        KeyboardInterrupt: Ctrl-C.
    """
    if not 0 <= share <= 1:
        raise InputError(f"share is the ensemble's part in what a small network learns, 0 to 1, and {share!r} came.")
    if found.refitted is not None:
        raise InputError(
            "The ensemble was trained on all rows, so that none is left to measure a small network on: train it by the "
            "ensemble before."
        )
    started = time.monotonic()
    recipe = _recipe(found, most_cost)
    folds = _folds(found)
    networks, weights = _ensemble(found)
    everyone = np.flatnonzero(found.population.weight > 0)
    soft = [_soft(found, everyone, networks, weights, share)]
    epochs, many = recipe.epochs, len(folds)
    if seconds is not None:
        teacher_seconds = (time.monotonic() - started) / (len(everyone) * len(networks))
        price = DistillationTime(found, recipe, folds, teacher_seconds, measuring_seconds(found))
        epochs, many = price.affordable(seconds - (time.monotonic() - started))
    soft += [_soft(found, training, teachers, shares, share) for training, _, teachers, shares in folds[:many]]
    taken = [everyone, *(training for training, _, _, _ in folds[:many])]
    students = [
        student_data(rows, *truth_of(found, rows), predictions, epochs, found.searched.settings.seed + SEED + number)
        for number, (rows, predictions) in enumerate(zip(taken, soft, strict=True))
    ]
    jobs = found.searched.settings.n_jobs
    trained = train_students(recipe, students, found.population.arrays, jobs)
    rows, predictions = _held_out(found, trained[1:], [held for _, held, _, _ in folds[:many]])
    cost = sum(prediction_cost(network) for network in networks)
    return _measured(found, trained[0], rows, predictions, cost)


def _recipe(found: ChosenEnsemble, most_cost: float) -> Recipe:
    """That of the part of the ensemble that does best on held-out rows, of those that are small enough."""
    small = [state for state in found.states if state.cost <= most_cost]
    target, weight = truth_of(found, found.rows)
    losses = [found.metric.loss(target, state.predictions, weight) if len(found.rows) else 0.0 for state in small]
    # Soft targets say how sure to be; the truth's noise is in them already.
    plain: dict[str, Any] = {"label_smoothing": 0.0, "label_noise": 0.0, "class_weight": "none"}
    if not small:
        return Recipe(**SMALL).vary(plain)
    best = small[int(np.argmin(losses))]
    recipe = best.candidate.recipe
    return recipe.vary({**plain, "epochs": max(math.ceil(recipe.epochs * _way(found, best)), 1)})


def _way(found: ChosenEnsemble, state: CandidateState) -> float:
    """How far into its run the state lies that did best: trained longer, a network that nothing stops overfits."""
    members = [found.population.members[index] for index in state.candidate.members]
    if state.rung:
        return min(state.candidate.updates_at(state.rung, member) / member.horizon.updates for member in members)
    return float(np.mean([member.best_update / member.horizon.updates for member in members]))


def _ensemble(found: ChosenEnsemble) -> tuple[list[Network], list[float]]:
    """The networks that the ensemble keeps, and their weights."""
    networks: list[Network] = []
    weights: list[float] = []
    for state, weight, folds in zip(found.states, found.weights, found.folds, strict=True):
        networks += [state.networks[fold] for fold in folds]
        weights += [float(weight) / len(folds)] * len(folds)
    return networks, weights


def _folds(found: ChosenEnsemble) -> list[Fold]:
    """Of each fold: its training rows, its held-out ones, and the ensemble's networks that did not see these.

    The ensemble's parts may come from several deals of the rows; those of the deal with the most weight count.
    """
    pairs = list(zip(found.states, map(float, found.weights), strict=True))
    deals = sorted({state.candidate.partition for state, _ in pairs})
    deal = max(deals, key=lambda d: (sum(w for state, w in pairs if state.candidate.partition == d), -d))
    chosen: list[tuple[CandidateState, float]] = [pair for pair in pairs if pair[0].candidate.partition == deal]
    folds: list[Fold] = []
    for fold, index in enumerate(chosen[0][0].candidate.members):
        view = found.population.members[index].plan.view
        held = np.intersect1d(view.validation, found.rows)
        if len(held):
            folds.append((view.training, held, [state.networks[fold] for state, _ in chosen], [w for _, w in chosen]))
    return folds


def _soft(
    found: ChosenEnsemble, rows: NDArray[np.int64], teachers: Sequence[Network], weights: Sequence[float], share: float
) -> Float64:
    """What is learned of those rows: the truth, mixed with what the teachers say."""
    predictions = teacher_predictions(
        teachers, weights, found.population.arrays.take(rows), found.searched.settings.n_jobs
    )
    return mixed(found.population.target.take(rows), predictions, share)


def _held_out(
    found: ChosenEnsemble, networks: Sequence[Network], held: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], Float64]:
    """The measured rows, rising, and what each one's network predicts."""
    if not networks:
        return np.zeros(0, np.int64), np.zeros((0, found.predictions.shape[1]))
    jobs = found.searched.settings.n_jobs
    predictions = [
        teacher_predictions([network], [1.0], found.population.arrays.take(rows), jobs)
        for network, rows in zip(networks, held, strict=True)
    ]
    rows, order = np.concatenate(held), np.argsort(np.concatenate(held), kind="stable")
    return rows[order], np.concatenate(predictions)[order]


def _measured(
    found: ChosenEnsemble, network: Network, rows: NDArray[np.int64], predictions: Float64, ensemble_cost: float
) -> SmallNetwork:
    """The network with both losses on the same rows."""
    target, weight = truth_of(found, rows)
    temperature, ensemble = None, found.predictions[np.searchsorted(found.rows, rows)]
    if target.kind not in ("numbers", "counts") and len(rows):
        groups = found.searched.settings.groups
        groups = None if groups is None else np.asarray(groups)[rows]
        first_candidate = fit_temperature(predictions, target, weight, seed=found.searched.settings.seed, groups=groups)
        temperature = None if first_candidate == 1.0 else first_candidate
    if found.temperature is not None:
        ensemble = tempered(ensemble, target.kind, found.temperature)
    final = predictions if temperature is None else tempered(predictions, target.kind, temperature)
    own, others = (estimate(found, target, weight, one, rows) for one in (final, ensemble))
    return SmallNetwork(
        found, network, own, others, rows, predictions, temperature, prediction_cost(network), ensemble_cost
    )
