"""The result of a fit as one value of plain data: what was trained on what, how good it is, and how that is known.

The command shows it and writes it to result.json, the estimators keep it as `result_`; nothing in it knows a model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wellfit.frames import ResultFrame
from wellfit.reprs import counted
from wellfit.statistics.comparison import Difference, PredictorScores
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.leaderboard import leaderboard
from wellfit.statistics.scores import better
from wellfit.statistics.summary import comparison_in_words, estimate_in_words, summary, summary_html

KEPT_INFO = ("refit", "cross_validation", "out_of_bag")  # of a model's info


def as_json_values(value: Any) -> Any:
    """The same of values that JSON can hold: NaN and infinities become null, NumPy's numbers Python's."""
    if isinstance(value, dict):
        return {str(key): as_json_values(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json_values(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


@dataclass(frozen=True)
class Comparison:
    """The networks and the baselines on the same rows.

    where: "test", "cross-validation" or "out-of-bag".
    rows: how many.
    effective_rows: how many rows of equal weight tell as much (Kish's effective sample size), at most `rows`.
    predictors: the networks first, then the baselines.
    difference: of the best baseline from the networks; None without intervals or baselines.
    baselines_skipped: whether Ctrl-C left the baselines out.
    task: the name of the task, where there are several.
    seen: how many of the test rows are equal to training rows.
    """

    where: str
    rows: int
    effective_rows: float
    predictors: tuple[PredictorScores, ...]
    difference: Difference | None = None
    baselines_skipped: bool = False
    task: str = ""
    seen: int = 0

    def __repr__(self) -> str:
        return f"<Comparison: {comparison_in_words(self)}>"

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "on": self.where,
            **({"task": self.task} if self.task else {}),
            "rows": self.rows,
            "effective_rows": self.effective_rows,
            "seen_in_training": self.seen,
            "predictors": [one.to_plain() for one in self.predictors],
            "difference": None if self.difference is None else self.difference.to_plain(),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Comparison:
        """What `to_plain` gave; whether baselines were skipped is not in it."""
        gap = plain["difference"]
        return cls(
            str(plain["on"]),
            int(plain["rows"]),
            float(plain["effective_rows"]),
            tuple(PredictorScores.from_plain(one) for one in plain["predictors"]),
            None if gap is None else Difference.from_plain(gap),
            task=str(plain.get("task", "")),
            seen=int(plain["seen_in_training"]),
        )


@dataclass(frozen=True)
class EnsemblePart:
    """A candidate in the ensemble of a search.

    candidate: its number in the record of the search.
    weight: above 0; all parts' weights add up to 1.
    networks: how many of its networks the model holds.
    score: by the metric, on the rows that its networks did not train on; NaN where no row was held out.
    """

    candidate: int
    weight: float
    networks: int
    score: float

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        score = self.score if math.isfinite(self.score) else None
        return {"candidate": self.candidate, "weight": self.weight, "networks": self.networks, "score": score}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> EnsemblePart:
        """What `to_plain` gave; null is NaN."""
        score = math.nan if plain["score"] is None else float(plain["score"])
        return cls(int(plain["candidate"]), float(plain["weight"]), int(plain["networks"]), score)


@dataclass(frozen=True)
class SearchResult:
    """What a search adds to a fit's result.

    metric: the name of the metric by which the ensemble was chosen. Every score here is by it: of "auc", "r2" and the
        accuracies higher is better, of the others lower, as `better` says in the plain values.
    estimate: the score to expect on new rows by cross-validation, with its 95 % interval; mean NaN where no row was
        held out. Of a model trained again on all rows it is that of the networks before.
    test_score: the score on the test rows by the same metric; None without test rows.
    held_out: what people know, by name: "error" and "log_loss", or "r2" and "rmse", of the predictions for the rows
        that chose the ensemble, by networks that did not train on them; a little flattered by that. Empty where no row
        was held out.
    ensemble: its parts, by falling weight.
    record: every decision of the search, as JSON holds it; enough to repeat it.
    small: how the one small network compares with the ensemble it is distilled from; None where that is the model.
    """

    metric: str
    estimate: Estimate
    test_score: Estimate | None
    held_out: dict[str, Estimate]
    ensemble: tuple[EnsemblePart, ...]
    record: dict[str, Any] = field(default_factory=dict)
    small: dict[str, Any] | None = None

    def __repr__(self) -> str:
        parts = counted(len(self.ensemble), "candidate")
        return f"<SearchResult: {estimate_in_words(self)}; an ensemble of {parts}>"

    def leaderboard(self) -> ResultFrame:
        """The candidates that were tried, a row each: those that came to their end first, the best of them first.

        A candidate is a recipe trained from one seed on every fold of one partition of the rows; a recipe that was
        tried again, on another partition, has further rows.

        Returns:
            A table with rank; candidate (its number in `record`); loss (mean over folds, on the rows that each held
            out, of the kept weights at the last rung passed, in the recipe's own loss; null before the first rung); low
            and high (ends of its 95 % interval over folds); status ("finished", "running": the limit came first,
            "pruned" or "diverged"); rung (how many it has passed) and rungs (how many there are); weight in the
            ensemble; cost (multiply-adds that predicting a row with one of its networks takes); updates made;
            partition; origin; recipe (what differs from the default). The loss chose the kept weights, which flatters a
            little.
        """
        weights: dict[int, float] = {}
        for part in self.ensemble:
            weights[part.candidate] = weights.get(part.candidate, 0.0) + part.weight
        return leaderboard(self.record["search"], weights)

    def recipe_of(self, part: EnsemblePart) -> dict[str, Any]:
        """The recipe of a part, as plain values."""
        recipe: dict[str, Any] = self.record["search"]["candidates"][part.candidate]["recipe"]
        return recipe

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "metric": self.metric,
            "estimate": {
                "metric": self.metric,
                "better": better(self.metric),
                "cross_validated": self.estimate.to_plain(),
                "test": None if self.test_score is None else self.test_score.to_plain(),
                "held_out": {name: {"better": better(name), **one.to_plain()} for name, one in self.held_out.items()},
            },
            "ensemble": [part.to_plain() for part in self.ensemble],
            "record": self.record,
            "small": self.small,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> SearchResult:
        """What `to_plain` gave."""
        test = plain["estimate"]["test"]
        return cls(
            str(plain["metric"]),
            Estimate.from_plain(plain["estimate"]["cross_validated"]),
            None if test is None else Estimate.from_plain(test),
            {str(name): Estimate.from_plain(one) for name, one in plain["estimate"]["held_out"].items()},
            tuple(EnsemblePart.from_plain(one) for one in plain["ensemble"]),
            dict(plain["record"]),
            plain["small"],
        )


@dataclass(frozen=True)
class FitResult:
    """The result of a fit.

    target: its column(s), its kind, and its classes with counts, or its range.
    rows: how many rows were trained on and how many tested on, and where the test rows come from.
    columns: what was understood of each column.
    recipe: of the first network.
    seed: of everything random.
    members: every network that was trained: its view, seed, epochs, and how it ended; its best validation loss is None
        where no row validated it.
    comparisons: on the test rows and by cross-validation, for each task; empty where nothing was held out.
    model_info: what the model keeps of its training on all rows, and of scores of its own.
    search: what a search adds; None where one recipe was trained.
    notes: sentences on what was unexpected.
    checks: what was found that could make a score on held-out rows mean less than it says, each with a "code", its
        "columns", a "sentence" and its numbers.
    seconds: {"all": ..., "until_trained": ...}, and those of each stage by its name, such as "training".
    interrupted: whether Ctrl-C ended something early.
    """

    target: dict[str, Any]
    rows: dict[str, Any]
    columns: tuple[dict[str, Any], ...]
    recipe: dict[str, Any]
    seed: int
    members: tuple[dict[str, Any], ...]
    comparisons: tuple[Comparison, ...] = ()
    model_info: dict[str, Any] = field(default_factory=dict)
    search: SearchResult | None = None
    notes: tuple[str, ...] = ()
    checks: tuple[dict[str, Any], ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    interrupted: bool = False

    def __repr__(self) -> str:
        expected = "" if self.search is None else f"; {estimate_in_words(self.search)}"
        kind, rows = self.target["kind"], counted(self.rows["training"], "training row")
        return f"<FitResult: {kind}, {rows}, {counted(len(self.members), 'network')} trained{expected}>"

    def _repr_html_(self) -> str:
        return summary_html(self)

    def summary(self) -> str:
        """The result in a few lines of text."""
        return summary(self)

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        plain: dict[str, Any] = as_json_values(self._fields())
        return plain

    def _fields(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "interrupted": self.interrupted,
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
            "target": self.target,
            "rows": self.rows,
            "scores": [one.to_plain() for one in self.comparisons],
            "members": list(self.members),
            **self.model_info,
            "recipe": self.recipe,
            "columns": list(self.columns),
            "notes": list(self.notes),
            "checks": list(self.checks),
            **({} if self.search is None else self.search.to_plain()),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> FitResult:
        """What `to_plain` gave, as read from result.json.

        Raises:
            KeyError, TypeError, ValueError: it is no such result.
        """
        return cls(
            target=dict(plain["target"]),
            rows=dict(plain["rows"]),
            columns=tuple(map(dict, plain["columns"])),
            recipe=dict(plain["recipe"]),
            seed=int(plain["seed"]),
            members=tuple(map(dict, plain["members"])),
            comparisons=tuple(Comparison.from_plain(one) for one in plain["scores"]),
            model_info={name: plain[name] for name in KEPT_INFO if name in plain},
            search=SearchResult.from_plain(plain) if "record" in plain else None,
            notes=tuple(map(str, plain["notes"])),
            checks=tuple(map(dict, plain["checks"])),
            seconds={str(name): float(value) for name, value in plain["seconds"].items()},
            interrupted=bool(plain["interrupted"]),
        )
