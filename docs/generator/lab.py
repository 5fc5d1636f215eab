"""The lab's experiments, run once at full size and kept as small JSON with a fingerprint of the file that made them.

`python -m docs.generator.lab NAME ...` runs the named ones, without names those that are stale. `--found FOLDER` keeps
what `wellfit lab run` has written there in place of running: of published ones, which take long and need MNIST.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from docs.generator.gallery import plain_value, rounded
from docs.generator.markdown import escape, table
from wellfit.figures import Figure
from wellfit.files import write_atomically
from wellfit.frames import ResultFrame
from wellfit.lab.catalog import GROUPS, every_experiment, places, source_of
from wellfit.lab.pages import gallery_report
from wellfit.lab.pages.gallery import gallery_verdict
from wellfit.lab.runner import CLAIMS, run, shown
from wellfit.report.page import page
from wellfit.studies import Study
from wellfit.studies.base import StudyPlan

STORED = Path(__file__).parents[1] / "lab"
MOST_ROWS = 40
MOST_BYTES = 150_000


def fingerprint(name: str) -> str:
    """A hash of the experiment's own file, which holds its claims and all that is trained."""
    return hashlib.sha256(source_of(name).encode()).hexdigest()[:20]


def stored(name: str) -> dict[str, Any]:
    """What the experiment found when it was run."""
    plain: dict[str, Any] = json.loads((STORED / f"{name}.json").read_text(encoding="utf-8"))
    return plain


def is_fresh(name: str) -> bool:
    """Whether what is stored was made by the present file."""
    return (STORED / f"{name}.json").is_file() and stored(name)["fingerprint"] == fingerprint(name)


def write(name: str, found: Path | None = None) -> None:
    """Run an experiment at full size and store it.

    found: folder where the present file's result lies, at full size, in place of running (default: none).

    Raises:
        ValueError: it is too large for a page, or was run at another size.
    """
    start = time.process_time()
    study = run(name) if found is None else Study.load(found / name)
    if study.facts["size"] != "full":
        raise ValueError(f"The experiment {name} in {found} was run at size {study.facts['size']!r}.")
    plain = study.to_plain()
    for figure in plain["figures"]:
        figure["columns"] = []  # the specification carries what is drawn
        figure["spec"] = rounded(figure["spec"])
    tables = {"table": study.table, **{key: study.details[key] for key in study.details}}
    rows = {
        key: [{column: plain_value(value) for column, value in row.items()} for row in one.head(MOST_ROWS).to_dicts()]
        for key, one in tables.items()
    }
    seconds = round(time.process_time() - start, 1) if found is None else None
    content = {"fingerprint": fingerprint(name), "core_seconds": seconds, **plain, "tables": rows}
    text = json.dumps(content, indent=None, separators=(",", ":"), allow_nan=False) + "\n"
    if len(text) > MOST_BYTES:
        raise ValueError(
            f"The experiment {name} takes {len(text):,} bytes, more than {MOST_BYTES:,}: thin its figures."
        )
    write_atomically(STORED / f"{name}.json", text.encode())


def study_of(name: str) -> Study:
    """A stored experiment as the study that it was; its tables hold the rows that are stored."""
    plain = stored(name)
    tables = {key: ResultFrame(rows, infer_schema_length=None) for key, rows in plain["tables"].items()}
    table = tables.pop("table")
    return Study(
        plain["name"], plain["question"], StudyPlan(**plain["plan"]), plain["verdict"], table, tables,
        tuple(Figure.from_plain(one) for one in plain["figures"]), plain["facts"],
        remarks=tuple(plain["remarks"]), repeat=plain["repeat"],
    )  # fmt: skip


def every_study() -> list[Study]:
    """All experiments that are stored, in order."""
    return [
        study_of(name) for name in [*every_experiment(), *every_experiment(True)] if (STORED / f"{name}.json").is_file()
    ]


def write_gallery(path: Path) -> None:
    """The gallery of what is stored, as `wellfit lab all` writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(gallery_report(every_study(), "at full size")), encoding="utf-8")


def lab_tables() -> str:
    """Of each group a heading and a table of its experiments' claims, with verdicts and numbers."""
    parts, found = [], {study.name: study for study in every_study()}
    for group, title in GROUPS.items():
        rows = [
            (f"`{name.replace('_', '-')}`", escape(row["claim"]), row["verdict"], escape(shown(row)),
             escape(row["published"]))
            for name, place in places().items() if place == group and name in found
            for row in found[name].details[CLAIMS].iter_rows(named=True)
        ]  # fmt: skip
        if rows:
            heads = ("experiment", "claim", "verdict", "number", "published")
            several = any(row[-1] for row in rows)
            parts.append(
                f"## {title}\n\n{table(heads if several else heads[:-1], [r if several else r[:-1] for r in rows])}"
            )
    return "\n\n".join([f"**{gallery_verdict(list(found.values()))}**", *parts])


def show(page_of_lab: Path) -> None:
    """Put the tables into the page of the lab, where it has the line "{lab}"."""
    text = page_of_lab.read_text(encoding="utf-8")
    page_of_lab.write_text(text.replace("{lab}\n", f"{lab_tables()}\n"), encoding="utf-8")


def main() -> int:
    """Run the named experiments, or those that are stale."""
    parser = argparse.ArgumentParser(prog="python -m docs.generator.lab", description="Run the lab's experiments.")
    parser.add_argument("names", nargs="*", help="experiments to run (default: those whose files have changed)")
    parser.add_argument("--found", type=Path, help="folder that wellfit lab run has written to, in place of running")
    given = parser.parse_args()
    for name in given.names or [name for name in every_experiment() if not is_fresh(name)]:
        write(name, given.found)
        sys.stdout.write(f"{name} ({stored(name)['core_seconds']} core-seconds): {stored(name)['verdict']}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
