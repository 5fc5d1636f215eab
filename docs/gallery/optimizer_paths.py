"""Paths of seven optimisers on five functions."""

from __future__ import annotations

import wellfit
from wellfit.studies import Study


def run() -> Study:
    """All functions, with fewer rates than by default."""
    return wellfit.studies.optimizer_paths(
        rates=(0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
        updates=120,
    )
