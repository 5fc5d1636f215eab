"""Workbooks of Excel and LibreOffice: a child process reads the cells, for a damaged one may end the process.

The library that reads workbooks lays out a rectangle that holds all cells: one damaged address makes it larger than
any memory, and then the library aborts. So it runs by itself, with as much memory and time as the file can need.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import polars as pl

from wellfit.errors import InputError, clean, reason
from wellfit.tables.reading import workbook_cells
from wellfit.tables.reading.delimited import read_delimited

OLD_EXCEL = b"\xd0\xcf\x11\xe0"

_MOST_NAMED = 8
_MOST_REASON = 80


def read_workbook(
    data: bytes, source: str, header: bool | None, sheet: str | None
) -> tuple[list[pl.Series], tuple[str, ...], str]:
    """One sheet of a workbook, read as a text file of its cells would be; see `read_delimited`.

    sheet: its name; None: the first one that holds something.
    """
    if find_spec("fastexcel") is None:
        raise InputError(
            f'{source} is a workbook, which needs the extra "excel": pip install "wellfit[excel]", or save the sheet '
            "as CSV."
        )
    about, text = _cells(data, source, sheet)
    names: list[str] = about["sheets"]
    if sheet is not None and sheet not in names:
        shown = ", ".join(repr(name) for name in names[:_MOST_NAMED])
        raise InputError(f"{source} has no sheet {sheet[:80]!r}; its sheets are: {shown}.")
    if about["read"] is None:
        what = f"the sheet {sheet!r} of {source}" if sheet is not None else source
        raise InputError(f"A table needs a line of column names and rows, and {what} is empty.")
    columns, notes, hint = read_delimited(text, source, header, ",")
    if sheet is None and len(names) > 1:
        notes = (f"{source} has {len(names)} sheets: {about['read']!r} was read; --sheet names another.", *notes)
    return columns, notes, hint


def _cells(data: bytes, source: str, sheet: str | None) -> tuple[dict[str, Any], bytes]:
    """The names of the sheets with the one that was read, and its cells as CSV."""
    own = not sys.executable or getattr(sys, "frozen", False)  # there is no Python besides this process
    output = workbook_cells.answer(data, sheet) if own else _from_child(data, source, sheet)
    line, _, text = output.partition(b"\n")
    about: dict[str, Any] = json.loads(line)
    if "error" in about:
        raise _damaged(source, about["error"])
    return about, text


def _from_child(data: bytes, source: str, sheet: str | None) -> bytes:
    """What the child writes."""
    command = [sys.executable, "-P", workbook_cells.__file__]
    # The child finds the libraries where this process has found them; one thread, for each takes address space.
    paths = os.pathsep.join(path for path in sys.path if path)
    environment = {**os.environ, "PYTHONPATH": paths, "POLARS_MAX_THREADS": "1", "RUST_BACKTRACE": "0"}
    question = json.dumps(sheet).encode() + b"\n" + data
    try:
        done = subprocess.run(command, input=question, capture_output=True, env=environment, check=False)
    except OSError as error:
        raise InputError(
            f"Reading the workbook {source} needs a process of its own, and none can be started ({reason(error)}): "
            "save it as CSV."
        ) from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        said = [line for line in lines if not line.startswith("note: ")]
        raise _damaged(source, said[-1] if said else f"reading it was ended by signal {-done.returncode}")
    return done.stdout


def _damaged(source: str, why: str) -> InputError:
    first = (why.splitlines() or [""])[0]
    return InputError(
        f"The workbook {source} is damaged, protected or no workbook ({clean(first[:_MOST_REASON])}): save it again, "
        "or as CSV."
    )
