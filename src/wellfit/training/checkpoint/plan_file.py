"""What does not change while a run trains, as files: its plans, its data, and what members take over.

plan.json             recipes, views' names, seeds, budget, fingerprint
data.safetensors      the raw columns, target, weights and the views' rows, once
starts.safetensors    what members take over from other networks, once
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from wellfit.engines.compiled.run.training_run import TrainingRun, make_training_run
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.start import Start, start_from_plain, start_to_plain
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, SparseColumns, Target, Task, View
from wellfit.training.checkpoint.fingerprint import fingerprint
from wellfit.training.checkpoint.sealed import read_arrays, read_json, write_arrays, write_json

FORMAT = 4
PLAN = "plan.json"
DATA = "data.safetensors"
STARTS = "starts.safetensors"
PARTS = ("training", "validation", "test")


def save_plans(run: TrainingRun, budget: Budget, folder: Path) -> None:
    """Write everything that does not change during training. The plan comes last: with it the folder is a run."""
    plans = [member.plan for member in run.members]
    views = _distinct([plan.view for plan in plans])
    starts = _distinct([plan.start for plan in plans if plan.start is not None])
    recipes = list(dict.fromkeys(plan.recipe.to_json() for plan in plans))
    _save_data(run, views, folder)
    target, arrays = run.target, run.arrays
    content = {
        "format": FORMAT,
        "fingerprint": fingerprint(),
        "probes": run.probed_every,
        "budget": asdict(budget),
        "recipes": [json.loads(recipe) for recipe in recipes],
        "views": [view.name for view in views],
        "members": [
            {
                "recipe": recipes.index(plan.recipe.to_json()),
                "view": _place(plan.view, views),
                "seed": plan.seed,
                "start": None if plan.start is None else _place(plan.start, starts),
            }
            for plan in plans
        ],
        "target": {"kind": target.kind, "labels": list(target.labels), "tasks": [asdict(t) for t in target.tasks]},
        "levels": list(arrays.levels),
        "groups": list(arrays.sparse.groups) if arrays.sparse else None,
        "image": arrays.image,
        "starts": _save_starts(starts, folder),
    }
    write_json(folder / PLAN, content)


def read_plan(folder: Path) -> dict[str, Any]:
    """The content of plan.json.

    Raises:
        InputError: it cannot be read, or is of another format.
        ValueError: it is damaged.
    """
    plan = read_json(folder / PLAN, "The plan")
    if plan["format"] != FORMAT:
        raise InputError(f"The run in {str(folder)!r} has format {plan['format']}; this version reads {FORMAT}.")
    return plan


def rebuild(plan: dict[str, Any], folder: Path) -> TrainingRun:
    """The run of a plan, its members before their first update."""
    tensors, _ = read_arrays(folder / DATA)
    recipes = [Recipe.from_dict(table) for table in plan["recipes"]]
    views = [
        View(**{part: tensors[f"view{k}.{part}"] for part in PARTS}, name=name, weight=tensors.get(f"view{k}.weight"))
        for k, name in enumerate(plan["views"])
    ]
    starts = _load_starts(plan["starts"], folder)
    plans = [
        Plan(recipes[m["recipe"]], views[m["view"]], m["seed"], None if m["start"] is None else starts[m["start"]])
        for m in plan["members"]
    ]
    target = Target(plan["target"]["kind"], tensors["target"], tuple(plan["target"]["labels"]), _tasks(plan))
    return make_training_run(plans, _arrays(plan, tensors), target, tensors["weight"], plan["probes"])


def budget_of(plan: dict[str, Any]) -> Budget:
    """The budget that a run was begun with."""
    updates = plan["budget"]["updates"]
    return Budget(plan["budget"]["seconds"], None if updates is None else tuple(updates))


def _distinct(values: Sequence[Any]) -> list[Any]:
    """Each object once, in the order of coming."""
    return list({id(value): value for value in values}.values())


def _place(value: Any, values: Sequence[Any]) -> int:
    return next(k for k, other in enumerate(values) if other is value)


def _save_data(run: TrainingRun, views: list[View], folder: Path) -> None:
    arrays, sparse = run.arrays, run.arrays.sparse
    tensors: dict[str, Any] = {"numbers": arrays.numbers, "codes": arrays.codes, "target": run.target.values}
    tensors["weight"] = run.weight
    for k, view in enumerate(views):
        tensors |= {f"view{k}.{part}": getattr(view, part) for part in PARTS}
        if view.weight is not None:
            tensors[f"view{k}.weight"] = view.weight
    if sparse is not None:
        tensors |= {"starts": sparse.starts, "indices": sparse.indices, "values": sparse.values}
        tensors["columns"] = np.array([sparse.columns])
    write_arrays(folder / DATA, tensors)


def _save_starts(starts: list[Start], folder: Path) -> list[dict[str, Any]]:
    """Write what members take over from other networks; returns what of it JSON holds."""
    plain: list[dict[str, Any]] = []
    tensors: dict[str, Any] = {}
    for k, start in enumerate(starts):
        table, arrays = start_to_plain(start)
        plain.append(table)
        tensors |= {f"start{k}.{name}": array for name, array in arrays.items()}
    if starts:
        write_arrays(folder / STARTS, tensors)
    return plain


def _load_starts(plain: list[dict[str, Any]], folder: Path) -> list[Start]:
    tensors = read_arrays(folder / STARTS)[0] if plain else {}
    starts = []
    for k, table in enumerate(plain):
        head = f"start{k}."
        own = {name.removeprefix(head): array for name, array in tensors.items() if name.startswith(head)}
        starts.append(start_from_plain(table, own))
    return starts


def _arrays(plan: dict[str, Any], tensors: dict[str, Any]) -> Arrays:
    sparse = None
    if plan["groups"] is not None:
        groups = tuple((int(a), int(b), kind) for a, b, kind in plan["groups"])
        columns = int(tensors["columns"][0])
        sparse = SparseColumns(tensors["starts"], tensors["indices"], tensors["values"], columns, groups)
    image = tuple(map(int, plan["image"])) if plan["image"] else None
    return Arrays(tensors["numbers"], tensors["codes"], tuple(plan["levels"]), sparse, image)  # type: ignore[arg-type]


def _tasks(plan: dict[str, Any]) -> tuple[Task, ...]:
    given: list[dict[str, Any]] = plan["target"]["tasks"]
    return tuple(
        Task(t["name"], t["kind"], tuple(t["labels"]), tuple(t["columns"]), tuple(t["outputs"])) for t in given
    )
