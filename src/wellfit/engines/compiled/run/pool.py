"""A population that grows: members come in as a search proposes them, train in rounds, and give back what they need
no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.crew import Crew
from wellfit.engines.compiled.run.joint_stopping import Joint
from wellfit.engines.compiled.run.member import aligned_zeros, make_member
from wellfit.engines.compiled.run.memory import check_memory
from wellfit.engines.compiled.run.population import Population, check_numbers, ready_views
from wellfit.engines.compiled.run.ready_view import ReadyView
from wellfit.engines.compiled.run.rounds import network_of
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import Observer
from wellfit.numerics.blas import single_threaded_blas
from wellfit.tables.arrays import Arrays, Target

STRETCH_SECONDS = 5.0  # of a round, between two pauses


class Pool:
    """Members that train in rounds. Weights hang on recipe, view, seed and the rounds' ends alone, not on the clock,
    the threads or the neighbours.

    population: everyone so far, in the order of coming. interrupted: Ctrl-C ended the last round; no other is trained.
    pause: called every few seconds of a round and at its end or after Ctrl-C, with all members at rest, from where they
        can go on to the same bits; None (default): no pauses.
    """

    def __init__(
        self, arrays: Arrays, target: Target, weight: NDArray[np.float32] | None = None, n_jobs: int = 1
    ) -> None:
        check_numbers(arrays)
        weight = np.ones(arrays.rows, np.float32) if weight is None else np.asarray(weight, dtype=np.float32)
        self.population = Population([], arrays, target, weight)
        self.n_jobs, self.interrupted = n_jobs, False
        self.pause: Callable[[], None] | None = None
        self._ready: dict[tuple[Any, ...], ReadyView] = {}
        self._crew = Crew(self.population, n_jobs, None, ())

    def __len__(self) -> int:
        return len(self.population)

    def add(self, plans: Sequence[Plan], jointly: bool = False) -> list[int]:
        """Members before their first update; returns their numbers. Views and encodings that members share are made
        once. jointly: they keep the weights of one common evaluation, see `Joint`; all need a stopping rule that trains
        to the end and keeps the best.

        Raises:
            InputError: a view that does not fit, or more memory than there is.
        """
        p = self.population
        views = ready_views(plans, p.arrays, p.target, p.weight, self._ready)
        check_memory(plans, views, p.target)
        first = len(p)
        for plan, view in zip(plans, views, strict=True):
            member = make_member(plan, view, p.target.kind, p.target.outputs, arrays=p.arrays)
            member.status = "out_of_budget"
            p.members.append(member)
        if jointly:
            joint = Joint(p.members[first:])
            for member in joint.members:
                member.joint = joint
        return list(range(first, len(p)))

    def advance(
        self, until: Mapping[int, int], seconds: float | None = None, observers: Sequence[Observer] = ()
    ) -> bool:
        """One round: train members up to so many updates each, or until the time is over.

        Returns whether the clock ended it. A member that it or Ctrl-C cut off is measured where it stands, as a round
        up to that update would.
        """
        for index, updates in until.items():
            member = self.population.members[index]
            if not member.done:
                member.limit, member.status = updates, "waiting"
        self._crew.observers = observers
        with single_threaded_blas():
            cut = not self.interrupted and self._work(seconds)
            waiting = [m for m in self.population.members if m.status == "waiting"]
            if cut or self.interrupted:
                for member in waiting:
                    member.limit = member.update
                self._crew.work(None)
        for member in self.population.members:
            if member.status == "waiting":
                member.status = "interrupted"
        joints = {id(m.joint): m.joint for m in (self.population.members[index] for index in until) if m.joint}
        for joint in joints.values():
            joint.rest()
        return cut

    def _work(self, seconds: float | None) -> bool:
        """Train until the goals, the time limit or Ctrl-C, with pauses. Returns whether the clock ended it."""
        started = time.monotonic()
        while True:
            left = None if seconds is None else seconds - (time.monotonic() - started)
            stretch = left
            if self.pause is not None:
                stretch = STRETCH_SECONDS if left is None else min(STRETCH_SECONDS, max(left, 0.0))
            cut = self._crew.work(stretch)
            self.interrupted = self._crew.interrupted
            if self.pause is not None:
                self.pause()
            if self.interrupted or not cut or (seconds is not None and time.monotonic() - started >= seconds):
                return cut and not self.interrupted

    def interrupt(self) -> None:
        """End the round as Ctrl-C does; the next ones end at once."""
        self.interrupted = self._crew.interrupted = True
        self._crew.stop[0] = 1

    def networks(self, index: int) -> tuple[Network, Network]:
        """What a member kept, and what it is now: the best of validation, and the weights after its last update."""
        member, target = self.population.members[index], self.population.target
        kept = network_of(member, target.kind, target.outputs)
        if member.best is None or member.status == "diverged" or member.recipe.averaging.averages():
            return kept, kept
        now = np.array(member.parameters, dtype=np.float32)
        return kept, Network(kept.recipe, kept.encoding, kept.kind, kept.outputs, now)

    def release(self, index: int) -> None:
        """Free what only further training needs: optimiser state, present weights, what was computed ahead."""
        member = self.population.members[index]
        if member.best is not None:
            member.parameters = member.best
        member.pending.clear()
        member.state = aligned_zeros(0, member.program.precision)
        member.ahead = (-1, np.zeros((0, 0)), np.zeros(0))
        if not member.done:
            member.status = "stopped"

    def forget(self, index: int) -> None:
        """Free the weights of a released member: of it there remain its history and how it ended."""
        member = self.population.members[index]
        member.parameters = aligned_zeros(0, member.program.precision)
        member.best = None
        member.snapshots = {}
