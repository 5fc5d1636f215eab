"""Paths of six optimisers on three functions."""

from __future__ import annotations

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """Three functions, with fewer rates than by default."""
    return wellfit.studies.optimizer_paths(
        functions=("quadratic", "valley", "cliff"),
        optimizers=("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"),
        rates=(0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
        updates=60,
    )
