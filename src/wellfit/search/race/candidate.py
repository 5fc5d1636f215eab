"""One candidate of a search: a recipe trained from one seed on every fold of a partition."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.member import Member
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr

RUNGS = (3 / 15, 7 / 15, 1.0)  # where the second, third and last of four growing cycles end


@dataclass
class Candidate:
    """A recipe on all folds, and how far it has come.

    number: its place in the search.
    seed: of its first fold's network; the next folds take the next seeds.
    partition: number of the partition of the rows into folds.
    origin: where it comes from, in words.
    members: numbers of its networks in the population, a fold each.
    rungs: the evaluations after which it is compared.
    early: the loss of each fold's kept weights at a third of the way to the first rung.
    losses: the same at each rung passed; of counts, above the least that is possible.
    status: "running", "pruned", "finished" or "diverged".
    """

    number: int
    recipe: Recipe
    seed: int
    partition: int
    origin: str
    members: list[int] = field(default_factory=list)
    rungs: list[int] = field(default_factory=list)
    early: NDArray[np.float64] | None = None
    losses: list[NDArray[np.float64]] = field(default_factory=list)
    status: str = "running"

    __repr__ = short_repr

    @cached_property
    def key(self) -> str:
        """The recipe as text, equal for equal recipes."""
        return self.recipe.to_json()

    @property
    def rung(self) -> int:
        """How many rungs it has passed."""
        return len(self.losses)

    @property
    def loss(self) -> float:
        """The mean over folds at the last rung passed; infinity before the first."""
        return float(self.losses[-1].mean()) if self.losses else math.inf

    def projected_loss(self, rung: int) -> NDArray[np.float64]:
        """What each fold's loss is expected to become, seen from a rung (1 is the first): (folds,).

        Half of the fall since a third of the way is expected again, as a ratio: at an early rung those that learn
        slowly and further would otherwise lose to those that are quickly done. At the last rung the loss itself.
        """
        now = self.losses[rung - 1]
        before = self.early if rung == 1 else self.losses[rung - 2]
        if rung >= len(self.rungs) or before is None or not np.isfinite(before).all() or not (now > 0).all():
            return now
        return np.asarray(now * np.sqrt(now / before))

    def updates_at(self, rung: int, member: Member) -> int:
        """After how many updates one of its networks comes to a rung (1 is the first; more than there are: the last).
        Folds of unlike sizes have epochs of unlike lengths.
        """
        last = member.horizon.updates
        return last if rung >= len(self.rungs) else min(self.rungs[rung - 1] * member.evaluate_every, last)

    @property
    def alive(self) -> bool:
        """Whether it may be trained further."""
        return self.status == "running"

    def to_plain(self) -> dict[str, Any]:
        """What of it JSON holds."""
        return {
            "number": self.number,
            "origin": self.origin,
            "status": self.status,
            "seed": self.seed,
            "partition": self.partition,
            "members": self.members,
            "rungs": self.rungs,
            "losses": [[value if math.isfinite(value) else None for value in at.tolist()] for at in self.losses],
            "recipe": self.recipe.to_dict(),
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Candidate:
        """The candidate that `to_plain` wrote down, before its networks are made."""
        recipe = Recipe.from_json(json.dumps(plain["recipe"]))
        made = cls(int(plain["number"]), recipe, int(plain["seed"]), int(plain["partition"]), str(plain["origin"]))
        made.status = str(plain["status"])
        return made


def rungs_of(member: Member) -> list[int]:
    """After how many evaluations a candidate is compared: near the ends of its schedule's cycles, and at its end."""
    every, last = member.evaluate_every, member.horizon.updates
    end = -(-last // every)
    return sorted({*(min(max(round(share * last / every), 1), end) for share in RUNGS[:-1]), end})


def early_losses(members: list[Member], evaluations: int) -> NDArray[np.float64]:
    """The loss of each network on its held-out rows at the common evaluation with the least mean, among so many first
    ones; where they keep their own best, or had none in common, the least of each; infinity where there is none.
    """
    measured = [_measured(member, evaluations) for member in members]
    common = sorted(set(measured[0]).intersection(*measured)) if members[0].joint_stopping else []
    if common:
        losses = np.array([[by_place[place] for place in common] for by_place in measured])
        found = losses[:, np.where(np.isfinite(losses), losses, np.inf).mean(axis=0).argmin()]
    else:
        found = np.array([min(by_place.values(), default=math.inf) for by_place in measured])
    return np.where(np.isfinite(found), found, np.inf)


def _measured(member: Member, evaluations: int) -> dict[float, float]:
    """Validation losses by how many intervals had passed, up to so many."""
    updates, losses = member.history.column("update"), member.history.column("validation_loss")
    found = {update / member.evaluate_every: loss for update, loss in zip(updates, losses, strict=True)}
    return {place: value for place, value in found.items() if place <= evaluations}


def kept_losses(members: list[Member]) -> NDArray[np.float64]:
    """The loss of each network's kept weights on its held-out rows; infinity where it has none."""
    found = np.array([member.best_loss for member in members])
    return np.where(np.isfinite(found), found, np.inf)
