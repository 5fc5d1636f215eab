"""An exported file compared with its model: the same rows through both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.models.export.columns import input_columns
from wellfit.models.export.graph import require
from wellfit.tables import Schema
from wellfit.tables.columns.categories import category_text
from wellfit.tables.columns.columns import Column, as_numbers
from wellfit.tables.reading.dates import parse_dates

if TYPE_CHECKING:
    from wellfit.models.model import Model, Predictor


def onnx_inputs(schema: Schema, X: Any) -> dict[str, NDArray[Any]]:
    """What an exported model takes, from a table.

    schema: of the model, `model.schema`.
    X: a table with the columns of the training table, in any form that `wellfit.train` takes.

    Returns:
        Arrays (rows, 1) by column; "image" (rows, height, width, channels) of images; "table" of a sparse table.

    Raises:
        InputError: a column is missing, or cannot be read or exported.
    """
    table = schema.read(X)
    raw = schema.arrays(table)
    if schema.image is not None:
        return {"image": raw.numbers.reshape(-1, *schema.image)}
    if raw.sparse is not None and schema.sparse:
        dense = np.zeros((raw.rows, raw.sparse.columns), np.float32)
        dense[np.repeat(np.arange(raw.rows), np.diff(raw.sparse.starts)), raw.sparse.indices] = raw.sparse.values
        return {"table": dense}
    table = schema.marked(table)
    columns = input_columns(schema)
    return {column.name: _cells(column, table.series(column.name))[:, None] for column in columns}


def _cells(column: Column, cells: pl.Series) -> NDArray[Any]:
    """One column's cells (rows,)."""
    if column.kind == "category":
        return np.array(category_text(cells).fill_null("").to_list(), dtype=object)
    if column.kind == "date":
        micro = parse_dates(cells, column.formats).dt.epoch("us").cast(pl.Float64)
        return (micro / 1e6).to_numpy()
    values = as_numbers(cells, column).cast(pl.Float64).to_numpy()
    return values if column.needs_float64 else values.astype(np.float32)


def largest_difference(model: Model, path: str | Path, X: Any, member: int | None = None) -> dict[str, float]:
    """How far onnxruntime's predictions of some rows are from the model's.

    model: the one that was exported.
    path: of the ONNX file.
    X: a table with the columns of the training table, in any form that `wellfit.train` takes.
    member: int, the network that was exported alone; None (default): all of them.

    Returns:
        By output of the file: the largest absolute difference of probabilities, the largest difference of numbers in
        parts of 1 + their size, the share of other classes.

    Raises:
        InputError: onnxruntime is not installed, or the rows cannot be read.
    """
    session = require("onnxruntime").InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    if member is not None:
        alone = (model.networks[member],)
        model = type(model)(model.schema, model.kind, model.labels, alone, average=model.average)
    came = dict(zip(names, session.run(names, onnx_inputs(model.schema, X)), strict=True))
    return {name: _difference(came[name], wanted) for name, wanted in zip(names, _expected(model, X), strict=True)}


def _expected(model: Model, X: Any) -> list[NDArray[Any]]:
    """The model's predictions, in the order of the file's outputs."""
    of_targets = [model] if model.kind != "tasks" else [model.task(task.name) for task in model.tasks]
    return [prediction for one in of_targets for prediction in _expected_of(one, X)]


def _expected_of(model: Predictor, X: Any) -> list[NDArray[Any]]:
    predicted = model.predict(X)
    return [predicted] if model.kind in ("numbers", "counts") else [predicted, model.predict_proba(X)]


def _difference(came: NDArray[Any], wanted: NDArray[Any]) -> float:
    if came.shape != wanted.shape:
        raise InputError(
            f"The file is of another model: it gives predictions of shape {came.shape}, not {wanted.shape}."
        )
    if came.dtype.kind == "f" and wanted.dtype.kind == "f":
        away = np.abs(came - wanted) / (1 + np.abs(wanted))
        return float(away.max(initial=0.0))
    return float(np.mean(came.astype(str) != wanted.astype(str))) if came.size else 0.0
