"""Faulty programs of real people, as recipes on data that stands in for their own.

What is not known of a program is Keras' default. The faults of a program that a recipe can show are translated into
codes; those of output and loss are left out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from doctor_patients import Patient, draw

import wellfit

CODES: dict[str, tuple[str, ...]] = {
    "too few epochs": ("too-few-epochs", "still-improving", "learning-rate-too-low"),
    "learning rate too low": ("learning-rate-too-low", "too-few-epochs", "still-improving"),
    "learning rate too high": ("learning-rate-too-high", "oscillating-loss", "diverged"),
    "optimiser": ("learning-rate-too-low", "learning-rate-too-high"),
    "hidden activation": ("linear-network", "dead-units", "saturated-units", "vanishing-gradients"),
    "batch size": ("batch-too-small", "batch-too-large"),
    "layer sizes": ("too-few-units", "too-many-parameters", "underfitting"),
    "missing or redundant layers": ("too-few-units", "too-many-parameters", "vanishing-gradients", "underfitting"),
    "missing normalisation of inputs": ("unscaled-inputs",),
    "missing normalisation of the target": ("unscaled-target",),
}
KERAS: dict[str, Any] = {
    "layers": [64], "hidden_activation": "relu", "optimizer": "Adam", "learning_rate": None, "batch_size": 32,
    "epochs": 10, "initializer": "glorot_uniform",
}  # fmt: skip
RATES = {"SGD": 0.01, "Adam": 0.001, "RMSprop": 0.001}
STAND_INS = {
    "31556268": "200 rows of a noisy XOR", "31880720": "400 rows of noise in 20 columns and two that tell",
    "34673164": "make_classification", "37624102": "make_classification, 100 rows",
    "39217567": "make_classification, 60 rows", "41600519": "higgs_small", "44164749": "digits of scikit-learn",
    "45442843": "make_classification", "46995209": "1,000 rows of a sine", "47724077": "adult",
    "48385830": "digits of scikit-learn", "50306988": "make_classification, 200 rows",
    "52800582": "401 rows of a formula", "56380303": "make_classification, 2,000 rows",
    "FacialKeypointsDetection": "diabetes of scikit-learn",
    "gol_nn": "the game of life, 2,000 neighbourhoods", "x57_kerasma": "make_classification, 768 rows, 8 inputs",
}  # fmt: skip
RAW = ("46995209", "47724077", "52800582", "x57_kerasma")  # inputs as they are; those of the others are scaled
PICTURES = ("44164749", "48385830")
LINEAR = {"linear": "identity", "sigmoid": "sigmoid", "relu": "relu", "tanh": "tanh"}


def programs(folder: Path) -> list[dict[str, Any]]:
    """Every program: id, faults, right codes, what stands in, and the patient; None where a recipe cannot show it."""
    listed = json.loads((folder / "doctor" / "real_faults_part.json").read_text())["programs"]
    found = []
    for entry in listed:
        kinds = entry["expressible_kinds"]
        right = list(dict.fromkeys(code for kind in kinds for code in CODES.get(kind, ())))
        stands = STAND_INS.get(entry["id"])
        patient = None if stands is None else _patient(folder, entry)
        found.append({
            "id": f"program {entry['id']}", "faults": kinds, "right": right, "stands_in": stands, "patient": patient,
            "why": "A network that predicts its own inputs is none of this library's tasks.",
        })  # fmt: skip
    return found


def _patient(folder: Path, entry: dict[str, Any]) -> Patient:
    X, y, kind = _rows(folder, entry["id"])
    return Patient(_recipe(entry), X, y, len(y), kind)


def _recipe(entry: dict[str, Any]) -> wellfit.Recipe:
    given = {k: v for k, v in (entry["faulty_recipe"] or {}).items() if v is not None}
    if "faulty_recipe" in entry and entry["faulty_recipe"] is None:
        given |= {k: v[0] for k, v in entry["patch"].items() if k in ("epochs", "learning_rate")}
    known = {**KERAS, **given}
    name = str(known["optimizer"])
    step = known["learning_rate"] or RATES[name]
    optimizer: dict[str, Any] = {"name": name.lower(), "learning_rate": step}
    if name == "SGD" and known.get("momentum"):
        optimizer |= {"name": "nesterov" if known.get("nesterov") else "momentum", "momentum": known["momentum"]}
    names = known["hidden_activation"]
    activation = [LINEAR[one] for one in names] if isinstance(names, list) else LINEAR[names]
    initial: Any = "glorot_uniform"
    if str(known["initializer"]).startswith("normal"):
        initial = {"name": "normal", "sd": 1.0 if "sd=1" in known["initializer"] else 0.05}
    return wellfit.Recipe.plain(hidden=tuple(known["layers"])).vary({
        "activation": activation, "optimizer": optimizer, "batch_size": known["batch_size"], "epochs": known["epochs"],
        "dropout": known.get("dropout", 0.0), "initialization": initial,
        "scaling": "none" if entry["id"] in RAW else "min_max" if entry["id"] in PICTURES else "standard",
    })  # fmt: skip


def _rows(folder: Path, name: str) -> tuple[pd.DataFrame, np.ndarray, str]:
    random = np.random.default_rng(0)
    if name == "31556268":
        corners = random.integers(0, 2, (200, 2))
        return _frame(corners + 0.1 * random.normal(size=(200, 2))), _text(corners[:, 0] != corners[:, 1]), "class"
    if name == "31880720":
        y = random.integers(0, 2, 400)
        return _frame(np.column_stack([y, y, random.normal(size=(400, 20))])), _text(y), "class"
    if name == "46995209":
        x = random.permutation(np.linspace(0, 100, 1000))
        return _frame(x[:, None]), np.sin(x / 10), "number"
    if name == "52800582":
        x = random.uniform(-200, 200, 401)
        return _frame(x[:, None]), x**2 + 30 * x + 7, "number"
    if name == "gol_nn":
        cells = random.integers(0, 2, (2000, 9))
        near = cells[:, 1:].sum(axis=1)
        return _frame(cells.astype(float)), _text((near == 3) | ((cells[:, 0] == 1) & (near == 2))), "class"
    if name in ("44164749", "48385830", "FacialKeypointsDetection", "41600519", "47724077"):
        return _real(folder, name)
    return _made(name)


def _real(folder: Path, name: str) -> tuple[pd.DataFrame, np.ndarray, str]:
    table = {"44164749": "sk_digits", "48385830": "sk_digits", "FacialKeypointsDetection": "sk_diabetes",
             "41600519": "higgs_small", "47724077": "adult"}[name]  # fmt: skip
    patient = draw(folder, table, 1000)
    rows = slice(0, patient.known)
    return patient.X.iloc[rows].reset_index(drop=True), patient.y[rows], patient.kind


def _made(name: str) -> tuple[pd.DataFrame, np.ndarray, str]:
    from sklearn.datasets import make_classification

    rows = {"37624102": 100, "39217567": 60, "50306988": 200, "56380303": 2000, "x57_kerasma": 768}.get(name, 1000)
    X, y = make_classification(rows, 8, n_informative=5, class_sep=0.8, random_state=0)
    return _frame(X * (50.0 if name in RAW else 1.0)), _text(y), "class"


def _frame(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values, columns=[f"x{j}" for j in range(values.shape[1])])


def _text(values: np.ndarray) -> np.ndarray:
    return np.asarray(values).astype(int).astype(str)
