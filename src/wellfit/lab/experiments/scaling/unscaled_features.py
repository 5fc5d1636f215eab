"""Two features of very different scales, 1 to 5 beside 1,000 to 99,999: gradient descent with and without scaling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.figures import Axis, path_figure
from wellfit.figures.heat import as_cells
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of, ratio

CLAIMS = (
    Claim(
        "updates", "Without scaling, descent takes more than 100 times as many updates",
        "updates until the loss is within 1 % of the way to its minimum, without over with scaling (counted up to "
        "10,000), geometric mean over drawn tables", least=100.0,
    ),
    Claim(
        "zigzag", "Without scaling, descent jumps from side to side at nearly every update",
        "share of the first 50 updates at which the steep weight's step turns round, mean over drawn tables", least=0.9,
    ),
    Claim(
        "network", "A network learns less from unscaled features at the best of the same rates",
        "lowest squared error on new rows, without over with scaling, geometric mean over drawn tables", least=1.5,
    ),
)  # fmt: skip
MOST = 10_000


def table(seed: int, rows: int = 200) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Features from 1 to 5 and from 1,000 to 99,999, each with the same share in the target."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.uniform(1, 5, rows), rng.uniform(1_000, 99_999, rows)])
    Z = (X - [3, 50_500]) / [1.15, 28_600]
    return X, Z[:, 0] + Z[:, 1] + 0.1 * rng.standard_normal(rows)


def descent(X: NDArray[np.float64], y: NDArray[np.float64], updates: int) -> tuple[NDArray[np.float64], int]:
    """Least squares by gradient descent at 1.9 over the largest curvature; the weights, and updates to reach 1 %."""
    H, b = X.T @ X / len(y), X.T @ y / len(y)
    best, rate = np.linalg.solve(H, b), 1.9 / np.linalg.eigvalsh(H)[-1]
    w, path = np.zeros(2), [np.zeros(2)]
    for _ in range(updates):
        w = w - rate * (H @ w - b)
        path.append(w)
    away = np.array(path) - best
    loss = np.einsum("ti,ij,tj->t", away, H, away)
    reached = np.flatnonzero(loss <= 0.01 * loss[0])
    return np.array(path), int(reached[0]) if len(reached) else updates


def run(lab: Lab) -> Answer:
    """Least squares on drawn tables, as they are and scaled; and networks on the same."""
    repeats, most = lab.pick(2, 4, 12), lab.pick(2_000, MOST, MOST)
    counts, turns, paths = [], [], {}
    for seed in range(repeats):
        X, y = table(seed)
        raw, updates = descent(X, y, most)
        scaled, few = descent((X - X.mean(axis=0)) / X.std(axis=0), y - y.mean(), most)
        steps = np.diff(raw[:51, 1])
        counts.append((updates, max(few, 1)))
        turns.append(float((steps[1:] * steps[:-1] < 0).mean()))
        if not seed:
            paths = {"as they are": raw, "scaled": scaled}
    errors = networks(lab, repeats)
    slow, fast = np.array(counts).T
    found = {
        "updates": ratio(slow, fast), "zigzag": mean_of(turns), "network": ratio(errors[0], errors[1]),
    }  # fmt: skip
    rows = [{"features": name, "updates": float(np.median(c)), "error of a network": float(e.mean())}
            for name, c, e in zip(paths, (slow, fast), errors, strict=True)]  # fmt: skip
    figures = tuple(picture(name, path) for name, path in paths.items())
    return Answer(rows, found, figures, 12 * repeats, f"2 recipes at 6 rates on {repeats} drawn tables")


def networks(lab: Lab, repeats: int) -> NDArray[np.float64]:
    """The lowest error over six rates, (unscaled and scaled, tables)."""
    rates = (1e-9, 1e-7, 1e-5, 1e-3, 0.01, 0.1)
    recipes = [
        wellfit.Recipe.plain(hidden=(16,), scaling=s, epochs=lab.pick(5, 30, 60), optimizer={"name": "sgd", "learning_rate": r})
        for s in ("none", "standard") for r in rates
    ]  # fmt: skip
    view = wellfit.View(np.arange(120), [], np.arange(120, 200))
    errors = [wellfit.train(recipes, *table(seed), views=view, **lab.options).evaluate("test")["error"] for seed in range(repeats)]
    return np.nanmin(np.array(errors).reshape(repeats, 2, len(rates)), axis=2).T
