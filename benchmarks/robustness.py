"""What damaged files, kills and hostile text do: tried, held, failed.

    python benchmarks/robustness.py --mutants 10000 --commands 300 --kills 200 --out build/robustness.jsonl
    python benchmarks/robustness.py --summary build/robustness.jsonl

Damaged files and folders of every kind are read in a fresh process for each 200 of them (robustness_mutants.py says
what holds, robustness_damage.py how they are damaged); some of each kind also through the command, where an exit code
of 0 or 2 without a traceback holds. Searches, bags and `wellfit.train(folder=...)` as shipped are killed by a signal
drawn at random at moments drawn at random, from before the first save to after the last; it holds if running again
names --resume and `--resume` (or `wellfit.resume`) ends with the networks of the run that was not killed. Everything is
drawn from --seed; what stands in the file is not tried again, so that the campaign can be interrupted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from robustness_damage import write_mutant
from robustness_kills import COMMAND, kills
from robustness_originals import FILES, FOLDERS, make_originals

BATCH = 200
SECONDS = 3600.0  # of a batch or a command by the clock, also on a busy machine, before it counts as hanging
NO_COMMAND = ("cache", *FOLDERS)  # nothing that is typed reads such a file


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=1000, help="damaged files in all (default 1000)")
    parser.add_argument("--commands", type=int, default=0, help="of each kind through the command (default 0)")
    parser.add_argument("--kills", type=int, default=0, help="killed runs (default 0)")
    parser.add_argument("--kinds", nargs="+", choices=FILES, default=list(FILES), help="of damaged files (default all)")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is drawn (default 0)")
    parser.add_argument("--out", type=Path, default=Path("build/robustness.jsonl"), help="where results go")
    parser.add_argument("--summary", type=Path, help="print what stands in a file, and try nothing")
    return parser.parse_args()


def batches(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """A name of each batch of damaged files, and what tries it."""
    each = -(-options.mutants // len(options.kinds))
    for kind in options.kinds:
        for begin in range(0, each, BATCH):
            first, count = options.seed * 10**6 + begin, min(BATCH, each - begin)
            yield f"{kind} {first} {count}", lambda k=kind, f=first, n=count: run_batch(folder, k, f, n)


def run_batch(folder: Path, kind: str, first: int, count: int) -> dict[str, Any]:
    """What a batch printed; a crash or a hang counts as one failure, and the batch goes on after it."""
    script = str(Path(__file__).with_name("robustness_mutants.py"))
    total: dict[str, Any] = {"kind": kind, "first": first, "read": 0, "refused": 0, "failed": []}
    at = first
    while at < first + count:
        command = [sys.executable, script, str(folder), kind, str(at), str(first + count - at)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
            output, why = done.stdout, f"exit code {done.returncode}: {done.stderr[-300:]}"
        except subprocess.TimeoutExpired as error:
            output, why = (error.stdout or b"").decode(), f"more than {SECONDS:.0f} s"
        lines = output.splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        for key in ("read", "refused", "failed") if found else ():
            total[key] += found[-1][key]
        if found and found[-1]["ended"]:
            return total
        numbers = [int(line) for line in lines if line.isdigit()]
        if not numbers:  # not even the undamaged file was read
            return {**total, "failed": [[at, why]]}
        total["failed"].append([numbers[-1], why])
        at = numbers[-1] + 1
    return total


def commands_of(kind: str, path: Path, folder: Path) -> list[str]:
    """The arguments with which the command reads a file of a kind."""
    table, out = str(folder / FILES["csv"]), str(path.parent / "out")
    if kind in ("model", "forged"):
        return ["predict", str(path), table]
    if kind == "strangers":
        return ["predict", str(folder / FILES["model"]), str(path)]
    if kind in ("toml", "json"):
        return ["recipe", "check", str(path)]
    if kind == "result":
        return ["fit", table, "--target", "answer", "--replay", str(path), "--jobs", "1", "--out", out, "--overwrite"]
    quick = ["--budget", "100", "--folds", "2", "--jobs", "1", "--out", out, "--overwrite"]
    if kind in ("png", "jpeg"):
        return ["fit", str(path.parent.parent), *quick]
    return ["fit", str(path), "--target", "answer", *quick]


def through_the_command(kind: str, seed: int, folder: Path) -> dict[str, Any]:
    """One damaged file through the command."""
    aside = folder / "command"
    shutil.rmtree(aside, ignore_errors=True)
    inside = aside / "a" if kind in ("png", "jpeg") else aside
    inside.mkdir(parents=True)
    path = inside / FILES[kind]
    if inside != aside:  # classes of whole images beside the damaged one
        for k in range(12):
            (aside / "ab"[k % 2]).mkdir(exist_ok=True)
            shutil.copy(folder / FILES[kind], aside / "ab"[k % 2] / f"{k}-{FILES[kind]}")
    write_mutant(kind, folder, seed, path)
    result: dict[str, Any] = {"kind": f"{kind}, command", "read": 0, "refused": 0, "failed": []}
    try:
        given = [*COMMAND, *commands_of(kind, path, folder)]
        done = subprocess.run(given, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {**result, "failed": [[seed, f"more than {SECONDS:.0f} s"]]}
    odd = next((word for word in ("Traceback", "panicked") if word in done.stderr), "")
    if done.returncode not in (0, 2) or odd:
        return {**result, "failed": [[seed, f"exit code {done.returncode} {odd}: {done.stderr[-300:]}"]]}
    return {**result, "read" if done.returncode == 0 else "refused": 1}


def campaign(options: argparse.Namespace) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """A name of each thing to try, and what tries it."""
    folder = options.out.parent / "robustness"
    yield from batches(options, folder)
    for k in range(options.commands):
        for kind in options.kinds:
            if kind not in NO_COMMAND:
                at = options.seed * 10**6 + 500_000 + k
                yield f"{kind}, command {at}", lambda kind=kind, at=at: through_the_command(kind, at, folder)
    yield from kills(options.kills, options.seed, folder)


def print_summary(path: Path) -> None:
    """Tried, held and failed by kind, and what failed."""
    kinds: dict[str, list[int]] = {}
    failures: list[str] = []
    for one in map(json.loads, path.read_text().splitlines()):
        held, failed = one.get("read", 0) + one.get("refused", 0), one["failed"]
        counts = kinds.setdefault(one["kind"], [0, 0, 0, 0])
        for k, more in enumerate((held + len(failed), one.get("read", 0), held, len(failed))):
            counts[k] += more
        failures += [f"{one['kind']}, {seed}: {why}" for seed, why in failed]
    kinds["all"] = [sum(counts[k] for counts in kinds.values()) for k in range(4)]
    print(f"{'kind':<26} {'tried':>7} {'read':>7} {'held':>7} {'failed':>7}")
    for kind, counts in kinds.items():
        print(f"{kind:<26} " + " ".join(f"{count:>7,}" for count in counts))
    print("\n".join(failures[:100]))


def main() -> None:
    """Try what has not been tried, and print the summary."""
    options = parse()
    if options.summary is None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        if not (options.out.parent / "robustness" / FILES["model"]).exists():
            make_originals(options.out.parent / "robustness")
        there = options.out.read_text().splitlines() if options.out.exists() else []
        known = {json.loads(line)["name"] for line in there}
        for name, attempt in campaign(options):
            if name not in known:
                with options.out.open("a") as file:
                    file.write(json.dumps({"name": name, **attempt()}) + "\n")
    print_summary(options.summary or options.out)


if __name__ == "__main__":
    main()
