"""The lab's experiments, run once at full size and kept as small JSON with a fingerprint of the file that made them.

`python -m docs.generator.lab NAME ...` runs the named ones, without names those that are stale.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from docs.generator.gallery import _plain, _rounded
from wellfit.files import write_atomically
from wellfit.lab.catalog import experiments, source_of
from wellfit.lab.run import run

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


def write(name: str) -> None:
    """Run an experiment at full size and store it.

    Raises:
        ValueError: it is too large for a page.
    """
    start = time.process_time()
    study = run(name)
    plain = study.to_plain()
    for figure in plain["figures"]:
        figure["columns"] = []  # the specification carries what is drawn
        figure["spec"] = _rounded(figure["spec"])
    tables = {"table": study.table, **{key: study.details[key] for key in study.details}}
    rows = {
        key: [{column: _plain(value) for column, value in row.items()} for row in one.head(MOST_ROWS).to_dicts()]
        for key, one in tables.items()
    }
    seconds = round(time.process_time() - start, 1)
    content = {"fingerprint": fingerprint(name), "core_seconds": seconds, **plain, "tables": rows}
    text = json.dumps(content, indent=None, separators=(",", ":"), allow_nan=False) + "\n"
    if len(text) > MOST_BYTES:
        raise ValueError(
            f"The experiment {name} takes {len(text):,} bytes, more than {MOST_BYTES:,}: thin its figures."
        )
    write_atomically(STORED / f"{name}.json", text.encode())


def main() -> int:
    """Run the named experiments, or those that are stale."""
    parser = argparse.ArgumentParser(prog="python -m docs.generator.lab", description="Run the lab's experiments.")
    parser.add_argument("names", nargs="*", help="experiments to run (default: those whose files have changed)")
    for name in parser.parse_args().names or [name for name in experiments() if not is_fresh(name)]:
        write(name)
        sys.stdout.write(f"{name} ({stored(name)['core_seconds']} core-seconds): {stored(name)['verdict']}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
