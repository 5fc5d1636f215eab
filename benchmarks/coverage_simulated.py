"""Simulated studies with a known true difference: made of effects, of rows' losses, or of regressions that are trained.

Each function draws many studies at once: differences of losses (studies, partitions, folds, seeds), first less second,
with the numbers of test and training rows of a fold, and the true mean difference.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray


class Drawn(NamedTuple):
    """Studies drawn: differences (studies, partitions, folds, seeds), rows of a fold, the truth, groups or None."""

    differences: Array
    test_rows: float
    training_rows: float
    truth: float
    groups: float | None = None


def effects(
    rng: np.random.Generator,
    studies: int,
    *,
    partitions: int = 1,
    folds: int = 5,
    seeds: int = 3,
    shift: float = 0.0,
    shared: float = 1.0,
    seed_effect: float = 0.3,
    tails: str = "normal",
    identical: float = 0.0,
    own_seeds: bool = False,
) -> Drawn:
    """A difference is the sum of effects: of the table, the fold, the seed (the same on all folds), and what is left.

    shift: the true difference, in standard deviations of a fold. shared: the correlation of two folds, which is that
    of the table's effect, in units of 1/folds, which Nadeau & Bengio take. seed_effect: its standard deviation; that of
    what is left is 0.5. tails: "normal", "t3" (Student's t with 3 degrees of freedom). identical: share of pairs that
    agree to the last digit. own_seeds: each fold trains from seeds of its own.
    """

    def draw(*size: int) -> Array:
        found = rng.standard_normal(size) if tails == "normal" else rng.standard_t(3, size) / math.sqrt(3)
        return np.asarray(found)

    common = shared / folds
    table = math.sqrt(common) * draw(studies, 1, 1, 1)
    fold = math.sqrt(1 - common) * draw(studies, partitions, folds, 1)
    values = shift + table + fold + seed_effect * draw(studies, *((partitions, folds) if own_seeds else (1, 1)), seeds)
    values = values + 0.5 * draw(studies, partitions, folds, seeds)
    if identical:
        values = np.where(rng.random(values.shape) >= identical, values / (1 - identical), 0.0)
    return Drawn(values, 1000.0 / folds, 1000.0 - 1000.0 / folds, shift)


def losses_of_rows(
    rng: np.random.Generator,
    studies: int,
    *,
    rows: int = 200,
    folds: int = 5,
    seeds: int = 3,
    tails: str = "exponential",
    rare: float = 0.05,
) -> Drawn:
    """A fold's difference is the mean of those of its rows, which are skewed or rare; folds train equal networks.

    tails: "exponential", "log-normal", "t3", or "rare": a share `rare` of the rows is answered wrong by the first
    alone, half as many by the second alone.
    """
    shape = (studies, 1, folds, seeds, rows // folds)
    if tails == "rare":
        u = rng.random((*shape[:3], 1, shape[4]))
        values = np.broadcast_to((u < rare).astype(float) - (u > 1 - rare / 2), shape)
        truth = rare / 2
    else:
        truth = 0.0
        one = {
            "exponential": lambda size: rng.exponential(size=size) - 1,
            "log-normal": lambda size: rng.lognormal(size=size) - math.exp(0.5),
            "t3": lambda size: rng.standard_t(3, size),
        }[tails]
        values = one((*shape[:3], 1, shape[4])) + 0.3 * rng.standard_normal(shape)
    tested = rows / folds
    return Drawn(values.mean(axis=-1), tested, rows - tested, truth)


def regressions(
    rng: np.random.Generator,
    studies: int,
    *,
    rows: int = 200,
    folds: int = 5,
    seeds: int = 3,
    partitions: int = 1,
    difference: str = "small",
    loss: str = "squared",
    tails: str = "normal",
    seed_effect: float = 0.1,
    group_size: int = 1,
) -> Drawn:
    """Two ridge regressions of 10 columns, trained on folds of a drawn table; the truth is their mean risk.

    Each fold trains on real rows and tests on the others, so that folds are as correlated as folds are. A seed moves
    the weights, in part alike on all folds. difference: "none" (the same regression, other seeds), "small", "large" (in
    the strength of the penalty). loss: "squared" or "error" (share of wrong signs). group_size: rows come in groups of
    so many with inputs and noise alike in part, which folds keep whole.
    """
    columns = 10
    weights = np.ones(columns) / math.sqrt(columns)
    strengths = {"none": (0.1, 0.1), "small": (0.1, 0.2), "large": (0.01, 1.0)}[difference]
    values = np.empty((studies, partitions, folds, seeds))
    risks = np.empty_like(values)
    for study in range(studies):
        X, y = _table(rng, rows, weights, tails, group_size)
        moves = _moves(rng, seeds, columns, seed_effect, difference == "none")
        for partition in range(partitions):
            units = rng.permutation(rows // group_size) % folds
            fold_of = np.repeat(units, group_size)
            for fold in range(folds):
                test = fold_of == fold
                sides = [
                    _ridge(X[~test], y[~test], strength) + alike + seed_effect / 6 * rng.standard_normal(alike.shape)
                    for strength, alike in zip(strengths, moves, strict=True)
                ]
                found = [_losses(X[test] @ side.T, y[test], loss) for side in sides]
                truth = [_risk(side, weights, loss, tails) for side in sides]
                values[study, partition, fold] = found[0] - found[1]
                risks[study, partition, fold] = truth[0] - truth[1]
    tested = rows / folds
    return Drawn(values, tested, rows - tested, float(risks.mean()), rows / group_size if group_size > 1 else None)


def _table(rng: np.random.Generator, rows: int, weights: Array, tails: str, group_size: int) -> tuple[Array, Array]:
    def drawn(*shape: int) -> Array:
        return rng.standard_t(5, shape) * math.sqrt(3 / 5) if tails == "t5" else rng.standard_normal(shape)

    X, noise = rng.standard_normal((rows, len(weights))), drawn(rows)
    if group_size > 1:
        groups = rows // group_size
        X = math.sqrt(0.5) * (X + np.repeat(rng.standard_normal((groups, len(weights))), group_size, axis=0))
        noise = math.sqrt(0.5) * (noise + np.repeat(drawn(groups), group_size))
    return X, X @ weights + noise


def _moves(rng: np.random.Generator, seeds: int, columns: int, size: float, apart: bool) -> tuple[Array, Array]:
    """What each seed does to the weights on all folds: the same for both sides, unless seeds are disjoint."""
    first, second = (size * rng.standard_normal((seeds, columns)) / 3 for _ in range(2))
    return first, second if apart else first


def _ridge(X: Array, y: Array, strength: float) -> Array:
    gram = X.T @ X
    return np.linalg.solve(gram + strength * len(X) * np.eye(len(gram)), X.T @ y)


def _losses(predicted: Array, y: Array, loss: str) -> Array:
    """Of each seed, predicted (rows, seeds)."""
    if loss == "error":
        return np.mean((predicted > 0) != (y > 0)[:, None], axis=0)
    return np.mean((predicted - y[:, None]) ** 2, axis=0)


def _risk(side: Array, weights: Array, loss: str, tails: str) -> Array:
    """The mean loss on new rows of weights (seeds, columns), for standard normal inputs and noise of variance 1."""
    if loss == "squared":
        return ((side - weights) ** 2).sum(axis=1) + 1
    if tails != "normal":
        raise ValueError("The share of wrong signs is known for normal noise alone.")
    cosine = side @ weights / (np.linalg.norm(side, axis=1) * math.sqrt(2))  # y has variance 2
    return np.arccos(cosine) / math.pi


GENERATORS: dict[str, Any] = {"effects": effects, "rows": losses_of_rows, "regressions": regressions}


def settings() -> list[dict[str, Any]]:
    """All settings: the generator's name, and what it is told."""
    grid = [
        {"generator": "effects", "shift": shift, "folds": folds, "seeds": seeds}
        for shift in (0.0, 0.25, 2.0)
        for folds in (2, 3, 5, 10, 20)
        for seeds in (1, 2, 3, 10)
    ]
    heavy = [
        {"generator": "effects", "tails": "t3", "folds": folds, "seeds": seeds}
        for folds in (2, 5, 10, 20)
        for seeds in (1, 3, 10)
    ]
    more: list[dict[str, Any]] = [
        *({"generator": "effects", "partitions": partitions, "folds": 5} for partitions in (2, 5)),
        *({"generator": "effects", "shared": shared, "folds": folds} for shared in (0.0, 2.0) for folds in (5, 10)),
        *({"generator": "effects", "seed_effect": 1.0, "seeds": seeds} for seeds in (1, 2, 3, 10)),
        *({"generator": "effects", "own_seeds": True, "seed_effect": 1.0, "seeds": seeds} for seeds in (1, 3)),
        *({"generator": "effects", "identical": identical} for identical in (0.3, 0.6, 0.9)),
    ]
    rows = [
        {"generator": "rows", "tails": tails, "rows": rows, "folds": folds}
        for tails in ("exponential", "log-normal", "t3", "rare")
        for rows in (50, 200, 1000)
        for folds in (5, 10)
    ]
    trained = [
        {"generator": "regressions", **chosen}
        for chosen in (
            *({"difference": which} for which in ("none", "small", "large")),
            *({"difference": "large", "folds": folds} for folds in (2, 3, 10, 20)),
            *({"difference": "large", "seeds": seeds} for seeds in (1, 10)),
            *({"difference": "none", "seeds": seeds} for seeds in (1, 10)),
            *({"rows": rows} for rows in (50, 1000)),
            *({"tails": "t5", "rows": rows} for rows in (50, 200)),
            *({"loss": "error", "difference": which} for which in ("none", "small", "large")),
            *({"difference": "large", "group_size": size} for size in (5, 20)),
            {"difference": "large", "partitions": 3},
        )
    ]
    return [*grid, *heavy, *more, *rows, *trained]


def draw(setting: dict[str, Any], studies: int, seed: int) -> Drawn:
    """The studies of a setting."""
    told = {name: value for name, value in setting.items() if name != "generator"}
    return GENERATORS[setting["generator"]](np.random.default_rng(seed), studies, **told)
