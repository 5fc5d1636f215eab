"""The constant, the linear model and the nearest neighbour on the folds of a study, on training and held-out rows."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from wellfit.frames import ResultFrame
from wellfit.recipe import Recipe
from wellfit.statistics.comparison import Predictions
from wellfit.statistics.metrics import Metric
from wellfit.studies.base import StudyTable
from wellfit.tables.arrays import Arrays, Target, View
from wellfit.tables.split import LabelledRows
from wellfit.training.measure import baseline_predictions


def simple_predictors(
    table: StudyTable, views: tuple[View, ...], recipe: Recipe, metrics: dict[str, Metric], seed: int
) -> ResultFrame:
    """A row a predictor and fold, with its losses; none of several tasks.

    views: the folds. recipe: whose encoding of the columns they get. metrics: by the name of the loss.
    seed: of drawing rows of a large table.

    Returns:
        predictor, fold, remark, and of each metric training_NAME and test_NAME; NaN where it has no meaning.
    """
    if table.rows.target.tasks:
        return ResultFrame({"predictor": [], "fold": []})
    rows = [row for fold, view in enumerate(views) for row in _on_fold(table, view, recipe, metrics, seed, fold)]
    return ResultFrame(rows)


def _on_fold(
    table: StudyTable, view: View, recipe: Recipe, metrics: dict[str, Metric], seed: int, fold: int
) -> list[dict[str, Any]]:
    parts = {"test": view.test, "training": np.unique(view.training)}
    asked = table.rows.arrays.take(np.concatenate(list(parts.values())))
    found = []
    for one in _predictions(table.rows.take(view.training), asked, recipe, seed):
        row: dict[str, Any] = {"predictor": one.name, "fold": fold, "remark": one.remark}
        begin = 0
        for part, numbers in parts.items():
            values = one.values[begin : begin + len(numbers)]
            begin += len(numbers)
            for name, metric in metrics.items():
                row[f"{part}_{name}"] = _loss(one, values, table.rows.take(numbers), metric)
        found.append(row)
    return found


def _predictions(train: LabelledRows, asked: Arrays, recipe: Recipe, seed: int) -> list[Predictions]:
    """The predictors' predictions; of several numbers, or yes/no labels, each is predicted by itself."""
    target = train.target
    many = 1 if target.kind in ("binary", "classes") else target.values.shape[1]
    if many == 1 and target.kind != "labels":
        return baseline_predictions(train, asked, recipe, seed)
    single: list[list[Predictions]] = []
    for k in range(many):
        values = np.ascontiguousarray(target.values[:, k : k + 1])
        yes_no = target.kind == "labels"
        column = Target("binary", values, (0, 1)) if yes_no else Target(target.kind, values, target.labels[k : k + 1])
        found = baseline_predictions(replace(train, target=column), asked, recipe, seed)
        single.append([replace(one, values=one.values[:, -1:]) for one in found])
    return [
        replace(one[0], values=np.concatenate([part.values for part in one], axis=1))
        for one in zip(*single, strict=True)
    ]


def _loss(one: Predictions, values: Any, rows: LabelledRows, metric: Metric) -> float:
    if one.labels_only and rows.target.kind in ("binary", "classes", "labels") and metric.name == "log_loss":
        return math.nan
    if not rows.weight.any():
        return math.nan
    return float(metric.loss(rows.target, values, rows.weight))
