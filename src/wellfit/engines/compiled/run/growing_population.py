"""A training run that grows: members come in as a search proposes them, train in rounds, and give back what they need
no more.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.executor import executor_of
from wellfit.engines.compiled.run.joint_stopping import JointStopping
from wellfit.engines.compiled.run.member import NO_SETTINGS
from wellfit.engines.compiled.run.member_setup import make_member
from wellfit.engines.compiled.run.memory import check_memory
from wellfit.engines.compiled.run.networks import network_of
from wellfit.engines.compiled.run.probing import start_probing
from wellfit.engines.compiled.run.training_run import empty_training_run
from wellfit.engines.compiled.step.buffers import aligned_zeros, engine_data
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import Observer
from wellfit.engines.numpy.prepared_view import PreparedView, prepare_views
from wellfit.numerics.blas import single_threaded_blas
from wellfit.tables.arrays import Arrays, Target

FIRST_PAUSE_SECONDS = 1.0  # after the start; each pause is twice as far from the one before, up to
PAUSE_SECONDS = 5.0


class GrowingPopulation:
    """Members that train in rounds. Weights depend on recipe, view, seed and the rounds' ends alone, not on the clock,
    the threads or the neighbours.

    run: everyone so far, in the order of coming. interrupted: Ctrl-C ended the last round; no other is trained.
    probes: at least how many updates lie between two probes of a member; None (default): nothing is probed.
    pause: called every few seconds of a round and at its end or after Ctrl-C, while no member is in training, from
        where they can go on to the same bits; None (default): no pauses.
    """

    def __init__(
        self, arrays: Arrays, target: Target, weight: NDArray[np.float32] | None = None, n_jobs: int = 1,
        probes: int | None = None,
    ) -> None:  # fmt: skip
        self.run = empty_training_run(arrays, target, weight)
        self.n_jobs, self.interrupted, self.probes = n_jobs, False, probes
        self.pause: Callable[[], None] | None = None
        self._until_pause = FIRST_PAUSE_SECONDS
        self._views: dict[tuple[Any, ...], PreparedView] = {}
        self._workers = executor_of(self.run.members, engine_data(arrays, target), n_jobs)

    def __len__(self) -> int:
        return len(self.run)

    @property
    def parallel(self) -> int:
        """How many members train at once, at the most, as things stand."""
        return self._workers.parallel

    def add(self, plans: Sequence[Plan], jointly: bool = False) -> list[int]:
        """Members before their first update; returns their numbers. Views and encodings that members share are made
        once. jointly: they keep the weights of one common evaluation, see `JointStopping`; all need a stopping rule
        that trains to the end and keeps the best.

        Raises:
            InputError: a view that does not fit, or more memory than there is.
        """
        run, target = self.run, self.run.target
        views = prepare_views(plans, run.arrays, target, run.weight, self._views, self.n_jobs)
        check_memory(plans, views, target)
        first = len(run)
        for plan, view in zip(plans, views, strict=True):
            member = make_member(plan, view, target.kind, target.outputs, arrays=run.arrays)
            member.status = "out_of_budget"
            if self.probes is not None:
                start_probing(member, self.probes)
            run.members.append(member)
        if jointly:
            joint = JointStopping(run.members[first:])
            for member in joint.members:
                member.joint_stopping = joint
        return list(range(first, len(run)))

    def train(self, until: Mapping[int, int], seconds: float | None = None, observers: Sequence[Observer] = ()) -> bool:
        """One round: train members up to so many updates each, or until the time is over.

        Returns whether the clock ended it. A member that it or Ctrl-C cut off is measured where it stands, as a round
        up to that update would.
        """
        members = self.run.members
        for index, updates in until.items():
            if not members[index].done:
                members[index].limit, members[index].status = updates, "waiting"
        self._workers.observers = observers
        with single_threaded_blas():
            cut = not self.interrupted and self._train_with_pauses(seconds)
            if cut or self.interrupted:
                for member in members:
                    if member.status == "waiting":
                        member.limit = member.update
                self._workers.run(None)
        for member in members:
            if member.status == "waiting":
                member.status = "interrupted"
        trained = (members[index].joint_stopping for index in until)
        for joint in {id(joint): joint for joint in trained if joint is not None}.values():
            joint.end_round()
        return cut

    def _train_with_pauses(self, seconds: float | None) -> bool:
        """Train until the goals, the time limit or Ctrl-C, with pauses. Returns whether the clock ended it."""
        started = time.monotonic()
        while True:
            left = None if seconds is None else seconds - (time.monotonic() - started)
            until_pause, limit = left, None
            if self.pause is not None:
                stretch = min(self._until_pause, PAUSE_SECONDS)
                until_pause = stretch if left is None else min(stretch, max(left, 0.0))
                limit = math.inf if left is None else max(left, 0.0)
            cut = self._workers.run(until_pause, limit)
            self.interrupted = self._workers.interrupted
            if self.pause is not None:
                self._until_pause = min(2 * self._until_pause, PAUSE_SECONDS)
                self.pause()
            if self.interrupted or not cut or (seconds is not None and time.monotonic() - started >= seconds):
                return cut and not self.interrupted

    def interrupt(self) -> None:
        """End the round as Ctrl-C does; the next ones end at once."""
        self.interrupted = self._workers.interrupted = True
        self._workers.stop[0] = 1

    def networks(self, index: int) -> tuple[Network, Network]:
        """What a member kept, and what it is now: the best of validation, and the weights after its last update."""
        member, target = self.run.members[index], self.run.target
        kept = network_of(member, target.kind, target.outputs)
        if member.best is None or member.status == "diverged" or member.recipe.averaging.averages():
            return kept, kept
        now = np.array(member.parameters, dtype=np.float32)
        return kept, Network(kept.recipe, kept.encoding, kept.kind, kept.outputs, now)

    def release(self, index: int) -> None:
        """Free what only further training needs: optimiser state, present weights, settings computed ahead."""
        member = self.run.members[index]
        if member.best is not None:
            member.parameters = member.best
        member.pending.clear()
        member.state = aligned_zeros(0, member.program.precision)
        member.settings_ahead = NO_SETTINGS
        if not member.done:
            member.status = "stopped"

    def forget(self, index: int) -> None:
        """Free the weights of a released member: of it there remain its history and how it ended."""
        member = self.run.members[index]
        member.parameters = aligned_zeros(0, member.program.precision)
        member.best = None
        member.snapshots = {}
