"""Networks that are being trained as rules see them: by what was measured so far; nothing is predicted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wellfit.diagnosis.base import Series, TrainedNetwork
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import MemberProgress
from wellfit.tables.arrays import View


def networks_under_way(members: Sequence[MemberProgress]) -> tuple[TrainedNetwork, ...]:
    """Networks as rules see them, with neither predicted rows nor a number of parameters.

    members: of one recipe, as observers see them; those of which no plan is known are left out.
    """
    places: dict[int, int] = {}
    return tuple(
        _network(one, one.plan, places.setdefault(id(one.plan.view), len(places)))
        for one in members if one.plan is not None
    )  # fmt: skip


def views_of(networks: Sequence[TrainedNetwork]) -> tuple[View, ...]:
    """The views of the networks by their places."""
    return tuple({one.place: one.view for one in networks}.values())


def _network(member: MemberProgress, plan: Plan, place: int) -> TrainedNetwork:
    rows = member.measured(0)
    names = list(dict.fromkeys(name for row in rows for name in row))
    layers = (*(f"hidden{number}" for number in range(len(plan.recipe.hidden))), "output")
    return TrainedNetwork(
        recipe=plan.recipe, seed=plan.seed, view=plan.view, place=place, status=member.status,
        updates=member.update, kept_update=member.best_update, updates_per_epoch=_per_epoch(member), parameters=0,
        layers=layers, history={name: np.array([row.get(name, np.nan) for row in rows]) for name in names},
        probes={key: Series(*values) for key, values in member.probed().items()},
    )  # fmt: skip


def _per_epoch(member: MemberProgress) -> int:
    """Updates of an epoch, about: as many as the whole training has for each of its epochs."""
    return max(round(member.last_update / max(member.last_epoch, 1)), 1)
