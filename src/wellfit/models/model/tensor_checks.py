"""The arrays that a model file must hold, and what they may hold: checked before they are used."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.layers import layer_plan
from wellfit.engines.contract.losses import check_names, task_loss
from wellfit.engines.contract.segments import make_segments
from wellfit.models.model.checks import require
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Task
from wellfit.tables.columns.schema import Schema
from wellfit.tables.encoding import Encoding, InputSizes
from wellfit.techniques.rows.scaling import QuantileScaling
from wellfit.techniques.rows.scaling_kernels import PAIR_HIGH, PAIR_LOW

Shape = tuple[int, ...]
DEEPEST_TIED = 4096  # layers that a file may have whatever its parameters: tied ones need none of their own
_FINITE = ("centre", "scale", "knots", "scores", "target_centre", "target_scale", "factors", "edges")


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
    embeds = recipe.categories.embedding > 0
    for rows, length, units in zip(tables, lengths, network["units"], strict=True):
        fits = rows == 0 or (embeds and units == 1 and 2 <= rows <= length + 1)
        require(fits, name, "a table of a categorical column does not fit its categories")
    return tables


def _edges_of(network: dict[str, Any], recipe: Recipe, numbers: int, name: str) -> list[int]:
    """How many edges each number's bins have, for a piecewise linear embedding."""
    edges: list[int] = network["edges"]
    wanted = numbers if recipe.number_embedding.name == "piecewise" else 0
    whole = isinstance(edges, list) and all(type(count) is int for count in edges) and len(edges) == wanted
    require(whole, name, "the bins of its numbers are missing")
    most = getattr(recipe.number_embedding, "bins", 0) + 1
    require(all(count == 0 or 2 <= count <= most for count in edges), name, "a number has too many bins")
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
    return make_segments(recipe, layer_plan(recipe, sizes, outputs, tasks))[2]


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
