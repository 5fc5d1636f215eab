"""The map of the source: its parts in order and what they hold, read off the tree and the import rules."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "src" / "wellfit"
BEGIN, END = "<!-- parts: python -m docs.generator.source_map -->", "<!-- end of parts -->"


@dataclass(frozen=True)
class Part:
    """A folder of the package, or a file beside the folders. packages: its folders, by name, and what they hold."""

    name: str
    files: int
    holds: str
    packages: dict[str, str]


def layers() -> list[list[str]]:
    """The parts from the bottom up; those of one layer do not know one another."""
    rules = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(c for c in rules["tool"]["importlinter"]["contracts"] if c.get("containers") == ["wellfit"])
    found = [[name.strip(" ()") for name in line.split("|")] for line in reversed(contract["layers"])]
    there = [[name for name in line if place(name) is not None and name != "__main__"] for line in found]
    return [line for line in there if line]


def place(name: str) -> Path | None:
    """A part's folder or file; None where there is none yet."""
    for path in (PACKAGE / name, PACKAGE / f"{name}.py"):
        if path.exists():
            return path
    return None


def holds(path: Path) -> str:
    """The first paragraph of the docstring of a folder or file."""
    source = path / "__init__.py" if path.is_dir() else path
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def part(name: str) -> Part:
    """What is to be known of a part."""
    path = place(name)
    if path is None:
        raise KeyError(name)
    if path.is_file():
        return Part(f"{name}.py", 1, holds(path), {})
    packages = sorted(folder for folder in path.iterdir() if (folder / "__init__.py").exists())
    return Part(f"{name}/", len(list(path.rglob("*.py"))), holds(path), {one.name: holds(one) for one in packages})


def parts() -> list[Part]:
    """All parts, from the bottom up."""
    return [part(name) for line in layers() for name in line]


def parts_table() -> str:
    """The table of CONTRIBUTING.md."""
    lines = ["| part | files | what it holds |", "|---|--:|---|"]
    for one in parts():
        lines.append(f"| `{one.name}` | {one.files} | {one.holds} |")
        lines += [f"| &nbsp;&nbsp;`{name}/` | | {text} |" for name, text in one.packages.items()]
    return "\n".join(lines)


def with_table(text: str) -> str:
    """CONTRIBUTING.md with the present table."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{parts_table()}\n\n{END}{after}"


if __name__ == "__main__":
    page = REPOSITORY / "CONTRIBUTING.md"
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")
