"""Damaged files for robustness.py: undamaged originals of each kind, how they are damaged, and what reads them.

    python benchmarks/robustness_mutants.py FOLDER KIND FIRST COUNT

tries COUNT damaged files in this process and prints what became of them as one line of JSON. A damaged file holds if it
is refused by `InputError` in one printable sentence, or read; it must cost at most 5 s of processor time more than the
undamaged one, and a model that is read must predict what the undamaged one does.
"""

from __future__ import annotations

import gzip
import json
import resource
import struct
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import wellfit
from wellfit.cli import run
from wellfit.cli.replay import read_earlier
from wellfit.errors import InputError
from wellfit.numerics.cache import KernelFiles
from wellfit.recipe import Recipe, read_recipe
from wellfit.tables import Schema, read_table

MOST_SECONDS, MOST_BYTES = 5.0, 10**9
LONGEST_MESSAGE = 1500
KEY = "signature"
FILES = {
    "model": "model.wellfit",
    "csv": "table.csv",
    "csv.gz": "table.csv.gz",
    "parquet": "table.parquet",
    "idx": "images.idx3-ubyte",
    "jsonl": "table.jsonl",
    "toml": "recipe.toml",
    "json": "recipe.json",
    "result": "result.json",
    "cache": "kernel",
}
SPANS = (b"[", b"{", b'"', b"'", b"\\", b".", b"a.", b"1", b"-", b",", b";", b"\n", b"1e999", b"null", b"\0", b"\xff")


def make_originals(folder: Path) -> None:
    """Write an undamaged file of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    size, rows = rng.normal(size=300), 300
    frame = pl.DataFrame(
        {
            "size": size,
            "colour": rng.choice(["red", "green", "blue"], rows),
            "day": np.datetime64("2024-01-01") + rng.integers(0, 300, rows).astype("timedelta64[D]"),
            "answer": np.where(size + 0.3 * rng.normal(size=rows) > 0, "yes", "no"),
        }
    )
    frame.write_csv(folder / FILES["csv"])
    (folder / FILES["csv.gz"]).write_bytes(gzip.compress((folder / FILES["csv"]).read_bytes(), mtime=0))
    frame.write_parquet(folder / FILES["parquet"])
    frame.write_ndjson(folder / FILES["jsonl"])
    pixels = rng.integers(0, 255, 20 * 28 * 28).astype(np.uint8)
    (folder / FILES["idx"]).write_bytes(struct.pack(">4i", 0x803, 20, 28, 28) + pixels.tobytes())
    recipe = Recipe(hidden=(8,), epochs=4)
    (folder / FILES["toml"]).write_text(recipe.to_toml())
    (folder / FILES["json"]).write_text(recipe.to_json())
    files = KernelFiles(folder, "robustness")
    files.save(KEY, list(range(1000)))
    files.path(KEY).rename(folder / FILES["cache"])
    fit = ["fit", str(folder / FILES["csv"]), "--target", "answer", "--budget", "300", "--folds", "2", "--jobs", "1"]
    if run([*fit, "--overwrite", "--out", str(folder)]):
        raise SystemExit("the original search failed")


def mutant(original: bytes, seed: int) -> bytes:
    """A damaged copy: bits and bytes changed, parts cut out, doubled or put in, the end lost."""
    rng = np.random.default_rng(seed)
    content = bytearray(original)
    for _ in range(int(rng.integers(1, 4))):
        begin = int(rng.integers(len(content) or 1))
        length = int(rng.choice([1, 2, 8, 200]))
        match int(rng.integers(6)):
            case 0:
                content[begin : begin + 1] = bytes([int(rng.integers(256))])
            case 1:
                del content[begin : begin + length]
            case 2:
                del content[begin:]
            case 3:
                content[begin:begin] = content[begin : begin + length] * int(rng.choice([1, 100]))
            case 4:
                content[begin:begin] = SPANS[int(rng.integers(len(SPANS)))] * int(rng.choice([1, 3, 5000]))
            case _:
                content[begin:begin] = rng.bytes(length)
    return bytes(content)


def reader(kind: str, folder: Path) -> Callable[[Path], None]:
    """What reads a file of a kind, as a user's program or the command does."""
    if kind == "model":
        frame = pl.read_csv(folder / FILES["csv"], try_parse_dates=True)
        whole = wellfit.load(folder / FILES["model"]).predict_proba(frame, compiled=False)
        return lambda path: _same(wellfit.load(path).predict_proba(frame, compiled=False), whole)
    if kind in ("toml", "json"):
        return lambda path: None if read_recipe(path) else None
    if kind == "result":
        return lambda path: None if read_earlier(path) else None
    if kind == "cache":
        return _read_kernel
    return _read_table


def _same(found: Any, whole: Any) -> None:
    if not np.array_equal(found, whole):
        raise AssertionError("a damaged model was read and predicts something else")


def _read_kernel(path: Path) -> None:
    files = KernelFiles(path.parent, "robustness")
    path.rename(files.path(KEY))
    if files.load(KEY) not in (None, list(range(1000))):
        raise AssertionError("a damaged kernel was taken for a whole one")


def _read_table(path: Path) -> None:
    table = read_table(path)
    schema = Schema.infer(table)
    schema.arrays(table)


def judge(read: Callable[[Path], None], path: Path, most_seconds: float) -> str:
    """Read a file: "read", "refused", or what was wrong with it."""
    started = time.process_time()
    try:
        read(path)
        ended = "read"
    except InputError as error:
        message = str(error)
        ended = (
            "refused" if len(message) <= LONGEST_MESSAGE and message.isprintable() else f"message: {message[:200]!r}"
        )
    except Exception as error:
        ended = f"{type(error).__name__}: {str(error)[:200]}"
    seconds = time.process_time() - started
    return ended if seconds <= most_seconds else f"took {seconds:.1f} s"


def main() -> None:
    """Try the damaged files of a batch."""
    folder, kind, first, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    warnings.simplefilter("ignore")
    original = (folder / FILES[kind]).read_bytes()
    read = reader(kind, folder)
    path = folder / f"mutant-{first}-{FILES[kind]}"
    path.write_bytes(original)
    started = time.process_time()
    read(path)
    undamaged = time.process_time() - started
    limit = int(most_memory() + MOST_BYTES + 4e9)  # address space is more than memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    result: dict[str, Any] = {"kind": kind, "first": first, "read": 0, "refused": 0, "failed": []}
    before = most_memory()
    for seed in range(first, first + count):
        path.write_bytes(mutant(original, seed))
        ended = judge(read, path, undamaged + MOST_SECONDS)
        if ended in ("read", "refused"):
            result[ended] += 1
        else:
            result["failed"].append([seed, ended])
    if most_memory() - before > MOST_BYTES:
        result["failed"].append([first, f"the batch took {(most_memory() - before) / 1e6:.0f} MB"])
    path.unlink(missing_ok=True)
    print(json.dumps(result))


def most_memory() -> float:
    """Bytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
