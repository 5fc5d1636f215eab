"""`wellfit info`: what a saved model is, for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from wellfit.cli.output import write_out
from wellfit.cli.recipes import in_few_words
from wellfit.cli.screen import counted, printable, result_screen, say, show_columns, simple_table
from wellfit.models.model import Model
from wellfit.models.model.file import VERSION
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Label, Task

MOST_CLASSES = 12
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
    show_columns(console, plain["columns"])


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
        "columns": model.schema.describe(),
        "missing_marks": list(model.schema.missing),
    }


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
        return [f"Target   {task.name}: {_target_in_words(task)}" for task in model.tasks]
    name = f"{plain['target']}: " if plain["target"] else ""
    encoding = model.networks[0].encoding
    whole = Task("", model.kind, model.labels, (0, len(encoding.target_low)), (0, 1))
    return [f"Target   {name}{_target_in_words(whole)}"]


def _target_in_words(task: Task) -> str:
    if task.kind in ("binary", "classes"):
        return f"a class, one of {len(task.labels):,}: {_labels(task.labels)}"
    if len(task.labels) > 1:
        return f"{len(task.labels):,} {task.kind}: {_labels(task.labels)}"
    return WORDS[task.kind]


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
