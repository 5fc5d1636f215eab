"""Adversarial training: rows moved in the direction that hurts."""

from __future__ import annotations

from typing import Any

import numpy as np

import wellfit
from docs.pictures.common import MAIN, SECOND, run_kernel
from wellfit.techniques.rows.adversarial import attack_forward

EPSILON = 0.35


def draw(figure: Any, cls: type) -> str:
    """Two classes in the plane, a network's border, and each row's step towards it; before and after such training."""
    X, y = _moons()
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, epsilon, title in ((panels[0], 0.0, "trained on clean rows"), (panels[1], EPSILON, "trained on both")):
        recipe = wellfit.Recipe(
            hidden=(16, 16), skip="none", dropout=0.0, weight_decay=0.0, batch_size=40, epochs=60, scaling="none",
            adversarial=epsilon,
        )  # fmt: skip
        member = wellfit.train(recipe, X, y, views=wellfit.View(np.arange(len(X))))[0]
        border(axes, member, X)
        moved = _moved(cls(epsilon=EPSILON), member, X[::5], y[::5])
        for k, color in enumerate((MAIN, SECOND)):
            chosen = y[::5] == k
            axes.plot(*X[::5][chosen].T, ".", color=color)
            axes.quiver(*X[::5][chosen].T, *(moved - X[::5])[chosen].T, color=color, angles="xy", scale_units="xy",
                        scale=1, width=0.004)  # fmt: skip
        axes.set_title(title)
    return (
        f"Every fifth row and where an attack of {EPSILON} a column moves it. Grey: the network's border, sharp where "
        "the background changes at once; training on the moved rows too keeps it away from the rows."
    )


def border(axes: Any, member: Any, X: Any) -> None:
    """The probability of the second class as the background."""
    a, b = np.meshgrid(np.linspace(X[:, 0].min() - 0.5, X[:, 0].max() + 0.5, 80),
                       np.linspace(X[:, 1].min() - 0.5, X[:, 1].max() + 0.5, 80))  # fmt: skip
    p = member.predict_proba(np.column_stack([a.ravel(), b.ravel()]))[:, 1].reshape(a.shape)
    axes.contourf(a, b, p, levels=np.linspace(0, 1, 11), cmap="Greys", alpha=0.35)
    axes.contour(a, b, p, levels=[0.5], colors="0.3", linewidths=1)


def _moons() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, np.pi, 160)
    y = np.arange(160) % 2
    X = np.column_stack(
        [np.where(y, 1 - np.cos(angle), np.cos(angle)), np.where(y, 0.45 - np.sin(angle), np.sin(angle))]
    )
    return X + rng.normal(0, 0.12, X.shape), y


def _moved(chosen: Any, member: Any, X: Any, y: Any) -> Any:
    rows, columns = X.shape
    size = rows * columns
    done = run_kernel(
        attack_forward,
        row={"inputs": 0, "input_gradient": size, "clean": 2 * size, "clean_gradient": 4 * size, "width": columns,
             "numbers": columns},
        clock={"rows": rows, "raw_numbers": 3 * size},
        settings=(*chosen.settings()[:5], 1.0, 0.0),
        work=np.concatenate([X.ravel(), _slopes(member, X, y).ravel(), np.zeros(size), X.ravel(), [0.0]]),
    )  # fmt: skip
    return done["work"][:size].reshape(X.shape)


def _slopes(member: Any, X: Any, y: Any) -> Any:
    """The loss's gradient by the inputs, by differences of the network's own predictions."""

    def losses(moved: Any) -> Any:
        return -np.log(np.maximum(member.predict_proba(moved)[np.arange(len(y)), y], 1e-12))

    steps = 1e-2 * np.eye(X.shape[1])
    return np.column_stack([losses(X + step) - losses(X - step) for step in steps])
