"""Members trained together over threads, and how each of them ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.executor import executor_of
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.member_setup import make_member
from wellfit.engines.compiled.run.memory import check_memory
from wellfit.engines.compiled.run.networks import network_of, snapshots_of
from wellfit.engines.compiled.run.probing import start_probing
from wellfit.engines.compiled.step.buffers import engine_data
from wellfit.engines.contract.budget import Budget, BudgetLike, parse_budget
from wellfit.engines.contract.history import TASK_HISTORY, history_table
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.probes import probe_table
from wellfit.engines.contract.progress import Observer
from wellfit.engines.contract.saver import Saver
from wellfit.engines.numpy.prepared_view import check_numbers, prepare_views
from wellfit.errors import InputError
from wellfit.numerics.blas import single_threaded_blas
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Arrays, Target

if TYPE_CHECKING:
    import polars


@dataclass
class TrainingRun:
    """Members trained together, and how each ended. interrupted: Ctrl-C has ended it."""

    members: list[Member]
    arrays: Arrays
    target: Target
    weight: NDArray[np.float32]
    decisions: list[dict[str, Any]] = field(default_factory=list)
    interrupted: bool = False

    __repr__ = short_repr

    def __len__(self) -> int:
        return len(self.members)

    def network(self, index: int) -> Network:
        """A member's kept weights, as plain data."""
        return network_of(self.members[index], self.target.kind, self.target.outputs)

    def networks(self, index: int, snapshots: bool = False) -> tuple[Network, ...]:
        """What a member takes part in an ensemble with: its kept weights, or, if wanted, the snapshots it has."""
        return tuple(self.snapshots(index) if snapshots else ()) or (self.network(index),)

    def snapshots(self, index: int) -> list[Network]:
        """The networks that a member was on its way, first to last, where its recipe takes snapshots."""
        return snapshots_of(self.members[index], self.target.kind, self.target.outputs)

    @property
    def history(self) -> polars.DataFrame:
        """One tidy table: a row a member and evaluation, with columns member and those of `HISTORY`."""
        return history_table([member.history for member in self.members])

    @property
    def probed_every(self) -> int | None:
        """At least how many updates lie between two probes of a member; None where nothing is probed."""
        return next((member.probes.every for member in self.members if member.probes is not None), None)

    @property
    def probes(self) -> polars.DataFrame:
        """A row a member, probe, layer and quantity, see `wellfit.engines.contract.probes`."""
        return probe_table([member.probes for member in self.members])

    @property
    def task_history(self) -> polars.DataFrame:
        """A row a member, evaluation and task, with columns member and those of `TASK_HISTORY`; task by name."""
        import polars

        table = history_table([member.task_history for member in self.members], TASK_HISTORY)
        names = [self.target.tasks[int(number)].name for number in table["task"]]
        return table.with_columns(polars.Series("task", names, polars.String))


def make_training_run(
    plans: Sequence[Plan], arrays: Arrays, target: Target, weight: NDArray[np.float32] | None = None,
    probes: int | None = None,
) -> TrainingRun:  # fmt: skip
    """Members before their first update. Views and encodings that members share are made once.

    weight: (rows,) at least 0; a weight k counts as k equal rows, 0 as no row. probes: at least how many updates lie
    between two probes; None (default): nothing is probed.

    Raises:
        InputError: no plan, a view that does not fit, infinite numbers, or more memory than there is.
    """
    if not plans:
        raise InputError("A population needs at least one member: give a recipe and a view.")
    run = empty_training_run(arrays, target, weight)
    views = prepare_views(plans, arrays, target, run.weight, {})
    check_memory(plans, views, target)
    run.members += [
        make_member(plan, view, target.kind, target.outputs, arrays=arrays)
        for plan, view in zip(plans, views, strict=True)
    ]
    if probes is not None:
        for member in run.members:
            start_probing(member, probes)
    return run


def empty_training_run(arrays: Arrays, target: Target, weight: NDArray[np.float32] | None) -> TrainingRun:
    """A run without members.

    Raises:
        InputError: infinite numbers.
    """
    check_numbers(arrays)
    weight = np.ones(arrays.rows, np.float32) if weight is None else np.asarray(weight, dtype=np.float32)
    return TrainingRun([], arrays, target, weight)


def train_plans(
    plans: Sequence[Plan],
    arrays: Arrays,
    target: Target,
    weight: NDArray[np.float32] | None = None,
    *,
    n_jobs: int = 1,
    budget: BudgetLike = None,
    observers: Sequence[Observer] = (),
) -> TrainingRun:
    """Make members and train them. budget: see `wellfit.engines.contract.budget.parse_budget`."""
    run = make_training_run(plans, arrays, target, weight)
    return train_run(run, parse_budget(budget, len(run)), n_jobs, observers=observers)


def train_run(
    run: TrainingRun,
    budget: Budget,
    n_jobs: int = 1,
    saver: Saver | None = None,
    observers: Sequence[Observer] = (),
) -> TrainingRun:
    """Train every unfinished member until it ends or the budget does.

    n_jobs: threads, each training one member at a time; those for which there is none help with the steps of large
    members. The bits are the same for any number. saver: gets each member after a second, then at growing distances up
    to 10 seconds, and at its end.
    observers: called about 20 times a second with a `Progress`.

    Ctrl-C ends it cleanly: `interrupted` is then true, and the members keep what they have.
    """
    for member, limit in zip(run.members, budget.updates or [None] * len(run), strict=True):
        member.limit = limit
        member.status = member.status if member.done else "waiting"
    workers = executor_of(run.members, engine_data(run.arrays, run.target), n_jobs, saver, observers)
    with single_threaded_blas():
        ended_by_clock = workers.run(budget.seconds)
        if ended_by_clock:
            # Measured once more where the clock cut them off, exactly as a replay to the same update would be.
            for member in run.members:
                if member.status == "waiting":
                    member.limit = member.update
            workers.run(None)
    run.interrupted = workers.interrupted
    reason = "time limit" if ended_by_clock else "interrupted" if workers.interrupted else "own end"
    _record_ends(run, "budget" if budget.updates else reason)
    workers.saving.save_all(run.members, run.decisions)
    return run


def _record_ends(run: TrainingRun, reason: str) -> None:
    """Add to the decisions how each member ended. reason: of those that have not come to their own end."""
    for index, member in enumerate(run.members):
        if member.status == "waiting":
            member.status = "interrupted"
        by = "own end" if member.done else reason
        run.decisions.append({"member": index, "updates": member.update, "status": member.status, "by": by})
