"""The candidates of a search, their networks, and the rounds in which they are trained."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.growing_population import GrowingPopulation
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import Observer
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.search.race.candidate import Candidate, early_losses, kept_losses, rungs_of
from wellfit.search.race.folds import Partitions

BETWEEN_MEASUREMENTS = 16  # updates, at least, where a run has room for
LEAST_MEASUREMENTS = 15
MOST_EVALUATED = 80  # candidates that an ensemble is chosen from; it holds a handful
FIRST_TOUCH = 4  # updates of a probe that are not timed
PROBE_SECONDS, MOST_PROBED = 0.03, 100


@dataclass
class Round:
    """What one round trained.

    why: in words.
    until: of each member that was trained, the number of updates that it was trained to.
    by: what ended the round: "own end", "time limit" or "interrupted".
    """

    why: str
    until: dict[int, int]
    by: str = "own end"

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"why": self.why, "by": self.by, "until": [[k, v] for k, v in self.until.items()]}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Round:
        """The round that `to_plain` wrote down."""
        return cls(str(plain["why"]), {int(k): int(v) for k, v in plain["until"]}, str(plain["by"]))


@dataclass
class Race:
    """Candidates, their networks in one growing population, and every round so far.

    population: all networks.
    partitions: of the rows into folds.
    seed: of every random draw.
    candidates: in the order in which they were added.
    rounds: those that have ended.
    states: of each candidate, the parameters of its networks at each rung that all of them reached, where they may be
        used: (rung -> one array a fold).
    proposed: how many recipes were proposed, those not trained included.
    preparation_seconds: that preparing the rows of one fold took, measured on a probe.
    adding_seconds: that making all networks took, their rows made ready included.
    current: the round that is being trained.
    on_round: called when a round begins and when it has ended, to show it, never to change it.
    """

    population: GrowingPopulation
    partitions: Partitions
    seed: int
    candidates: list[Candidate] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    states: dict[int, dict[int, list[NDArray[np.float32]]]] = field(default_factory=dict)
    proposed: int = 0
    preparation_seconds: float = 0.0
    adding_seconds: float = 0.0
    current: Round | None = None
    on_round: Callable[[Race], None] = lambda race: None

    __repr__ = short_repr

    @property
    def members(self) -> list[Member]:
        """All networks."""
        return self.population.run.members

    def add(self, recipe: Recipe, origin: str, partition: int = 0) -> Candidate:
        """A new candidate, its networks made and not yet trained."""
        started = time.monotonic()
        number = len(self.candidates)
        views = self.partitions.views(partition)
        candidate = Candidate(number, recipe, self.seed + 1000 * number, partition, origin)
        plans = [Plan(recipe, view, candidate.seed + fold) for fold, view in enumerate(views)]
        candidate.members = self.population.add(plans, jointly=recipe.stopping.name == "best")
        members = [self.members[index] for index in candidate.members]
        epochs = epochs_between(members[0])
        for member in members:
            member.evaluate_every *= epochs
        # The same rungs for all folds: those of the shortest run.
        candidate.rungs = rungs_of(min(members, key=lambda member: member.horizon.updates))
        self.candidates.append(candidate)
        self.adding_seconds += time.monotonic() - started
        return candidate

    def remove(self, candidate: Candidate) -> None:
        """Take back a candidate that has not begun, the last one that was added."""
        if candidate is not self.candidates[-1] or any(self.members[i].update for i in candidate.members):
            raise ValueError("Only the last candidate, before its first update, can be taken back.")
        self.candidates.pop()
        for index in candidate.members:
            self.members[index].joint_stopping = None  # the two would hold each other in memory
        del self.members[candidate.members[0] :]

    def probe(self, recipe: Recipe, seconds: float | None) -> Member:
        """A few updates of a network of its own, which counts for nothing: to see what an update takes."""
        started = time.monotonic()
        index = self.population.add([Plan(recipe, self.partitions.views(0)[0], self.seed)])[0]
        self.preparation_seconds = time.monotonic() - started
        self.adding_seconds += self.preparation_seconds
        self.population.train({index: FIRST_TOUCH}, seconds)  # fills caches and buffers
        more = int(min(max(PROBE_SECONDS / self.members[index].seconds_per_update, 1), MOST_PROBED))
        self.population.train({index: FIRST_TOUCH + more}, seconds)
        return self.members.pop()

    def run(
        self, why: str, goals: Sequence[tuple[Candidate, int]], seconds: float | None = None,
        observers: Sequence[Observer] = (),
    ) -> bool:  # fmt: skip
        """One round: bring candidates to rungs. Returns whether the clock cut it."""
        until: dict[int, int] = {}
        for candidate, rung in goals:
            for index in candidate.members:
                member = self.members[index]
                if not member.done:
                    until[index] = candidate.updates_at(rung, member)
        return self.train_round(Round(why, until), seconds, observers)

    def resume_round(self, made: Round, seconds: float | None, observers: Sequence[Observer] = ()) -> None:
        """A round that was saved while it was trained, to its goals."""
        self.train_round(made, seconds, observers)
        for candidate in self.candidates:
            if candidate.alive and candidate.partition and not self.population.interrupted and made.by == "own end":
                self.end(candidate, finished=True)  # repeats are one round each

    def repeat(self, made: Round, observers: Sequence[Observer] = ()) -> None:
        """A round of an earlier search once more."""
        self.train_round(Round(made.why, dict(made.until), made.by), None, observers)

    def train_round(self, made: Round, seconds: float | None = None, observers: Sequence[Observer] = ()) -> bool:
        """One round whose goals are given as updates. Returns whether the clock cut it."""
        self.current = made
        self.on_round(self)
        cut = self.population.train(made.until, seconds, observers)
        if cut or self.population.interrupted:
            made.by = "time limit" if cut else "interrupted"
            made.until = {index: self.members[index].update for index in made.until}
        self.rounds.append(made)
        touched = set(made.until)
        for candidate in self.candidates:
            if candidate.alive and touched & set(candidate.members):
                self._record_losses(candidate)
        self._forget()
        self.current = None
        self.on_round(self)
        return cut

    def _forget(self) -> None:
        """Free the weights of candidates that cannot become part of the ensemble: too many others are better."""
        ended = sorted((one for one in self.candidates if not one.alive), key=lambda one: (one.loss, one.number))
        for candidate in ended[MOST_EVALUATED:]:
            self.states.pop(candidate.number, None)
            for index in candidate.members:
                self.population.forget(index)

    def _record_losses(self, candidate: Candidate) -> None:
        """Note the losses and keep the weights at a rung that all folds have reached."""
        members = [self.members[index] for index in candidate.members]
        if any(member.status == "diverged" for member in members):
            candidate.status = "diverged"
            self._release(candidate)
            return
        least_losses = self.partitions.least_losses(candidate.partition)
        if candidate.early is None and candidate.rungs:
            early = early_losses(members, max(candidate.rungs[0] // 3, 1))
            candidate.early = early - least_losses
        before = candidate.rung
        while candidate.rung < len(candidate.rungs) and all(
            _reached(m, candidate, candidate.rung + 1) for m in members
        ):
            candidate.losses.append(kept_losses(members) - least_losses)
        # Of rungs passed in one round only the last one's weights are there.
        if candidate.rung > before and not any(member.recipe.averaging.averages() for member in members):
            now = [np.array(member.parameters, dtype=np.float32) for member in members]
            self.states.setdefault(candidate.number, {})[candidate.rung] = now
        if candidate.rung == len(candidate.rungs):
            candidate.status = "finished"
            self._release(candidate)

    def end(self, candidate: Candidate, finished: bool = False) -> None:
        """Train a candidate no further. finished: it was not beaten, but longer training would not help it."""
        candidate.status = "finished" if finished else "pruned"
        self._release(candidate)

    def _release(self, candidate: Candidate) -> None:
        for index in candidate.members:
            self.population.release(index)
        if candidate.status in ("pruned", "diverged"):  # of those the kept weights will do
            self.states.pop(candidate.number, None)

    def kept(self, candidate: Candidate) -> list[Network]:
        """The networks of the kept weights, a fold each; empty where a fold has none."""
        members = [self.members[index] for index in candidate.members]
        if any(member.update == 0 or not math.isfinite(member.best_loss) for member in members):
            return []
        return [self.population.networks(index)[0] for index in candidate.members]

    def at_rungs(self, candidate: Candidate) -> dict[int, list[Network]]:
        """The networks as they were at each rung, a fold each."""
        found: dict[int, list[Network]] = {}
        for rung, parameters in self.states.get(candidate.number, {}).items():
            if all(np.isfinite(weights).all() for weights in parameters):
                nets = (self.population.networks(index)[0] for index in candidate.members)
                found[rung] = [
                    Network(net.recipe, net.encoding, net.kind, net.outputs, weights)
                    for net, weights in zip(nets, parameters, strict=True)
                ]
        return found


def epochs_between(member: Member) -> int:
    """After how many epochs a network is measured: more than one where an epoch of few rows is a few updates, for
    measuring would cost more than training, and the best of very many measurements flatters.
    """
    recipe, epoch = member.recipe, member.horizon.per_epoch
    if recipe.stopping.every or epoch >= BETWEEN_MEASUREMENTS:
        return 1
    return min(-(-BETWEEN_MEASUREMENTS // epoch), max(recipe.epochs // LEAST_MEASUREMENTS, 1))


def _reached(member: Member, candidate: Candidate, rung: int) -> bool:
    """Whether a network has come to a rung (1 is the first), or will not come further."""
    return member.update >= candidate.updates_at(rung, member) or (member.done and member.status != "diverged")
