"""What training costs as members, rows, width and threads grow; one large member on all cores; memory; a large table.

    python benchmarks/scaling.py [--quick] [--json FILE] [--series members rows ...]

Each line is a fresh process, so that its peak of memory is its own; but for the series `cores`, whose processes take
turns. `README.md` beside this file says more.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import scaling_cores
from contest import cores
from printing import number, print_table, write_json_lines
from scaling_case import Case

HEADER = ["case", "threads", "member-steps", "set-up s", "training s", "steps/s", "us a step", "GFLOP/s",
          "MiB in training", "peak MiB"]  # fmt: skip
CORES = "cores"  # a series of its own kind: see `scaling_cores.py`
WIDTHS = (16, 32, 64, 128, 256, 512, 1024)


def doubling(last: int) -> list[int]:
    """1, 2, 4... and the last."""
    return sorted({2**i for i in range(last.bit_length())} | {last})


def members_series(quick: bool) -> list[Case]:
    """The same updates for each of ever more members."""
    counts = (1, 8, 64) if quick else (1, 2, 8, 32, 128, 512)
    return [Case(f"members: {n}", members=n, updates=max(64, 8192 // n)) for n in counts]


def rows_series(quick: bool) -> list[Case]:
    """An epoch at least of ever more rows, and 2,000 updates at least."""
    counts = (1_000, 100_000) if quick else (1_000, 10_000, 100_000, 1_000_000)
    return [Case(f"{rows:,} rows", rows=rows, updates=max(2000, rows // 64 + 1)) for rows in counts]


def width_series(quick: bool) -> list[Case]:
    """Two hidden layers of ever more units."""
    widths = WIDTHS[::3] if quick else WIDTHS
    return [Case(f"{w} wide", hidden=(w, w), updates=max(20, min(4096, 2**22 // w**2))) for w in widths]


def threads_series(quick: bool) -> list[Case]:
    """The same members on ever more threads."""
    members = 4 * cores()
    updates = 500 if quick else 2000
    return [Case(f"{members} members", members=members, threads=n, updates=updates) for n in doubling(cores())]


def memory_series(quick: bool) -> list[Case]:
    """What ever more members add to memory."""
    return [Case(f"{n:,} members", members=n, updates=32) for n in ((100,) if quick else (10, 100, 1000))]


def table_series(quick: bool) -> list[Case]:
    """A Parquet file of 2 million rows and 20 columns: read, encoded, an epoch of a member on each core."""
    rows = 200_000 if quick else 2_000_000
    return [
        Case(f"{rows:,} rows", rows=rows, columns=20, hidden=(128, 128), batch=256, from_file=True, updates=rows // 256)
    ]


SERIES: dict[str, Callable[[bool], list[Case]]] = {
    "members": members_series,
    "rows": rows_series,
    "width": width_series,
    "threads": threads_series,
    "memory": memory_series,
    "table": table_series,
}


def measure(case: Case) -> dict[str, Any]:
    """What a fresh process measures of the case."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.parquet"
        if case.from_file:
            run_case("write", case, file)
        return dict(json.loads(run_case("measure", case, file).splitlines()[-1]))


def run_case(what: str, case: Case, file: Path) -> str:
    """Have a fresh process write the case's table or measure the case; what it printed."""
    script = Path(__file__).with_name("scaling_case.py")
    child = [sys.executable, str(script), what, json.dumps(asdict(case)), str(file)]
    done = subprocess.run(child, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{case.name} failed:\n{done.stderr}")
    return done.stdout


def show(series: str, title: str, records: Sequence[dict[str, Any]]) -> None:
    """A line a case, and for the table the time of each stage."""
    rows = []
    for record in records:
        rate, stages = record["steps_per_second"], record["stages"]
        training = stages["set up and train"] - stages["set up"]
        rows.append([record["name"], str(record["threads"]), f"{record['steps']:,}", number(stages["set up"]),
                     number(training), number(rate), number(1e6 / rate), number(record["flops_a_step"] * rate / 1e9),
                     number(record["training_mib"]), number(record["peak_mib"])])  # fmt: skip
    print_table(f"{series}: {title}", HEADER, rows)
    for record in records:
        if "read" in record["stages"]:
            print("  ".join(f"{stage} {number(seconds)} s" for stage, seconds in record["stages"].items()))


def main() -> None:
    """Measure the series asked for and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and smaller cases")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write JSON lines")
    parser.add_argument("--series", nargs="+", choices=[*SERIES, CORES], default=[*SERIES, CORES])
    arguments = parser.parse_args()
    records = []
    for series in arguments.series:
        if series == CORES:
            records += [record | {"series": series} for record in scaling_cores.measure_all(arguments.quick)]
            continue
        make_cases = SERIES[series]
        measured = [measure(case) | {"series": series} for case in make_cases(arguments.quick)]
        show(series, str(make_cases.__doc__), measured)
        records += measured
    if arguments.json:
        write_json_lines(arguments.json, records)


if __name__ == "__main__":
    main()
