"""Checks of the text of a model file: each part of it before it is used."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

from wellfit.engines.contract.losses import resolve_loss
from wellfit.errors import InputError, quoted
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Label, TargetKind, Task
from wellfit.tables.columns.columns import Column
from wellfit.tables.columns.schema import Schema
from wellfit.tables.reading.dates import PARTS
from wellfit.techniques.layout import MOST_TASKS

_LABEL_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
MOST_POINTS = 10_000  # quantiles of residuals


def require(holds: bool, name: str, otherwise: str) -> None:
    """InputError naming the file, unless a condition holds."""
    if not holds:
        raise InputError(f"{name} is not a complete wellfit model: {otherwise}.")


def read_schema(plain: Any, name: str) -> Schema:
    """The schema, every part of it of the type that `wellfit.tables` works with."""
    require(isinstance(plain, dict) and isinstance(plain.get("columns"), list), name, "its schema lists no columns")
    for column in plain["columns"]:
        _check_column(column, name)
    schema = Schema.from_plain(plain)
    names = [column.name for column in schema.columns]
    require(len(set(names)) == len(names), name, "two of its columns have one name")
    require(_texts(plain["missing"]) and _texts(plain["sparse"]), name, "a name in its schema is not text")
    require(not (names and schema.sparse), name, "its schema is dense and sparse at once")
    return schema


def _check_column(column: Any, name: str) -> None:
    blank = Column("", "number")
    require(isinstance(column, dict), name, "a column of its schema is not a table")
    for item in fields(Column):
        if item.name not in column:
            continue
        value, default = column[item.name], getattr(blank, item.name)
        if isinstance(default, tuple):
            fits = _texts(value)
        elif isinstance(default, str | bool):
            fits = type(value) is type(default)
        else:
            fits = type(value) is int or (isinstance(default, float) and type(value) is float)
        require(fits, name, f"{item.name} of a column is of another type")
    vocabulary, width = column.get("vocabulary", []), column.get("width", 0)
    require(len(set(vocabulary)) == len(vocabulary), name, "a category occurs twice in a column")
    require(set(column.get("parts", [])) <= set(PARTS), name, "a part of a date is unknown")
    require(width >= 0 and (width > 0) == (column.get("kind") == "text"), name, "a text column has no width")


def _texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def read_labels(plain: Any, kind: Any, name: str) -> tuple[tuple[Label, ...], int]:
    """The labels in their types, and how many outputs a network has for them."""
    require(kind in get_args(TargetKind), name, f"its kind of target is {quoted(kind)}")
    require(isinstance(plain, list), name, "its labels are not a list")
    labels = []
    for entry in plain:
        pair = isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)
        require(pair and type(entry[1]) is _LABEL_TYPES.get(entry[0]), name, "a label does not have its stated type")
        labels.append(entry[1])
    least = {"binary": 2, "classes": 2}.get(kind, 1)
    most = 2 if kind == "binary" else len(labels)
    require(least <= len(labels) <= most, name, f"there are {len(labels)} labels for a target of kind {kind!r}")
    return tuple(labels), 1 if kind == "binary" else len(labels)


def read_tasks(plain: Any, name: str) -> tuple[Task, ...]:
    """The tasks, side by side in columns and outputs without a gap, each of a kind of its own."""
    require(isinstance(plain, list) and 0 < len(plain) <= MOST_TASKS, name, "its tasks are not a list")
    tasks, column, output = [], 0, 0
    for entry in plain:
        parts = {"name", "kind", "labels", "columns", "outputs"}
        require(isinstance(entry, dict) and set(entry) == parts, name, "a task lacks a part")
        require(isinstance(entry["name"], str) and entry["kind"] != "tasks", name, "a task has no name or kind")
        labels, outputs = read_labels(entry["labels"], entry["kind"], name)
        columns = 1 if entry["kind"] in ("binary", "classes") else len(labels)
        places = [column, column + columns], [output, output + outputs]
        require((entry["columns"], entry["outputs"]) == places, name, "a task's columns or outputs are not its own")
        column, output = column + columns, output + outputs
        tasks.append(Task(entry["name"], entry["kind"], labels, tuple(entry["columns"]), tuple(entry["outputs"])))
    require(len({task.name for task in tasks}) == len(tasks), name, "two of its tasks have one name")
    return tuple(tasks)


def read_calibration(content: dict[str, Any], name: str) -> int:
    """How many points the intervals have, 0 where there are none; the temperature and they are of the right type."""
    require(type(content.get("temperature", 1.0)) is float, name, "its temperature is not a number")
    if "intervals" not in content:
        return 0
    plain = content["intervals"]
    require(isinstance(plain, dict) and set(plain) == {"rows", "points"}, name, "its intervals lack a part")
    require(type(plain["rows"]) is float and type(plain["points"]) is int, name, "its intervals have no number of rows")
    require(0 < plain["points"] <= MOST_POINTS, name, "its intervals have no points")
    return int(plain["points"])


def read_recipe_of(network: Any, kind: TargetKind, name: str) -> Recipe:
    """A network's recipe, if its loss suits the target."""
    parts = {"recipe", "smooth_clip", "units", "sparse_kinds", "tables", "edges"}
    require(isinstance(network, dict) and set(network) == parts, name, "a network lacks a part")
    require(isinstance(network["recipe"], dict), name, "a recipe is not a table")
    recipe = Recipe.from_dict(network["recipe"])
    resolve_loss(recipe, kind)
    return recipe
