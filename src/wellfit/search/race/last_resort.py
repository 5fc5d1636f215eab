"""The last resort of a search that would end without a network: the first one a few updates on, or a linear one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.contract.progress import Observer
from wellfit.recipe import Recipe
from wellfit.search.race.candidate import Candidate
from wellfit.search.race.first_candidate import TO_THE_END
from wellfit.search.race.race import Race, Round
from wellfit.search.race.search_budget import SearchBudget

LAST_UPDATES = 20  # of each network that has none; where updates are slow, fewer
LAST_SECONDS = 0.5  # about, for them
LINEAR_SECONDS = 2.0  # for the linear model, where the clock counts
# Without hidden layers, and with clipped gradients: what makes deep networks diverge is not in it.
LINEAR = Recipe(
    hidden=(), skip="none", dropout=0.0, epochs=40, optimizer={"name": "adam", "learning_rate": 0.03},
    clipping={"name": "norm", "limit": 1.0},
)  # fmt: skip


def has_network(race: Race, candidate: Candidate) -> bool:
    """Whether a candidate can be in a model: every fold has weights that were measured; without held-out rows, one."""
    members = [race.members[index] for index in candidate.members]
    if not all(member.validates for member in members):
        return any(member.update and member.status != "diverged" for member in members)
    return all(member.update and math.isfinite(member.best_loss) for member in members)


def ensure_network(race: Race, budget: SearchBudget, observers: Sequence[Observer] = ()) -> tuple[str, ...]:
    """Train a little more where a search would end with nothing to choose from; returns sentences that say so.

    race: the search, which has spent its budget. budget: what it was. observers: called while it trains.
    """
    if race.population.interrupted or any(has_network(race, one) for one in race.candidates):
        return ()
    for candidate in race.candidates:
        members = [race.members[index] for index in candidate.members]
        if any(member.status == "diverged" for member in members) or all(member.done for member in members):
            continue
        _finish_few(race, candidate, members)
        if has_network(race, candidate):
            most = max(member.update / member.horizon.updates for member in members)
            return (
                f"The limit was reached before any network was trained: the model is an unfinished network, after "
                f"{most:.1%} of its training. More time gives a better one.",
            )
    linear = race.add(LINEAR, "a linear model, since every network diverged")
    race.run("the linear model", [(linear, TO_THE_END)], LINEAR_SECONDS if budget.by_clock else None, observers)
    return ("Every network diverged: the model is a linear one. Lower learning rates may train others.",)


def _finish_few(race: Race, candidate: Candidate, members: Sequence[Member]) -> None:
    """Bring networks without an update to their first ones."""
    slowest = max(member.seconds_per_update for member in members)
    updates = max(min(int(LAST_SECONDS / max(slowest, 1e-6) / len(members)), LAST_UPDATES), 1)
    until = {
        index: min(max(member.update, updates), member.horizon.updates)
        for index, member in zip(candidate.members, members, strict=True)
        if not member.done
    }
    race.train_round(Round("a last resort", until))
