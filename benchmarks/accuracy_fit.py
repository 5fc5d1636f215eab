"""One fit in a process of its own: `python accuracy_fit.py JOB RESULT`, both JSON files.

So its processor seconds and its memory are its own, nothing it leaves behind reaches the next fit, and a crash costs
one line.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import traceback
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from accuracy_data import Task, load, read_task
from accuracy_systems import SYSTEMS, Fit

DISTRIBUTIONS = {"sklearn": "scikit-learn", "autogluon": "autogluon.tabular"}


def core_seconds() -> float:
    """Processor seconds of this process, all its threads, and the processes it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def score_classes(task: Task, model: Any, said: np.ndarray) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Error rate, log-loss and AUC (two classes) on the test rows; wrong or not, and log-loss, of each row."""
    wrong = np.asarray(said).reshape(-1).astype(str) != task.y_test  # CatBoost says a column
    found, rows = {"error": float(wrong.mean())}, {"wrong": wrong}
    if hasattr(model, "predict_proba"):
        p = np.asarray(model.predict_proba(task.X_test), dtype=np.float64)
        classes = np.asarray(model.classes_).astype(str)
        place = {name: i for i, name in enumerate(classes)}
        true = np.array([place[name] for name in task.y_test])
        p = np.clip(p / p.sum(axis=1, keepdims=True), np.finfo(np.float64).eps, 1.0)
        losses = -np.log(p[np.arange(len(true)), true])
        found["log_loss"], rows["log_loss"] = float(losses.mean()), losses.astype(np.float32)
        if len(classes) == 2 and 0 < true.mean() < 1:
            from sklearn.metrics import roc_auc_score

            found["auc"] = float(roc_auc_score(true, p[:, 1]))
    return found, rows


def score_numbers(task: Task, said: np.ndarray) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """1 - R2 and RMSE on the test rows, and the squared error of each row."""
    squared = (np.asarray(said, dtype=np.float64).reshape(-1) - task.y_test) ** 2
    error = squared.sum() / ((task.y_test - task.y_test.mean()) ** 2).sum()
    found = {"error": float(error), "rmse": float(np.sqrt(squared.mean()))}
    return found, {"squared": squared.astype(np.float32)}


def own_words(model: Any) -> dict[str, Any]:
    """What wellfit says of its search: seconds on training and on choosing, and the loss it expects."""
    words: dict[str, Any] = {}
    record = getattr(model, "record_", None)
    if isinstance(record, dict) and isinstance(record.get("seconds"), dict):
        words["seconds_on"] = {
            name: value for name, value in record["seconds"].items() if isinstance(value, int | float)
        }
    estimate = getattr(model, "estimate_", None)
    if estimate is not None:
        words["estimate"] = estimate.to_plain() if hasattr(estimate, "to_plain") else {"mean": float(estimate)}
    return words


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Versions of what the fit ran on."""
    found = {"python": sys.version.split()[0]}
    for package in dict.fromkeys(("numpy", "sklearn", *packages)):
        try:
            found[package] = version(DISTRIBUTIONS.get(package, package))
        except PackageNotFoundError:  # on the path without being installed, as a source folder is
            found[package] = str(getattr(sys.modules.get(package), "__version__", "unknown"))
    return found


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Fit, predict, score; row results go to the job's file."""
    written = job.get("written")  # by a process that has wellfit, which reads tables, where this one has not
    task = read_task(Path(written)) if written else load(Path(job["data"]), job["task"], job.get("split", 0))
    system = SYSTEMS[job["system"]]
    told = Fit(task.is_class, job["seed"], job["threads"], job["time_limit"], job.get("budget"), task.X)
    model = system.make(told)
    start, used = time.perf_counter(), core_seconds()
    model.fit(task.X, task.y)
    seconds, cores = time.perf_counter() - start, core_seconds() - used
    start = time.perf_counter()
    said = model.predict(task.X_test)
    predicting = time.perf_counter() - start
    found, rows = score_classes(task, model, said) if task.is_class else score_numbers(task, said)
    if job.get("rows"):
        np.savez_compressed(job["rows"], **rows)
    return {
        "kind": "class" if task.is_class else "number",
        **found,
        "train_rows": len(task.y),
        "test_rows": len(task.y_test),
        "seconds": round(seconds, 3),
        "core_seconds": round(cores, 3),
        "predict_seconds": round(predicting, 4),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        **own_words(model),
        "versions": versions(system.packages),
    }


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # rivals warn of rows that did not converge and the like: not our matter
            result = measure(job)
    except Exception as error:
        traceback.print_exc()
        result = {"failed": f"{type(error).__name__}: {error}"[:500]}
    Path(sys.argv[2]).write_text(json.dumps(result))


if __name__ == "__main__":
    main()
