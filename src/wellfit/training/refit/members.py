"""The members that train once more on all rows: from scratch, or continued from the kept weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from wellfit.engines.compiled.network.predict import loss_and_error
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.member_setup import make_member
from wellfit.engines.compiled.run.scheduled_settings import learning_rates
from wellfit.engines.compiled.run.training_run import TrainingRun, make_training_run, train_run
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.segments import Segment
from wellfit.engines.numpy.prepared_view import all_rows_view
from wellfit.errors import InputError
from wellfit.models.ensemble import recipe_groups, same_rows, sound_members
from wellfit.recipe import Recipe
from wellfit.tables.arrays import View
from wellfit.techniques.run.refit import Continue, FromScratch
from wellfit.techniques.update.schedule import Scheduled

LEAST_SHARE_OF_RATE = 0.1  # of the recipe's learning rate, with which continued training goes on at the least


def from_scratch_members(engine: TrainingRun, chosen: Sequence[int], method: FromScratch) -> TrainingRun:
    """Members before their first update, on all rows, for as many updates as their first training found best."""
    plans: list[Plan] = []
    for index in chosen:
        member = engine.members[index]
        whole = all_rows(member)
        view = next((p.view for p in plans if same_rows(p.view, whole, "training")), whole)
        plans.append(_free_seed(replace(member.plan, view=view), plans))
    plain = [replace(plan, recipe=plan.recipe.vary(averaging="none")) for plan in plans]  # only to count an epoch
    first = make_training_run(plain, engine.arrays, engine.target, engine.weight)
    best = {index: engine.members[index].best_update for index in chosen}
    if method.at == "median":
        for index in chosen:
            group = next(group for group in recipe_groups(engine) if index in group)
            same = [engine.members[i].best_update for i in sound_members(engine, group)]
            best[index] = max(int(np.median(same)), 1)
    final = []
    for index, plan, fresh in zip(chosen, plans, first.members, strict=True):
        old = engine.members[index].horizon
        stretch = fresh.horizon.per_epoch / old.per_epoch if method.count == "passes" else 1.0
        updates, spans, epoch = (max(round(n * stretch), 1) for n in (best[index], old.schedule, old.epoch))
        stopping = {
            "name": "updates",
            "updates": updates,
            "horizon": "updates" if method.schedule == "compressed" else spans,
            "epoch": epoch,
            "every": plan.recipe.stopping.every,
        }
        again = plan.recipe.vary(stopping=stopping, averaging="none")
        if plan.recipe.averaging.first(again.stopping.schedule_length(spans), epoch) < updates:
            again = again.vary(averaging=plan.recipe.averaging)  # it begins within the run
        final.append(replace(plan, recipe=again))
    return make_training_run(final, engine.arrays, engine.target, engine.weight)


def all_rows(member: Member) -> View:
    """A view of a member's training and validation rows, in the table's order, with none to validate on."""
    view = member.plan.view
    rows = np.concatenate([view.training, view.validation])
    order = np.argsort(rows, kind="stable")
    weight = None if view.weight is None else np.append(view.weight, np.ones(len(view.validation)))[order]
    return View(rows[order], test=view.test, name=f"{view.name}, all rows", weight=weight)


def _free_seed(plan: Plan, taken: Sequence[Plan]) -> Plan:
    """The plan, with the next seed that no equal plan has."""
    used = {p.seed for p in taken if p.recipe == plan.recipe and p.view is plan.view and p.start is plan.start}
    seed = plan.seed
    while seed in used:
        seed += 1
    return replace(plan, seed=seed)


def continued_member(engine: TrainingRun, index: int, method: Continue) -> Member:
    """A member at its kept weights, with all rows to train on and its former validation rows to be measured on."""
    member, kept = engine.members[index], engine.network(index)
    former = member.prepared
    start = member.best_update if method.state == "carried" else 0
    ceiling = loss_and_error(kept, engine.arrays, engine.target, former.training)[0]
    stopping = {
        "name": "loss_below",
        "loss": ceiling,
        "updates": start + _limit(member, method),
        "every": method.every,
    }
    recipe = _held_at(member, method).vary(stopping=stopping)
    ready = all_rows_view(former)
    plan = replace(member.plan, recipe=recipe)
    new = make_member(plan, ready, engine.target.kind, engine.target.outputs, arrays=engine.arrays)
    places = new.program.segments
    new.start_at(_moved(kept.parameters, kept.segments, places, len(new.parameters)))
    if method.state == "carried":
        new.state[:] = _state_at_best(engine, index)
        for slot, part in enumerate(new.state.reshape(new.program.slots, -1)):
            if slot not in new.program.unlike:
                part[:] = _moved(part, kept.segments, places, len(part))
        new.update = start
    now = loss_and_error(kept, engine.arrays, engine.target, former.validation)[0]
    if now <= ceiling:
        new.status = "stopped"
    return new


def _moved(flat: Any, before: Sequence[Segment], after: Sequence[Segment], size: int) -> Any:
    """A flat vector in a new layout: held schedules may bring layers of other rates side by side."""
    old, moved = {segment.name: segment for segment in before}, np.zeros(size, flat.dtype)
    for segment in after:
        if segment.end <= size:
            moved[segment.begin : segment.end] = flat[old[segment.name].begin : old[segment.name].end]
    return moved


def _limit(member: Member, method: Continue) -> int:
    return method.limit or max(member.best_update, 1)


def _held_at(member: Member, method: Continue) -> Recipe:
    """The recipe with every schedule held at its value at the kept weights."""
    t = np.array([min(member.best_update, member.horizon.schedule - 1)], dtype=np.float64)
    horizon = member.horizon
    evaluations = member.history.column("update")
    losses = [
        loss for at, loss in zip(evaluations, member.validation_losses(), strict=True) if at <= member.best_update
    ]
    rate = method.learning_rate
    if rate is None:
        scheduled = float(learning_rates(member.recipe, t, horizon, losses)[0])
        rate = max(scheduled, LEAST_SHARE_OF_RATE * member.recipe.optimizer.learning_rate)

    def held(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"value", "schedule"}:
                strength: Any = Scheduled(**value)
                return strength.value * float(strength.schedule.values(t, horizon.schedule, horizon.epoch)[0])
            return {name: held(item) for name, item in value.items()}
        return [held(item) for item in value] if isinstance(value, (list, tuple)) else value

    table = held(member.recipe.to_dict())
    table["schedule"] = {"name": "constant"}
    table["snapshots"] = {"name": "none"}
    if member.recipe.averaging.averages():
        first = member.best_update if method.state == "carried" else 0
        table["averaging"]["start"] = first / (first + _limit(member, method))  # otherwise a share of this run
    if member.recipe.averaging.cyclic:  # there are no cycles any more
        table["averaging"]["sample"] = "epoch"
    table["optimizer"]["learning_rate"] = rate
    return Recipe.from_dict(table)


def _state_at_best(engine: TrainingRun, index: int) -> Any:
    """The optimiser's state at the kept weights: the member's own if it ended there, else from training replayed."""
    member = engine.members[index]
    if member.best_update == member.update and len(member.state):  # a search has freed those of its networks
        return member.state
    # With the rule that keeps the last weights: a search may keep some whose own validation loss was not the least.
    horizon = member.horizon
    rule: dict[str, Any] = {"name": "updates", "updates": member.best_update, "every": member.evaluate_every}
    rule |= {"horizon": horizon.schedule, "epoch": horizon.epoch}
    plan = replace(member.plan, recipe=member.recipe.vary(stopping=rule))
    again = make_training_run([plan], engine.arrays, engine.target, engine.weight)
    train_run(again, Budget())
    new = again.members[0]
    if not np.array_equal(engine.network(index).parameters, again.network(0).parameters):
        raise InputError(
            f"Training of member {index} could not be repeated to its kept weights (it was not started as its recipe "
            'says): use state = "fresh".'
        )
    return new.state
