"""Is the doctor right? Planted illnesses, healthy trainings, published cases; and what diagnosis costs.

    python benchmarks/doctor.py --data ../shared/data --out build/doctor.jsonl
    python benchmarks/doctor.py --data ../shared/data --parts planted,healthy --half tuning
    python benchmarks/doctor.py --summary build/doctor.jsonl --markdown
    python benchmarks/doctor.py --data ../shared/data --cost

Parts: "planted", illnesses that operators plant, examined by the rules (`doctor_operators.py`, `doctor_planted.py`);
"added", the same of operators that came later (`doctor_added_operators.py`), counted apart;
"healthy", good recipes on real tables, which should raise no alarm (`doctor_healthy.py`); "trials", the doctor's
remedies beside random patches and the search's proposals (`doctor_trials.py`); "published", recipes of other people
(`doctor_published.py`). A line a case; what stands in the file is not run again. Tables come in two halves: rules may
be tuned on the first, and only figures of the second count as proof.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import doctor_healthy
import doctor_planted
import doctor_published
import doctor_trials
from accuracy import words
from accuracy_runs import append_line, read_lines
from doctor_summary import summarise

PARTS = ("planted", "added", "healthy", "trials", "published")
Job = tuple[str, str, Callable[[], list[dict[str, Any]]]]


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with tasks.json and doctor")
    parser.add_argument("--parts", type=words, default=list(PARTS), help=f"default: {','.join(PARTS)}")
    parser.add_argument("--half", choices=("tuning", "final", "both"), default="both", help="of the tables")
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    parser.add_argument("--most", type=int, default=10**9, help="cases to run at most")
    parser.add_argument("--out", type=Path, default=Path("build/doctor.jsonl"))
    parser.add_argument(
        "--keep", type=Path, help="folder for what was trained, which changed rules can then judge anew"
    )
    parser.add_argument("--summary", type=Path, help="only summarise this file")
    parser.add_argument("--markdown", action="store_true", help="print the summary as Markdown")
    parser.add_argument("--cost", action="store_true", help="measure what diagnosis adds to a fit, and nothing else")
    return parser.parse_args()


def jobs(folder: Path, parts: list[str], half: str, keep: Path | None = None) -> Iterator[Job]:
    """Every case: its part, its name, and how it is run."""
    halves = ("tuning", "final") if half == "both" else (half,)
    makers: dict[str, Callable[[Path, tuple[str, ...], Path | None], Iterator[Job]]] = {
        "planted": planted_jobs, "added": added_jobs, "healthy": doctor_healthy.jobs, "trials": doctor_trials.jobs,
        "published": doctor_published.jobs,
    }  # fmt: skip
    for part in parts:
        yield from makers[part](folder, halves, keep)


def planted_jobs(
    folder: Path, halves: tuple[str, ...], keep: Path | None, part: str = "planted"
) -> Iterator[Job]:  # fmt: skip
    """The planted cases. part: "planted" or "added"."""
    for case in doctor_planted.cases() if part == "planted" else doctor_planted.added_cases():
        if case.half in halves:
            yield part, case.name, lambda case=case: [doctor_planted.run_case(folder, case, keep, part)]


def added_jobs(folder: Path, halves: tuple[str, ...], keep: Path | None) -> Iterator[Job]:
    """The cases of the operators that came later."""
    return planted_jobs(folder, halves, keep, "added")


def run(options: argparse.Namespace) -> None:
    """Run the cases that no line of the file answers."""
    done = {(line["part"], line.get("job", line["case"])) for line in read_lines(options.out)}
    count = 0
    for part, name, make in jobs(options.data, options.parts, options.half, options.keep):
        if (part, name) in done or options.only not in name or count >= options.most:
            continue
        count += 1
        for line in make():
            append_line(options.out, line)


def main() -> None:
    """Run what is missing, then summarise."""
    options = parse()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        raise SystemExit(f"--parts are {', '.join(PARTS)}; got {', '.join(sorted(unknown))}.")
    if options.cost:
        from doctor_cost import measure_cost, measure_fit_cost

        measure_cost(options.data)
        measure_fit_cost(options.data)
        return
    if options.summary is None:
        run(options)
    summarise(read_lines(options.summary or options.out), options.markdown)


if __name__ == "__main__":
    main()
