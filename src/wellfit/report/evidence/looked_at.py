"""Rows on which a fit is looked at, each predicted by networks that did not train on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.network import Network
from wellfit.models.ensemble.members import sound_members
from wellfit.models.inspection.known_rows import predicted
from wellfit.models.model import Model
from wellfit.models.model.prediction import combined_values
from wellfit.models.model.predictor import Predictor
from wellfit.reprs import short_repr
from wellfit.search import ChosenEnsemble
from wellfit.tables.arrays import Arrays
from wellfit.tables.split import LabelledRows

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
MOST_ROWS = 10_000


@dataclass(frozen=True)
class LookedAt:
    """Rows with their target, and what predicts them.

    rows: the rows. source: what they are, in words: "test rows" or "held-out training rows".
    """

    rows: LabelledRows
    source: str

    __repr__ = short_repr

    def predict(self, arrays: Arrays) -> Float64:
        """Probabilities (rows, classes or labels) or numbers (rows, outputs) of arrays of the same rows, in order."""
        raise NotImplementedError

    def each(self) -> Float64:
        """What each part of the ensemble predicts for the rows (parts, rows, columns)."""
        raise NotImplementedError

    def take(self, places: Int64) -> LookedAt:
        """Some of the rows."""
        raise NotImplementedError

    def sample(self, most: int) -> LookedAt:
        """So many rows at random, always the same; all where there are no more."""
        count = self.rows.arrays.rows
        if count <= most:
            return self
        return self.take(np.sort(np.random.default_rng(0).choice(count, most, replace=False)))


@dataclass(frozen=True)
class TestRows(LookedAt):
    """Rows that no network has seen.

    model: that predicts them, or one task of it. n_jobs: threads.
    """

    __test__ = False  # no class of tests

    model: Predictor
    n_jobs: int = 1

    __repr__ = short_repr

    def predict(self, arrays: Arrays) -> Float64:
        """As the model does."""
        return predicted(self.model, arrays, self.n_jobs)

    def each(self) -> Float64:
        """A part is a network of the model."""
        single = self.model.member_outputs(self.rows.arrays, n_jobs=self.n_jobs)
        return np.stack([combined_values(one[None], self.model.kind, "mean", np.ones(1), None) for one in single])

    def take(self, places: Int64) -> TestRows:
        """Some of the rows."""
        return replace(self, rows=self.rows.take(places))


@dataclass(frozen=True)
class Part:
    """A candidate of the ensemble: its networks, one a fold, and which of the rows each of them predicts.

    of_row: (rows,) the number of a row's network. weight: in the ensemble.
    """

    networks: tuple[Network, ...]
    of_row: Int64
    weight: float

    __repr__ = short_repr


@dataclass(frozen=True)
class HeldOutRows(LookedAt):
    """Training rows, each predicted by those networks whose fold held it out.

    parts: of the ensemble. kind: of the target. temperature: of the ensemble's probabilities; None: 1.
    """

    parts: tuple[Part, ...]
    kind: Any
    temperature: float | None = None
    n_jobs: int = 1

    __repr__ = short_repr

    def predict(self, arrays: Arrays) -> Float64:
        """As the ensemble does, each row by the networks that held it out."""
        weights = np.array([part.weight for part in self.parts])
        return combined_values(self._outputs(arrays), self.kind, "mean", weights / weights.sum(), self.temperature)

    def each(self) -> Float64:
        """A part is a candidate."""
        single = self._outputs(self.rows.arrays)
        return np.stack([combined_values(one[None], self.kind, "mean", np.ones(1), None) for one in single])

    def take(self, places: Int64) -> HeldOutRows:
        """Some of the rows."""
        parts = tuple(replace(part, of_row=part.of_row[places]) for part in self.parts)
        return replace(self, rows=self.rows.take(places), parts=parts)

    def _outputs(self, arrays: Arrays) -> NDArray[np.float32]:
        """(parts, rows, outputs)."""
        found = []
        for part in self.parts:
            outputs = np.zeros((arrays.rows, part.networks[0].outputs), np.float32)
            for number, network in enumerate(part.networks):
                places = np.flatnonzero(part.of_row == number)
                if len(places):
                    outputs[places] = predict(network, arrays.take(places), self.n_jobs)
            found.append(outputs)
        return np.stack(found)


def looked_at(
    train: LabelledRows, test: LabelledRows | None, model: Model, run: TrainingRun, ensemble: ChosenEnsemble | None,
    n_jobs: int,
) -> LookedAt | None:  # fmt: skip
    """The test rows, or without them the training rows that were held out; None where there are neither.

    ensemble: that a search chose; None: the run is a bag.
    """
    if test is not None:
        kept = np.flatnonzero(test.weight > 0)
        return TestRows(test.take(kept), "test rows", model, n_jobs)
    if ensemble is not None and ensemble.refitted is not None:
        return None  # its networks have been trained on all rows since
    rows, parts = _of_bag(run) if ensemble is None else _of_ensemble(run, ensemble)
    whole = np.flatnonzero(np.all([part.of_row >= 0 for part in parts], axis=0)) if parts else np.empty(0, np.int64)
    whole = whole[train.weight[rows[whole]] > 0]
    if not len(whole):
        return None
    parts = tuple(replace(part, of_row=part.of_row[whole]) for part in parts)
    temperature = None if ensemble is None else ensemble.temperature
    return HeldOutRows(train.take(rows[whole]), "held-out training rows", parts, run.target.kind, temperature, n_jobs)


def _of_ensemble(run: TrainingRun, ensemble: ChosenEnsemble) -> tuple[Int64, tuple[Part, ...]]:
    """The rows on which candidates were compared, and the chosen candidates."""
    rows = ensemble.rows
    found = []
    for state, weight in zip(ensemble.states, ensemble.weights, strict=True):
        held = [run.members[index].plan.view.validation for index in state.candidate.members]
        found.append(Part(tuple(state.networks), _holder(rows, held), float(weight)))
    return rows, tuple(found)


def _of_bag(run: TrainingRun) -> tuple[Int64, tuple[Part, ...]]:
    """All rows, and one part: each row is predicted by the first network that held it out."""
    members = [index for index in sound_members(run) if run.members[index].validates]
    if not members:
        return np.empty(0, np.int64), ()
    rows = np.arange(run.arrays.rows)
    networks = tuple(run.networks(index)[0] for index in members)
    return rows, (Part(networks, _holder(rows, [run.members[index].plan.view.validation for index in members]), 1.0),)


def _holder(rows: Int64, held: Sequence[Int64]) -> Int64:
    """Of each row the number of the first list that holds it; -1 where none does."""
    found = np.full(len(rows), -1, np.int64)
    for number in reversed(range(len(held))):
        found[np.isin(rows, held[number])] = number
    return found
