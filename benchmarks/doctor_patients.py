"""Patients of the doctor's proof: a recipe and a table, the rows that it may see and rows that no choice sees."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from coverage_real import load_table

import wellfit
from wellfit.studies.base import StudyTable, study_table

# Tables on which rules may be tuned, and those that only the final figures see.
TUNING = ("telco_churn", "german_credit", "satimage", "sk_digits", "abalone", "kin8nm", "concrete")
FINAL = (
    "spambase", "heart_disease", "higgs_small", "covertype", "sk_breast_cancer", "california_housing", "bike_sharing",
    "wine_quality_white", "sk_diabetes",
)  # fmt: skip
NUMBERS = ("abalone", "kin8nm", "concrete", "california_housing", "bike_sharing", "wine_quality_white", "sk_diabetes")
LEAST_OF_CLASS = 8  # rows of a class among those drawn; rarer classes are left out
MOST_UNTOUCHED = 1000
_LOADED: dict[str, tuple[Any, np.ndarray, str]] = {}


@dataclass(frozen=True)
class Patient:
    """A recipe on a table.

    recipe: as it trains. X: columns, one row a case; the first `known` rows are what the doctor sees, the others are
    untouched: no choice sees them. y: targets (rows,). kind: "class" or "number".
    validates: whether rows are set aside for validation. column_kinds: as `wellfit.train` takes them.
    shows_later: whether the doctor gets the untouched rows' columns as rows that are to be predicted.
    balanced: whether errors are weighed so that all classes count alike.
    """

    recipe: wellfit.Recipe
    X: pd.DataFrame
    y: np.ndarray
    known: int
    kind: str
    validates: bool = True
    column_kinds: Mapping[str, str] = field(default_factory=dict)
    shows_later: bool = False
    balanced: bool = False

    def vary(self, changes: Mapping[str, Any]) -> Patient:
        """With another recipe."""
        return replace(self, recipe=self.recipe.vary(changes))

    def table(self) -> StudyTable:
        """All rows, read with one schema."""
        return study_table(self.X, self.y, {"kind": self.kind, "column_kinds": self.column_kinds or None})

    @property
    def numbers(self) -> list[str]:
        """Names of the columns that hold numbers of several values."""
        return [
            name for name in self.X.columns
            if pd.api.types.is_numeric_dtype(self.X[name]) and self.X[name].nunique() > 5
        ]  # fmt: skip


def generator(*words: object) -> np.random.Generator:
    """A generator of random numbers for some words, the same in every process."""
    digest = hashlib.sha256(" ".join(map(str, words)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def draw(folder: Path, name: str, known: int, seed: int = 0, untouched: int = MOST_UNTOUCHED) -> Patient:
    """Rows of a table, with the default recipe.

    name: of a task in `tasks.json`, or of scikit-learn's with "sk_" before. known: rows at most, of which half stay
    untouched where the table has fewer than twice as many.
    """
    if name not in _LOADED:
        _LOADED[name] = _load(folder, name)
    X, y, kind = _LOADED[name]
    order = generator(name, seed).permutation(len(y))
    known = min(known, int(len(y) * 2 / 3))
    first, rest = order[:known], order[known : known + untouched]
    if kind == "class":
        labels, counts = np.unique(y[first], return_counts=True)
        kept = labels[counts >= LEAST_OF_CLASS]
        first, rest = first[np.isin(y[first], kept)], rest[np.isin(y[rest], kept)]
    rows = np.concatenate([first, rest])
    return Patient(wellfit.Recipe(), X.iloc[rows].reset_index(drop=True), y[rows], len(first), kind)


def _load(folder: Path, name: str) -> tuple[Any, np.ndarray, str]:
    if name.startswith("sk_"):
        from sklearn import datasets

        X, y = getattr(datasets, f"load_{name[3:]}")(return_X_y=True)
        X = pd.DataFrame(np.asarray(X, np.float64), columns=[f"x{j}" for j in range(X.shape[1])])
        return X, y.astype(np.float64) if name in NUMBERS else y.astype(str), "number" if name in NUMBERS else "class"
    table = load_table(folder, name)
    return table.X.reset_index(drop=True), table.y, table.kind


def healthy_recipes() -> dict[str, wellfit.Recipe]:
    """Small sound recipes of four kinds, which operators make ill."""
    return {
        "residual": wellfit.Recipe(hidden=(32, 32), epochs=40, batch_size=32),
        "plain": wellfit.Recipe.plain(hidden=(64,)).vary(
            {"optimizer": {"name": "adam", "learning_rate": 0.003}, "epochs": 40, "batch_size": 32, "stopping": "best",
             "weight_decay": 0.03}
        ),
        "practice": wellfit.Recipe(**wellfit_practice((32, 32, 32)), hidden=(32, 32, 32), epochs=40),
        "tanh": wellfit.Recipe.plain(hidden=(32, 32)).vary(
            {"activation": "tanh", "optimizer": {"name": "momentum", "learning_rate": 0.03}, "epochs": 60,
             "batch_size": 32, "stopping": "best", "dropout": 0.1}
        ),
    }  # fmt: skip


def wellfit_practice(hidden: tuple[int, ...]) -> dict[str, Any]:
    """The settings of the recipe "practice"."""
    from wellfit.recipe.named_recipes import practice

    return practice(hidden)
