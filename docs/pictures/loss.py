"""Losses: what an error costs, and how hard it pulls."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, SECOND, THIRD, run_kernel, titled
from wellfit.techniques import layout as at
from wellfit.techniques.base import REGISTRY

AUTOMATIC = ("squared", "cross_entropy", "poisson")
COUNT = 3.0


def draw(figure: Any, cls: type) -> str:
    """The loss and its slope over the output."""
    left, right = figure.subplots(1, 2)
    names = AUTOMATIC if titled(cls) == "auto" else (titled(cls),)
    for name, color in zip(names, (MAIN, SECOND, THIRD), strict=False):
        z, values, slopes = _curve(REGISTRY["loss"][name])
        left.plot(z, values, color=color, label=name)
        right.plot(z, slopes, color=color)
    for axes, title in ((left, "loss, as it is minimised"), (right, "slope, which pulls at the output")):
        axes.set_title(title)
        axes.set_xlabel("output z")
    if len(names) > 1:
        left.legend()
    return _caption(names)


def _caption(names: tuple[str, ...]) -> str:
    if names == ("poisson",):
        return f"For a count of {COUNT:g}: the loss is least where exp(z) is the count."
    if len(names) > 1:
        return f"Squared for a number 0, cross-entropy for a class that is true, Poisson for a count of {COUNT:g}."
    if names[0] in ("cross_entropy", "multi_label"):
        return "For an answer that is true: what is right costs little, what is surely wrong costs much."
    return "For a target of 0: what an output z costs, and the gradient that it sends back."


def _curve(cls: type) -> tuple[Any, Any, Any]:
    chosen, name = cls(), titled(cls)
    kernel = chosen.kernel
    z = np.linspace(-3, 3, 121)
    target = {"poisson": COUNT, "multi_label": 1.0}.get(name, 0.0)
    classes = 2 if name == "cross_entropy" else 1
    values, slopes = [], []
    for v in z:
        logits = [v, 0.0] if classes == 2 else [v]  # the first class is the true one
        done = run_kernel(
            kernel,
            row={"outputs": 0, "output_gradient": classes, "width": classes},
            clock={"rows": 1, "mode": at.TRAINING, "targets": 2 * classes, "weights": 2 * classes + 1},
            settings=(chosen.parameter(), 1.0, 1.0),
            work=[*logits, *([0.0] * classes), target, 1.0],
        )
        values.append(done["sums"][at.OBJECTIVE])
        slopes.append(done["work"][classes])
    return z, values, slopes
