"""Operators that make a table ill. Each takes a patient and a generator of random numbers, and returns the ill one.

What is wrong is in the known rows; the untouched rows are as rows would be on which the model is used.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from doctor_patients import Patient

Random = np.random.Generator


def unscaled_columns(patient: Patient, random: Random, factor: float, share: float = 1.0) -> Patient:
    """Columns of numbers standardised and multiplied, with scaling off."""
    X = patient.X.copy()
    names = patient.numbers
    for name in random.permutation(names)[: max(round(share * len(names)), 1)]:
        column = X[name].to_numpy(np.float64)
        X[name] = (column - np.nanmean(column)) / (np.nanstd(column) + 1e-12) * factor
    return replace(patient.vary({"scaling": "none", "number_embedding": "none"}), X=X)


def label_noise(patient: Patient, random: Random, share: float) -> Patient:
    """A share of the known targets replaced by those of other rows; of classes, by another class."""
    y = patient.y.copy()
    rows = random.choice(patient.known, round(share * patient.known), replace=False)
    if patient.kind == "class":
        labels = np.unique(y)
        place = np.searchsorted(labels, y[rows])
        y[rows] = labels[(place + random.integers(1, len(labels), len(rows))) % len(labels)]
    else:
        y[rows] = y[random.permutation(rows)]
    return replace(patient, y=y)


def duplicates(patient: Patient, random: Random, times: int, shift: float = 1e-3) -> Patient:
    """Every known row several times, numbers shifted by a part of their spread (0: exact copies), its target a little
    random.
    """
    known, X, y = patient.known, patient.X, patient.y.copy()
    copies = [X.iloc[:known].copy() for _ in range(times)]
    for one in copies[1:]:
        for name in patient.numbers:
            spread = float(np.nanstd(X[name].to_numpy(np.float64)))
            one[name] = one[name].to_numpy(np.float64) + shift * spread * random.normal(size=known)
    noisy = label_noise(patient, random, 0.2).y[:known]  # what can be learned by heart alone
    order = random.permutation(times * known)
    frame = pd.concat(copies, ignore_index=True).iloc[order]
    targets = np.concatenate([noisy] * times)[order]
    frame = pd.concat([frame, X.iloc[known:]], ignore_index=True)
    return replace(patient, X=frame, y=np.concatenate([targets, y[known:]]), known=times * known)


def leak(patient: Patient, random: Random) -> Patient:
    """A column that tells the target of known rows; of later ones it is not known yet and holds any value."""
    if patient.kind == "class":
        told = np.searchsorted(np.unique(patient.y), patient.y).astype(np.float64)
        told += 0.05 * random.normal(size=len(told))
    else:
        told = patient.y.astype(np.float64) + 0.05 * np.std(patient.y) * random.normal(size=len(patient.y))
    later = len(told) - patient.known
    told[patient.known :] = random.choice(told[: patient.known], later)
    X = patient.X.copy()
    X["settled"] = told
    return replace(patient, X=X)


def row_number(patient: Patient, random: Random) -> Patient:
    """The number of the sheet, two rows each, of a file sorted by the target; later rows stand on later sheets."""
    known = patient.known
    order = np.argsort(patient.y[:known], kind="stable")
    number = np.arange(len(patient.y), dtype=np.int64)
    number[order] = np.arange(known)
    X = patient.X.copy()
    X["sheet_id"] = number // 2 + 10_000
    return replace(patient, X=X, shows_later=True)


def identifier(patient: Patient, random: Random) -> Patient:
    """A code of the customer with two rows each, read as a category; later rows are of other customers."""
    rows = len(patient.y)
    codes = random.permutation(rows // 2 + 1)
    X = patient.X.copy()
    X["customer"] = [f"K{codes[place // 2]:05d}" for place in range(rows)]
    return replace(patient, X=X, column_kinds={**patient.column_kinds, "customer": "category"})


def imbalance(patient: Patient, random: Random) -> Patient:
    """One class against the others, of which one row in twenty is left."""
    labels, counts = np.unique(patient.y, return_counts=True)
    rare = patient.y == labels[np.argmin(counts)]
    wanted = max(round(0.05 * np.sum(~rare[: patient.known])), 16)
    mine = np.flatnonzero(rare[: patient.known])
    kept = np.sort(random.permutation(mine)[:wanted])
    rows = np.sort(np.concatenate([np.flatnonzero(~rare[: patient.known]), kept]))
    every = np.concatenate([rows, np.arange(patient.known, len(patient.y))])
    y = np.where(rare, "rare", "common").astype(object)[every]
    X = patient.X.iloc[every].reset_index(drop=True)
    return replace(patient, X=X, y=y.astype(str), known=len(rows), balanced=True)


def outliers(patient: Patient, random: Random) -> Patient:
    """Two known targets of a hundred entered with two digits too many."""
    y = patient.y.astype(np.float64).copy()
    rows = random.choice(patient.known, max(round(0.02 * patient.known), 2), replace=False)
    y[rows] = y[rows] * 100
    return replace(patient, y=y)


def skewed_target(patient: Patient, random: Random) -> Patient:
    """The exponential of the target in units of half its spread: a few values far above all others."""
    y = patient.y.astype(np.float64)
    return replace(patient, y=np.exp(2 * (y - y.mean()) / y.std()))


def drift(patient: Patient, random: Random) -> Patient:
    """A third of the columns of numbers shifted by two spreads in the later rows."""
    X = patient.X.copy()
    names = patient.numbers
    for name in random.permutation(names)[: max(round(len(names) / 3), 1)]:
        column = X[name].to_numpy(np.float64).copy()
        column[patient.known :] += 2 * np.nanstd(column[: patient.known])
        X[name] = column
    return replace(patient, X=X, shows_later=True)


def constant_columns(patient: Patient, random: Random) -> Patient:
    """Three columns that hold one value."""
    X = patient.X.copy()
    for place, value in enumerate((0.0, 1.0, 7.5)):
        X[f"flag{place}"] = value
    return replace(patient, X=X)
