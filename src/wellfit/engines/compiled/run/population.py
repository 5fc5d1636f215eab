"""Members trained together over threads: each on one core, in that core's cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.run.crew import Crew, check_jobs
from wellfit.engines.compiled.run.member import Member, make_member
from wellfit.engines.compiled.run.memory import check_memory
from wellfit.engines.compiled.run.ready_view import ReadyView, ready_view
from wellfit.engines.compiled.run.rounds import network_of, snapshots_of
from wellfit.engines.contract.budget import Budget, BudgetLike, parse_budget
from wellfit.engines.contract.history import HISTORY, MEASURED
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import MemberProgress, Observer, Progress
from wellfit.errors import InputError
from wellfit.numerics.blas import single_threaded_blas
from wellfit.tables.arrays import Arrays, Target
from wellfit.techniques.targets.tasks import Tasks

if TYPE_CHECKING:
    import polars


@dataclass
class Population:
    """Members trained together, and what was decided about them."""

    members: list[Member]
    arrays: Arrays
    target: Target
    weight: NDArray[np.float32]
    decisions: list[dict[str, Any]] = field(default_factory=list)
    interrupted: bool = False

    def __len__(self) -> int:
        return len(self.members)

    def network(self, index: int) -> Network:
        """A member's kept weights, as plain data."""
        return network_of(self.members[index], self.target.kind, self.target.outputs)

    def networks(self, index: int, snapshots: bool = False) -> tuple[Network, ...]:
        """What a member takes part in an ensemble with: its kept weights, or, if asked for, the snapshots it has."""
        return tuple(self.snapshots(index) if snapshots else ()) or (self.network(index),)

    def snapshots(self, index: int) -> list[Network]:
        """The networks that a member was on its way, first to last, where its recipe takes snapshots."""
        return snapshots_of(self.members[index], self.target.kind, self.target.outputs)

    def progress(self, seconds: float, seconds_left: float | None) -> Progress:
        """How each member stands, for observers."""
        standing = tuple(
            MemberProgress(m.status, m.update, m.last_update, m.epoch, m.last_epoch, m.best_loss, m.best_update)
            for m in self.members
        )
        return Progress(seconds, seconds_left, standing)

    @property
    def history(self) -> polars.DataFrame:
        """One tidy table: a row a member and evaluation, with columns member and those of `HISTORY`."""
        import polars

        lines = [(index, *line) for index, member in enumerate(self.members) for line in member.history]
        schema = {"member": polars.Int64, **{name: polars.Float64 for name in HISTORY}}
        table = polars.DataFrame(lines, schema=schema, orient="row")
        return table.with_columns(polars.col("update").cast(polars.Int64))

    @property
    def task_history(self) -> polars.DataFrame:
        """A row a member, evaluation and task, columns member, epoch, update, task and those of `MEASURED`."""
        import polars

        lines = [
            (index, whole[0], int(whole[1]), task.name, *line[4 * k : 4 * k + 4])
            for index, member in enumerate(self.members)
            for whole, line in zip(member.history, member.task_history, strict=False)
            for k, task in enumerate(self.target.tasks)
        ]
        kinds: dict[str, Any] = {"member": polars.Int64, "epoch": polars.Float64, "update": polars.Int64}
        kinds |= {"task": polars.String, **{name: polars.Float64 for name in MEASURED}}
        return polars.DataFrame(lines, schema=kinds, orient="row")


def make_population(
    plans: Sequence[Plan], arrays: Arrays, target: Target, weight: NDArray[np.float32] | None = None
) -> Population:
    """Members before their first update. Views and encodings that members share are made once.

    Raises:
        InputError: no plan, a view that does not fit, infinite numbers, or more memory than there is.
    """
    if not plans:
        raise InputError("A population needs at least one member: give a recipe and a view.")
    check_numbers(arrays)
    weight = np.ones(arrays.rows, np.float32) if weight is None else np.asarray(weight, dtype=np.float32)
    of_plans = ready_views(plans, arrays, target, weight, {})
    check_memory(plans, of_plans, target)
    members = [
        make_member(plan, view, target.kind, target.outputs, arrays=arrays)
        for plan, view in zip(plans, of_plans, strict=True)
    ]
    return Population(members, arrays, target, weight)


def check_numbers(arrays: Arrays) -> None:
    """Refuse infinite numbers."""
    if np.isinf(arrays.numbers).any():
        row, column = np.argwhere(np.isinf(arrays.numbers))[0]
        raise InputError(f"Numeric column {column} is infinite in row {row}: remove the value or mark it as missing.")


def ready_views(
    plans: Sequence[Plan], arrays: Arrays, target: Target, weight: NDArray[np.float32],
    known: dict[tuple[Any, ...], ReadyView],
) -> list[ReadyView]:  # fmt: skip
    """The view of each plan made ready; `known` ones that serve are taken, new ones are added to them."""
    of_plans = []
    for plan in plans:
        r = plan.recipe
        if r.tasks != Tasks() and not target.tasks:
            raise InputError(
                "The recipe has settings of `tasks`, and y is one target: give y as {name: labels}, or leave tasks out."
            )
        encoding = None if plan.start is None else plan.start.encoding
        key = (
            id(encoding),
            id(plan.view),
            r.scaling,
            r.categories,
            r.number_embedding if r.number_embedding.name == "piecewise" else None,  # only its edges are fitted
            str(r.class_weight),
            r.normalization.name == "batch",
            r.loss,
            r.prior,
        )
        if key not in known:
            known[key] = ready_view(plan.view, arrays, target, weight, r, encoding)
        of_plans.append(known[key])
    return of_plans


def train_population(
    plans: Sequence[Plan],
    arrays: Arrays,
    target: Target,
    weight: NDArray[np.float32] | None = None,
    *,
    n_jobs: int = 1,
    budget: BudgetLike = None,
    folder: str | Path | None = None,
    observers: Sequence[Observer] = (),
) -> Population:
    """Train a population.

    weight: (rows,) at least 0; a weight k counts as k equal rows, 0 as no row. n_jobs: threads, each training one
        member at a time.
    budget: see `wellfit.engines.contract.budget.parse_budget`. folder: where checkpoints go, for
    `resume_population`. observers: called about 20 times a second with a `Progress`.

    Ctrl-C ends it cleanly: `interrupted` is then true, and the members keep what they have.
    """
    population = make_population(plans, arrays, target, weight)
    limits = parse_budget(budget, len(population))
    check_jobs(n_jobs)
    if folder is not None:
        from wellfit.engines.compiled.run.checkpoint import save_plan

        save_plan(population, limits, Path(folder))
    return run_population(population, limits, n_jobs, folder, observers)


def run_population(
    population: Population,
    budget: Budget,
    n_jobs: int = 1,
    folder: str | Path | None = None,
    observers: Sequence[Observer] = (),
) -> Population:
    """Train every unfinished member until it ends or the budget does."""
    for member, limit in zip(population.members, budget.updates or [None] * len(population), strict=True):
        member.limit = limit
        member.status = member.status if member.done else "waiting"
    crew = Crew(population, n_jobs, None if folder is None else Path(folder), observers)
    with single_threaded_blas():
        ended_by_clock = crew.work(budget.seconds)
        if ended_by_clock:
            # Measured once more where the clock cut them off, exactly as a replay to the same update would be.
            for member in population.members:
                if member.status == "waiting":
                    member.limit = member.update
            crew.work(None)
    population.interrupted = crew.interrupted
    reason = "time limit" if ended_by_clock else "interrupted" if crew.interrupted else "own end"
    for index, member in enumerate(population.members):
        if member.status == "waiting":
            member.status = "interrupted"
        ended = "own end" if member.done else "budget" if budget.updates else reason
        population.decisions.append({"member": index, "updates": member.update, "status": member.status, "by": ended})
    crew.save_all()
    if folder is not None:
        from wellfit.engines.compiled.run.checkpoint import save_decisions

        save_decisions(population, Path(folder))
    return population
