"""Columns that alone give the target away, where the other columns do not."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.blas import single_threaded_blas
from wellfit.statistics.one_column import LEAST_ROWS, OneColumn, class_by_column, number_by_column
from wellfit.tables.arrays import Target

Float64 = NDArray[np.float64]

MOST_CELLS = 4_000_000  # of rows x columns that are looked at: about a second
MOST_ROWS = 10_000
MOST_TREE_ROWS, MOST_TREE_COLUMNS, TREES, TREE_FOLDS = 3_000, 500, 50, 3

# Alone, of a column that is suspected: a copy whose noise is 8 % of its spread, or in whose classes 1.5 % are wrong.
LEAST_SKILL = 0.99
LEAST_CLASS_SKILL = 0.97
LEAST_KNOWN = 0.5  # of a column's rows, to judge it by those where it is known
TIMES_BETTER = 10.0  # than all columns that are not suspected together; temperatures of one place are 4 to 6 times
EASY = 0.98  # where the others are as good as this together, the target is easy, and no column need be a copy
MOST_SUSPECTED = 3  # where more columns are so good, the target is easy


@dataclass(frozen=True)
class NamedColumn:
    """A column: its name, values (rows,) with NaN where missing or codes, and whether next values tell anything."""

    name: str
    values: NDArray[np.generic]
    ordered: bool


@dataclass(frozen=True)
class TargetLeak:
    """A column that alone gives the target away.

    name: of the column. skill: alone, 1 - loss / loss of a constant, each row predicted without itself (`one_column`).
    others: that of all columns that are not suspected, together, by trees on folds; NaN where they were not needed.
    one_to_one: whether column and target tell the same.
    """

    name: str
    skill: float
    others: float
    one_to_one: bool


def target_leaks(
    columns: Sequence[NamedColumn], target: Target, rows: NDArray[np.int64], *, least_skill: float | None = None,
    times_better: float = TIMES_BETTER, easy: float = EASY, most_suspected: int = MOST_SUSPECTED, seed: int = 0,
) -> list[TargetLeak]:  # fmt: skip
    """Columns that are one to one with the target, or that alone predict it nearly perfectly while all others together
    do not come near.

    A good predictor is no leak: it is named only where its loss is many times below that of all other columns together,
    and a target that many columns predict perfectly names none.

    columns: of all rows.
    target: of all rows, one column of classes or numbers.
    rows: those that are looked at, without repeated rows, whose copies would predict them; of many, a sample.
    least_skill: alone, of 1, of a column that is suspected. None (default): 0.97 for classes, 0.99 for numbers.
    times_better: how many times the loss of the others that of a leak is (default 10).
    easy: skill of the others from which on only a column that is one to one is a leak (default 0.98).
    most_suspected: columns that may be so good, those that are one to one not counted (default 3).
    seed: of the sample and the trees (default 0).
    """
    # In the order drawn: the forest's folds are cut from it, and a table may be sorted by its target.
    drawn = np.random.default_rng(seed).permutation(rows)
    rows = drawn[: min(max(MOST_CELLS // max(len(columns), 1), LEAST_ROWS), MOST_ROWS)]
    y = target.values[rows, 0].astype(np.float64)
    is_class = target.kind in ("binary", "classes", "labels")
    if len(rows) < LEAST_ROWS or len(np.unique(y)) < 2:
        return []
    if least_skill is None:
        least_skill = LEAST_CLASS_SKILL if is_class else LEAST_SKILL
    every = [_alone(one.values[rows], y, is_class, one.ordered) for one in columns]
    same = [k for k, one in enumerate(every) if one.one_to_one]
    suspected = [k for k, one in enumerate(every) if one.skill >= least_skill and not one.one_to_one]
    others = np.nan
    if 0 < len(suspected) <= most_suspected:
        rest = [column for k, column in enumerate(columns) if k not in {*same, *suspected}]
        others = together(rest, y, is_class, rows, seed) if rest else np.nan
    if not others < easy:  # nothing to compare with, or an easy target
        suspected = []
    suspected = [k for k in suspected if 1 - others >= times_better * (1 - every[k].skill)]
    return [TargetLeak(columns[k].name, every[k].skill, float(others), k in same) for k in sorted(same + suspected)]


def _alone(values: NDArray[np.generic], y: Float64, is_class: bool, ordered: bool) -> OneColumn:
    """What a column says of the target; where many of its values are missing, of the rows where it is known."""
    known = np.asarray(values == values)  # only NaN differs from itself
    found = _predicted(values, y, is_class, ordered)
    if known.all() or known.mean() < LEAST_KNOWN or known.sum() < LEAST_ROWS:
        return found
    where_known = _predicted(values[known], y[known], is_class, ordered)
    return max(found, replace(where_known, one_to_one=False), key=lambda one: one.skill)


def _predicted(values: NDArray[np.generic], y: Float64, is_class: bool, ordered: bool) -> OneColumn:
    if is_class:
        return class_by_column(values, np.unique(y, return_inverse=True)[1], ordered)
    return number_by_column(values, y, ordered)


def together(columns: Sequence[NamedColumn], y: Float64, is_class: bool, rows: NDArray[np.int64], seed: int) -> float:
    """The skill of several columns together, by a forest on folds: 1 is perfect, 0 no better than a constant.

    columns: of all rows. y: of these rows, classes from 0 on or numbers, which are taken by rank. seed: of the forest.
    """
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
    from sklearn.model_selection import cross_val_predict

    some = np.random.default_rng(seed).permutation(len(columns))[:MOST_TREE_COLUMNS]
    y = np.unique(y[:MOST_TREE_ROWS], return_inverse=True)[1].astype(np.float64)
    if not len(some) or len(np.unique(y)) < 2:
        return 0.0
    with np.errstate(over="ignore"):
        X = np.stack([_ranks(columns[k].values[rows[:MOST_TREE_ROWS]]) for k in some], axis=1)
    forest = (ExtraTreesClassifier if is_class else ExtraTreesRegressor)(TREES, random_state=seed, n_jobs=1)
    with warnings.catch_warnings(), single_threaded_blas():
        warnings.simplefilter("ignore")  # of classes with fewer rows than folds
        predicted = cross_val_predict(forest, X, y, cv=TREE_FOLDS)
    if is_class:
        constant = 1 - np.bincount(y.astype(np.int64)).max() / len(y)
        return float(1 - np.mean(predicted != y) / constant)
    return float(1 - np.mean((predicted - y) ** 2) / y.var())


def _ranks(values: NDArray[np.generic]) -> NDArray[np.float32]:
    """Places among the different values, so that no value is too large or too small for a tree."""
    return np.asarray(np.unique(values, return_inverse=True, equal_nan=True)[1], np.float32)
