"""Training the networks of a chosen ensemble once more, on all rows; the estimate of those before goes with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.progress import Progress
from wellfit.engines.numpy.prepared_view import prepare_view
from wellfit.errors import InputError
from wellfit.search.choose.candidate_states import CandidateState
from wellfit.search.choose.chosen_ensemble import ChosenEnsemble
from wellfit.tables import Schema
from wellfit.tables.arrays import View
from wellfit.tables.distinct import rows_without
from wellfit.techniques.run.refit import NoRefit, Refit
from wellfit.training import Population
from wellfit.training.refit import RefitLike, check_refit, refit, refit_settings

PLANNED = 0.8  # of the time that is left, for updates differ in what they take

Part = tuple[int, int, int]  # a candidate's number, the rung, and the fold: one network of the ensemble


@dataclass(frozen=True)
class _Kept:
    """A network that the ensemble keeps.

    part: its candidate, rung and fold.
    place: of its candidate in the ensemble.
    member: as it was when it had these weights.
    seconds: to train it again.
    weight: in the ensemble.
    """

    part: Part
    place: int
    member: Member
    seconds: float
    weight: float


def refit_ensemble(
    ensemble: ChosenEnsemble, how: RefitLike = "from_scratch", *, schema: Schema, seconds: float | None = None,
    only: Sequence[Sequence[int]] | None = None, observers: Sequence[Callable[[Progress], None]] = (),
) -> ChosenEnsemble:  # fmt: skip
    """Train the networks that the ensemble keeps on all rows: as many, with the same weights in the ensemble, so that
    predicting costs the same.

    ensemble: what `search` returned.
    how: "from_scratch" (default), "continue" or their settings, as `wellfit.refit` takes them.
    schema: of the table.
    seconds: float above 0, wall seconds to spend, about. Networks with the largest weight for their time come first;
        those for which there is no time stay as they were. None (default): no time limit.
    only: the networks to train, (candidate, rung, fold) each, as an earlier record lists them; None (default): all.
    observers: functions called with a `Progress` about 20 times a second; default: none.

    Returns:
        The ensemble with the new networks. Temperature, intervals and estimate are those of the networks before, which
        its `refitted` and the model's info say. Its record lists the networks that were trained again.

    Raises:
        InputError: `how` is "none" or unknown; nothing was held out, so that all rows have been trained on already;
            every network diverged.
        KeyboardInterrupt: Ctrl-C; `ensemble` stays as it is.
    """
    way = refit_settings(how)
    if isinstance(way, NoRefit):
        raise InputError('refit = "none" trains nothing again: give "from_scratch" or "continue".')
    if not len(ensemble.rows):
        raise InputError("Nothing was held out, so that all rows have been trained on already: leave refit out.")
    every = [one for one in _kept(ensemble) if _suits(way, one.member)]
    chosen = _affordable(every, seconds, ensemble.searched.settings.n_jobs)
    if only is not None:
        wanted = {tuple(part) for part in only}
        chosen = [one for one in every if one.part in wanted]
    chosen.sort(key=lambda one: (one.place, one.part[2]))
    p = ensemble.population
    trained, records = [], []
    if chosen:
        again = Population(TrainingRun([one.member for one in chosen], p.arrays, p.target, p.weight), schema)
        done = refit(again, way, scores=(), n_jobs=ensemble.searched.settings.n_jobs, observers=observers)
        networks = iter(done.model.networks)
        for record in done.members:
            one = chosen[record.member]
            records.append({**asdict(record), "member": ensemble.states[one.place].candidate.members[one.part[2]]})
            if record.status != "diverged":
                trained.append((one, next(networks)))
    return _with_networks(ensemble, way, trained, records)


def _with_networks(
    ensemble: ChosenEnsemble, way: Refit, trained: Sequence[tuple[_Kept, Network]], records: list[dict[str, Any]]
) -> ChosenEnsemble:
    """The ensemble with other networks in their places."""
    states = list(ensemble.states)
    for one, network in trained:
        networks = list(states[one.place].networks)
        networks[one.part[2]] = network
        states[one.place] = replace(states[one.place], networks=networks)
    parts = [list(one.part) for one, _ in trained]
    kept = sum(map(len, ensemble.folds)) - len(parts)
    refitted = {**way.model_dump(mode="json"), "networks": len(parts), "as_they_were": kept, "members": records}
    record = {**ensemble.record, "refit": {"way": way.model_dump(mode="json"), "of": parts}}
    return replace(ensemble, states=tuple(states), record=record, refitted=refitted)


def _kept(ensemble: ChosenEnsemble) -> list[_Kept]:
    """Every network of the ensemble."""
    kept = []
    for place, (state, weight, folds) in enumerate(zip(ensemble.states, ensemble.weights, ensemble.folds, strict=True)):
        for fold in folds:
            member = _member_at_state(ensemble, state, fold)
            part = state.candidate.number, state.rung, fold
            seconds = member.best_update * member.seconds_per_update
            kept.append(_Kept(part, place, member, seconds, float(weight) / len(folds)))
    return kept


def _member_at_state(ensemble: ChosenEnsemble, state: CandidateState, fold: int) -> Member:
    """A member at the candidate's chosen weights, its validation rows all those that it was not trained on."""
    p = ensemble.population
    member = p.members[state.candidate.members[fold]]
    if state.rung:
        memory = {**member.memory, "best_update": float(_update_of(ensemble, state, fold, member))}
        member = replace(member, best=state.networks[fold].parameters, memory=memory)
    view = member.plan.view
    others = rows_without(np.flatnonzero(p.weight > 0), view.training)
    if len(others) <= len(view.validation):
        return member
    whole = View(view.training, others, test=view.test, name=view.name, weight=view.weight)
    prepared = prepare_view(whole, p.arrays, p.target, p.weight, member.recipe)
    return replace(member, plan=replace(member.plan, view=whole), prepared=prepared)


def _update_of(ensemble: ChosenEnsemble, state: CandidateState, fold: int, member: Member) -> int:
    """After how many updates a member had the candidate's chosen weights.

    Rungs that were passed in one round have the weights at its end.
    """
    states, rung = ensemble.searched.race.states[state.candidate.number], state.rung
    while rung + 1 in states and np.array_equal(states[rung + 1][fold], states[rung][fold]):
        rung += 1
    return min(state.candidate.updates_at(rung, member), member.update)


def _suits(way: Refit, member: Member) -> bool:
    """Whether a network can be trained that way; others stay as they are."""
    try:
        check_refit(way, member.recipe)
    except InputError:
        return False
    return True


def _affordable(every: Sequence[_Kept], seconds: float | None, threads: int) -> list[_Kept]:
    """Those that can be trained in the time, the ones that weigh most for their time first."""
    if seconds is None:
        return list(every)
    chosen: list[_Kept] = []
    spent = 0.0
    for one in sorted(every, key=lambda k: (-k.weight / max(k.seconds, 1e-9), k.part)):
        if max((spent + one.seconds) / threads, one.seconds) <= PLANNED * seconds:
            chosen.append(one)
            spent += one.seconds
    return chosen
