"""The gallery: studies run once, kept as small JSON with a fingerprint of what made them, and shown on their pages.

A page says where: a line "```{study} NAME" and a line "```".
"""

from __future__ import annotations

import argparse
import hashlib
import html
import importlib
import json
import math
import re
import sys
import time
from pathlib import Path
from typing import Any

from docs.generator.markdown import escape, table, toctree
from wellfit.files import write_atomically
from wellfit.numerics.sources import code_fingerprint

GALLERY = Path(__file__).parents[1] / "gallery"
PACKAGE = Path(__file__).parents[2] / "src" / "wellfit"
TRAINED = Path(__file__).parents[2] / "tests" / "contract" / "trained_hashes.json"
PLACE = re.compile(r"^```\{study\} (\w+)\n```$", re.MULTILINE)
# What the numbers are made with; the training step is covered by the stored hashes of trained networks.
WINGS = r"studies|statistics|tables\.views|engines\.compiled\.measure|engines\.compiled\.run\.function_path"
IMPORT = re.compile(rf"^\s*from (wellfit\.(?:{WINGS})[\w.]*) import (.+)$", re.MULTILINE)
MOST_ROWS = 24  # of the table that a page shows
MOST_BYTES = 500_000


def names() -> list[str]:
    """Of all studies in the gallery."""
    return sorted(path.stem for path in GALLERY.glob("*.py") if path.stem != "__init__")


def fingerprint(name: str) -> str:
    """A hash of everything that the study's numbers depend on: its own call, the sources of studies, statistics, views
    and measurements that it reaches, and the stored hashes of trained networks, which stand for the engine.
    """
    script = GALLERY / f"{name}.py"
    reached = sorted(_reached(script))
    digest = hashlib.sha256(code_fingerprint([script, *reached]).encode())
    digest.update(TRAINED.read_bytes())
    return digest.hexdigest()[:20]


def _reached(script: Path) -> set[Path]:
    """The files of the two wings that a script imports, directly or not; a package stands for all of its files."""
    from wellfit.studies import _HOMES

    text = script.read_text(encoding="utf-8")
    waiting = [_HOMES[call] for call in re.findall(r"studies\.(\w+)\(", text) if call in _HOMES]
    waiting += [module for module, _ in IMPORT.findall(text)]
    seen: set[Path] = set()
    while waiting:
        for path in _files_of(waiting.pop()):
            if path not in seen:
                seen.add(path)
                for module, imported in IMPORT.findall(path.read_text(encoding="utf-8")):
                    waiting += [module, *(f"{module}.{one.strip(' ()')}" for one in imported.split(","))]
    return seen


def _files_of(module: str) -> list[Path]:
    """The files of a module of the package; none where the name is no module."""
    place = PACKAGE.joinpath(*module.split(".")[1:])
    if place.with_suffix(".py").is_file():
        return [place.with_suffix(".py")]
    return sorted(place.glob("*.py")) if place.is_dir() and place.parent != PACKAGE else []


def stored(name: str) -> dict[str, Any]:
    """What the study gave when it was run."""
    plain: dict[str, Any] = json.loads((GALLERY / f"{name}.json").read_text(encoding="utf-8"))
    return plain


def is_fresh(name: str) -> bool:
    """Whether what is stored was made by the present sources."""
    return (GALLERY / f"{name}.json").is_file() and stored(name)["fingerprint"] == fingerprint(name)


def write(name: str) -> None:
    """Run a study and store it.

    Raises:
        ValueError: it is too large for a page.
    """
    start = time.process_time()
    study = importlib.import_module(f"docs.gallery.{name}").run()
    plain = study.to_plain()
    for figure in plain["figures"]:
        figure["columns"] = []  # the specification carries what is drawn
        figure["spec"] = rounded(figure["spec"])
    rows = [{key: plain_value(value) for key, value in row.items()} for row in study.table.head(MOST_ROWS).to_dicts()]
    seconds = round(time.process_time() - start)
    content = {"fingerprint": fingerprint(name), "core_seconds": seconds, **plain, "table": rows,
               "rows": study.table.height}  # fmt: skip
    text = json.dumps(content, indent=None, separators=(",", ":"), allow_nan=False) + "\n"
    if len(text) > MOST_BYTES:
        raise ValueError(f"The study {name} takes {len(text):,} bytes, more than {MOST_BYTES:,}: thin its figures out.")
    write_atomically(GALLERY / f"{name}.json", text.encode())


def rounded(value: Any) -> Any:
    """Numbers to the five digits that a picture shows at most."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def plain_value(value: Any) -> Any:
    """A cell of a table as JSON holds it."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def show(pages: list[Path]) -> None:
    """Put the studies into the pages that name them, with their figures beside."""
    for page in pages:
        text = page.read_text(encoding="utf-8")
        parts = PLACE.split(text)  # text, name, text, name, ...
        if len(parts) > 1:
            parts[1::2] = [_section(name, page.parent) for name in parts[1::2]]
            page.write_text("".join(parts), encoding="utf-8")


def _section(name: str, folder: Path) -> str:
    """Verdict, figures, table, remarks and cost of a stored study."""
    from wellfit.figures import Figure

    plain = stored(name)
    parts = [f"> {escape(plain['question'])}\n>\n> **{escape(plain['verdict'])}**"]
    for one in plain["figures"]:
        figure = Figure.from_plain(one)
        file = f"{name}-{figure.name}.svg"
        (folder / file).write_text(figure.svg(), encoding="utf-8")
        alt = html.escape(" ".join(figure.description.split()))
        parts.append(f"```{{image}} {file}\n:alt: {alt}\n:class: study\n```")  # its title is in the picture
    parts.append(_table(plain))
    parts += [f"- {escape(remark)}" for remark in plain["remarks"]]
    plan = plain["plan"]
    trained = f"{escape(plan['words'])}; " if plan["words"] else ""
    parts.append(f"*Made by* `docs/gallery/{name}.py`: {trained}about {plain['core_seconds']:,} seconds of one core.")
    return "\n\n".join(parts)


def _table(plain: dict[str, Any]) -> str:
    rows = plain["table"]
    if not rows:
        return ""
    cells = [[escape(_cell(value)) for value in row.values()] for row in rows]
    more = f"\n\n{plain['rows'] - len(rows):,} more rows." if plain["rows"] > len(rows) else ""
    return table([escape(name.replace("_", " ")) for name in rows[0]], cells) + more


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def contents_page() -> str:
    """The page that lists all studies by their questions."""
    from wellfit.studies.catalog import CATALOG

    with_page = [entry for entry in CATALOG if (GALLERY / f"{entry.name}.json").is_file()]
    rows = [
        (
            f"[{entry.name.replace('_', ' ')}]({entry.name}.md)",
            escape(entry.summary),
            escape(stored(entry.name)["verdict"]),
        )
        for entry in with_page
    ]
    return "\n\n".join(
        [
            "# Studies",
            "A study trains a population that is laid out to answer one question, and gives the answer with an "
            "interval. In Python each is a function of `wellfit.studies`, in the command `wellfit study NAME TABLE "
            "--target COLUMN`. All take the same options for folds, seeds, time limits and checkpoints; how their "
            "intervals are made, and what they hold, stands in [Statistics of studies](../statistics.md).",
            table(("study", "what it does", "what it said in the example"), rows),
            toctree((entry.name for entry in with_page), "hidden"),
            "",
        ]
    )


def main() -> int:
    """Run the named studies, or those that are stale."""
    parser = argparse.ArgumentParser(prog="python -m docs.generator.gallery", description="Run the gallery's studies.")
    parser.add_argument("names", nargs="*", help="studies to run (default: those whose sources have changed)")
    wanted = parser.parse_args().names or [name for name in names() if not is_fresh(name)]
    for name in wanted:
        write(name)
        sys.stdout.write(f"{name}: {stored(name)['verdict']} ({stored(name)['core_seconds']} s)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
