"""What cross-validation promised for the ensemble, beside what the test rows say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.cli.prepare import Part, Prepared
from wellfit.cli.recipes import in_few_words
from wellfit.search import Found
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.metrics import Metric

RESAMPLES, LEAST_UNITS = 200, 10
MOST_DRAWS = 2_000_000  # of rows, in all resamples together
LEAST_RESAMPLES = 40
NAMES = {"log_loss": "log-loss", "auc": "AUC", "rmse": "RMSE", "mae": "MAE", "r2": "R2"}


@dataclass(frozen=True)
class Chosen:
    """A part of the ensemble. score: on the rows that its networks did not train on, by the metric."""

    candidate: int
    weight: float
    networks: int
    score: float
    recipe: str

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"candidate": self.candidate, "weight": self.weight, "networks": self.networks, "score": self.score}


@dataclass(frozen=True)
class Promise:
    """The score that cross-validation promised, and the one on the test rows (None without them), by the metric."""

    metric: Metric
    promised: Estimate
    found: Estimate | None
    chosen: list[Chosen]

    @property
    def name(self) -> str:
        """The metric's name, for people."""
        return NAMES.get(self.metric.name, self.metric.name.replace("_", " "))

    @property
    def sentence(self) -> str:
        """Both in one sentence."""
        if not math.isfinite(self.promised.mean):
            promised = f"Cross-validation promised nothing by {self.name}: no row was held out"
        else:
            promised = f"Cross-validation promised {self.name} {self.promised}"
        return f"{promised}{'.' if self.found is None else f'; the test rows say {self.found}.'}"

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "metric": self.metric.name,
            "promised": self.promised.to_plain(),
            "test": None if self.found is None else self.found.to_plain(),
        }


def promise_of(found: Found, prepared: Prepared, said: NDArray[np.float64] | None, seed: int) -> Promise:
    """The promise of a search. said: what the model says of the test rows."""
    metric = found.metric
    measured = None
    if said is not None and prepared.test is not None:
        measured = measured_score(metric, prepared.test, said, prepared.test_groups, seed)
    return Promise(metric, found.promised, measured, _chosen(found, metric))


def _chosen(found: Found, metric: Metric) -> list[Chosen]:
    population = found.population
    target, weight = population.target.take(found.rows), population.weight[found.rows]
    parts = [
        Chosen(
            voice.candidate.number,
            float(share),
            len(folds),
            metric.score(target, voice.said, weight) if len(found.rows) else math.nan,
            in_few_words(voice.candidate.recipe),
        )
        for voice, share, folds in zip(found.voices, found.weights, found.folds, strict=True)
    ]
    return sorted(parts, key=lambda one: (-one.weight, one.candidate))


def measured_score(
    metric: Metric, test: Part, said: NDArray[np.float64], groups: NDArray[Any] | None, seed: int
) -> Estimate:
    """The score on test rows, with a 95 % interval by drawing rows, or whole groups, with replacement."""
    score = metric.score(test.target, said, test.weight)
    unit = np.arange(len(said)) if groups is None else np.unique(groups, return_inverse=True)[1]
    units = int(unit.max()) + 1
    if units < LEAST_UNITS:
        return Estimate(score)
    random = np.random.default_rng(seed)
    many = int(np.clip(MOST_DRAWS // len(said), LEAST_RESAMPLES, RESAMPLES))
    drawn = []
    for _ in range(many):
        times = np.bincount(random.integers(0, units, units), minlength=units)[unit]
        if (test.weight * times).sum() > 0:
            drawn.append(metric.score(test.target, said, test.weight * times))
    known = np.array(drawn)[np.isfinite(drawn)]
    return Estimate(score, *map(float, np.quantile(known, [0.025, 0.975]))) if len(known) else Estimate(score)
