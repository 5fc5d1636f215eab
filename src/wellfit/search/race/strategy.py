"""What the search trains next: a portfolio raced in brackets, then repeats of the best and proposals around them.

A bracket is a few candidates that start together. All go to the first rung (3/15 of their run, where the second cycle
of four ends), the better part to the second (7/15), the better part of those to the end; one whose projected loss is
worse than the leader's at the same rung beyond doubt goes no further, nor does one whose last cycle brought nothing. Of
the first bracket, the opening, all go on but those that lie far behind: they are known to be good at their end.
Decisions hang on losses and on what candidates cost: with a budget of updates on nothing that a clock could change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from wellfit.engines.contract.progress import Observer
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.first_candidate import PREPARATION_SHARE, first_candidate
from wellfit.search.race.proposals import Proposer, Trial
from wellfit.search.race.race import Race
from wellfit.search.race.ranking import decide, ranked
from wellfit.search.race.search_budget import SearchBudget, cost_to
from wellfit.tables.views.splits import generator

FIRST_SHARE = 0.35  # of the budget, for the first candidate; its epochs are fewer where it would need more
OPENING_SHARE = 0.2  # of the budget, to bring the opening bracket to its first rung
OPENING_ROUNDS = 3
MOST_SHARE = 0.2  # of the budget, for one later candidate
BRACKET = 4  # proposals that start together
LEAST_EPOCHS = 4
STILL_FALLING = 0.015  # the share of a loss that the last cycle brought, from which on more epochs may bring more
FILL_SHARE = 0.3  # of a recipe's epochs, at least


@dataclass
class Strategy:
    """Decides and runs rounds until the budget is spent.

    race: what it adds candidates to.
    budget: what it may spend.
    recipes: the portfolio, best first.
    proposer: proposes further recipes.
    most_candidates: how many candidates are trained at most.
    untried_recipes: those of the portfolio that are still to come.
    spent_budget: with which it came to its end; None before.
    """

    race: Race
    budget: SearchBudget
    recipes: list[Recipe]
    proposer: Proposer
    most_candidates: int
    observers: Sequence[Observer] = ()
    untried_recipes: list[Recipe] = field(default_factory=list)
    spent_budget: float | None = None

    __repr__ = short_repr

    def search(self) -> None:
        """Run to the end."""
        race = self.race
        if self.spent_budget == self.budget.whole and not self.budget.by_clock:  # resumed, with nothing left to do
            return
        if not race.candidates:
            self.untried_recipes = list(self.recipes)
            self._open()
        while not self._must_end():
            running = [one for one in race.candidates if one.alive]
            if running:
                self._continue(running)
            elif not self._next_bracket():
                break
        self.spent_budget = self.budget.whole

    def _must_end(self) -> bool:
        return self.race.population.interrupted or self.budget.left <= 0

    def _run(self, why: str, goals: Sequence[tuple[Candidate, int]]) -> None:
        self.race.run(why, goals, self.budget.seconds, self.observers)
        self.budget.record_costs(self.race.members)

    def _cost(self, candidate: Candidate, rung: int = 99) -> float:
        return cost_to(self.budget, self.race.members, candidate, rung)

    # Opening

    def _open(self) -> None:
        """The first candidate, with so many epochs and folds that it comes to its end; then others along with it."""
        first = first_candidate(self.race, self.budget, self.untried_recipes.pop(0), FIRST_SHARE)
        spent = self._cost(first, 1)
        bracket = [first]
        while (
            self.untried_recipes
            and len(self.race.candidates) < self.most_candidates
            and not self._preparation_took_long()
        ):
            candidate = self.race.add(self._shortened(self.untried_recipes[0], first), "portfolio")
            spent += self._cost(candidate, 1)
            if spent > OPENING_SHARE * self.budget.whole or self._cost(candidate) > FIRST_SHARE * self.budget.whole:
                self.race.remove(candidate)
                break
            self.untried_recipes.pop(0)
            bracket.append(candidate)
        self._run("the opening, to the first rung", [(one, 1) for one in bracket])

    def _shortened(self, recipe: Recipe, first: Candidate) -> Recipe:
        """A recipe of the portfolio with fewer epochs, where the first one had to have fewer."""
        share = first.recipe.epochs / self.recipes[0].epochs
        return recipe if share >= 1 else recipe.vary(epochs=max(round(recipe.epochs * share), LEAST_EPOCHS))

    def _preparation_took_long(self) -> bool:
        """Whether making rows ready has taken so long that training must begin."""
        return self.budget.left < (1 - PREPARATION_SHARE) * self.budget.whole

    # Going on

    def _continue(self, running: list[Candidate]) -> None:
        """Rank the bracket, and bring those that stay to the next rung."""
        decision = decide(running, self.race.candidates, len(self.race.rounds) <= OPENING_ROUNDS)
        for one in decision.finished:
            self.race.end(one, finished=True)
        for one in decision.pruned:
            self.race.end(one)
        stay = self._affordable(decision.stay)
        if stay:
            self._run(f"to rung {stay[0].rung + 1}", [(one, one.rung + 1) for one in stay])

    def _affordable(self, stay: list[Candidate]) -> list[Candidate]:
        """Of those that stay, best first, the ones whose whole run can be paid for; the best one in any case."""
        kept: list[Candidate] = []
        spent = 0.0
        for one in stay:
            cost = self._cost(one)
            if not kept or spent + cost <= self.budget.left:
                kept.append(one)
                spent += cost
            else:
                self.race.end(one)
        return kept

    # Further brackets

    def _next_bracket(self) -> bool:
        """Start repeats or new recipes. False where nothing more can be paid for."""
        if len(self.race.candidates) >= self.most_candidates:
            return False
        if self._repeats_lag():
            return self._repeat() or self._new() or self._fill()
        return self._new() or self._repeat() or self._fill()

    def _repeats_lag(self) -> bool:
        """Whether less has been spent on repeats than on new recipes since the opening."""
        repeats = sum(one.partition > 0 for one in self.race.candidates)
        brackets = sum(made.why.endswith("first rung") for made in self.race.rounds)
        return repeats < brackets

    def _repeat(self) -> bool:
        """One of the best recipes again, from other seeds, on another partition of the rows."""
        best = ranked(self.race.candidates)
        if not best:
            return False
        # The best has two repeats before the second has one, and so on.
        place = min(range(min(3, len(best))), key=lambda k: (len(best[k][1]) + k, k))
        group = best[place][1]
        candidate = self.race.add(group[0].recipe, f"repeat of {group[0].number}", len(group))
        rung = group[0].rung  # no further than the first one went: if it stopped short, more brought nothing
        if self._cost(candidate, rung) > self.budget.left:
            self.race.remove(candidate)
            return False
        self._run(f"repeat of {group[0].number}", [(candidate, rung)])
        if candidate.alive and candidate.rung >= rung:
            self.race.end(candidate, finished=True)
        return True

    def _new(self) -> bool:
        """The next recipes of the portfolio, or proposals, to their first rung."""
        bracket: list[Candidate] = []
        spent = 0.0
        for _ in range(3 * BRACKET):
            if len(bracket) >= BRACKET or len(self.race.candidates) >= self.most_candidates:
                break
            named = self._next_recipe()
            if named is None:
                break
            candidate = self._added(*named)
            if candidate is None:
                continue
            whole = self._cost(candidate)
            if whole > MOST_SHARE * self.budget.whole:
                self.race.remove(candidate)
                continue
            spent += self._cost(candidate, 1)
            if max(spent, whole) > self.budget.left or (bracket and spent > OPENING_SHARE * self.budget.whole):
                self.race.remove(candidate)
                break
            bracket.append(candidate)
        if bracket:
            self._run("new recipes, to the first rung", [(one, 1) for one in bracket])
        return bool(bracket)

    def _fill(self) -> bool:
        """The best recipe with as many epochs as can still be paid for, where they are not too few to be of use."""
        best = ranked(self.race.candidates)
        if not best:
            return False
        group = best[0][1]
        recipe = group[0].recipe
        candidate = self.race.add(recipe, f"repeat of {group[0].number}, shortened", len(group))
        cost = self._cost(candidate)
        self.race.remove(candidate)
        epochs = math.floor(recipe.epochs * self.budget.left / cost) if cost else 0
        if epochs < max(LEAST_EPOCHS, FILL_SHARE * recipe.epochs):
            return False
        shorter = recipe.vary(epochs=min(epochs, recipe.epochs))
        candidate = self.race.add(shorter, f"repeat of {group[0].number}, {epochs} epochs to fit", len(group))
        self._run("to fill the time", [(candidate, 99)])
        return True

    def _added(self, recipe: Recipe, origin: str) -> Candidate | None:
        """The recipe as a candidate; None where it does not suit the data."""
        try:
            return self.race.add(recipe, origin)
        except InputError:
            return None

    def _longer(self) -> tuple[Recipe, str] | None:
        """The best recipe with twice the epochs, where its last cycle still brought much and it was not tried."""
        finished = ranked(self.race.candidates)
        if not finished:
            return None
        best = finished[0][1][0]
        if best.rung < 2 or not 0 < best.losses[-1].mean() <= best.losses[-2].mean() * (1 - STILL_FALLING):
            return None
        members = [self.race.members[index] for index in best.members]
        if 2 * sum(self.budget.cost(m, m.horizon.updates) for m in members) > MOST_SHARE * self.budget.whole:
            return None
        longer = best.recipe.vary(epochs=2 * best.recipe.epochs)
        if any(one.key == longer.to_json() for one in self.race.candidates):
            return None
        return longer, f"{best.number} with twice the epochs"

    def _next_recipe(self) -> tuple[Recipe, str] | None:
        """One of the portfolio, or a proposal, with its origin; None where nothing can be proposed."""
        if self.untried_recipes:
            return self._shortened(self.untried_recipes.pop(0), self.race.candidates[0]), "portfolio"
        longer = self._longer()
        if longer is not None:
            return longer
        self.race.proposed += 1
        tried = sorted(
            (Trial(one.recipe, one.loss, one.status == "finished", one.key) for one in self.race.candidates),
            key=lambda one: (not one.finished, one.loss),
        )
        try:
            return self.proposer.propose(tried, generator(self.race.seed, 1, self.race.proposed))
        except InputError:
            return None
