"""The result of a search as plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.models.model import Model
from wellfit.search.choose.chosen_ensemble import ChosenEnsemble
from wellfit.search.distil.distillation import SmallNetwork
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.result import Comparison, EnsemblePart, FitResult, SearchResult
from wellfit.tables.split import SplitTable
from wellfit.training.result import result_of_training


def result_of_search(
    data: SplitTable, ensemble: ChosenEnsemble, model: Model, *, seed: int, comparisons: Sequence[Comparison] = (),
    small: SmallNetwork | None = None, test_score: Estimate | None = None,
) -> FitResult:  # fmt: skip
    """The result of a search on a table, without seconds; the notes are those of the table and of the search.

    data: the table.
    ensemble: what the search chose.
    model: what predicts.
    seed: of the search.
    comparisons: on the test rows (default: none).
    small: the network that is kept in the ensemble's place, whose estimate is then given (default: none).
    test_score: on the test rows, by the search's metric; None (default) without test rows.
    """
    ensemble.population.decisions = _decisions(ensemble.population)
    trained = result_of_training(data, ensemble.population, model, seed=seed, comparisons=comparisons)
    search = SearchResult(
        metric=ensemble.metric.name,
        estimate=ensemble.estimate if small is None else small.estimate,
        test_score=test_score,
        held_out=(small or ensemble).scores,
        ensemble=tuple(_parts(ensemble)),
        record=ensemble.record,
        small=None if small is None else small.to_plain(),
    )
    return replace(trained, search=search, notes=(*trained.notes, *ensemble.notes))


def _decisions(population: TrainingRun) -> list[dict[str, Any]]:
    """How each network ended."""
    return [
        {"member": index, "updates": member.update, "status": member.status, "by": "search"}
        for index, member in enumerate(population.members)
    ]


def _parts(ensemble: ChosenEnsemble) -> list[EnsemblePart]:
    """The ensemble's parts by falling weight, with the score of each on the rows that its networks did not train on."""
    population = ensemble.population
    target, weight = population.target.take(ensemble.rows), population.weight[ensemble.rows]
    parts = [
        EnsemblePart(
            state.candidate.number,
            float(share),
            len(folds),
            ensemble.metric.score(target, state.predictions, weight) if len(ensemble.rows) else math.nan,
        )
        for state, share, folds in zip(ensemble.states, ensemble.weights, ensemble.folds, strict=True)
    ]
    return sorted(parts, key=lambda part: (-part.weight, part.candidate))
