"""Runs that are killed and resumed, for robustness.py."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from robustness_originals import FILES

import wellfit

COMMAND = [sys.executable, "-m", "wellfit"]
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
SECONDS = 600.0  # of a run, before it counts as hanging
SAVED = {"search": "search/state.json", "bag": "training/key.json"}


def kills(count: int, seed: int, folder: Path) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """A name of each run to kill, searches and bags in turn, and what does it."""
    known: dict[str, tuple[list[bytes], float]] = {}
    for k in range(count):
        what = ("search", "bag")[k % 2]
        yield f"kill {seed} {k}", lambda k=k, what=what: _killed(k, seed, what, folder, known)


def fit_command(what: str, folder: Path, out: Path) -> list[str]:
    """The run that is killed: by updates or epochs, so that it can be compared."""
    table, recipe = str(folder / FILES["csv"]), folder / "long.toml"
    recipe.write_text(wellfit.Recipe(hidden=(64, 64), epochs=1500).to_toml())
    limit = ["--budget", "20000"] if what == "search" else ["--recipe", str(recipe), "--folds", "4"]
    return [*COMMAND, "fit", table, "--target", "answer", *limit, "--jobs", "2", "--out", str(out)]


def _whole(what: str, folder: Path, known: dict[str, tuple[list[bytes], float]]) -> tuple[list[bytes], float]:
    """The networks of the run that is not killed, and the seconds that it takes."""
    if what not in known:
        out = folder / f"whole-{what}"
        for _ in range(2):  # the first may compile
            shutil.rmtree(out, ignore_errors=True)
            started = time.monotonic()
            subprocess.run(fit_command(what, folder, out), stdout=subprocess.DEVNULL, check=True)
        known[what] = _weights(out), time.monotonic() - started
    return known[what]


def _killed(
    number: int, seed: int, what: str, folder: Path, known: dict[str, tuple[list[bytes], float]]
) -> dict[str, Any]:
    """One run, killed at a moment drawn at random, up to three times, and resumed."""
    whole, seconds = _whole(what, folder, known)
    rng = np.random.default_rng([seed, number])
    by = SIGNALS[number // 2 % len(SIGNALS)]
    out = folder / "killed"
    shutil.rmtree(out, ignore_errors=True)
    result: dict[str, Any] = {"kind": f"{what} killed by {by.name}", "read": 0, "refused": 0, "failed": []}
    moments = [float(rng.uniform(0, 1.1 * seconds)) for _ in range(int(rng.integers(1, 4)))]
    errors = ""
    for k, after in enumerate(moments):
        resume = ["--resume"] if k else []
        errors += _run_and_kill([*fit_command(what, folder, out), *resume], by, after)
        if (out / "model.wellfit").exists() and not (out / SAVED[what]).exists():
            break
    complaint = _told(out, what, fit_command(what, folder, out))
    if not (out / "model.wellfit").exists() or (out / SAVED[what]).exists():
        done = subprocess.run(
            [*fit_command(what, folder, out), "--resume"], capture_output=True, text=True, check=False
        )
        errors += done.stderr if done.returncode else ""
        complaint = complaint or (f"--resume ended with {done.returncode}" if done.returncode else "")
    if not complaint and _weights(out) != whole:
        complaint = "other networks"
    if not complaint and "Traceback" in errors:
        complaint = "a traceback"
    if complaint:
        times = ", ".join(f"{after:.2f}" for after in moments)
        return {**result, "failed": [[number, f"killed after {times} s: {complaint}: {errors[-400:]}"]]}
    return {**result, "read": 1}


def _run_and_kill(command: list[str], by: signal.Signals, after: float) -> str:
    """What a run says on standard error until a signal ends it."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        return process.communicate(timeout=after)[1]
    except subprocess.TimeoutExpired:
        process.send_signal(by)
        return process.communicate(timeout=SECONDS)[1]


def _told(out: Path, what: str, command: list[str]) -> str:
    """Whether a run over an interrupted one names the way out; "" where it does or there is none."""
    if not (out / SAVED[what]).exists():
        return ""
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    return "" if done.returncode == 2 and "--resume" in done.stderr else "run again, it did not name --resume"


def _weights(folder: Path) -> list[bytes]:
    """The parameters of a saved model's networks."""
    return [network.parameters.tobytes() for network in wellfit.Model.load(folder / "model.wellfit").networks]
