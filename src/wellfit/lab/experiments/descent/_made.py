"""Rows that a small network learns well, and whose noisy labels only a wide one can learn by heart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted

CLASSES, COLUMNS = 4, 10


def made(rows: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Ten normal columns (rows, 10), and as class the nearest in direction of four random vectors (rows,).

    seed: every seed draws other rows of the same classes.
    """
    X = np.random.default_rng([seed, 17]).normal(size=(rows, COLUMNS))
    vectors = np.random.default_rng(99).normal(size=(CLASSES, COLUMNS))
    return X, (X @ vectors.T).argmax(axis=1).astype(np.int64)


def mnist1d(folder: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The 4,000 training rows of MNIST-1D and, after them, its 1,000 test rows: (rows, 40) and (rows,).

    Raises:
        InputError: the folder has no file mnist1d.npz.
    """
    if not (folder / "mnist1d.npz").is_file():
        raise InputError(f"The folder {quoted(str(folder))} holds no mnist1d.npz: give another --data.")
    with np.load(folder / "mnist1d.npz") as data:
        X, y = np.concatenate([data["x"], data["x_test"]]), np.concatenate([data["y"], data["y_test"]])
    return X.astype(np.float64), y.astype(np.int64)


def mean_curves(curves: NDArray[np.float64], groups: int) -> NDArray[np.float64]:
    """The mean of each group of repetitions. curves: (repetitions, places), in order. Gives (groups, places)."""
    return np.asarray(curves.reshape(groups, -1, curves.shape[-1]).mean(axis=1))


def peak_of(curve: NDArray[np.float64]) -> int:
    """The inner place that stands highest above the lowest ones on its two sides. curve: (places,), three or more."""
    inner = range(1, len(curve) - 1)
    return max(inner, key=lambda k: float(curve[k] - max(curve[:k].min(), curve[k + 1 :].min())))
