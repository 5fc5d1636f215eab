"""Rows for experiments: what comes with scikit-learn, made data, and MNIST from a folder that is given."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.tables.arrays import View

MNIST = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


class Rows(NamedTuple):
    """Inputs (rows, columns) and targets (rows,)."""

    X: NDArray[np.float64]
    y: NDArray[np.int64]


def digits() -> Rows:
    """The 1,797 handwritten digits of scikit-learn, 8 x 8 pixels from 0 to 1."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return Rows(X / 16, y)


def samples(count: int, rows: int, training: int, test: int, seed: int = 0, validation: int = 0) -> list[View]:
    """Views on random rows: independent repetitions as far as the table has rows.

    count: of views. rows: of the table. training, validation, test: rows of each part, drawn without replacement.
    """
    views = []
    for k in range(count):
        order = np.random.default_rng([seed, k]).permutation(rows)
        ends = np.cumsum([training, validation, test])
        views.append(View(order[: ends[0]], order[ends[0] : ends[1]], order[ends[1] : ends[2]], name=f"sample {k}"))
    return views


def apart(count: int, training: int, test: int, validation: int = 0) -> list[View]:
    """Views that share no row, for made tables of count x (training + validation + test) rows: independent repetitions.

    count: of views. training, validation, test: rows of each part.
    """
    views = []
    for k in range(count):
        rows = np.arange(training + validation + test) + k * (training + validation + test)
        trained, validated, tested = np.split(rows, np.cumsum([training, validation]))
        views.append(View(trained, validated, tested, name=f"sample {k}"))
    return views


def mnist(folder: Path | None) -> tuple[Rows, Rows]:
    """Training and test rows of MNIST, 784 pixels from 0 to 1.

    folder: that holds the four idx files, itself or in a folder "mnist" or "images/mnist", compressed (.gz) or not.

    Raises:
        InputError: no folder is given, or it lacks one of the files.
    """
    if folder is None:
        raise InputError("This experiment reads MNIST: give the folder with its idx files, --data FOLDER.")
    from wellfit.tables.reading.images import read_idx

    files = [_find(folder, name) for name in MNIST]
    images, labels, test_images, test_labels = (np.asarray(read_idx(file)) for file in files)
    return (
        Rows(images.reshape(len(images), -1) / 255.0, labels.astype(np.int64)),
        Rows(test_images.reshape(len(test_images), -1) / 255.0, test_labels.astype(np.int64)),
    )


def _find(folder: Path, name: str) -> Path:
    for place in (folder, folder / "mnist", folder / "images" / "mnist"):
        for ending in ("", ".gz"):
            if (place / f"{name}{ending}").is_file():
                return place / f"{name}{ending}"
    raise InputError(f"The folder {quoted(str(folder))} holds no {name}, compressed or not: give another --data.")
