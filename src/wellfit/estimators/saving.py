"""Estimators in a model file: their parameters and fitted attributes go into the model's info, as plain values."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import polars

from wellfit.engines.contract.history import HISTORY
from wellfit.errors import InputError
from wellfit.frames import ResultFrame
from wellfit.models.model import Model
from wellfit.recipe import Recipe
from wellfit.statistics.result import FitResult

if TYPE_CHECKING:
    from wellfit.estimators.table import TableEstimator

E = TypeVar("E", bound="TableEstimator")
KEY = "estimator"


def save(estimator: TableEstimator, path: str | Path) -> None:
    """Write a fitted estimator."""
    history = estimator.history_
    state = {
        "class": type(estimator).__name__,
        "parameters": {name: _plain(value) for name, value in estimator.get_params(deep=False).items()},
        "n_features_in": int(estimator.n_features_in_),
        "feature_names_in": [str(name) for name in getattr(estimator, "feature_names_in_", ())],
        "notes": list(estimator.notes_),
        "classes_type": str(estimator.classes_.dtype) if hasattr(estimator, "classes_") else "",
        "result": estimator.result_.to_plain(),
        "history": {name: [number(value) for value in history[name].to_list()] for name in history.columns},
        **estimator._saved_state(),
    }
    model = estimator.model_
    replace(model, info={**model.info, KEY: state}).save(path)


def number(value: float) -> float | int | str:
    """Finite numbers as they are; NaN and infinities, which JSON does not know, as text."""
    return value if math.isfinite(value) else repr(float(value))


def _plain(value: Any) -> Any:
    """A parameter as JSON can hold it; what it cannot hold (a random state, a time) becomes None."""
    if isinstance(value, Recipe):
        return value.to_dict()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        plain = {key: _plain(item) for key, item in value.items()}
        return (
            plain
            if all(isinstance(key, str) for key in plain)
            else {"pairs": [[_plain(k), v] for k, v in plain.items()]}
        )
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool)) else str(value) if isinstance(value, Path) else None


def load(cls: type[E], path: str | Path) -> E:
    """Read an estimator of a class."""
    model = Model.load(path)
    state = model.info.get(KEY)
    name = repr(str(path))
    if not isinstance(state, dict) or "class" not in state:
        raise InputError(f"{name} holds a model, but no estimator: read it with wellfit.load.")
    if state["class"] != cls.__name__:
        raise InputError(f"{name} holds a {state['class']}, not a {cls.__name__}.")
    try:
        return _restore(cls, model, state)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{name} does not hold a whole estimator: {error}.") from error


def _restore(cls: type[E], model: Model, state: dict[str, Any]) -> E:
    given = {name: _unpaired(value) for name, value in state["parameters"].items()}
    estimator = cls(**given)
    info = {key: value for key, value in model.info.items() if key != KEY}
    estimator.model_, estimator.n_features_in_ = replace(model, info=info), int(state["n_features_in"])
    estimator.notes_ = tuple(map(str, state["notes"]))
    if state["feature_names_in"]:
        estimator.feature_names_in_ = np.array(list(map(str, state["feature_names_in"])), dtype=object)
    history = state["history"]
    names = dict.fromkeys(["member", *HISTORY, *history])
    columns = {name: [float(value) for value in history[name]] for name in names}
    whole = {"member": polars.Int64, "update": polars.Int64}
    estimator.history_ = ResultFrame(ResultFrame(columns).cast(whole))  # type: ignore[arg-type]
    estimator.result_ = FitResult.from_plain(state["result"])
    estimator._restore(state)
    if state["classes_type"]:
        dtype = np.dtype(state["classes_type"])
        if dtype.kind not in "biufUO":
            raise InputError(f"classes of type {dtype} are unknown")
        labels = range(len(model.labels)) if model.kind == "labels" else model.labels
        estimator.classes_, estimator._labels = np.array(list(labels), dtype=dtype), model.labels
    return estimator


def _unpaired(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"pairs"}:
        return {key: item for key, item in value["pairs"]}
    return value
