"""Optimisers: their path down a curved valley, and how far they get."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, logarithmic, titled
from docs.pictures.descent import Descent

START, UPDATES = (-1.6, 1.4), 150
# The best of a few rates for this function, so that each shows its way rather than a bad setting.
RATES = {
    "sgd": 0.1, "momentum": 0.05, "nesterov": 0.05, "adagrad": 0.5, "rmsprop": 0.05, "adadelta": 30.0, "adam": 0.3,
    "amsgrad": 0.5, "adamax": 0.5, "nadam": 0.3, "nadam_dozat": 0.2,
}  # fmt: skip


def draw(figure: Any, cls: type) -> str:
    """The path on the plane, and the loss by update; gradient descent in grey."""
    left, right = figure.subplots(1, 2)
    x, y = np.meshgrid(np.linspace(-2.2, 1.4, 121), np.linspace(-1.2, 1.8, 121))
    left.contour(x, y, loss(np.array([x, y])), levels=np.geomspace(0.02, 20, 12), colors=QUIET, linewidths=0.7)
    for name, color in dict.fromkeys([("sgd", "0.5"), (titled(cls), MAIN)]):
        path = _path(name)
        left.plot(*path.T, color=color, marker=".", markersize=3, linewidth=1, label=name)
        right.plot(np.maximum(loss(path.T), 1e-12), color=color, label=f"{name}, rate {RATES.get(name, 0.05):g}")
    left.plot(0, 0, "k*", markersize=7)
    left.set_xlabel("w1")
    left.set_ylabel("w2")
    logarithmic(right, 1e-7, 20)
    right.set_xlabel("update")
    right.set_ylabel("loss")
    right.legend()
    return (
        f"{UPDATES} updates in a bent valley, a hundred times steeper across than along; the star is its lowest point. "
        "Each at a rate that suits it here."
    )


@functools.cache
def _path(name: str) -> Any:
    return Descent(name, {"learning_rate": RATES.get(name, 0.05)}, START, UPDATES).run(lambda _, w: slope(w))


def loss(w: Any) -> Any:
    """A bent valley of two parameters, with its least value 0 at the origin."""
    a, b = w
    return 0.05 * a**2 + 5.0 * (b - 0.25 * a**2) ** 2


def slope(w: Any) -> Any:
    """The valley's gradient."""
    a, b = w
    across = b - 0.25 * a**2
    return np.array([0.1 * a - 5.0 * across * a, 10.0 * across])
