"""Least squares on two features of very different scales, by gradient descent."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from wellfit.figures import Axis, Figure, line_figure, path_figure
from wellfit.figures.heat import as_cells
from wellfit.frames import ResultFrame


def table(seed: int, rows: int = 200) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Features from 1 to 5 and from 1,000 to 99,999, each with the same share in the target."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.uniform(1, 5, rows), rng.uniform(1_000, 99_999, rows)])
    Z = (X - [3, 50_500]) / [1.15, 28_600]
    return X, Z[:, 0] + Z[:, 1] + 0.1 * rng.standard_normal(rows)


def scaled(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each feature with mean 0 and standard deviation 1."""
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))


def descent(X: NDArray[np.float64], y: NDArray[np.float64], updates: int) -> tuple[NDArray[np.float64], int]:
    """Least squares by gradient descent at its best rate, 2 over the sum of curvatures: weights, updates to 1 %."""
    H, b = X.T @ X / len(y), X.T @ y / len(y)
    best, rate = np.linalg.solve(H, b), 2 / np.trace(H)
    w, path = np.zeros(2), [np.zeros(2)]
    for _ in range(updates):
        w = w - rate * (H @ w - b)
        path.append(w)
    away = np.array(path) - best
    loss = np.einsum("ti,ij,tj->t", away, H, away)
    reached = np.flatnonzero(loss <= 0.01 * loss[0])
    return np.array(path), int(reached[0]) if len(reached) else updates


def weights(paths: Mapping[str, NDArray[np.float64]], updates: int = 30) -> Figure:
    """Both weights by update, over the values that they end at. paths: points (steps, 2) by name."""
    X, y = table(0)
    rows = []
    for name, path in paths.items():
        Z = scaled(X) if name == "scaled" else X - X.mean(axis=0)
        best = np.linalg.lstsq(Z, y - y.mean(), rcond=None)[0]
        rows += [
            {"features": name, "weight": weight, "update": k, "value": float(path[k, w] / best[w])}
            for w, weight in enumerate(("first weight", "second weight")) for k in range(updates + 1)
        ]  # fmt: skip
    return line_figure(
        ResultFrame(rows), Axis("update", "update"), Axis("value", "weight over its best value"), series="weight",
        panel="features", name="weights",
        title="Unscaled, one weight jumps to and fro and the other hardly moves.",
    )  # fmt: skip


def picture(path: NDArray[np.float64]) -> Figure:
    """The first steps over the loss of unscaled features, each weight over its best value."""
    X, y = table(0)
    X, y = X - X.mean(axis=0), y - y.mean()
    H, b = X.T @ X / len(y), X.T @ y / len(y)
    best = np.linalg.solve(H, b)
    ends = np.linspace(-0.5, 2.5, 19)
    away = np.stack(np.meshgrid(ends - 1, ends - 1), axis=-1) * best
    loss = np.einsum("yxi,ij,yxj->yx", away, H, away) / 2
    steps = path[:30] / best
    return path_figure(
        as_cells(ends, ends, loss), {"x": steps[:, 0], "y": steps[:, 1]}, Axis("x", "first weight over its best value"),
        Axis("y", "second weight over its best value"), Axis("value", "loss above its minimum"), name="path",
        title="The first 30 updates on unscaled features go up and down along one line.",
    )  # fmt: skip
