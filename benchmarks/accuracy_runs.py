"""The file of results: a JSON line a fit; what stands there is not run again. Each fit is a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from accuracy_data import load, write_task

THREAD_NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
KEY = ("task", "system", "seed", "time_limit", "split", "budget")


def key_of(line: dict[str, Any]) -> tuple[Any, ...]:
    """What makes a fit the same fit."""
    return tuple(line.get(name) for name in KEY)


def seconds_of(text: str) -> float:
    """Such as "90", "90s", "1.5m" or "1h"."""
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:])
    seconds = float(text[:-1] if unit else text) * (unit or 1)
    if not 0 < seconds < float("inf"):
        raise ValueError(f"a time is above 0, and {text!r} is not")
    return seconds


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a file; none if there is no file. A last line cut short by a crash is left out."""
    if not path.exists():
        return []
    whole = path.read_text().rpartition("\n")[0]
    return [json.loads(line) for line in whole.split("\n") if line]


def append_line(path: Path, record: dict[str, Any]) -> None:
    """Add a line, after what a crash may have cut short has been taken away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        file.seek(0)
        content = file.read()
        if content and not content.endswith(b"\n"):
            file.truncate(content.rfind(b"\n") + 1)
        file.write(json.dumps(record).encode() + b"\n")


def to_run(
    jobs: Iterable[dict[str, Any]], lines: Iterable[dict[str, Any]], retry: bool = False
) -> list[dict[str, Any]]:
    """The jobs that no line answers; with `retry`, also those whose last line is a failure."""
    last = {key_of(line): line for line in lines}
    done = {key for key, line in last.items() if not (retry and "failed" in line)}
    return [job for job in jobs if key_of(job) not in done]


def rows_name(job: dict[str, Any]) -> str:
    """File of a fit's row results."""
    parts = [str(job[name]) for name in ("task", "system", "seed")]
    if job.get("time_limit") is not None:
        parts.append(f"{job['time_limit']:g}s")
    return "--".join(parts) + ".npz"


def run_fit(job: dict[str, Any], give_up: float) -> dict[str, Any]:
    """Run a job in a fresh process; its line. `give_up`: seconds after which it is stopped and counts as failed.

    job["python"]: the interpreter of an environment of its own, which need not have wellfit.
    """
    surroundings = {**os.environ, **{name: str(job["threads"]) for name in THREAD_NAMES}}
    if paths := os.environ.get("PYTHONPATH"):
        surroundings["PYTHONPATH"] = os.pathsep.join(os.path.abspath(path) for path in paths.split(os.pathsep))
    python = job.get("python")
    if python:
        surroundings.pop("PYTHONPATH", None)  # its packages are its own
    with tempfile.TemporaryDirectory() as folder:
        if python:
            job = {**job, "written": str(Path(folder) / "task.json")}
            write_task(load(Path(job["data"]), job["task"], job.get("split", 0)), Path(job["written"]))
        told, answer, errors = (Path(folder) / name for name in ("job.json", "result.json", "errors.txt"))
        told.write_text(json.dumps(job))
        command = [python or sys.executable, str(Path(__file__).with_name("accuracy_fit.py")), str(told), str(answer)]
        start = time.perf_counter()
        with errors.open("wb") as out:
            # In its own folder: some rivals leave logs where they run.
            child = subprocess.Popen(command, cwd=folder, env=surroundings, stdout=out, stderr=out)
            try:
                code = child.wait(give_up)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                code = None
        result = json.loads(answer.read_text()) if answer.exists() else {"failed": _why(code, errors, give_up)}
    described = {name: job[name] for name in (*KEY, "threads") if job.get(name) is not None}
    return {**described, **result, "process_seconds": round(time.perf_counter() - start, 3)}


def _why(code: int | None, errors: Path, give_up: float) -> str:
    """Why there is no result."""
    if code is None:
        return f"stopped after {give_up:g} s"
    return f"ended with status {code}: {errors.read_text(errors='replace')[-300:]}"


def run_all(jobs: list[dict[str, Any]], out: Path, give_up: float) -> None:
    """Run jobs one after another, a line each."""
    for number, job in enumerate(jobs, 1):
        line = run_fit(job, give_up)
        append_line(out, line)
        said = (
            line.get("failed")
            or f"error {line['error']:.4f}  {line['seconds']:.1f} s  {line['core_seconds']:.1f} core-s"
        )
        limit = f" {job['time_limit']:g}s" if job.get("time_limit") else ""
        print(f"{number}/{len(jobs)}  {job['task']}  {job['system']}{limit}  seed {job['seed']}  {said}", flush=True)
