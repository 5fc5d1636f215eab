"""Trains many neural networks side by side, stops each at the right time, and keeps those that generalise.

The names below are loaded when they are first used, so that `import wellfit` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellfit.cluster import on_cluster
    from wellfit.diagnosis.doctor import Diagnosis, diagnose
    from wellfit.errors import InputError
    from wellfit.estimators import NetworkClassifier, NetworkRegressor, WellfitClassifier, WellfitRegressor
    from wellfit.models.bagging import out_of_bag
    from wellfit.models.model import Model
    from wellfit.recipe import Recipe
    from wellfit.tables.arrays import View
    from wellfit.tables.columns.unlike import UnlikeTrainingWarning
    from wellfit.training import Population
    from wellfit.training.cross_validation import cross_validate
    from wellfit.training.functions import optimize
    from wellfit.training.pretraining import pretrain
    from wellfit.training.refit.on_all_rows import refit
    from wellfit.training.train import load, resume, train
    from wellfit.training.transfer import Transfer

__version__ = "0.1.0.dev0"

__all__ = [
    "Diagnosis",
    "InputError",
    "Model",
    "NetworkClassifier",
    "NetworkRegressor",
    "Population",
    "Recipe",
    "Transfer",
    "UnlikeTrainingWarning",
    "View",
    "WellfitClassifier",
    "WellfitRegressor",
    "__version__",
    "cross_validate",
    "diagnose",
    "load",
    "on_cluster",
    "optimize",
    "out_of_bag",
    "pretrain",
    "refit",
    "resume",
    "train",
]

_HOMES = {
    "Diagnosis": "wellfit.diagnosis.doctor",
    "InputError": "wellfit.errors",
    "Model": "wellfit.models.model",
    "NetworkClassifier": "wellfit.estimators",
    "NetworkRegressor": "wellfit.estimators",
    "Population": "wellfit.training",
    "Recipe": "wellfit.recipe",
    "Transfer": "wellfit.training.transfer",
    "UnlikeTrainingWarning": "wellfit.tables.columns.unlike",
    "View": "wellfit.tables.arrays",
    "WellfitClassifier": "wellfit.estimators",
    "WellfitRegressor": "wellfit.estimators",
    "cross_validate": "wellfit.training.cross_validation",
    "diagnose": "wellfit.diagnosis.doctor",
    "load": "wellfit.training.train",
    "on_cluster": "wellfit.cluster",
    "pretrain": "wellfit.training.pretraining",
    "optimize": "wellfit.training.functions",
    "out_of_bag": "wellfit.models.bagging",
    "refit": "wellfit.training.refit.on_all_rows",
    "resume": "wellfit.training.train",
    "train": "wellfit.training.train",
}


_PACKAGES = ("lab", "observers", "studies")  # whose own names are public


def __getattr__(name: str) -> Any:
    """Load a public name from its home, once."""
    if name in _PACKAGES:
        return import_module(f"wellfit.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'wellfit' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names alone, loaded or not."""
    return sorted(__all__)
