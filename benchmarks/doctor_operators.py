"""Operators that make a sound patient ill. They say which codes name the illness rightly, and how healing is measured.

They were written without a look at the rules' thresholds: strengths are round numbers that a person might set by
mistake. `cause` are the codes of what was changed; `equivalent` those whose remedy would heal it as well, or that say
the same of it in other words. What merely follows (a plateau, a diverged member) is neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from doctor_patients import Patient
from doctor_table_operators import (
    constant_columns,
    drift,
    duplicates,
    identifier,
    imbalance,
    label_noise,
    leak,
    outliers,
    row_number,
    skewed_target,
    unscaled_columns,
)

Random = np.random.Generator
Plant = Callable[[Patient, Random], Patient]
RATE = "optimizer.learning_rate"
OFF: dict[str, Any] = {"dropout": 0.0, "weight_decay": 0.0}
BARE: dict[str, Any] = {**OFF, "skip": "none", "normalization": "none"}


@dataclass(frozen=True)
class Illness:
    """An operator.

    name: of the illness. plant: makes a patient ill. cause, equivalent: codes that are right.
    measure: "loss" of untouched rows; "gap" between the loss of validation and untouched rows; "balanced error" of
        untouched rows; "none": it costs nothing, and a finding of any severity is right.
    kinds: of targets it suits. bases: names of the sound recipes it suits; empty: all.
    rows: known rows; None: 600.
    heal: turns the ill patient into the sound one it is compared with; None: the patient before.
    """

    name: str
    plant: Plant
    cause: tuple[str, ...]
    equivalent: tuple[str, ...] = ()
    measure: str = "loss"
    kinds: tuple[str, ...] = ("class", "number")
    bases: tuple[str, ...] = ()
    rows: int | None = None
    heal: Plant | None = None

    @property
    def right(self) -> tuple[str, ...]:
        """All codes that are right."""
        return (*self.cause, *self.equivalent)


def recipe(**changes: Any) -> Plant:
    """An operator that changes the recipe."""
    named = {path.replace("__", "."): value for path, value in changes.items()}
    return lambda patient, _: patient.vary(named)


def rate(factor: float, **more: Any) -> Plant:
    """An operator that multiplies the learning rate."""

    def plant(patient: Patient, _: Random) -> Patient:
        return patient.vary({RATE: patient.recipe.optimizer.learning_rate * factor, **more})

    return plant


def overfitted(hidden: tuple[int, ...], epochs: int, validates: bool, **more: Any) -> Plant:
    """A large net without any restraint that keeps its last weights."""
    named = {path.replace("__", "."): value for path, value in more.items()}

    def plant(patient: Patient, _: Random) -> Patient:
        changed = patient.vary({
            **OFF, "hidden": hidden, "epochs": epochs, "stopping": "none", "schedule": "constant",
            "optimizer": {"name": "adam", "learning_rate": 0.003}, "batch_size": 32, **named,
        })  # fmt: skip
        return replace(changed, validates=validates)

    return plant


TOO_SHORT = ("too-few-epochs", "still-improving")
TOO_LONG = ("overfitting", "stopped-too-late", "over-confidence", "too-many-parameters", "no-validation")
SGD = {"name": "sgd", "learning_rate": 0.1}
ILLNESSES: tuple[Illness, ...] = (
    Illness("rate x1000", rate(1000), ("learning-rate-too-high",)),
    Illness("rate x100", rate(100), ("learning-rate-too-high",)),
    Illness("rate /1000", rate(1e-3), ("learning-rate-too-low",), TOO_SHORT),
    Illness("rate /100, constant", rate(0.01, schedule="constant"), ("learning-rate-too-low",), TOO_SHORT),
    Illness("rate fades at once", recipe(schedule={"name": "exponential", "s": 5.0}), ("learning-rate-too-low",),
            ("plateau", *TOO_SHORT)),
    Illness("deep sigmoid", recipe(**BARE, hidden=(16,) * 8, activation="sigmoid", initialization="auto"),
            ("vanishing-gradients",), ("bad-initial-scale", "saturated-units")),
    Illness("deep sigmoid, sgd", recipe(**BARE, hidden=(24,) * 6, activation="sigmoid", initialization="auto",
                                        optimizer=SGD), ("vanishing-gradients",), ("saturated-units",)),
    Illness("deep tiny weights", recipe(**BARE, hidden=(24,) * 6, activation="relu", optimizer=SGD,
                                        initialization={"name": "normal", "sd": 0.01}),
            ("bad-initial-scale", "vanishing-gradients")),
    Illness("constant weights", recipe(**OFF, skip="none", initialization={"name": "constant", "value": 0.1}),
            ("symmetric-units",), ("bad-initial-scale",)),
    Illness("zero weights", recipe(**OFF, skip="none", initialization="zero"), ("symmetric-units",),
            ("bad-initial-scale", "vanishing-gradients")),
    Illness("huge weights", recipe(initialization={"name": "normal", "sd": 5.0}), ("bad-initial-scale",),
            ("exploding-gradients", "saturated-units")),
    Illness("saturated tanh", recipe(**BARE, activation="tanh", initialization={"name": "normal", "sd": 3.0},
                                     hidden=(32, 32)), ("bad-initial-scale", "saturated-units")),
    Illness("deep large weights", recipe(**BARE, hidden=(32,) * 8, activation="relu",
                                         initialization={"name": "normal", "sd": 0.6}),
            ("bad-initial-scale", "exploding-gradients")),
    Illness("1 epoch", recipe(epochs=1), ("too-few-epochs",), ("still-improving", "learning-rate-too-low")),
    Illness("2 epochs", recipe(epochs=2), ("too-few-epochs",), ("still-improving", "learning-rate-too-low")),
    Illness("dropout .9", recipe(dropout=0.9), ("regularisation-too-strong",)),
    Illness("l2 of 1", recipe(l2=1.0), ("regularisation-too-strong",)),
    Illness("l1 of .1", recipe(l1=0.1), ("regularisation-too-strong",)),
    Illness("decay of 100", recipe(weight_decay=100.0), ("regularisation-too-strong",)),
    Illness("input noise of 5", recipe(input_noise=5.0), ("regularisation-too-strong",)),
    Illness("label smoothing .9", recipe(label_smoothing=0.9), ("regularisation-too-strong",), kinds=("class",)),
    Illness("everything at once", recipe(dropout=0.4, l2=0.01, l1=0.001, weight_decay=1.0, input_noise=0.5, mixup=1.0),
            ("redundant-regularisation", "regularisation-too-strong")),
    Illness("width 1", recipe(hidden=(1,), skip="none"), ("too-few-units",)),
    Illness("width 1, twice", recipe(hidden=(1, 1), skip="none"), ("too-few-units",)),
    Illness("identity", recipe(**BARE, activation="identity"), ("linear-network",), ("too-few-units",)),
    Illness("raw columns x1e4", lambda patient, random: unscaled_columns(patient, random, 1e4), ("unscaled-inputs",)),
    Illness("half the columns x1000", lambda patient, random: unscaled_columns(patient, random, 1e3, 0.5),
            ("unscaled-inputs",)),
    Illness("batches of 1, momentum", recipe(batch_size=1, normalization="none", schedule="constant",
                                             optimizer={"name": "momentum", "learning_rate": 0.05}),
            ("batch-too-small",), ("learning-rate-too-high", "oscillating-loss")),
    Illness("one batch, 10 epochs", recipe(batch_size="all", epochs=10), ("batch-too-large",),
            (*TOO_SHORT, "learning-rate-too-low")),
    Illness("batch norm of 2 rows", recipe(batch_size=2, normalization="batch", skip="none", schedule="constant"),
            ("batch-norm-statistics", "batch-too-small"), ("learning-rate-too-high",)),
    Illness("batch norm, slow statistics", recipe(normalization={"name": "batch", "momentum": 0.0005}, skip="none",
                                                  schedule="constant"), ("batch-norm-statistics",)),
    Illness("narrow deep relu", recipe(**BARE, hidden=(4,) * 10, activation="relu"), ("dead-units",),
            ("too-few-units", "vanishing-gradients", "bad-initial-scale")),
    Illness("relu killed by its rate", recipe(**BARE, activation="relu", schedule="constant",
                                              optimizer={"name": "adam", "learning_rate": 1.0}),
            ("learning-rate-too-high", "dead-units")),
    Illness("momentum .99, rate .5", recipe(schedule="constant",
                                            optimizer={"name": "momentum", "learning_rate": 0.5, "momentum": 0.99}),
            ("learning-rate-too-high",), ("oscillating-loss",)),
    Illness("clipped to 1e-4", recipe(clipping={"name": "norm", "limit": 1e-4}, optimizer=SGD, schedule="constant"),
            ("clipping-always",), ("learning-rate-too-low",)),
    Illness("patience 1", recipe(schedule="constant", optimizer={"name": "adam", "learning_rate": 0.0003},
                                 stopping={"name": "patience", "patience": 1, "minimum_improvement": 0.01}),
            ("too-few-epochs",),
            ("still-improving", "learning-rate-too-low")),
    Illness("labels wrong, 20 %", lambda patient, random: label_noise(patient, random, 0.2), ("label-noise",)),
    Illness("labels wrong, 30 %", lambda patient, random: label_noise(patient, random, 0.3), ("label-noise",)),
    Illness("near-duplicates", lambda patient, random: duplicates(patient, random, 3), ("duplicate-rows",),
            measure="gap", rows=300),
    Illness("leaking column", leak, ("leaking-columns",), measure="gap"),
    Illness("sheet number of a sorted file", row_number, ("identifier-columns",), ("leaking-columns", "drift"),
            measure="gap"),
    Illness("customer codes", identifier, ("identifier-columns",), ("overfitting",), measure="none"),
    Illness("rare class", imbalance, ("imbalance-ignored",), measure="balanced error", kinds=("class",), rows=1000,
            heal=recipe(class_weight="balanced")),
    Illness("outliers in target", outliers, ("outliers-in-target",), kinds=("number",)),
    Illness("skewed target", skewed_target, ("unscaled-target", "outliers-in-target"), kinds=("number",),
            measure="none"),
    Illness("no validation, large net", overfitted((256, 256), 100, False), TOO_LONG, rows=200),
    Illness("overfitted", overfitted((128, 128), 150, True), TOO_LONG[:4], rows=200),
    Illness("over-confident", overfitted((64, 64), 300, True), ("over-confidence", *TOO_LONG[:2]), kinds=("class",)),
    Illness("far too many units", overfitted((512,), 100, True), TOO_LONG[:4], rows=100),
    Illness("drift", drift, ("drift",)),
    Illness("constant columns", constant_columns, ("constant-columns",), measure="none"),
    Illness("clipping at 1e6", recipe(clipping={"name": "norm", "limit": 1e6}), ("clipping-never",), measure="none"),
)  # fmt: skip
PAIRS: tuple[tuple[str, str], ...] = (
    ("rate /1000", "raw columns x1e4"), ("deep sigmoid", "2 epochs"), ("dropout .9", "width 1"),
    ("labels wrong, 30 %", "overfitted"), ("leaking column", "rate x1000"), ("constant weights", "l2 of 1"),
    ("identity", "rate x100"), ("near-duplicates", "1 epoch"), ("rare class", "dropout .9"),
    ("outliers in target", "rate /1000"), ("drift", "width 1"), ("huge weights", "2 epochs"),
)  # fmt: skip


def illness(name: str) -> Illness:
    """The one of that name."""
    return next(one for one in ILLNESSES if one.name == name)
