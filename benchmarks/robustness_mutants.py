"""What reads damaged files for robustness.py, and whether that holds.

    python benchmarks/robustness_mutants.py FOLDER KIND FIRST COUNT

tries COUNT damaged files in this process, printing the number of each before it is tried and, after it, what became
of all so far as a line of JSON. A damaged file holds if it is refused by `InputError` in one printable sentence, or
read; it must cost at most 5 s of processor time more than the undamaged one and at most 1 GB of memory. What is read of
a model, a kernel or an interrupted run must be what was saved; a forged model, whose digest agrees, may predict
something else.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from robustness_damage import write_mutant
from robustness_originals import FILES, FOLDERS, KEY, bag_in, search_in

import wellfit
from wellfit.cli.options import FitOptions
from wellfit.cli.prepare import prepare
from wellfit.cli.replay import read_earlier
from wellfit.engines.compiled.run.training_run import train_run
from wellfit.engines.contract.budget import Budget
from wellfit.errors import InputError
from wellfit.numerics.cache import KernelFiles
from wellfit.recipe import read_recipe
from wellfit.tables import Schema, read_pictures, read_table
from wellfit.training.checkpoint.saved_members import SavedMembers

MOST_SECONDS, MOST_BYTES = 5.0, 10**9
LONGEST_MESSAGE = 1500

Read = Callable[[Path], Any]


def reader(kind: str, folder: Path) -> Read:
    """What reads a file of a kind, as a user's program or the command does."""
    whole = {
        "model": lambda: _same(_predicts(folder)),
        "forged": lambda: _predicts(folder),
        "strangers": lambda: wellfit.load(folder / FILES["model"]).predict_proba,
        "toml": lambda: read_recipe,
        "json": lambda: read_recipe,
        "result": lambda: read_earlier,
        "cache": lambda: _read_kernel,
        "idx": lambda: _read_images,
        "png": lambda: read_pictures,
        "jpeg": lambda: read_pictures,
        "search": lambda: _same(lambda path: search_in(folder, path, 400, resume=True)),
        "bag": lambda: _same(lambda path: _resumed_bag(folder, path)),
        "run": lambda: _same(
            lambda path: [m.parameters.tobytes() for m in wellfit.resume(path, budget=20).engine.members]
        ),
    }
    return whole.get(kind, lambda: _read_table)()


def _same(read: Read) -> Read:
    """The same reader; what it gives first is the truth, and it may never give anything else."""
    known: list[Any] = []

    def checked(path: Path) -> None:
        found = read(path)
        known.append(found)
        same = np.array_equal(found, known[0]) if isinstance(found, np.ndarray) else found == known[0]
        if not same:
            raise AssertionError("what was damaged was read, and is something else")

    return checked


def _predicts(folder: Path) -> Read:
    frame = pl.read_csv(folder / FILES["csv"], try_parse_dates=True)
    return lambda path: wellfit.load(path).predict_proba(frame, compiled=False)


def _read_kernel(path: Path) -> None:
    files = KernelFiles(path.parent, "robustness")
    path.rename(files.path(KEY))
    if files.load(KEY) not in (None, list(range(1000))):
        raise AssertionError("a damaged kernel was taken for a whole one")


def _read_images(path: Path) -> None:
    table = read_table(path)
    Schema.infer(table).arrays(table)


def _read_table(path: Path) -> None:
    """As `wellfit fit` does; without its target the table is still read as inputs."""
    try:
        prepare(_options(path))
    except InputError:
        _read_images(path)


def _options(path: Path) -> FitOptions:
    """Those of `wellfit fit PATH --target answer`."""
    needed = {
        "recipe": None,
        "folds": 2,
        "bootstrap": None,
        "seeds": 1,
        "average": "mean",
        "refit": "none",
        "time": None,
    }
    roles = {"task": None, "drop": (), "kind": (), "weight": None, "group": None, "test": None, "test_target": None}
    rest: dict[str, Any] = {"seed": 0, "jobs": 1, "out": None, "overwrite": False, "targets": ("answer",)}
    return FitOptions(table=str(path), target="answer", **needed, **roles, **rest)


def _resumed_bag(folder: Path, path: Path) -> list[bytes]:
    plans, run = bag_in(folder)
    SavedMembers(path, "rows", plans).restore(run)
    return [member.parameters.tobytes() for member in train_run(run, Budget(None, (20, 20))).members]


def judge(read: Read, path: Path, most_seconds: float) -> str:
    """Read a file: "read", "refused", or what was wrong with it."""
    started, before = time.process_time(), most_memory()
    try:
        read(path)
        ended = "read"
    except InputError as error:
        message = str(error)
        ended = (
            "refused" if len(message) <= LONGEST_MESSAGE and message.isprintable() else f"message: {message[:200]!r}"
        )
    except BaseException as error:  # a panic of a library is none of `Exception`
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = "" if where is None else f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}"
        ended = f"{type(error).__name__} ({place}): {str(error)[:200]}"
    seconds = time.process_time() - started
    if seconds > most_seconds:
        return f"took {seconds:.1f} s"
    return f"took {(most_memory() - before) / 1e6:.0f} MB" if most_memory() - before > MOST_BYTES else ended


def main() -> None:
    """Try the damaged files of a batch."""
    folder, kind, first, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    warnings.simplefilter("ignore")
    aside = folder / f"mutant-{first}"
    aside.mkdir(exist_ok=True)
    path = aside / FILES[kind]
    if kind in FOLDERS:
        shutil.copytree(folder / FILES[kind], path, dirs_exist_ok=True)
    else:
        shutil.copy(folder / FILES[kind], path)
    read = reader(kind, folder)
    started = time.process_time()
    read(path)
    undamaged = time.process_time() - started
    limit = int(most_memory() + MOST_BYTES + 8e9)  # address space is more than memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    result: dict[str, Any] = {"read": 0, "refused": 0, "failed": [], "ended": False}
    for seed in range(first, first + count):
        print(seed, flush=True)
        write_mutant(kind, folder, seed, path)
        ended = judge(read, path, undamaged + MOST_SECONDS)
        if ended in ("read", "refused"):
            result[ended] += 1
        else:
            result["failed"].append([seed, ended])
        print(json.dumps(result), flush=True)  # what the next file does is not known yet
    shutil.rmtree(aside)
    print(json.dumps({**result, "ended": True}))


def most_memory() -> float:
    """Bytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
