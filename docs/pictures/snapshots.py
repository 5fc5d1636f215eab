"""Snapshots: when copies of the weights are taken."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND
from wellfit.recipe import Recipe

EPOCHS, PER_EPOCH = 40, 25


def draw(figure: Any, cls: type) -> str:
    """The default schedule's cycles, and the moments of copies."""
    schedule, horizon = Recipe().schedule, EPOCHS * PER_EPOCH
    t = np.arange(horizon, dtype=np.float64)
    axes = figure.subplots()
    axes.plot(t / PER_EPOCH, schedule.values(t, horizon, PER_EPOCH), color=QUIET, label="factor of the rate")
    moments = cls().after_updates(horizon, schedule.cycle_ends(horizon))
    for k, moment in enumerate(moments):
        axes.axvline(moment / PER_EPOCH, color=SECOND, linestyle="--", label="copy of the weights" if not k else None)
    if moments:
        places = np.array(moments) - 1.0
        axes.plot(places / PER_EPOCH, schedule.values(places, horizon, PER_EPOCH), "o", color=MAIN)
    axes.set_xlabel("epoch")
    axes.set_ylim(-0.03, 1.4)
    axes.legend(loc="upper left")
    return f"{len(moments) or 'No'} copies on a run of {EPOCHS} epochs in growing cycles." + (
        " Each is a network; together they are an ensemble for the price of one run." if moments else ""
    )
