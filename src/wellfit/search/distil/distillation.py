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
from wellfit.errors import InputError, quoted
from wellfit.models.model import Model
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.search.choose.candidate_states import CandidateState
from wellfit.search.choose.chosen_ensemble import ChosenEnsemble, estimate_in_info, held_out_scores
from wellfit.search.distil.distillation_time import DistillationTime, Fold
from wellfit.search.distil.student_loss import estimate, measuring_seconds, truth_of
from wellfit.search.distil.students import Float64, distillation_set, mixed, teacher_predictions, train_students
from wellfit.statistics.calibration import fit_intervals, fit_temperature, tempered
from wellfit.statistics.intervals import Estimate
from wellfit.tables import Schema
from wellfit.tables.distinct import rows_in_both

SHARE = 0.5  # of the ensemble's predictions in what is learned; the rest is the targets
SMALL_COST = MOST_COST / 4  # multiply-adds a row
SMALL: dict[str, Any] = {"hidden": (64, 64, 64), "input_scale": 6, "averaging": "ema"}  # where nothing is small enough
SEED = 77_777  # apart from the seeds of the search's networks


@dataclass(frozen=True)
class SmallNetwork:
    """One network, and how it compares with the ensemble that it replaces.

    For each fold a student was trained by those networks of the ensemble that were trained without the fold, and is
    measured on the fold. `network` is trained on all rows.

    ensemble: the ensemble that it replaces.
    network: the network that is kept.
    loss: score of the students on `rows` by the search's metric, with its 95 % interval, corrected for the optimism of
        choosing as the ensemble's estimate is; NaN where no row was held out.
    ensemble_loss: the same of the ensemble, on the same rows.
    rows: array (measured rows,), rising; no network that is measured on a row was trained on it.
    predictions: array (measured rows, columns), the students' predictions for `rows`.
    temperature: float above 0, of the network's probabilities; None: none improves them, or it predicts numbers.
    cost: multiply-adds of predicting a row.
    ensemble_cost: the same of the ensemble.
    """

    ensemble: ChosenEnsemble
    network: Network
    loss: Estimate
    ensemble_loss: Estimate
    rows: NDArray[np.int64]
    predictions: Float64
    temperature: float | None
    cost: float
    ensemble_cost: float

    __repr__ = short_repr

    @property
    def estimate(self) -> Estimate:
        """The score to expect on new rows, as `ChosenEnsemble.estimate` is the ensemble's."""
        return self.loss

    @property
    def scores(self) -> dict[str, Estimate]:
        """What people know, of the held-out predictions, as `ChosenEnsemble.scores` is the ensemble's."""
        t, kind = self.temperature, self.ensemble.population.target.kind
        predictions = self.predictions if t is None else tempered(self.predictions, kind, t)
        return held_out_scores(self.ensemble, self.rows, predictions)

    def model(self, schema: Schema, info: dict[str, Any] | None = None) -> Model:
        """The network as a model.

        schema: of the table.
        info: dict, further entries of the model's info, such as the target's name; default: none.
        """
        target, weight = truth_of(self.ensemble, self.rows)
        intervals = (
            fit_intervals(self.predictions, target, weight) if target.kind == "numbers" and len(self.rows) else None
        )
        return Model(
            schema,
            target.kind,
            target.labels,
            (self.network,),
            [1.0],
            {**(info or {}), **estimate_in_info(self.ensemble.metric, self.estimate)},
            temperature=self.temperature,
            intervals=intervals,
        )

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "metric": self.ensemble.metric.name,
            "small": self.loss.to_plain(),
            "ensemble": self.ensemble_loss.to_plain(),
            "rows": len(self.rows),
            "cost": self.cost,
            "ensemble_cost": self.ensemble_cost,
            "recipe": self.network.recipe.to_dict(),
        }


def distil(
    ensemble: ChosenEnsemble, *, share: float = SHARE, most_cost: float = SMALL_COST, seconds: float | None = None
) -> SmallNetwork:
    """Train one network on the ensemble's predictions for all rows, and estimate its loss.

    ensemble: what `search` returned, not yet trained again on all rows.
    share: float, 0 to 1, of the ensemble's predictions in what the network learns, the rest being the targets; default
        0.5.
    most_cost: float above 0, multiply-adds that the network may spend on predicting a row; default: a quarter of what
        an ensemble may spend.
    seconds: float above 0, wall seconds of everything, about. Fewer folds are measured to keep to it, and, if need be,
        the network is trained for fewer epochs, 4 at least. None (default): no time limit.

    Returns:
        The network, with its loss and the ensemble's on the same rows.

    Raises:
        InputError: `share` lies outside 0 to 1; the ensemble was trained again on all rows.
        KeyboardInterrupt: Ctrl-C.
    """
    if not 0 <= share <= 1:
        raise InputError(f"share is the ensemble's part in what a small network learns, 0 to 1; got {quoted(share)}.")
    if ensemble.refitted is not None:
        raise InputError(
            "The ensemble was trained on all rows, so that none is left to measure a small network on: distil the "
            "ensemble before."
        )
    started = time.monotonic()
    recipe = _recipe(ensemble, most_cost)
    folds = _folds(ensemble)
    networks, weights = _kept_networks(ensemble)
    all_rows = np.flatnonzero(ensemble.population.weight > 0)
    soft = [_soft_targets(ensemble, all_rows, networks, weights, share)]
    epochs, many = recipe.epochs, len(folds)
    if seconds is not None:
        teacher_seconds = (time.monotonic() - started) / (len(all_rows) * len(networks))
        needed = DistillationTime(ensemble, recipe, folds, teacher_seconds, measuring_seconds(ensemble))
        epochs, many = needed.affordable(seconds - (time.monotonic() - started))
    soft += [
        _soft_targets(ensemble, training, teachers, shares, share) for training, _, teachers, shares in folds[:many]
    ]
    rows_of_each = [all_rows, *(training for training, _, _, _ in folds[:many])]
    datasets = [
        distillation_set(
            rows, *truth_of(ensemble, rows), predictions, epochs, ensemble.searched.settings.seed + SEED + number
        )
        for number, (rows, predictions) in enumerate(zip(rows_of_each, soft, strict=True))
    ]
    jobs = ensemble.searched.settings.n_jobs
    trained = train_students(recipe, datasets, ensemble.population.arrays, jobs)
    rows, predictions = _held_out(ensemble, trained[1:], [held for _, held, _, _ in folds[:many]])
    cost = sum(prediction_cost(network) for network in networks)
    return _measured(ensemble, trained[0], rows, predictions, cost)


def _recipe(ensemble: ChosenEnsemble, most_cost: float) -> Recipe:
    """That of the part of the ensemble that does best on held-out rows, of those that are small enough."""
    small = [state for state in ensemble.states if state.cost <= most_cost]
    target, weight = truth_of(ensemble, ensemble.rows)
    losses = [ensemble.metric.loss(target, state.predictions, weight) if len(ensemble.rows) else 0.0 for state in small]
    # Soft targets are uncertain by themselves, as much as the noise of the targets asks for.
    plain: dict[str, Any] = {"label_smoothing": 0.0, "label_noise": 0.0, "class_weight": "none"}
    if not small:
        return Recipe(**SMALL).vary(plain)
    best = small[int(np.argmin(losses))]
    recipe = best.candidate.recipe
    return recipe.vary({**plain, "epochs": max(math.ceil(recipe.epochs * _share_of_run(ensemble, best)), 1)})


def _share_of_run(ensemble: ChosenEnsemble, state: CandidateState) -> float:
    """How far into its run the best state lies: trained longer, a network that nothing stops overfits."""
    members = [ensemble.population.members[index] for index in state.candidate.members]
    if state.rung:
        return min(state.candidate.updates_at(state.rung, member) / member.horizon.updates for member in members)
    return float(np.mean([member.best_update / member.horizon.updates for member in members]))


def _kept_networks(ensemble: ChosenEnsemble) -> tuple[list[Network], list[float]]:
    """The networks that the ensemble keeps, and their weights."""
    networks: list[Network] = []
    weights: list[float] = []
    for state, weight, folds in zip(ensemble.states, ensemble.weights, ensemble.folds, strict=True):
        networks += [state.networks[fold] for fold in folds]
        weights += [float(weight) / len(folds)] * len(folds)
    return networks, weights


def _folds(ensemble: ChosenEnsemble) -> list[Fold]:
    """Of each fold: its training rows, its held-out ones, and the ensemble's networks that did not see these.

    The ensemble's states may come from several partitions of the rows; those of the one with the most weight count.
    """
    pairs = list(zip(ensemble.states, map(float, ensemble.weights), strict=True))
    partitions = sorted({state.candidate.partition for state, _ in pairs})
    heaviest = max(partitions, key=lambda p: (sum(w for state, w in pairs if state.candidate.partition == p), -p))
    chosen: list[tuple[CandidateState, float]] = [pair for pair in pairs if pair[0].candidate.partition == heaviest]
    folds: list[Fold] = []
    for fold, index in enumerate(chosen[0][0].candidate.members):
        view = ensemble.population.members[index].plan.view
        held = rows_in_both(view.validation, ensemble.rows)
        if len(held):
            folds.append((view.training, held, [state.networks[fold] for state, _ in chosen], [w for _, w in chosen]))
    return folds


def _soft_targets(
    ensemble: ChosenEnsemble,
    rows: NDArray[np.int64],
    teachers: Sequence[Network],
    weights: Sequence[float],
    share: float,
) -> Float64:
    """What is learned of those rows: the targets, mixed with the predictions of the teachers."""
    predictions = teacher_predictions(
        teachers, weights, ensemble.population.arrays.take(rows), ensemble.searched.settings.n_jobs
    )
    return mixed(ensemble.population.target.take(rows), predictions, share)


def _held_out(
    ensemble: ChosenEnsemble, networks: Sequence[Network], held: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], Float64]:
    """The measured rows, rising, and what each one's network predicts."""
    if not networks:
        return np.zeros(0, np.int64), np.zeros((0, ensemble.predictions.shape[1]))
    jobs = ensemble.searched.settings.n_jobs
    predictions = [
        teacher_predictions([network], [1.0], ensemble.population.arrays.take(rows), jobs)
        for network, rows in zip(networks, held, strict=True)
    ]
    rows, order = np.concatenate(held), np.argsort(np.concatenate(held), kind="stable")
    return rows[order], np.concatenate(predictions)[order]


def _measured(
    ensemble: ChosenEnsemble, network: Network, rows: NDArray[np.int64], predictions: Float64, ensemble_cost: float
) -> SmallNetwork:
    """The network with both losses on the same rows."""
    target, weight = truth_of(ensemble, rows)
    temperature, ensemble_predictions = None, ensemble.predictions[np.searchsorted(ensemble.rows, rows)]
    if target.kind not in ("numbers", "counts") and len(rows):
        groups = ensemble.searched.settings.units
        groups = None if groups is None else np.asarray(groups)[rows]
        fitted = fit_temperature(predictions, target, weight, seed=ensemble.searched.settings.seed, groups=groups)
        temperature = None if fitted == 1.0 else fitted
    if ensemble.temperature is not None:
        ensemble_predictions = tempered(ensemble_predictions, target.kind, ensemble.temperature)
    final = predictions if temperature is None else tempered(predictions, target.kind, temperature)
    own, others = (estimate(ensemble, target, weight, one, rows) for one in (final, ensemble_predictions))
    return SmallNetwork(
        ensemble, network, own, others, rows, predictions, temperature, prediction_cost(network), ensemble_cost
    )
