"""Studies: populations laid out to answer one question, and its answer with intervals.

The studies are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellfit.studies.base import Study, StudyOptions
    from wellfit.studies.generalisation.bias_variance import bias_variance
    from wellfit.studies.generalisation.capacity import capacity
    from wellfit.studies.generalisation.double_descent import double_descent
    from wellfit.studies.generalisation.ensemble_size import ensemble_size
    from wellfit.studies.generalisation.label_noise import label_noise
    from wellfit.studies.generalisation.learning_curve import learning_curve
    from wellfit.studies.inside.activations import activations
    from wellfit.studies.inside.calibration import calibration
    from wellfit.studies.inside.gradients import gradients
    from wellfit.studies.inside.smoothness import smoothness
    from wellfit.studies.optimization.batch_size import batch_size
    from wellfit.studies.optimization.early_stopping_as_l2 import early_stopping_as_l2
    from wellfit.studies.optimization.landscape import landscape
    from wellfit.studies.optimization.optimizer_paths import optimizer_paths
    from wellfit.studies.optimization.range_test import range_test
    from wellfit.studies.recipes.ablation import ablation
    from wellfit.studies.recipes.compare import compare
    from wellfit.studies.recipes.path import path

__all__ = [
    "Study",
    "StudyOptions",
    "ablation",
    "activations",
    "batch_size",
    "bias_variance",
    "calibration",
    "capacity",
    "compare",
    "double_descent",
    "early_stopping_as_l2",
    "ensemble_size",
    "gradients",
    "label_noise",
    "landscape",
    "learning_curve",
    "optimizer_paths",
    "path",
    "range_test",
    "smoothness",
]

_HOMES = {
    "Study": "wellfit.studies.base",
    "StudyOptions": "wellfit.studies.base",
    "ablation": "wellfit.studies.recipes.ablation",
    "activations": "wellfit.studies.inside.activations",
    "batch_size": "wellfit.studies.optimization.batch_size",
    "bias_variance": "wellfit.studies.generalisation.bias_variance",
    "calibration": "wellfit.studies.inside.calibration",
    "capacity": "wellfit.studies.generalisation.capacity",
    "compare": "wellfit.studies.recipes.compare",
    "double_descent": "wellfit.studies.generalisation.double_descent",
    "early_stopping_as_l2": "wellfit.studies.optimization.early_stopping_as_l2",
    "ensemble_size": "wellfit.studies.generalisation.ensemble_size",
    "gradients": "wellfit.studies.inside.gradients",
    "label_noise": "wellfit.studies.generalisation.label_noise",
    "landscape": "wellfit.studies.optimization.landscape",
    "learning_curve": "wellfit.studies.generalisation.learning_curve",
    "optimizer_paths": "wellfit.studies.optimization.optimizer_paths",
    "path": "wellfit.studies.recipes.path",
    "range_test": "wellfit.studies.optimization.range_test",
    "smoothness": "wellfit.studies.inside.smoothness",
}


def __getattr__(name: str) -> Any:
    """Load a study from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'wellfit.studies' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
