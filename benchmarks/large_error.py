"""The error of a saved model on the test rows of a large table: `large.py` runs it in a process of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray


def errors(predicted: NDArray[Any], truth: NDArray[Any]) -> dict[str, float]:
    """Log-loss and error rate of the probabilities of "yes", or RMSE and 1 - R2 of numbers. Both (rows,)."""
    if truth.dtype.kind == "f":
        square = float(np.mean((predicted - truth) ** 2))
        return {"loss": square**0.5, "error": square / float(truth.var())}
    yes = truth.astype(str) == "yes"
    likely = np.clip(np.where(yes, predicted, 1 - predicted), 1e-12, 1)
    return {"loss": float(-np.log(likely).mean()), "error": float(((predicted > 0.5) != yes).mean())}


def main() -> None:
    """Print the errors, and how many inputs a network of the model has."""
    from wellfit.models.model import Model

    model = Model.load(Path(sys.argv[1]) / "model.wellfit")
    test = pl.read_parquet(sys.argv[2])
    truth = test["target"].to_numpy()
    if truth.dtype.kind == "f":
        predicted = np.asarray(model.predict(test.drop("target")), np.float64).ravel()
    else:
        predicted = np.asarray(model.predict_proba(test.drop("target")))[:, list(model.labels).index("yes")]
    inputs = max(network.encoding.width for network in model.networks)
    print(json.dumps({**errors(predicted, truth), "inputs": inputs}))


if __name__ == "__main__":
    main()
