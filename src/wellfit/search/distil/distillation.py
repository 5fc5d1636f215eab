"""One small network in place of the ensemble: taught by it, and measured on rows that neither has seen.

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
from wellfit.search.choose.candidate_predictions import Voice
from wellfit.search.choose.ensemble import Found, promise_in_info
from wellfit.search.distil.cost import Fold, Price
from wellfit.search.distil.student_loss import estimate, measuring_seconds, truth_of
from wellfit.search.distil.students import Float64, lesson_of, mixed, teach, teacher_says
from wellfit.statistics.calibration import fit_intervals, fit_temperature, tempered
from wellfit.statistics.intervals import Estimate
from wellfit.tables import Schema

SHARE = 0.5  # of the ensemble's word in what is learned; the rest is the truth
SMALL_COST = MOST_COST / 4  # multiply-adds a row
SMALL: dict[str, Any] = {"hidden": (64, 64, 64), "input_scale": 6, "averaging": "ema"}  # where nothing is small enough
SEED = 77_777  # apart from the seeds of the search's networks


@dataclass(frozen=True)
class Small:
    """One network, and how it compares with the ensemble that taught it.

    loss, ensemble_loss: scores by the search's metric with 95 % intervals, both on `rows`, of which no network that is
        measured has seen the target: for each fold, a network was taught by those networks of the ensemble that were
        trained without the fold, and is measured on it. The optimism of choosing is taken off, as from the ensemble's
        promise. NaN where no row was held out. said: what those networks say of `rows`.
    cost, ensemble_cost: multiply-adds of predicting a row.
    """

    found: Found
    network: Network
    loss: Estimate
    ensemble_loss: Estimate
    rows: NDArray[np.int64]
    said: Float64
    temperature: float | None
    cost: float
    ensemble_cost: float

    @property
    def promised(self) -> Estimate:
        """The score to expect on new rows, as `Found.promised` is the ensemble's."""
        return self.loss

    def model(self, schema: Schema, info: dict[str, Any] | None = None) -> Model:
        """The network as a model."""
        target, weight = truth_of(self.found, self.rows)
        intervals = fit_intervals(self.said, target, weight) if target.kind == "numbers" and len(self.rows) else None
        return Model(
            schema,
            target.kind,
            target.labels,
            (self.network,),
            [1.0],
            {**(info or {}), **promise_in_info(self.found.metric, self.promised)},
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


def distil(found: Found, *, share: float = SHARE, most_cost: float = SMALL_COST, seconds: float | None = None) -> Small:
    """One network taught by the ensemble on all rows, and its measured loss.

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
            "The ensemble was trained on all rows, so that none is left to measure a small network on: teach it by the "
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
        teaching = (time.monotonic() - started) / (len(everyone) * len(networks))
        price = Price(found, recipe, folds, teaching, measuring_seconds(found))
        epochs, many = price.affordable(seconds - (time.monotonic() - started))
    soft += [_soft(found, training, teachers, shares, share) for training, _, teachers, shares in folds[:many]]
    taken = [everyone, *(training for training, _, _, _ in folds[:many])]
    lessons = [
        lesson_of(rows, *truth_of(found, rows), said, epochs, found.searched.settings.seed + SEED + number)
        for number, (rows, said) in enumerate(zip(taken, soft, strict=True))
    ]
    jobs = found.searched.settings.n_jobs
    taught = teach(recipe, lessons, found.population.arrays, jobs)
    rows, said = _held_out(found, taught[1:], [held for _, held, _, _ in folds[:many]])
    cost = sum(prediction_cost(network) for network in networks)
    return _measured(found, taught[0], rows, said, cost)


def _recipe(found: Found, most_cost: float) -> Recipe:
    """That of the part of the ensemble that does best on held-out rows, of those that are small enough."""
    small = [voice for voice in found.voices if voice.cost <= most_cost]
    target, weight = truth_of(found, found.rows)
    losses = [found.metric.loss(target, voice.said, weight) if len(found.rows) else 0.0 for voice in small]
    # Soft targets say how sure to be; the truth's noise is in them already.
    plain: dict[str, Any] = {"label_smoothing": 0.0, "label_noise": 0.0, "class_weight": "none"}
    if not small:
        return Recipe(**SMALL).vary(plain)
    best = small[int(np.argmin(losses))]
    recipe = best.candidate.recipe
    return recipe.vary({**plain, "epochs": max(math.ceil(recipe.epochs * _way(found, best)), 1)})


def _way(found: Found, voice: Voice) -> float:
    """How far into its run the state lies that did best: trained longer, a network that nothing stops overfits."""
    members = [found.population.members[index] for index in voice.candidate.members]
    if voice.rung:
        return min(voice.candidate.updates_at(voice.rung, member) / member.horizon.updates for member in members)
    return float(np.mean([member.best_update / member.horizon.updates for member in members]))


def _ensemble(found: Found) -> tuple[list[Network], list[float]]:
    """The networks that the ensemble keeps, and their weights."""
    networks: list[Network] = []
    weights: list[float] = []
    for voice, weight, folds in zip(found.voices, found.weights, found.folds, strict=True):
        networks += [voice.networks[fold] for fold in folds]
        weights += [float(weight) / len(folds)] * len(folds)
    return networks, weights


def _folds(found: Found) -> list[Fold]:
    """Of each fold: its training rows, its judged ones, and the ensemble's networks that did not see these.

    The ensemble's parts may come from several deals of the rows; those of the deal with the most weight count.
    """
    pairs = list(zip(found.voices, map(float, found.weights), strict=True))
    deals = sorted({voice.candidate.partition for voice, _ in pairs})
    deal = max(deals, key=lambda d: (sum(w for voice, w in pairs if voice.candidate.partition == d), -d))
    chosen: list[tuple[Voice, float]] = [pair for pair in pairs if pair[0].candidate.partition == deal]
    folds: list[Fold] = []
    for fold, index in enumerate(chosen[0][0].candidate.members):
        view = found.population.members[index].plan.view
        held = np.intersect1d(view.validation, found.rows)
        if len(held):
            folds.append((view.training, held, [voice.networks[fold] for voice, _ in chosen], [w for _, w in chosen]))
    return folds


def _soft(
    found: Found, rows: NDArray[np.int64], teachers: Sequence[Network], weights: Sequence[float], share: float
) -> Float64:
    """What is learned of those rows: the truth, mixed with what the teachers say."""
    said = teacher_says(teachers, weights, found.population.arrays.take(rows), found.searched.settings.n_jobs)
    return mixed(found.population.target.take(rows), said, share)


def _held_out(
    found: Found, networks: Sequence[Network], held: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], Float64]:
    """The measured rows, rising, and what each one's network says of it."""
    if not networks:
        return np.zeros(0, np.int64), np.zeros((0, found.said.shape[1]))
    jobs = found.searched.settings.n_jobs
    said = [
        teacher_says([network], [1.0], found.population.arrays.take(rows), jobs)
        for network, rows in zip(networks, held, strict=True)
    ]
    rows, order = np.concatenate(held), np.argsort(np.concatenate(held), kind="stable")
    return rows[order], np.concatenate(said)[order]


def _measured(found: Found, network: Network, rows: NDArray[np.int64], said: Float64, ensemble_cost: float) -> Small:
    """The network with both losses on the same rows."""
    target, weight = truth_of(found, rows)
    temperature, ensemble = None, found.said[np.searchsorted(found.rows, rows)]
    if target.kind not in ("numbers", "counts") and len(rows):
        groups = found.searched.settings.groups
        groups = None if groups is None else np.asarray(groups)[rows]
        fitted = fit_temperature(said, target, weight, seed=found.searched.settings.seed, groups=groups)
        temperature = None if fitted == 1.0 else fitted
    if found.temperature is not None:
        ensemble = tempered(ensemble, target.kind, found.temperature)
    final = said if temperature is None else tempered(said, target.kind, temperature)
    own, others = (estimate(found, target, weight, one, rows) for one in (final, ensemble))
    return Small(found, network, own, others, rows, said, temperature, prediction_cost(network), ensemble_cost)
