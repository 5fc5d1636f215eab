"""Schedules: the factor over the run."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND, titled

EPOCHS, PER_EPOCH = 40, 25


def draw(figure: Any, cls: type) -> str:
    """The factor by epoch; the momentum where the schedule moves it; the losses that a plateau waits for."""
    chosen, horizon = cls(), EPOCHS * PER_EPOCH
    t = np.arange(horizon, dtype=np.float64)
    axes = figure.subplots()
    if titled(cls) == "plateau":
        return _plateau(axes, cls(patience=4))
    axes.plot(t / PER_EPOCH, chosen.values(t, horizon, PER_EPOCH), color=MAIN, label="factor of the rate")
    momentum = chosen.momentum(t, horizon)
    if momentum is not None:
        axes.plot(t / PER_EPOCH, momentum, color=SECOND, linestyle="--", label="momentum")
        axes.legend()
    axes.set_ylim(-0.03, 1.05)
    axes.set_xlabel("epoch")
    axes.set_ylabel("factor")
    return f"The factor by which the rate, or any other strength, is multiplied, over a run of {EPOCHS} epochs."


def _plateau(axes: Any, chosen: Any) -> str:
    rng = np.random.default_rng(0)
    factors, losses = [], []
    for epoch in range(EPOCHS):
        factors.append(max(chosen.gamma ** chosen.falls(losses), chosen.minimum))
        floor = 0.35 if factors[-1] == 1 else 0.25
        losses.append(floor + 0.8 * float(np.exp(-epoch / 4)) + rng.normal(0, 0.01))
    axes.plot(losses, color=QUIET, marker=".", label="validation loss")
    axes.step(range(EPOCHS), factors, color=MAIN, where="post", label="factor of the rate")
    axes.set_xlabel("epoch")
    axes.legend()
    return "The rate falls when the validation loss has not been beaten for some evaluations."
