"""Candidates with the weights of a rung or their best ones, and their out-of-fold predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.contract.cost import prediction_cost
from wellfit.engines.contract.network import Network
from wellfit.models.model.averaging import average_numbers, average_probabilities, normal_weights
from wellfit.reprs import short_repr
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.race import MOST_EVALUATED, Race
from wellfit.tables.distinct import are_among, rows_in_both

MOST_CELLS = 2_000_000  # of one candidate's held-out predictions: rows x columns
MOST_CELLS_TOGETHER = 60_000_000  # of all candidates' together: half a gigabyte
STATES = 2  # of a candidate, about: its kept weights, and those at a rung
LEAST_EVALUATED = 500


@dataclass(frozen=True)
class CandidateState:
    """A candidate in one state: its networks, and their predictions for rows they did not train on.

    rung: at which the weights were taken; 0: the candidate's best ones.
    networks: a fold each.
    predictions: (rows, columns).
    """

    candidate: Candidate
    rung: int
    networks: list[Network]
    predictions: NDArray[np.float64]

    __repr__ = short_repr

    @property
    def cost(self) -> float:
        """Multiply-adds that one of its networks spends on a row."""
        return prediction_cost(self.networks[0])


def evaluation_rows(race: Race, seed: int) -> NDArray[np.int64]:
    """The rows that candidates are compared on: those held out in every trained partition; of very many, a sample."""
    partitions = sorted({one.partition for one in race.candidates})
    held = [np.concatenate([view.validation for view in race.partitions.views(p)]) for p in partitions]
    rows = held[0]
    for others in held[1:]:
        rows = rows_in_both(rows, others)
    rows = np.sort(rows)
    target = race.population.run.target
    columns = max(target.outputs, 1)
    many = min(len(race.candidates), MOST_EVALUATED) * STATES
    most = max(min(MOST_CELLS, MOST_CELLS_TOGETHER // many) // columns, LEAST_EVALUATED)
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    return rows


def states(race: Race, rows: NDArray[np.int64], n_jobs: int) -> list[CandidateState]:
    """The best candidates by the loss that the race saw, each in every state that is whole, on the compared rows."""
    found = []
    best = sorted(race.candidates, key=lambda one: (one.loss, one.number))[:MOST_EVALUATED]
    for candidate in sorted(best, key=lambda one: one.number):
        kept = race.kept(candidate)
        states = {0: kept} if kept else {}
        states |= race.at_rungs(candidate)
        for rung, networks in states.items():
            predictions = held_out_predictions(race, candidate, networks, rows, n_jobs)
            for network in networks:
                network.free()  # few of them will be chosen
            if predictions is not None:
                found.append(CandidateState(candidate, rung, networks, predictions))
    return found


def held_out_predictions(
    race: Race, candidate: Candidate, networks: list[Network], rows: NDArray[np.int64], n_jobs: int
) -> NDArray[np.float64] | None:
    """What each row's own network predicts (rows, columns); None where a prediction is no number."""
    p = race.population.run
    kind = p.target.kind
    predictions: NDArray[np.float64] | None = None
    one = normal_weights(None, 1)
    for index, network in zip(candidate.members, networks, strict=True):
        view = race.members[index].plan.view
        places = np.flatnonzero(are_among(rows, view.validation))
        if not len(places):
            continue
        outputs = predict(network, p.arrays.take(rows[places]), n_jobs)[None]
        if kind in ("numbers", "counts"):
            values = average_numbers(outputs, "mean", one)
        else:
            values = average_probabilities(outputs, kind, "mean", one)
        if predictions is None:
            predictions = np.full((len(rows), values.shape[1]), np.nan)
        predictions[places] = values
    if predictions is None or not np.isfinite(predictions).all():
        return None
    return predictions


def describe(state: CandidateState, weight: float, folds: tuple[int, ...]) -> dict[str, Any]:
    """A chosen state as JSON holds it. folds: whose networks the model keeps."""
    return {"candidate": state.candidate.number, "rung": state.rung, "weight": weight, "folds": list(folds)}
