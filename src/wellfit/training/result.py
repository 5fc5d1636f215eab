"""The result of training as plain data, of a population and the model made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.models.model import Model
from wellfit.statistics.result import KEPT_INFO, Comparison, FitResult, as_json_values
from wellfit.tables.arrays import Target
from wellfit.tables.split import SplitTable


def result_of_training(
    data: SplitTable, population: TrainingRun, model: Model, *, seed: int, comparisons: Sequence[Comparison] = ()
) -> FitResult:
    """The result of a population trained on a table, without seconds; the notes are those of the table.

    data: the table. model: what was made of the population. seed: the first seed.
    comparisons: on the rows that were held out (default: none).
    """
    tested = 0 if data.test is None else len(data.test.weight)
    return FitResult(
        target={"column": data.column, "kind": model.kind, **_described(data.train.target)},
        rows={"training": len(data.train.weight), "test": tested, "test_source": data.test_source},
        columns=tuple(data.schema.describe()),
        recipe=population.members[0].recipe.to_dict(),
        seed=seed,
        members=tuple(_members(population)),
        comparisons=tuple(comparisons),
        model_info={name: model.info[name] for name in KEPT_INFO if name in model.info},
        notes=tuple(data.notes),
        checks=tuple(one.to_plain() for one in data.checks),
        interrupted=population.interrupted,
    )


def _members(population: TrainingRun) -> list[dict[str, Any]]:
    """Every network: what it was trained on, how it ended, and its best state."""
    last = {int(one["member"]): one for one in population.decisions}  # run after run
    members = []
    for index, member in enumerate(population.members):
        view = member.plan.view
        members.append({
            **last[index], "view": view.name, "seed": member.plan.seed, "epochs": member.epoch,
            "training_rows": len(view.training), "validation_rows": len(view.validation),
            "best_update": member.best_update, "best_validation_loss": as_json_values(member.best_loss),
        })  # fmt: skip
    return members


def _described(target: Target) -> dict[str, Any]:
    """The classes with their counts, the range of numbers, or the tasks with how many labels each has."""
    if target.tasks:
        known = {task.name: int((~np.isnan(target.of_task(task).values).any(axis=1)).sum()) for task in target.tasks}
        return {"tasks": [{"name": t.name, "kind": t.kind, "labels": known[t.name]} for t in target.tasks]}
    if target.kind in ("binary", "classes"):
        counts = np.bincount(target.values[:, 0].astype(np.int64), minlength=len(target.labels))
        return {"classes": list(target.labels), "training_counts": counts.tolist()}
    values = target.values.astype(np.float64)
    return {"minimum": float(values.min()), "maximum": float(values.max()), "mean": float(values.mean())}
