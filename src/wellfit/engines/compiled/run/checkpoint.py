"""Checkpoints: a folder from which a killed run goes on to the same bits.

plan.json             recipes, views' names, seeds, budget, fingerprint
data.safetensors      the raw columns, target, weights and the views' rows, once
starts.safetensors    what members take over from other networks, once
member-00000.safetensors   one member's state, rewritten when it has changed
decisions.json        how each member ended, run after run
"""

from __future__ import annotations

import json
import platform
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import wellfit
from wellfit.engines.compiled.run.joint_stopping import Pending
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.population import Population, make_population, run_population
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.history import HISTORY
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import Observer
from wellfit.engines.contract.start import Start, start_from_plain, start_to_plain
from wellfit.errors import InputError
from wellfit.files import write_atomically
from wellfit.numerics.cache import source_fingerprint
from wellfit.numerics.sources import code_fingerprint
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, SparseColumns, Target, Task, View

FORMAT = 1
MEMORY = "memory"
DECISIONS = "decisions.json"
STARTS = "starts.safetensors"


def fingerprint() -> dict[str, str]:
    """What must be equal for a resumed run to give the same bits."""
    import scipy

    package = Path(wellfit.__file__).parent
    files = [*(package / "tables/encoding").glob("*.py"), *(package / "recipe").glob("*.py")]
    return {
        "kernels": source_fingerprint(),
        "encoding": code_fingerprint(sorted(files)),
        "numpy": np.__version__,
        "scipy": scipy.__version__,  # whose BLAS does the matrix products
        "machine": platform.machine(),
    }


def save_plan(population: Population, budget: Budget, folder: Path) -> None:
    """Write everything that does not change during training.

    Raises:
        InputError: the folder cannot be written, or already holds a run.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {str(folder)!r} cannot be made: {error.strerror}.") from None
    if (folder / "plan.json").exists():
        raise InputError(f"The folder {str(folder)!r} already holds a run: resume it, or choose another folder.")
    views: list[View] = []
    for member in population.members:
        if not any(member.plan.view is view for view in views):
            views.append(member.plan.view)
    starts: list[Start] = []
    for member in population.members:
        if member.plan.start is not None and not any(member.plan.start is start for start in starts):
            starts.append(member.plan.start)
    _save_data(population, views, folder)
    recipes = list(dict.fromkeys(member.recipe.to_json() for member in population.members))
    plan = {
        "format": FORMAT,
        "fingerprint": fingerprint(),
        "budget": asdict(budget),
        "recipes": [json.loads(recipe) for recipe in recipes],
        "views": [view.name for view in views],
        "members": [
            {
                "recipe": recipes.index(member.recipe.to_json()),
                "view": next(k for k, view in enumerate(views) if view is member.plan.view),
                "seed": member.plan.seed,
                "start": next((k for k, start in enumerate(starts) if start is member.plan.start), None),
            }
            for member in population.members
        ],
        "target": {
            "kind": population.target.kind,
            "labels": list(population.target.labels),
            "tasks": [asdict(task) for task in population.target.tasks],
        },
        "levels": list(population.arrays.levels),
        "groups": list(population.arrays.sparse.groups) if population.arrays.sparse else None,
        "image": population.arrays.image,
        "starts": _save_starts(starts, folder),
    }
    write_atomically(folder / "plan.json", json.dumps(plan).encode())


def _save_data(population: Population, views: list[View], folder: Path) -> None:
    from safetensors.numpy import save

    arrays, sparse = population.arrays, population.arrays.sparse
    tensors: dict[str, Any] = {"numbers": arrays.numbers, "codes": arrays.codes, "target": population.target.values}
    tensors["weight"] = population.weight
    for k, view in enumerate(views):
        for part in ("training", "validation", "test"):
            tensors[f"view{k}.{part}"] = getattr(view, part)
        if view.weight is not None:
            tensors[f"view{k}.weight"] = view.weight
    if sparse is not None:
        tensors |= {"starts": sparse.starts, "indices": sparse.indices, "values": sparse.values}
        tensors["columns"] = np.array([sparse.columns])
    write_atomically(folder / "data.safetensors", save({k: np.ascontiguousarray(v) for k, v in tensors.items()}))


def _save_starts(starts: list[Start], folder: Path) -> list[dict[str, Any]]:
    """Write what members take over from other networks; returns what of it JSON holds."""
    from safetensors.numpy import save

    plain: list[dict[str, Any]] = []
    tensors: dict[str, Any] = {}
    for k, start in enumerate(starts):
        table, arrays = start_to_plain(start)
        plain.append(table)
        tensors |= {f"start{k}.{name}": array for name, array in arrays.items()}
    if starts:
        content = save({name: np.ascontiguousarray(array) for name, array in tensors.items()})
        write_atomically(folder / STARTS, content)
    return plain


def _load_starts(plain: list[dict[str, Any]], folder: Path) -> list[Start]:
    tensors = _tensors(folder / STARTS) if plain else {}
    starts = []
    for k, table in enumerate(plain):
        head = f"start{k}."
        starts.append(
            start_from_plain(table, {n.removeprefix(head): a for n, a in tensors.items() if n.startswith(head)})
        )
    return starts


def save_member(member: Member, index: int, folder: Path) -> None:
    """Write a member's state under a temporary name, then rename."""
    from safetensors.numpy import save

    tensors = {"parameters": member.parameters, "state": member.state, "sums": member.sums}
    tensors["history"] = np.array(member.history, dtype=np.float64).reshape(len(member.history), len(HISTORY))
    if member.task_history:
        tensors["task_history"] = np.array(member.task_history, dtype=np.float64)
    if member.best is not None:
        tensors["best"] = member.best
    tensors |= {f"snapshot.{update}": copy for update, copy in member.snapshots.items()}
    tensors |= {f"pending.{place}": state.weights for place, state in member.pending.items()}
    # Infinity is not JSON: the memory's numbers go as hexadecimal text, exactly.
    memory = {name: float(value).hex() for name, value in member.memory.items()}
    standing = {"update": member.update, "status": member.status, "rate": member.rate.hex(), MEMORY: memory}
    standing["pending"] = {str(place): [state.update, state.loss.hex()] for place, state in member.pending.items()}
    content = save({k: np.ascontiguousarray(v) for k, v in tensors.items()}, {"standing": json.dumps(standing)})
    write_atomically(folder / f"member-{index:05d}.safetensors", content)


def save_decisions(population: Population, folder: Path) -> None:
    """Write how each member ended, run after run."""
    write_atomically(folder / DECISIONS, json.dumps(population.decisions).encode())


def load_population(folder: str | Path) -> tuple[Population, Budget]:
    """A saved population, each member at its last checkpoint.

    Raises:
        InputError: the folder holds no run, or one that cannot be read.
    """
    folder = Path(folder)
    try:
        plan = json.loads((folder / "plan.json").read_text())
        if plan["format"] != FORMAT:
            raise InputError(f"The run in {str(folder)!r} has format {plan['format']}; this version reads {FORMAT}.")
        population = _rebuild(plan, folder)
        for index, member in enumerate(population.members):
            restore_member(member, folder / f"member-{index:05d}.safetensors")
        if (folder / DECISIONS).exists():
            population.decisions = json.loads((folder / DECISIONS).read_text())
    except (OSError, KeyError, ValueError, TypeError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"The folder {str(folder)!r} does not hold a run that can be resumed: {error}.") from None
    differing = [name for name, value in fingerprint().items() if plan["fingerprint"].get(name) != value]
    if differing:
        warnings.warn(
            f"The run in {str(folder)!r} was started with other {' and '.join(differing)}: it goes on, "
            "but not to the same bits as without the interruption.",
            RuntimeWarning,
            stacklevel=2,
        )
    updates = plan["budget"]["updates"]
    return population, Budget(plan["budget"]["seconds"], None if updates is None else tuple(updates))


def _tensors(path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(path.read_bytes())
    except SafetensorError as error:
        raise InputError(f"{path} is damaged: {error}.") from None


def _rebuild(plan: dict[str, Any], folder: Path) -> Population:
    tensors = _tensors(folder / "data.safetensors")
    sparse = None
    if plan["groups"] is not None:
        groups = tuple((int(a), int(b), kind) for a, b, kind in plan["groups"])
        columns = int(tensors["columns"][0])
        sparse = SparseColumns(tensors["starts"], tensors["indices"], tensors["values"], columns, groups)
    image = tuple(map(int, plan["image"])) if plan.get("image") else None
    arrays = Arrays(tensors["numbers"], tensors["codes"], tuple(plan["levels"]), sparse, image)  # type: ignore[arg-type]
    target = Target(plan["target"]["kind"], tensors["target"], tuple(plan["target"]["labels"]), _tasks(plan))
    recipes = [Recipe.from_dict(table) for table in plan["recipes"]]
    parts = ("training", "validation", "test")
    views = [
        View(**{part: tensors[f"view{k}.{part}"] for part in parts}, name=name, weight=tensors.get(f"view{k}.weight"))
        for k, name in enumerate(plan["views"])
    ]
    starts = [*_load_starts(plan.get("starts", []), folder), None]
    places = [-1 if m.get("start") is None else m["start"] for m in plan["members"]]
    plans = [
        Plan(recipes[m["recipe"]], views[m["view"]], m["seed"], starts[k])
        for m, k in zip(plan["members"], places, strict=True)
    ]
    return make_population(plans, arrays, target, tensors["weight"])


def _tasks(plan: dict[str, Any]) -> tuple[Task, ...]:
    given: list[dict[str, Any]] = plan["target"].get("tasks", [])
    return tuple(
        Task(t["name"], t["kind"], tuple(t["labels"]), tuple(t["columns"]), tuple(t["outputs"])) for t in given
    )


def restore_member(member: Member, path: Path) -> None:
    """Put a member back to its checkpoint; without one it stands at its beginning."""
    from safetensors import safe_open

    if not path.exists():
        return  # killed before its first checkpoint: it starts anew, to the same bits
    tensors = _tensors(path)
    with safe_open(path, framework="numpy") as file:
        standing = json.loads(file.metadata()["standing"])
    if not len(tensors["parameters"]):  # a search has forgotten its weights
        member.parameters = member.parameters[:0]
    member.parameters[:] = tensors["parameters"]
    member.state[:] = tensors["state"]
    member.sums[:] = tensors["sums"]
    member.best = tensors["best"].copy() if "best" in tensors else None
    copies = {name.partition(".")[2]: copy for name, copy in tensors.items() if name.startswith("snapshot.")}
    member.snapshots = {int(update): copy.copy() for update, copy in copies.items()}
    for place, (update, loss) in standing.get("pending", {}).items():
        member.pending[int(place)] = Pending(update, float.fromhex(loss), tensors[f"pending.{place}"].copy())
    member.history = [tuple(map(float, line)) for line in tensors["history"]]
    member.task_history = [tuple(map(float, line)) for line in tensors.get("task_history", [])]
    member.memory = {name: float.fromhex(value) for name, value in standing[MEMORY].items()}
    member.update, member.status = int(standing["update"]), str(standing["status"])
    member.turn()
    member.rate = float.fromhex(standing["rate"])


def resume_population(
    folder: str | Path, n_jobs: int = 1, budget: Budget | None = None, observers: tuple[Observer, ...] = ()
) -> Population:
    """Go on with a run that was killed or interrupted, to the same bits as without.

    A run that its budget had ended goes on too; the evaluation at the budget's end then stays in its history, so that
    it equals a run with the same two budgets, not one without.

    budget: a new one; by default the run's own, a time limit counted afresh.
    """
    population, own = load_population(folder)
    return run_population(population, budget or own, n_jobs, folder, observers)
