"""A fit as its report reads it: from memory, or from the files of its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars

from wellfit.errors import InputError, quoted, reason
from wellfit.files import write_atomically
from wellfit.frames import ResultFrame
from wellfit.parsing import NONSENSE, parse_json, read_text
from wellfit.reprs import short_repr
from wellfit.statistics.result import FitResult

RESULT, EVIDENCE, HISTORY, PROBES = "result.json", "report_data.json", "history.parquet", "probes.parquet"
# Of result.json, beside the result.
FACTS = ("wellfit", "versions", "platform", "options", "working_folder", "data", "drawn")


@dataclass(frozen=True)
class SavedFit:
    """A fit.

    result: its result. evidence: what `wellfit.report.evidence.collect` measured; empty: nothing.
    history: a row a network and evaluation. probes: a row a network, layer and quantity; None: nothing was probed.
    facts: versions, options, the fingerprint of the rows and how many were drawn, as result.json holds them.
    command: that repeats it; "": not known. folder: where it lies; None: in memory.
    """

    result: FitResult
    evidence: Mapping[str, Any] = field(default_factory=dict)
    history: ResultFrame = field(default_factory=ResultFrame)
    probes: ResultFrame | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    folder: Path | None = None

    __repr__ = short_repr

    @property
    def table(self) -> str:
        """The table's name; "": not known."""
        return str(dict(self.facts.get("options") or {}).get("table") or "")

    @property
    def several(self) -> bool:
        """Whether several targets are predicted."""
        return "tasks" in self.result.target


def write_evidence(folder: Path, evidence: Mapping[str, Any], command: str) -> None:
    """Write report_data.json, whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    text = json.dumps({"command": command, **evidence}, allow_nan=False) + "\n"
    try:
        write_atomically(folder / EVIDENCE, text.encode())
    except OSError as error:
        raise InputError(f"{quoted(str(folder / EVIDENCE))} cannot be written: {error.strerror or error}.") from None


def read_fit(folder: str | Path) -> SavedFit:
    """What `wellfit fit` wrote to a folder. Without report_data.json (of an earlier version) the report is shorter.

    Raises:
        InputError: there is no result.json, or a file is damaged.
    """
    folder = Path(folder)
    if not (folder / RESULT).is_file():
        raise InputError(f"{quoted(str(folder))} holds no {RESULT} of wellfit fit: name its output folder.")
    plain = _parsed(folder / RESULT)
    evidence = _parsed(folder / EVIDENCE) if (folder / EVIDENCE).is_file() else {}
    try:
        result = FitResult.from_plain(plain)
    except NONSENSE as error:
        raise InputError(f"{quoted(str(folder / RESULT))} is damaged: {reason(error)}.") from None
    facts = {name: plain[name] for name in FACTS if name in plain}
    history = _table(folder / HISTORY)
    return SavedFit(
        result, evidence, ResultFrame() if history is None else history, _table(folder / PROBES), facts,
        str(evidence.get("command", "")), folder,
    )  # fmt: skip


def _parsed(path: Path) -> dict[str, Any]:
    text = read_text(path, "The result")
    try:
        plain = parse_json(text)
    except ValueError as error:
        raise InputError(f"{quoted(str(path))} is damaged: {error}.") from None
    if not isinstance(plain, dict):
        raise InputError(f"{quoted(str(path))} is damaged: it holds no entries by name.")
    return plain


def _table(path: Path) -> ResultFrame | None:
    if not path.is_file():
        return None
    try:
        return ResultFrame(polars.read_parquet(path))
    except (OSError, polars.exceptions.PolarsError) as error:
        raise InputError(f"{quoted(str(path))} is damaged: {reason(error)}.") from None
