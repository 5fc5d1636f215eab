"""Tables of 2,000,000 x 20 and 10,000,000 x 10: when training begins, memory, and the error beside LightGBM's default.

    python benchmarks/large.py [--folder build/large] [--tables "2M x 20"] [--time 60s] [--budget N] [--rows 200000 all]

Both tables are made up and written to Parquet in the folder, once. `wellfit fit` runs as a user runs it, in a process
of its own; then its model predicts 200,000 further rows, and so does LightGBM's default, trained on every row of the
table. `README.md` beside this file says more.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from printing import number, print_table, write_json_lines

HERE = Path(__file__).parent
BEFORE = ("starting", "reading", "compiling", "preparing")  # the stages before training
HEADER = ["table", "who", "rows used", "training begins, s", "all, s", "core-seconds", "peak MiB", "encoded MiB",
          "log-loss or RMSE", "error rate or 1 - R2"]  # fmt: skip


class Process(NamedTuple):
    """What a process took. peak: largest resident memory, MiB."""

    seconds: float
    core_seconds: float
    peak: float
    output: str


def run(*command: str) -> Process:
    """Run a command to its end. This process stays small, for a child's peak begins with its parent's.

    Raises:
        SystemExit: the command failed.
    """
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        output = child.stdout.read() if child.stdout else ""
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{output}")
    peak = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
    return Process(time.monotonic() - started, used.ru_utime + used.ru_stime, peak, output)


def fit(name: str, facts: dict[str, Any], out: Path, options: list[str]) -> dict[str, Any]:
    """`wellfit fit` with these options, then its error on the test rows."""
    wellfit = (sys.executable, "-m", "wellfit")
    shutil.rmtree(out, ignore_errors=True)
    fitted = run(*wellfit, "fit", facts["train"], "--target", "target", "--out", str(out), *options)
    result = json.loads((out / "result.json").read_text())
    tested = json.loads(run(sys.executable, str(HERE / "large_error.py"), str(out), facts["test"]).output)
    seconds = result["seconds"]
    return {
        "table": name,
        "who": "wellfit",
        "options": options,
        "rows": result["rows"],
        "drawn": result.get("drawn"),
        "begins": sum(seconds[stage] for stage in BEFORE),
        "stages": seconds,
        "all": fitted.seconds,
        "core_seconds": fitted.core_seconds,
        "peak_mib": fitted.peak,
        **tested,
        # What every row would take as float32 inputs of a network, and as the raw columns that it is made of.
        "encoded_mib": facts["rows"] * tested["inputs"] * 4 / 2**20,
        "raw_mib": facts["rows"] * facts["columns"] * 4 / 2**20,
        "estimate": result["estimate"],
        "networks": len(result["members"]),
    }


def rival(name: str, facts: dict[str, Any]) -> dict[str, Any] | None:
    """LightGBM's default on every row; None where it is not installed."""
    done = run(sys.executable, str(HERE / "large_rival.py"), facts["train"], facts["test"])
    found = json.loads(done.output.splitlines()[-1])
    if not found:
        print("lightgbm is not installed: left out.")
        return None
    found["begins"] = found.pop("read")
    return {"table": name, "who": "LightGBM", **found, "all": done.seconds, "core_seconds": done.core_seconds,
            "peak_mib": done.peak}  # fmt: skip


def cells(record: dict[str, Any], facts: dict[str, Any]) -> list[str]:
    """A line of the table."""
    used = facts["rows"] if record.get("drawn") is None else record["drawn"]["rows"]
    encoded = f"{record['encoded_mib']:,.0f}" if "encoded_mib" in record else ""
    return [record["table"], record["who"], f"{used:,}", number(record["begins"]), number(record["all"]),
            number(record["core_seconds"]), f"{record['peak_mib']:,.0f}", encoded, f"{record['loss']:.4f}",
            f"{record['error']:.4f}"]  # fmt: skip


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("build/large"), help="of tables and models (2 GB)")
    parser.add_argument("--tables", nargs="+", help='such as "2M x 20" (default: both)')
    parser.add_argument("--time", default="60s", help="time limit of each fit (default 60s)")
    parser.add_argument(
        "--budget", type=int, help="updates of each fit in its place: the same errors on a busy machine"
    )
    parser.add_argument(
        "--rows", nargs="+", default=[""], help="also fits with --rows so many (default: as wellfit chooses)"
    )
    parser.add_argument("--repeat", type=int, default=1, help="fits of each kind, with seeds 0, 1, ... (default 1)")
    parser.add_argument("--no-rival", action="store_true", help="leave LightGBM out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write JSON lines")
    return parser.parse_args()


def main() -> None:
    """Measure, and print."""
    options = parse()
    options.folder.mkdir(parents=True, exist_ok=True)
    made = json.loads(run(sys.executable, str(HERE / "large_tables.py"), str(options.folder)).output)
    records, lines = [], []
    for name, facts in made.items():
        if options.tables and name not in options.tables:
            continue
        found = []
        for rows in options.rows:
            for seed in range(options.repeat):
                limit = ["--budget", str(options.budget)] if options.budget else ["--time", options.time]
                asked = [*limit, "--seed", str(seed), *(["--rows", rows] if rows else [])]
                found.append(fit(name, facts, options.folder / f"fit-{name.replace(' ', '')}", asked))
        found += [] if options.no_rival else [one for one in [rival(name, facts)] if one]
        records += found
        lines += [cells(one, facts) for one in found]
    print_table("Large tables", HEADER, lines, text_columns=2)
    if options.json:
        write_json_lines(options.json, records)


if __name__ == "__main__":
    main()
