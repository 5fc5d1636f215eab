"""`wellfit info`: what a saved model is, for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from wellfit.cli.output import write_out
from wellfit.cli.recipes import in_few_words
from wellfit.cli.screen import (
    LONGEST_NAME,
    MOST_COLUMNS_SHOWN,
    USED,
    counted,
    printable,
    result_screen,
    say,
    show_left_out,
    simple_table,
)
from wellfit.models.model import Model
from wellfit.models.model.file import VERSION
from wellfit.recipe import Recipe
from wellfit.tables import MISSING_MARKS
from wellfit.tables.arrays import Label, TargetKind
from wellfit.tables.columns.columns import Column

MOST_CLASSES = 12
MOST_CATEGORIES = 8
WORDS = {
    "binary": "a class",
    "classes": "a class",
    "labels": "yes/no labels",
    "numbers": "a number",
    "counts": "a count",
}


def show_model(path: Path, as_json: bool) -> None:
    """Print what a saved model is.

    Raises:
        InputError: the file cannot be read, or is no model.
    """
    model = Model.load(path)
    plain = model_as_plain(model, path)
    if as_json:
        write_out(json.dumps(plain, indent=2, allow_nan=False) + "\n")
        return
    console = result_screen()
    _show_head(console, model, plain)
    _show_networks(console, plain["networks"])
    _show_columns(console, model, plain["columns"])


def model_as_plain(model: Model, path: Path) -> dict[str, Any]:
    """What a model is, as values that JSON holds."""
    info = model.info
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "file_version": VERSION,
        "made_with": info.get("versions"),
        "trained_on": info.get("table"),
        "target": info.get("target"),
        "kind": model.kind,
        "labels": list(model.labels),
        "tasks": [{"name": task.name, "kind": task.kind, "labels": list(task.labels)} for task in model.tasks],
        "score": model.score_sentence or None,
        "average": model.average,
        "networks": _networks(model),
        "columns": _columns(model),
        "missing_marks": list(model.schema.missing),
    }


def _columns(model: Model) -> list[dict[str, Any]]:
    """Each column of the training table: its kind, and how it is read."""
    described = model.schema.describe()
    by_name = {column.name: column for column in model.schema.columns}
    return [
        {**row, "read_as": _read_as(by_name[name]) if (name := row["column"]) in by_name else row["note"]}
        for row in described
    ]


def _read_as(column: Column) -> str:
    """How a column's cells become inputs."""
    if column.kind == "number":
        comma = ["decimal comma"] if column.decimal == "comma" else []
        units = [f"in {column.units[0]}"] if column.units else []
        return ", ".join([f"{column.least:.6g} to {column.most:.6g}", *comma, *units])
    if column.kind == "category":
        more = ", ..." if len(column.vocabulary) > MOST_CATEGORIES else ""
        return ", ".join(column.vocabulary[:MOST_CATEGORIES]) + more
    if column.kind == "date":
        written = f"written as {' or '.join(column.formats)}" if column.formats else "dates"
        return f"{written}, gives {', '.join(column.parts)}"
    return f"{column.tokens} counted in {column.width:,} columns" if column.kind == "text" else column.note


def _show_columns(console: Console, model: Model, columns: list[dict[str, Any]]) -> None:
    """A line a column that is used, and the others with the reason."""
    used = [row for row in columns if row["kind"] in USED]
    table = simple_table("column", "kind", "distinct", "missing", "read as", right=(2, 3), wrapped=(4,))
    for row in used[:MOST_COLUMNS_SHOWN]:
        counts = (f"{row[key]:,}" if row[key] else "" for key in ("distinct", "missing"))
        table.add_row(printable(row["column"], LONGEST_NAME), row["kind"], *counts, printable(row["read_as"]))
    console.print(table)
    if len(used) > MOST_COLUMNS_SHOWN:
        say(console, f"... and {len(used) - MOST_COLUMNS_SHOWN:,} more; --json has them all.")
    show_left_out(console, columns)
    if model.schema.image is None:
        say(console, f"Cells taken as missing: empty ones{_marks(model.schema.missing)}.")


def _marks(missing: tuple[str, ...]) -> str:
    """The marks of a missing value, the usual ones together."""
    usual = set(MISSING_MARKS) <= set(missing)
    others = [repr(mark) for mark in missing if mark and not (usual and mark in MISSING_MARKS)]
    return ", ".join(["", *(["the usual marks (NA, null, ? and the like)"] if usual else []), *others])


def _networks(model: Model) -> list[dict[str, Any]]:
    """Networks with one recipe together, those that weigh most first."""
    found: dict[str, dict[str, Any]] = {}
    for network, weight in zip(model.networks, np.asarray(model.weights), strict=True):
        blank = {"weight": 0.0, "networks": 0, "parameters": 0, "recipe": network.recipe.to_dict()}
        one = found.setdefault(network.recipe.to_json(), blank)
        one["weight"] += float(weight)
        one["networks"] += 1
        one["parameters"] += int(network.parameters.size)
    return sorted(found.values(), key=lambda one: -float(one["weight"]))


def _show_head(console: Console, model: Model, plain: dict[str, Any]) -> None:
    say(console, f"Model    {plain['file']}: {size_in_words(plain['bytes'])}, file version {plain['file_version']}")
    for line in _targets(model, plain):
        say(console, line)
    say(console, f"Score    {model.score_sentence or 'none is kept with the model'}")
    made = plain["made_with"]
    if plain["trained_on"] is not None:
        say(console, f"Trained  on {plain['trained_on']}")
    if isinstance(made, dict):
        say(console, f"Made by  {', '.join(f'{name} {version}' for name, version in made.items())}")
    parameters = sum(one["parameters"] for one in plain["networks"])
    averaged = f", averaged by {model.average}" if len(model.networks) > 1 else ""
    say(console, f"Networks {len(model.networks):,} with {counted(parameters, 'parameter')} in all{averaged}")
    console.print()


def _targets(model: Model, plain: dict[str, Any]) -> list[str]:
    """A line a target."""
    if model.tasks:
        return [f"Target   {task.name}: {_target_in_words(task.kind, task.labels)}" for task in model.tasks]
    name = f"{plain['target']}: " if plain["target"] else ""
    return [f"Target   {name}{_target_in_words(model.kind, model.labels)}"]


def _target_in_words(kind: TargetKind, labels: tuple[Label, ...]) -> str:
    if kind in ("binary", "classes"):
        return f"a class, one of {len(labels):,}: {_labels(labels)}"
    return f"{len(labels):,} {kind}: {_labels(labels)}" if len(labels) > 1 else WORDS[kind]


def _labels(labels: tuple[Label, ...]) -> str:
    more = f" and {len(labels) - MOST_CLASSES:,} more" if len(labels) > MOST_CLASSES else ""
    return ", ".join(map(str, labels[:MOST_CLASSES])) + more


def _show_networks(console: Console, networks: list[dict[str, Any]]) -> None:
    table = simple_table("weight", "networks", "parameters", "recipe", right=(0, 1, 2), wrapped=(3,))
    for one in networks:
        recipe = printable(in_few_words(Recipe.from_dict(one["recipe"])))
        table.add_row(f"{one['weight']:.1%}", f"{one['networks']:,}", f"{one['parameters']:,}", recipe)
    console.print(table)
    console.print()


def size_in_words(size: int) -> str:
    """Bytes for people: 812 bytes, 34.5 kB, 1.2 MB."""
    if size < 1000:
        return counted(size, "byte")
    return f"{size / 1000:.1f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
