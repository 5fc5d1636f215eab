"""Operators that were added after the figures of the others were published: they are counted apart, as "added".

They plant what no operator had planted: spikes of the loss, plateaus, folds that do not agree, numbers predicted beyond
the range seen, members that diverge, and exact duplicates. Strengths are round numbers that a person might set by
mistake; their author had read the rules before, but tried no strength on them and changed neither rules nor operators
by what came out.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from doctor_operators import BARE, Illness, recipe
from doctor_patients import Patient
from doctor_table_operators import Random, duplicates

SGD_01, SGD_1000 = ({"name": "sgd", "learning_rate": value} for value in (0.01, 1000.0))
BOLD = {"name": "momentum", "learning_rate": 0.3, "momentum": 0.95}


def typing_errors(patient: Patient, random: Random, share: float, digits: int, **changes: object) -> Patient:
    """Known rows in which one number was entered with some digits too many, with columns standardised."""
    X = patient.X.copy()
    rows = random.choice(patient.known, max(round(share * patient.known), 2), replace=False)
    for row in rows:
        name = random.choice(patient.numbers)
        column = X[name].to_numpy(np.float64).copy()
        column[row] = (abs(column[row]) or 1.0) * 10.0**digits
        X[name] = column
    return replace(patient.vary({"number_embedding": "none", **changes}), X=X)


def wild_target(patient: Patient, random: Random) -> Patient:
    """One known target entered with four digits too many."""
    y = patient.y.astype(np.float64).copy()
    row = random.choice(patient.known)
    y[row] = (abs(y[row]) or 1.0) * 1e4
    return replace(patient, y=y)


HIGH_RATE = ("learning-rate-too-high",)
DIVERGED = ("diverged", *HIGH_RATE)
ADDED: tuple[Illness, ...] = (
    Illness("typing errors in inputs", lambda patient, random: typing_errors(
        patient, random, 0.01, 5, scaling="robust", clipping="none"),
        ("loss-spikes",), ("exploding-gradients", "diverged", *HIGH_RATE, "predictions-out-of-range")),
    Illness("one wild target", wild_target, ("loss-spikes", "outliers-in-target"), kinds=("number",)),
    Illness("rate /1000 after an epoch", recipe(schedule={"name": "step", "epochs": 1, "gamma": 1e-3}), ("plateau",),
            ("learning-rate-too-low", "too-few-epochs")),
    Illness("tanh from nearly nothing", recipe(
        **BARE, hidden=(32, 32, 32), activation="tanh", optimizer=SGD_01, schedule="constant",
        initialization={"name": "normal", "sd": 0.001}),
        ("plateau",), ("bad-initial-scale", "vanishing-gradients", "constant-predictions")),
    Illness("three relus a layer", recipe(**BARE, hidden=(3, 3, 3), activation="relu"), ("unstable-folds",),
            ("dead-units", "too-few-units")),
    Illness("rate at the edge", recipe(**BARE, activation="relu", clipping="none", schedule="constant",
                                       optimizer=BOLD, batch_size=16),
            ("unstable-folds", *HIGH_RATE), ("diverged", "dead-units", "oscillating-loss")),
    Illness("typing errors in many rows", lambda patient, random: typing_errors(
        patient, random, 0.1, 3, **BARE, activation="relu", scaling="robust"),
        ("predictions-out-of-range",), ("loss-spikes", "unscaled-inputs", "exploding-gradients"), kinds=("number",)),
    Illness("weights of 2 in ten layers", recipe(**BARE, hidden=(32,) * 10, activation="relu", clipping="none",
                                                 initialization={"name": "normal", "sd": 2.0}),
            ("diverged", "bad-initial-scale"), ("exploding-gradients", *HIGH_RATE), kinds=("number",)),
    Illness("rate of 1,000", recipe(**BARE, activation="relu", clipping="none", schedule="constant",
                                    optimizer=SGD_1000), DIVERGED, ("dead-units",)),
    Illness("exact duplicates", lambda patient, random: duplicates(patient, random, 3, 0.0), ("duplicate-rows",),
            measure="gap", rows=300),
)  # fmt: skip
