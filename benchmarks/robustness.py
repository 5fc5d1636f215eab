"""What damaged files, kills and hostile text do: tried, held, failed.

    python benchmarks/robustness.py --mutants 10000 --commands 300 --kills 200 --out build/robustness.jsonl
    python benchmarks/robustness.py --summary build/robustness.jsonl

Damaged files of every kind are read in a fresh process for each 200 of them (robustness_mutants.py says what holds);
some of each kind also through the command, where an exit code of 0 or 2 without a traceback holds. Runs as shipped are
killed by a signal drawn at random at a moment drawn at random, from before the first save to after the last; it holds
if `--resume` ends with the networks of the run that was not killed. Everything is drawn from --seed; what stands in the
file is not tried again, so that the campaign can be interrupted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from robustness_mutants import FILES, make_originals, mutant

import wellfit

BATCH = 200
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
COMMAND = [sys.executable, "-m", "wellfit"]
SECONDS = 600.0  # of a batch or a run, before it counts as hanging


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=1000, help="damaged files in all (default 1000)")
    parser.add_argument("--commands", type=int, default=0, help="of each kind through the command (default 0)")
    parser.add_argument("--kills", type=int, default=0, help="killed runs (default 0)")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is drawn (default 0)")
    parser.add_argument("--out", type=Path, default=Path("build/robustness.jsonl"), help="where results go")
    parser.add_argument("--summary", type=Path, help="print what stands in a file, and try nothing")
    return parser.parse_args()


def batches(mutants: int, seed: int, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A name and the command of each batch of damaged files."""
    each = -(-mutants // len(FILES))
    script = str(Path(__file__).with_name("robustness_mutants.py"))
    for kind in FILES:
        for begin in range(0, each, BATCH):
            first = seed * 10**6 + begin
            numbers = [str(first), str(min(BATCH, each - begin))]
            yield f"{kind} {first}", [sys.executable, script, str(folder), kind, *numbers]


def run_batch(command: list[str]) -> dict[str, Any]:
    """What a batch printed; a crash or a hang counts as one failure."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"kind": command[3], "failed": [[int(command[4]), f"more than {SECONDS:.0f} s"]]}
    if done.returncode:
        return {"kind": command[3], "failed": [[int(command[4]), f"exit code {done.returncode}: {done.stderr[-300:]}"]]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def commands_of(kind: str, path: Path, folder: Path) -> list[str]:
    """The arguments with which the command reads a file of a kind."""
    table, out = str(folder / FILES["csv"]), str(path.parent / "out")
    if kind == "model":
        return ["predict", str(path), table]
    if kind in ("toml", "json"):
        return ["recipe", "check", str(path)]
    quick = ["--target", "answer", "--budget", "100", "--folds", "2", "--jobs", "1", "--out", out, "--overwrite"]
    if kind == "result":
        return ["fit", table, "--target", "answer", "--replay", str(path), "--jobs", "1", "--out", out, "--overwrite"]
    return ["fit", str(path), *quick]


def through_the_command(kind: str, seed: int, folder: Path) -> dict[str, Any]:
    """One damaged file through the command."""
    aside = folder / "command"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    path = aside / FILES[kind]
    path.write_bytes(mutant((folder / FILES[kind]).read_bytes(), seed))
    result: dict[str, Any] = {"kind": f"{kind}, command", "read": 0, "refused": 0, "failed": []}
    try:
        given = [*COMMAND, *commands_of(kind, path, folder)]
        done = subprocess.run(given, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {**result, "failed": [[seed, f"more than {SECONDS:.0f} s"]]}
    if done.returncode not in (0, 2) or "Traceback" in done.stderr:
        return {**result, "failed": [[seed, f"exit code {done.returncode}: {done.stderr[-300:]}"]]}
    return {**result, "read" if done.returncode == 0 else "refused": 1}


def killed(number: int, seed: int, folder: Path, whole: list[bytes], seconds: float) -> dict[str, Any]:
    """A run that is killed and resumed. seconds: that it takes without a kill."""
    rng = np.random.default_rng([seed, number])
    by, after = SIGNALS[number % len(SIGNALS)], float(rng.uniform(0, 1.1 * seconds))
    out = folder / "killed"
    shutil.rmtree(out, ignore_errors=True)
    result: dict[str, Any] = {"kind": f"kill by {by.name}", "read": 1, "refused": 0, "failed": []}
    process = subprocess.Popen(fit_command(folder, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(by)
        process.wait(SECONDS)
    if not (out / "model.wellfit").exists() or (out / "search").exists():
        done = subprocess.run([*fit_command(folder, out), "--resume"], capture_output=True, text=True, check=False)
        if done.returncode or "Traceback" in done.stderr:
            return {**result, "read": 0, "failed": [[number, f"after {after:.2f} s: {done.stderr[-300:]}"]]}
    same = weights(out) == whole
    return result if same else {**result, "read": 0, "failed": [[number, f"after {after:.2f} s: other networks"]]}


def fit_command(folder: Path, out: Path) -> list[str]:
    """The search that is killed: by updates, so that it can be compared."""
    table = str(folder / FILES["csv"])
    return [*COMMAND, "fit", table, "--target", "answer", "--budget", "20000", "--jobs", "2", "--out", str(out)]


def weights(folder: Path) -> list[bytes]:
    """The parameters of a saved model's networks."""
    return [network.parameters.tobytes() for network in wellfit.Model.load(folder / "model.wellfit").networks]


def campaign(options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """A name of each thing to try, and what tries it."""
    folder = options.out.parent / "robustness"
    for name, command in batches(options.mutants, options.seed, folder):
        yield name, lambda command=command: run_batch(command)
    for kind in FILES:
        if kind != "cache":
            for k in range(options.commands):
                at = options.seed * 10**6 + 500_000 + k
                yield f"{kind}, command {at}", lambda kind=kind, at=at: through_the_command(kind, at, folder)
    if options.kills:
        whole = folder / "whole"
        shutil.rmtree(whole, ignore_errors=True)
        subprocess.run(fit_command(folder, whole), stdout=subprocess.DEVNULL, check=True)
        shutil.rmtree(whole)
        started = time.monotonic()
        subprocess.run(fit_command(folder, whole), stdout=subprocess.DEVNULL, check=True)
        seconds, kept = time.monotonic() - started, weights(whole)
        for k in range(options.kills):
            yield f"kill {options.seed} {k}", lambda k=k: killed(k, options.seed, folder, kept, seconds)


def print_summary(path: Path) -> None:
    """Tried, held and failed by kind, and what failed."""
    kinds: dict[str, list[int]] = {}
    failures: list[str] = []
    for one in map(json.loads, path.read_text().splitlines()):
        held, failed = one.get("read", 0) + one.get("refused", 0), one["failed"]
        counts = kinds.setdefault(one["kind"], [0, 0, 0])
        for k, more in enumerate((held + len(failed), held, len(failed))):
            counts[k] += more
        failures += [f"{one['kind']}, {seed}: {why}" for seed, why in failed]
    print(f"{'kind':<20} {'tried':>7} {'held':>7} {'failed':>7}")
    for kind, counts in kinds.items():
        print(f"{kind:<20} {counts[0]:>7,} {counts[1]:>7,} {counts[2]:>7,}")
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
