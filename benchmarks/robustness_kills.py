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
SAVED = {"search": "search/state.json", "bag": "training/key.json", "train": "run/plan.json"}
END = {"search": "model.wellfit", "bag": "model.wellfit", "train": "weights"}  # what the run writes last
TRAIN = """
import sys
from pathlib import Path
import numpy as np, polars as pl, wellfit
table, out = sys.argv[1], Path(sys.argv[2])
frame = pl.read_csv(table, try_parse_dates=True)
recipes = [wellfit.Recipe(hidden=(64, 64), epochs=1500, dropout=share) for share in (0.0, 0.1, 0.2, 0.3)]
out.mkdir(exist_ok=True)
if (out / "run" / "plan.json").exists():
    population = wellfit.resume(out / "run", n_jobs=2)
else:
    population = wellfit.train(recipes, frame.drop("answer"), frame["answer"], n_jobs=2, folder=out / "run")
if population.engine.interrupted:  # Ctrl-C ends it early and returns what there is
    raise SystemExit(130)
made = out / "made"
made.write_bytes(b"".join(member.parameters.tobytes() for member in population.engine.members))
made.rename(out / "weights")
"""


def kills(count: int, seed: int, folder: Path) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """A name of each run to kill, searches, bags and `wellfit.train(folder=)` in turn, and what does it."""
    known: dict[str, tuple[list[bytes], float]] = {}
    for k in range(count):
        what = tuple(SAVED)[k % len(SAVED)]
        yield f"kill {seed} {k}", lambda k=k, what=what: _killed(k, seed, what, folder, known)


def fit_command(what: str, folder: Path, out: Path) -> list[str]:
    """The run that is killed: by updates or epochs, so that it can be compared."""
    if what == "train":
        return [sys.executable, "-c", TRAIN, str(folder / FILES["csv"]), str(out)]
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
            subprocess.run(fit_command(what, folder, out), capture_output=True, check=True)
        known[what] = _weights(what, out), time.monotonic() - started
    return known[what]


def _killed(
    number: int, seed: int, what: str, folder: Path, known: dict[str, tuple[list[bytes], float]]
) -> dict[str, Any]:
    """One run, killed at a moment drawn at random, up to three times, and resumed."""
    whole, seconds = _whole(what, folder, known)
    rng = np.random.default_rng([seed, number])
    by = SIGNALS[number // len(SAVED) % len(SIGNALS)]
    out = folder / "killed"
    shutil.rmtree(out, ignore_errors=True)
    result: dict[str, Any] = {"kind": f"{what} killed by {by.name}", "read": 0, "refused": 0, "failed": []}
    moments = [float(rng.uniform(0, 1.1 * seconds)) for _ in range(int(rng.integers(1, 4)))]
    errors = ""
    for k, after in enumerate(moments):
        resume = ["--resume"] if k and what != "train" else []  # which goes on by itself
        errors += _run_and_kill([*fit_command(what, folder, out), *resume], by, after)
        if _ended(what, out):
            break
    complaint = "" if what == "train" else _told(out, what, fit_command(what, folder, out))
    if not _ended(what, out):
        resume = ["--resume"] if what != "train" else []
        done = subprocess.run(
            [*fit_command(what, folder, out), *resume], capture_output=True, text=True, timeout=SECONDS, check=False
        )
        errors += done.stderr if done.returncode else ""
        complaint = complaint or (f"--resume ended with {done.returncode}" if done.returncode else "")
    if not complaint and _weights(what, out) != whole:
        complaint = "other networks"
    if not complaint and "Traceback" in errors and what != "train":  # a program shows its KeyboardInterrupt
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


def _ended(what: str, out: Path) -> bool:
    """Whether a run has come to its end: what it saved on its way is gone then, but for that of `wellfit.train`."""
    return (out / END[what]).exists() and (what == "train" or not (out / SAVED[what]).exists())


def _weights(what: str, folder: Path) -> list[bytes]:
    """The parameters of a saved model's networks."""
    if what == "train":
        return [(folder / END[what]).read_bytes()]
    return [network.parameters.tobytes() for network in wellfit.Model.load(folder / "model.wellfit").networks]
