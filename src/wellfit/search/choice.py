"""From candidates to a model: the ensemble that held-out predictions speak for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.arrays import Arrays, Target
from wellfit.data import Schema
from wellfit.engine.member import Network
from wellfit.engine.population import Observer, Population
from wellfit.errors import InputError
from wellfit.model import Model
from wellfit.search.door import Searched, Settings, record_of, repeat_search, run_search
from wellfit.search.found import Voice, describe, judged_rows, voices


@dataclass(frozen=True)
class Found:
    """What a search found.

    population: every network that was trained. voices, weights: the candidates' states that make the ensemble.
    rows: those that it was judged by; said: what the ensemble says of them, held out (rows, columns).
    record: every decision, as JSON holds it; enough to repeat the search.
    """

    searched: Searched
    rows: NDArray[np.int64]
    voices: tuple[Voice, ...]
    weights: NDArray[np.float64]
    said: NDArray[np.float64]
    record: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def population(self) -> Population:
        """Every network of the search, in the order of coming."""
        return self.searched.race.pool.population

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the search."""
        return self.searched.race.pool.interrupted

    def model(self, schema: Schema, info: dict[str, Any] | None = None) -> Model:
        """The ensemble as one model."""
        networks: list[Network] = []
        weights: list[float] = []
        for voice, weight in zip(self.voices, self.weights, strict=True):
            networks += voice.networks
            weights += [float(weight) / len(voice.networks)] * len(voice.networks)
        target = self.population.target
        return Model(schema, target.kind, target.labels, tuple(networks), weights, info or {})


def search(
    arrays: Arrays, target: Target, weight: NDArray[np.float32] | None, settings: Settings, *,
    record: Mapping[str, Any] | None = None, observers: Sequence[Observer] = (),
) -> Found:  # fmt: skip
    """Search for the best ensemble within a limit.

    weight: (rows,) or None. record: that of an earlier search (`Found.record`), which is then repeated to the same
    bits. observers: called with a `Progress` about 20 times a second.

    Raises:
        InputError: what is wrong with data or settings; no network came to a first evaluation.
    """
    if record is None:
        searched = run_search(arrays, target, weight, settings, observers)
    else:
        searched = repeat_search(arrays, target, weight, settings, record["search"], observers)
    started = time.monotonic()
    rows = judged_rows(searched.race, searched.race.seed)
    every = voices(searched.race, rows, settings.n_jobs)
    if not every:
        raise InputError("The limit was over before a network was ready: give more time, or more updates.")
    weights = _select(np.stack([voice.said for voice in every]), target.take(rows))
    chosen = [(voice, float(w)) for voice, w in zip(every, weights, strict=True) if w > 0]
    said = sum(w * voice.said for voice, w in chosen)
    plain = {
        "search": record_of(searched),
        "ensemble": [describe(voice, w) for voice, w in chosen],
        "seconds": {**searched.timings, "choosing": time.monotonic() - started},
    }
    return Found(
        searched,
        rows,
        tuple(voice for voice, _ in chosen),
        np.array([w for _, w in chosen]),
        np.asarray(said),
        plain,
        searched.notes,
    )


def _select(said: NDArray[np.float64], target: Target) -> NDArray[np.float64]:
    """For the time being: greedy selection with replacement."""
    y = target.values
    counts, total = np.zeros(len(said)), np.zeros(said.shape[1:])
    best, kept = np.inf, counts
    for step in range(25):
        together = (total + said) / (step + 1)
        if target.kind in ("numbers", "counts"):
            losses = ((together - y) ** 2).mean(axis=(1, 2))
        else:
            own = together[:, np.arange(len(y)), y[:, 0].astype(int)]
            losses = -np.log(np.clip(own, 1e-15, 1)).mean(axis=1)
        k = int(losses.argmin())
        total, counts[k] = total + said[k], counts[k] + 1
        if losses[k] < best:
            best, kept = losses[k], counts.copy()
    return np.asarray(kept / kept.sum())
