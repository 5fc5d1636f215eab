"""Writing results: three files that appear together, or not at all."""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import wellfit
from wellfit.cli.measure import Measured
from wellfit.cli.prepare import Prepared
from wellfit.cli.screen import verdict
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.errors import InputError
from wellfit.models.model import Model

FILES = ("history.parquet", "result.json", "model.wellfit")
LIBRARIES = ("numpy", "numba", "scipy", "scikit-learn", "polars")


def refuse_earlier_result(folder: Path, overwrite: bool) -> None:
    """InputError where a folder holds files that would be written over, unless that is asked for."""
    there = [name for name in FILES if (folder / name).exists()]
    if there and not overwrite:
        raise InputError(
            f"The folder {str(folder)!r} already holds {there[-1]}: choose another with --out, or give --overwrite."
        )


def make_folder(path: Path) -> bool:
    """Make a folder that can be written. Returns whether it is new.

    Raises:
        InputError: it cannot be made or written.
    """
    new = not path.exists()
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path):
            return new
    except OSError as error:
        raise InputError(f"The folder {str(path)!r} cannot be written: {error.strerror}.") from None


def write_results(folder: Path, model: Model, result: dict[str, Any], population: TrainingRun) -> None:
    """Write model, results and history under a temporary name, then move them to their places, the model last.

    Raises:
        InputError: the folder cannot be written (any more).
    """
    aside = None
    try:
        aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
        population.history.write_parquet(aside / "history.parquet")
        (aside / "result.json").write_text(json.dumps(plain(result), indent=2, allow_nan=False) + "\n")
        model.save(aside / "model.wellfit")
        for name in FILES:
            os.replace(aside / name, folder / name)
    except OSError as error:
        raise InputError(f"The results cannot be written to {str(folder)!r}: {error.strerror or error}.") from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def result_table(
    options: dict[str, Any], prepared: Prepared, population: TrainingRun, model: Model, measured: list[Measured],
    notes: list[str], seconds: dict[str, float],
) -> dict[str, Any]:  # fmt: skip
    """What result.json holds: enough to know what was done, with what, on what, and how good it is."""
    members = []
    for member, decision in zip(population.members, population.decisions, strict=True):
        view = member.plan.view
        members.append({
            **decision, "view": view.name, "seed": member.plan.seed, "epochs": member.epoch,
            "training_rows": len(view.training), "validation_rows": len(view.validation),
            "best_update": member.best_update, "best_validation_loss": member.best_loss,
        })  # fmt: skip
    tested = len(prepared.test.weight) if prepared.test else 0
    return {
        "wellfit": wellfit.__version__,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "platform": platform.platform(),
        "options": {name: str(value) if isinstance(value, Path) else value for name, value in options.items()},
        "seed": options["seed"],
        "interrupted": population.interrupted,
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "target": {"column": options["target"], "kind": model.kind, **_range(prepared)},
        "rows": {"training": len(prepared.train.weight), "test": tested, "test_source": prepared.test_source},
        "scores": [_scores(one) for one in measured],
        "members": members,
        **{name: model.info[name] for name in ("refit", "cross_validation", "out_of_bag") if name in model.info},
        "recipe": population.members[0].recipe.to_dict(),
        "columns": prepared.schema.describe(),
        "notes": notes,
    }


def _range(prepared: Prepared) -> dict[str, Any]:
    target = prepared.train.target
    if target.tasks:
        known = {task.name: int((~np.isnan(target.of_task(task).values).any(axis=1)).sum()) for task in target.tasks}
        return {"tasks": [{"name": t.name, "kind": t.kind, "labels": known[t.name]} for t in target.tasks]}
    if target.kind in ("binary", "classes"):
        counts = np.bincount(target.values[:, 0].astype(np.int64), minlength=len(target.labels))
        return {"classes": list(target.labels), "training_counts": counts.tolist()}
    return {"minimum": target.values.min(), "maximum": target.values.max(), "mean": target.values.mean()}


def _scores(measured: Measured) -> dict[str, Any]:
    lines = [
        {"name": line.name, **line.scores, "intervals_95": line.intervals, "remark": line.remark}
        for line in measured.lines
    ]
    gap = measured.difference
    difference = None
    if gap is not None:
        difference = {"baseline": gap.baseline, "score": gap.score, "baseline_minus_networks": gap.value,
                      "interval_95": gap.interval, "verdict": verdict(gap)}  # fmt: skip
    of_task = {"task": measured.task} if measured.task else {}
    return {"on": measured.where, **of_task, "rows": measured.rows, "predictors": lines, "difference": difference}


def plain(value: Any) -> Any:
    """Values that JSON can hold: NaN and infinities become null."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
