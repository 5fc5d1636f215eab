"""The first candidate of a search, with so many epochs and folds that it comes to its end in time."""

from __future__ import annotations

import math

from wellfit.recipe import Recipe
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.race import Race
from wellfit.search.race.search_budget import SearchBudget, cost_to

PREPARATION_SHARE = 0.4  # of the time, for making the rows of the first folds ready
FEW_EPOCHS = 8  # rather than fewer, fewer folds are trained
LEAST_FOLDS = 2
TO_THE_END = 99  # a rung after the last


def first_candidate(race: Race, budget: SearchBudget, recipe: Recipe, share: float) -> Candidate:
    """The recipe as a candidate whose whole run costs no more than a share of the budget.

    Where it would cost more it has fewer epochs, and of many rows fewer folds.
    """
    if budget.by_clock:
        budget.record_costs([race.probe(recipe, budget.seconds)])
        _limit_folds(race, budget, race.preparation_seconds * race.population.n_jobs)
    most = share * budget.whole
    candidate = race.add(recipe, "portfolio")
    whole = cost_to(budget, race.members, candidate, TO_THE_END)
    if whole <= most:
        return candidate
    epoch = whole / recipe.epochs
    folds = race.partitions.use
    if FEW_EPOCHS * epoch > most:
        fewer = math.floor(folds * most / (FEW_EPOCHS * epoch))
        race.partitions.use = max(min(fewer, folds), min(LEAST_FOLDS, folds))
        epoch *= race.partitions.use / folds
    epochs = max(min(math.floor(most / epoch), recipe.epochs), 1)
    race.remove(candidate)
    return race.add(recipe.vary(epochs=epochs), f"portfolio, {epochs} epochs to fit")


def _limit_folds(race: Race, budget: SearchBudget, price: float) -> None:
    """Of very large tables, train no more folds than can be made ready in time. price: of the first."""
    folds = race.partitions.use
    affordable = math.floor(PREPARATION_SHARE * budget.whole / max(price, 1e-9))
    race.partitions.use = max(min(affordable, folds), min(LEAST_FOLDS, folds))
