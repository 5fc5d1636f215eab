"""Which candidates lead, which are beaten, and which recipes are best once they came to their end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wellfit.reprs import short_repr
from wellfit.search.race.candidate import Candidate

NO_GAIN = 1e-3  # a cycle that lowers the loss by less has begun to overfit
CLEARLY = 2.0  # standard errors over folds by which a candidate is worse beyond doubt
STAYING = 0.6  # of a bracket after the opening, at each rung
# Of the loss (of squares, for numbers), by which a recipe of the opening may lie behind: some learn slowly at first.
MARGIN = 0.25


@dataclass(frozen=True)
class Decision:
    """What becomes of a bracket at a rung.

    stay: those that train further, best first.
    finished: not beaten, but longer training would not help.
    pruned: beaten.
    """

    stay: list[Candidate]
    finished: list[Candidate]
    pruned: list[Candidate]

    __repr__ = short_repr


def decide(running: Sequence[Candidate], candidates: Sequence[Candidate], opening: bool) -> Decision:
    """Which candidates of a bracket are trained further.

    running: the bracket.
    candidates: all of the race.
    opening: the bracket is the first one. It is pruned less, for its recipes are known to be good at their end,
    and those that improve late go to the second rung whatever they have shown.
    """
    ordered = sorted(running, key=_order)
    late = {one.number for one in ordered if opening and one.rung == 1 and improves_late(one)}
    late_improvers = [one for one in ordered if one.number in late]
    compared = [one for one in ordered if one.number not in late]
    stay: list[Candidate] = []
    finished: list[Candidate] = []
    pruned: list[Candidate] = []
    for one in compared:
        rival = leader(candidates, one.rung)
        if overfits(one):
            beaten = rival is not None and clearly_worse(one, rival)
            (pruned if beaten else finished).append(one)
        elif rival is not None and clearly_worse(one, rival, MARGIN if opening else 0.0):
            pruned.append(one)
        else:
            stay.append(one)
    many = len(compared) if opening or len(compared) <= 2 else math.ceil(STAYING * len(compared))
    return Decision([*stay[:many], *late_improvers], finished, [*pruned, *stay[many:]])


def leader(candidates: Sequence[Candidate], rung: int) -> Candidate | None:
    """The one with the least projected loss among those that passed a rung on the first partition of the rows."""
    passed = [one for one in candidates if one.rung >= rung > 0 and one.partition == 0 and one.status != "diverged"]
    return min(passed, key=lambda one: (one.projected_loss(rung).mean(), one.number), default=None)


def clearly_worse(candidate: Candidate, other: Candidate, margin: float = 0.0) -> bool:
    """Whether a candidate's projected loss at its rung is worse than another's by more than chance, paired over folds.

    margin: a share of the other's loss, by which it must be worse at least; default 0.
    """
    rung = candidate.rung
    if candidate is other or other.rung < rung or rung == 0:
        return False
    mine, theirs = candidate.projected_loss(rung), other.projected_loss(rung)
    gap = mine - theirs
    if not np.isfinite(gap).all():
        return not np.isfinite(mine).all()
    error = gap.std(ddof=1) / math.sqrt(len(gap)) if len(gap) > 1 else 0.0
    return bool(gap.mean() > max(CLEARLY * error, margin * theirs.mean(), 0.0) and gap.mean() > 0)


def overfits(candidate: Candidate) -> bool:
    """Whether its last cycle brought nothing, so that a longer one would not either."""
    if candidate.rung < 2:
        return False
    before, now = candidate.losses[-2].mean(), candidate.losses[-1].mean()
    return bool(now >= before - NO_GAIN * max(before, 0.0))


def improves_late(candidate: Candidate) -> bool:
    """Whether nothing holds its weights small: its loss on held-out rows often rises, then falls lower than before."""
    recipe = candidate.recipe
    return bool(recipe.dropout.rate == 0 and recipe.weight_decay.strength == 0)


def ranked(candidates: Sequence[Candidate]) -> list[tuple[float, list[Candidate]]]:
    """Recipes that came to their end, best first, each with its repeats: (mean loss, candidates).

    A partition of the rows may be an easy one: by how much losses on it differ from those on the first is subtracted.
    """
    groups: dict[str, list[Candidate]] = {}
    for one in candidates:
        if one.status == "finished" and math.isfinite(one.loss):
            groups.setdefault(one.key, []).append(one)
    effects: dict[int, list[float]] = {}
    for group in groups.values():
        for one in group[1:]:
            effects.setdefault(one.partition, []).append(one.loss - group[0].loss)
    means = [
        (float(np.mean([one.loss - float(np.mean(effects.get(one.partition, [0.0]))) for one in group])), group)
        for group in groups.values()
    ]
    return sorted(means, key=lambda pair: (pair[0], pair[1][0].number))


def _order(one: Candidate) -> tuple[float, int]:
    """By which candidates at unlike rungs are ordered, best first."""
    return (float(one.projected_loss(one.rung).mean()) if one.rung else math.inf, one.number)
