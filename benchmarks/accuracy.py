"""Error on the tasks of WELLFIT_DATA: wellfit within a time limit beside other libraries, a JSON line a fit.

    python benchmarks/accuracy.py --data ../shared/data --time 60s --seeds 0,1 --out build/accuracy/lines.jsonl
    python benchmarks/accuracy.py --summary build/accuracy/lines.jsonl

What stands in the file is not run again. Test rows are used once a fit, for the figures written. accuracy.md says how.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from accuracy_data import DATA, task_names
from accuracy_runs import read_lines, rows_name, run_all, seconds_of, to_run

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def words(text: str) -> list[str]:
    """The parts of a list with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def package_and_path(text: str) -> tuple[str, str]:
    """Such as "flaml=other/bin/python"; the path is made absolute, but links stay: an environment is known by them."""
    package, found, path = text.partition("=")
    if not (found and os.access(path, os.X_OK)):
        raise argparse.ArgumentTypeError(f"{text!r} is not PACKAGE=PATH with the path of an interpreter")
    return package, os.path.abspath(path)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with tasks.json (default: WELLFIT_DATA)")
    parser.add_argument("--time", default="60s", help="time limits of wellfit, such as 10s,60s,5m (default 60s)")
    parser.add_argument("--systems", type=words, help="default: all that are installed, but mlp-scaled and AutoML")
    parser.add_argument(
        "--python",
        type=package_and_path,
        action="append",
        default=[],
        metavar="PACKAGE=PATH",
        help="run the systems that need PACKAGE with this interpreter, such as autogluon=other/bin/python (repeatable)",
    )
    parser.add_argument("--tasks", type=words, help="default: all of the folder")
    parser.add_argument("--seeds", type=words, default=["0"], help="such as 0,1 (default 0)")
    parser.add_argument("--threads", type=int, default=CORES, help="threads a fit may use (default: all cores)")
    parser.add_argument("--out", type=Path, default=Path("build/accuracy/lines.jsonl"))
    parser.add_argument("--rows", type=Path, help="folder for row results (default: rows beside --out)")
    parser.add_argument("--give-up", type=seconds_of, default=7200.0, help="a fit that takes longer has failed (2h)")
    parser.add_argument("--retry", action="store_true", help="run again what failed")
    parser.add_argument("--summary", type=Path, nargs="+", help="only summarise these files")
    parser.add_argument("--metric", choices=["error", "log_loss"], default="error", help="of the summary")
    parser.add_argument("--against", help="the system that the summary compares with each other (default: wellfit)")
    parser.add_argument("--markdown", action="store_true", help="print the summary as Markdown")
    return parser.parse_args()


def plan(options: argparse.Namespace) -> list[dict[str, Any]]:
    """All fits asked for, whether done or not."""
    from accuracy_systems import SYSTEMS, interpreter, missing_packages

    for name in options.systems or []:
        if name not in SYSTEMS:
            raise SystemExit(f"There is no system {name!r}; there are {', '.join(SYSTEMS)}.")
    pythons = dict(options.python)
    chosen = []
    for name in options.systems or [name for name in SYSTEMS if SYSTEMS[name].usual]:
        if lacking := missing_packages(name, interpreter(name, pythons)):
            print(f"{name} is left out: {', '.join(lacking)} not installed", flush=True)
        else:
            chosen.append(name)
    folder = (options.rows or options.out.parent / "rows").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    common = {"data": str(options.data.resolve()), "threads": options.threads}
    jobs = [
        {
            **common,
            "task": task,
            "system": system,
            "seed": int(seed),
            "time_limit": limit,
            "python": interpreter(system, pythons),
        }
        for seed in options.seeds
        for system in chosen
        for limit in (map(seconds_of, words(options.time)) if SYSTEMS[system].timed else [None])
        for task in options.tasks or task_names(options.data)
    ]
    return [{**job, "rows": str(folder / rows_name(job))} for job in jobs]


def main() -> None:
    """Run what is missing, or summarise."""
    options = parse()
    if options.summary:
        from accuracy_summary import collect
        from accuracy_tables import summarise

        files = [(line, options.rows or path.parent / "rows") for path in options.summary for line in read_lines(path)]
        results = collect(files, options.metric, options.systems, options.tasks)
        summarise(results, options.metric, options.against, options.markdown)
        return
    jobs = plan(options)
    run_all(to_run(jobs, read_lines(options.out), options.retry), options.out, options.give_up)


if __name__ == "__main__":
    main()
