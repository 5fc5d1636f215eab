"""A finished search as a case: the networks of its best candidate, beside others that were trained on the same rows."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.base import Case, TrainedNetwork
from wellfit.diagnosis.evidence.baseline_losses import baseline_losses
from wellfit.diagnosis.evidence.later_rows import later_rows
from wellfit.diagnosis.evidence.networks import networks_of
from wellfit.recipe import Recipe
from wellfit.search.choose.chosen_ensemble import ChosenEnsemble
from wellfit.search.race.candidate import Candidate
from wellfit.studies.base import StudyTable
from wellfit.tables.split import SplitTable

BASELINE_SHARE = 0.3  # of the time, for simple predictors
LEAST_SECONDS = 0.5  # below it they are left out


def case_of_search(ensemble: ChosenEnsemble, data: SplitTable, seconds: float | None = None) -> Case:
    """The candidate of the largest weight, judged beside the default recipe where the search tried it too.

    ensemble: that the search chose; nothing is trained. data: its table; the test rows count as rows to predict.
    seconds: that it may take, about; simple predictors are left out where that is short. None (default): no limit.
    """
    table = StudyTable(data.schema, data.train)
    best = ensemble.states[int(np.argmax(ensemble.weights))].candidate
    run = ensemble.population
    views = [run.members[index].plan.view for index in best.members]
    share = None if seconds is None else seconds * BASELINE_SHARE / max(len(views), 1)
    simple = {}
    if seconds is None or seconds >= LEAST_SECONDS:
        simple = baseline_losses(data.train, views, best.recipe, 0, share)
    later = None if data.test is None else later_rows(data.test.arrays, table)
    return Case(
        best.recipe, table, networks_of(run, best.members), _references(ensemble, best), simple, later,
        ensemble.record, data.split_by,
    )  # fmt: skip


def _references(ensemble: ChosenEnsemble, best: Candidate) -> dict[str, tuple[TrainedNetwork, ...]]:
    """The default recipe on the same folds, where it was trained to its end and is not the best itself."""
    default = Recipe()
    for other in ensemble.searched.race.candidates:
        same_rows = other.partition == best.partition and other.status == "finished"
        if other is not best and same_rows and other.recipe == default != best.recipe:
            return {"default recipe": networks_of(ensemble.population, other.members)}
    return {}
