"""Studies: populations laid out to answer one question, and its answer with intervals.

The studies are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellfit.studies.base import Study, StudyOptions
    from wellfit.studies.generalisation.capacity import capacity
    from wellfit.studies.rates import RangeTest, range_test
    from wellfit.studies.recipes.ablation import ablation
    from wellfit.studies.recipes.path import path

__all__ = ["RangeTest", "Study", "StudyOptions", "ablation", "capacity", "path", "range_test"]

_HOMES = {
    "RangeTest": "wellfit.studies.rates",
    "range_test": "wellfit.studies.rates",
    "Study": "wellfit.studies.base",
    "StudyOptions": "wellfit.studies.base",
    "ablation": "wellfit.studies.recipes.ablation",
    "path": "wellfit.studies.recipes.path",
    "capacity": "wellfit.studies.generalisation.capacity",
}


def __getattr__(name: str) -> Any:
    """Load a study from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'wellfit.studies' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
