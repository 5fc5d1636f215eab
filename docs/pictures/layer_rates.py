"""Rates of layers: what each layer's learning rate is over a run in which layers are unfrozen one by one."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, SECOND, THIRD
from wellfit.engines.compiled.run.scheduled_settings import Horizon, first_updates, learning_rates
from wellfit.recipe import Recipe

UPDATES, PER_EPOCH = 200, 10


def draw(figure: Any, cls: type) -> str:
    """The learning rate of three layers under one schedule and factors of their own."""
    axes, t = figure.subplots(), np.arange(UPDATES, dtype=float)
    late = [
        {"value": value, "schedule": {"name": "switch", "share": share}} for value, share in ((0.1, 0.6), (0.4, 0.3))
    ]
    recipe = Recipe(hidden=(32, 16), schedule="linear", layer_rates=[*late, 1.0])
    horizon = Horizon(UPDATES, PER_EPOCH, UPDATES, PER_EPOCH)
    rate, waits = learning_rates(recipe, t, horizon, []), first_updates(recipe, horizon)
    for layer, color in (("output", MAIN), ("hidden1", SECOND), ("hidden0", THIRD)):
        factor = recipe.layer_rates.of(layer, 2)
        value = getattr(factor, "value", factor)
        shown = np.where(t >= waits.get(layer, 0), value * rate, np.nan)
        axes.plot(t, shown, color=color, label=f"{layer}: factor {value:g} from update {waits.get(layer, 0)}")
    axes.set_xlabel("update")
    axes.set_ylabel("learning rate")
    axes.legend(loc="upper right")
    return "Layers unfrozen from the top down: a layer has no learning rate while it is frozen, then its share."
