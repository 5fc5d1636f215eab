"""The lab: experiments that lectures on training networks show, each of which checks its own claims.

The experiments are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellfit.lab.base import Claim, Experiment
    from wellfit.lab.catalog import every_experiment, experiment
    from wellfit.lab.runner import run

__all__ = ["Claim", "Experiment", "every_experiment", "experiment", "run"]

_HOMES = {
    "Claim": "wellfit.lab.base",
    "Experiment": "wellfit.lab.base",
    "experiment": "wellfit.lab.catalog",
    "every_experiment": "wellfit.lab.catalog",
    "run": "wellfit.lab.runner",
}


def __getattr__(name: str) -> Any:
    """Load a name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'wellfit.lab' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
