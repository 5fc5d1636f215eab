"""What a search found: the candidates' held-out predictions, the ensemble chosen from them, and the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.contract.cost import prediction_cost
from wellfit.engines.contract.network import Network
from wellfit.models.model.averaging import average_numbers, average_probabilities, normal_weights
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.race import MOST_ASKED, Race

MOST_CELLS = 2_000_000  # of one candidate's held-out predictions: rows x columns
MOST_IN_ALL = 60_000_000  # of all candidates' together: half a gigabyte
STATES = 2  # of a candidate, about: its kept weights, and those at a rung
LEAST_JUDGED = 500


@dataclass(frozen=True)
class Voice:
    """A candidate in one state: its networks, a fold each, and what they say of the rows they did not train on.

    rung: at which the weights were taken; 0: those that did best on each fold by itself. said: (rows, columns).
    """

    candidate: Candidate
    rung: int
    networks: list[Network]
    said: NDArray[np.float64]

    @property
    def cost(self) -> float:
        """Multiply-adds that one of its networks spends on a row."""
        return prediction_cost(self.networks[0])


def judged_rows(race: Race, seed: int) -> NDArray[np.int64]:
    """The rows that candidates are judged by: held out on every deal that was trained, of very many a drawn part."""
    partitions = sorted({one.partition for one in race.candidates})
    held = [np.concatenate([view.validation for view in race.partitions.views(p)]) for p in partitions]
    rows = held[0]
    for others in held[1:]:
        rows = np.intersect1d(rows, others)
    rows = np.sort(rows)
    target = race.population.run.target
    columns = max(target.outputs, 1)
    said = min(len(race.candidates), MOST_ASKED) * STATES
    most = max(min(MOST_CELLS, MOST_IN_ALL // said) // columns, LEAST_JUDGED)
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    return rows


def voices(race: Race, rows: NDArray[np.int64], n_jobs: int) -> list[Voice]:
    """The best candidates by the loss that the race saw, each in every state that is whole, on the judged rows."""
    found = []
    best = sorted(race.candidates, key=lambda one: (one.loss, one.number))[:MOST_ASKED]
    for candidate in sorted(best, key=lambda one: one.number):
        kept = race.kept(candidate)
        states = {0: kept} if kept else {}
        states |= race.at_rungs(candidate)
        for rung, networks in states.items():
            said = held_out_said(race, candidate, networks, rows, n_jobs)
            for network in networks:
                network.free()  # few of them will be chosen
            if said is not None:
                found.append(Voice(candidate, rung, networks, said))
    return found


def held_out_said(
    race: Race, candidate: Candidate, networks: list[Network], rows: NDArray[np.int64], n_jobs: int
) -> NDArray[np.float64] | None:
    """What each row's own network says (rows, columns); None where one says something that is no number."""
    p = race.population.run
    kind = p.target.kind
    said: NDArray[np.float64] | None = None
    one = normal_weights(None, 1)
    for index, network in zip(candidate.members, networks, strict=True):
        view = race.members[index].plan.view
        places = np.flatnonzero(np.isin(rows, view.validation))
        if not len(places):
            continue
        outputs = predict(network, p.arrays.take(rows[places]), n_jobs)[None]
        if kind in ("numbers", "counts"):
            values = average_numbers(outputs, "mean", one)
        else:
            values = average_probabilities(outputs, kind, "mean", one)
        if said is None:
            said = np.full((len(rows), values.shape[1]), np.nan)
        said[places] = values
    if said is None or not np.isfinite(said).all():
        return None
    return said


def describe(voice: Voice, weight: float, folds: tuple[int, ...]) -> dict[str, Any]:
    """A chosen voice as JSON holds it. folds: whose networks the model keeps."""
    return {"candidate": voice.candidate.number, "rung": voice.rung, "weight": weight, "folds": list(folds)}
