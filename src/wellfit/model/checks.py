"""What a model file must hold to be a model: each part is checked before it is used."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from wellfit.arrays import Label, TargetKind, Task
from wellfit.data.columns import Column
from wellfit.data.dates import PARTS
from wellfit.data.schema import Schema
from wellfit.encoding import Encoding, InputSizes
from wellfit.engine.emit_loss import resolve_loss
from wellfit.engine.emit_tasks import check_names, task_loss
from wellfit.engine.program import make_segments
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.techniques.layout import MOST_TASKS
from wellfit.techniques.scaling import PAIR_HIGH, PAIR_LOW, QuantileScaling

Shape = tuple[int, ...]
_LABEL_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
MOST_POINTS = 10_000  # quantiles of residuals
DEEPEST_TIED = 4096  # layers that a file may have whatever its parameters: tied ones need none of their own
_FINITE = ("centre", "scale", "knots", "scores", "target_centre", "target_scale", "factors", "edges")


def require(holds: bool, name: str, otherwise: str) -> None:
    """InputError naming the file, unless a condition holds."""
    if not holds:
        raise InputError(f"{name} is not a whole wellfit model: {otherwise}.")


def read_schema(plain: Any, name: str) -> Schema:
    """The schema, every part of it of the type that the data room works with."""
    require(isinstance(plain, dict) and isinstance(plain.get("columns"), list), name, "its schema lists no columns")
    for column in plain["columns"]:
        _check_column(column, name)
    schema = Schema.from_plain(plain)
    names = [column.name for column in schema.columns]
    require(len(set(names)) == len(names), name, "two of its columns have one name")
    require(_texts(plain["missing"]) and _texts(plain["sparse"]), name, "a name in its schema is no text")
    require(not (names and schema.sparse), name, "its schema is dense and sparse at once")
    return schema


def _check_column(column: Any, name: str) -> None:
    blank = Column("", "number")
    require(isinstance(column, dict), name, "a column of its schema is no table")
    for item in fields(Column):
        if item.name not in column:
            continue
        value, default = column[item.name], getattr(blank, item.name)
        if isinstance(default, tuple):
            fits = _texts(value)
        elif isinstance(default, str):
            fits = isinstance(value, str)
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
    require(kind in get_args(TargetKind), name, f"its kind of target is {kind!r}")
    require(isinstance(plain, list), name, "its labels are no list")
    labels = []
    for entry in plain:
        pair = isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)
        require(pair and type(entry[1]) is _LABEL_TYPES.get(entry[0]), name, "a label does not have its stated type")
        labels.append(entry[1])
    least = {"binary": 2, "classes": 2}.get(kind, 1)
    most = 2 if kind == "binary" else len(labels)
    require(least <= len(labels) <= most, name, f"{len(labels)} labels came for a target of kind {kind!r}")
    return tuple(labels), 1 if kind == "binary" else len(labels)


def read_tasks(plain: Any, name: str) -> tuple[Task, ...]:
    """The tasks, side by side in columns and outputs without a gap, each of a kind of its own."""
    require(isinstance(plain, list) and 0 < len(plain) <= MOST_TASKS, name, "its tasks are no list")
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
    require(type(content.get("temperature", 1.0)) is float, name, "its temperature is no number")
    if "intervals" not in content:
        return 0
    plain = content["intervals"]
    require(isinstance(plain, dict) and set(plain) == {"rows", "points"}, name, "its intervals lack a part")
    require(type(plain["rows"]) is float and type(plain["points"]) is int, name, "its intervals count no rows")
    require(0 < plain["points"] <= MOST_POINTS, name, "its intervals have no points")
    return int(plain["points"])


def read_recipe_of(network: Any, kind: TargetKind, name: str) -> Recipe:
    """A network's recipe, if its loss suits the target."""
    parts = {"recipe", "smooth_clip", "units", "sparse_kinds", "tables", "edges"}
    require(isinstance(network, dict) and set(network) == parts, name, "a network lacks a part")
    require(isinstance(network["recipe"], dict), name, "a recipe is no table")
    recipe = Recipe.from_dict(network["recipe"])
    resolve_loss(recipe, kind)
    return recipe


def expected_tensors(
    network: dict[str, Any],
    recipe: Recipe,
    schema: Schema,
    outputs: int,
    shapes: dict[str, Shape],
    name: str,
    tasks: tuple[Task, ...] = (),
) -> dict[str, tuple[str, Shape]]:
    """Type and shape of each tensor of a network. shapes: of "marked" and "parameters" as they are in the file."""
    numbers, places, widths = len(schema.number_names), sum(_map_lengths(schema)), sum(sparse_widths(schema))
    knots = recipe.scaling.knots if isinstance(recipe.scaling, QuantileScaling) else 0
    units, marked = network["units"], shapes["marked"]
    whole = isinstance(units, list) and all(type(value) is int for value in units)
    require(whole and len(units) == len(schema.code_names), name, "its categories have no widths")
    fits = all(0 <= value <= length for value, length in zip(units, _map_lengths(schema), strict=True))
    require(fits, name, "a categorical column is wider than its categories")
    require(len(marked) == 1 and marked[0] <= numbers, name, "more columns are marked than there are")
    tables, edges = _tables_of(network, recipe, schema, name), _edges_of(network, recipe, numbers, name)
    encoded = numbers + marked[0] + sum(units) + widths
    bins = tuple(max(length - 1, 0) for length in edges)
    sizes = InputSizes(encoded, numbers, bins, tuple(rows for rows in tables if rows))
    count = _parameter_count(recipe, sizes, outputs, tasks, shapes["parameters"], name)
    columns, target = ("F64", (numbers,)), ("F64", (outputs,))
    return {
        "parameters": ("F32", (count,)),
        "marked": ("I64", marked),
        "places": ("I64", (places,)),
        "factors": ("F64", (widths,)),
        "edges": ("F64", (sum(edges),)),
        "centre": columns,
        "scale": columns,
        "knots": ("F64", (numbers, knots)),
        "scores": ("F64", (knots,)),
        "target_centre": target,
        "target_scale": target,
        "target_low": target,
        "target_high": target,
    }


def _tables_of(network: dict[str, Any], recipe: Recipe, schema: Schema, name: str) -> list[int]:
    """Rows of each categorical column's table, 0 where it has none: at most its categories, missing and unknown."""
    tables: list[int] = network["tables"]
    lengths = _map_lengths(schema)
    whole = isinstance(tables, list) and all(type(rows) is int for rows in tables) and len(tables) == len(lengths)
    require(whole, name, "its categories have no tables")
    asked = recipe.categories.embedding > 0
    for rows, length, units in zip(tables, lengths, network["units"], strict=True):
        fits = rows == 0 or (asked and units == 1 and 2 <= rows <= length + 1)
        require(fits, name, "a table of a categorical column does not fit its categories")
    return tables


def _edges_of(network: dict[str, Any], recipe: Recipe, numbers: int, name: str) -> list[int]:
    """How many edges each number's bins have, for a piecewise linear embedding."""
    edges: list[int] = network["edges"]
    wanted = numbers if recipe.number_embedding.name == "piecewise" else 0
    whole = isinstance(edges, list) and all(type(count) is int for count in edges) and len(edges) == wanted
    require(whole, name, "the bins of its numbers are missing")
    most = getattr(recipe.number_embedding, "bins", 0) + 1
    require(all(count == 0 or 2 <= count <= most for count in edges), name, "a number has more bins than asked for")
    return edges


def _parameter_count(
    recipe: Recipe, sizes: InputSizes, outputs: int, tasks: tuple[Task, ...], came: Shape, name: str
) -> int:
    """Parameters that the recipe calls for. A layer has at least as many as it has units, and tied layers as many as
    one of them: a recipe wider or deeper than the file has parameters is refused before anything is made of it.
    """
    require(len(came) == 1, name, "its parameters are not one row of numbers")
    units = [*recipe.hidden, *recipe.tasks.hidden * len(tasks)]
    deep = len(units) > max(came[0], DEEPEST_TIED)
    if recipe.sharing.hard and recipe.sharing.layers:
        alike = set(zip(recipe.hidden[:-1], recipe.hidden[1:], strict=True))
        units = [*recipe.hidden[:1], *(width for _, width in alike), *units[len(recipe.hidden) :]]
    small = not deep and sum(units) <= came[0] and outputs <= came[0]
    require(small, name, f"its recipe has more units than the file has parameters ({came[0]})")
    if tasks:
        check_names(recipe, tasks)
    for task in tasks:
        task_loss(recipe, task)
    return make_segments(recipe, sizes, outputs, tasks)[2]


def _map_lengths(schema: Schema) -> list[int]:
    """Entries of each categorical column's map: its categories, and the missing value."""
    return [len(column.vocabulary) + 1 for column in schema.columns if column.kind == "category"]


def sparse_widths(schema: Schema) -> list[int]:
    """Columns of each sparse group: a group a text, or one for a sparse table."""
    return [len(schema.sparse)] if schema.sparse else [c.width for c in schema.columns if c.kind == "text"]


def check_values(
    network: dict[str, Any], tensors: dict[str, NDArray[Any]], i: int, schema: Schema, name: str
) -> Encoding:
    """The encoding of network i, its numbers finite and its places inside the columns they point to."""
    tables = {key.partition(".")[2]: tensors[key] for key in tensors if key.startswith(f"{i}.")}
    for table in _FINITE:
        require(bool(np.isfinite(tables[table]).all()), name, f"{table} holds a number that is not finite")
    marked, places = tables["marked"], np.split(tables["places"], np.cumsum(_map_lengths(schema))[:-1])
    places = places if schema.code_names else []
    rising = bool((np.diff(marked) > 0).all()) and bool(((marked >= 0) & (marked < len(tables["centre"]))).all())
    require(rising, name, "its marks of missing values point to no column")
    for entries, units, rows in zip(places, network["units"], network["tables"], strict=True):
        least, end = (PAIR_HIGH if units == 1 and not rows else PAIR_LOW + 1), (rows - 1 if rows else units)
        require(bool(((entries >= least) & (entries < end)).all()), name, "a category has a place beyond its columns")
    edges = np.split(tables["edges"], np.cumsum(network["edges"])[:-1]) if network["edges"] else []
    require(all(bool((np.diff(part) > 0).all()) for part in edges), name, "the edges of a number's bins do not rise")
    widths = sparse_widths(schema)
    kinds = ["numbers"] if schema.sparse else ["text"] * len(widths)
    require(
        network["sparse_kinds"] == kinds and type(network["smooth_clip"]) is bool, name, "its encoding does not fit"
    )
    factors = np.split(tables["factors"], np.cumsum(widths)[:-1]) if widths else []
    return Encoding(
        smooth_clip=network["smooth_clip"],
        places=tuple(places),
        units=tuple(network["units"]),
        factors=tuple(factors),
        sparse_kinds=tuple(kinds),  # type: ignore[arg-type]
        image=schema.image,
        tables=tuple(network["tables"]),
        edges=tuple(edges),
        **{table: tables[table] for table in tables if table not in ("parameters", "places", "factors", "edges")},  # type: ignore[arg-type]
    )
