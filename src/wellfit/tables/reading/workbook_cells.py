"""The program of the child process that reads a workbook: its bytes in, one sheet's cells out as CSV.

The first line of the input is JSON: the name of the sheet, or null for the first that holds something. So is the first
line of the output: the names of the sheets and which one was read (null: none), or what was wrong. Nothing of wellfit
is imported, for this starts anew for each workbook.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec

import polars as pl

_MEMORY, _MEMORY_A_BYTE = 1 << 30, 200  # a packed cell takes a byte at least, and about 100 here
_SECONDS, _BYTES_A_SECOND = 5, 100_000  # 0.2 s to start; a tenth of what a slow processor reads


def cells(data: bytes, sheet: str | None) -> tuple[dict[str, object], str]:
    """The names of the sheets with the one that was read, and its cells as CSV.

    sheet: the name of the sheet; None: the first that holds something.
    """
    import fastexcel

    book = fastexcel.read_excel(data)
    names = list(book.sheet_names)
    for name in names if sheet is None else [one for one in names if one == sheet]:
        frame = pl.DataFrame(book.load_sheet(name, header_row=None, dtypes="string", skip_rows=0))
        if frame.height:
            return {"sheets": names, "read": name}, frame.write_csv(include_header=False)
    return {"sheets": names, "read": None}, ""


def limit(size: int) -> None:
    """Let this process take as much memory and processor time as a workbook of so many bytes can need."""
    if find_spec("resource") is None:  # Windows has no such limits
        return
    import resource

    for what, most in (
        (resource.RLIMIT_AS, _taken() + _MEMORY + _MEMORY_A_BYTE * size),
        (resource.RLIMIT_CPU, _SECONDS + size // _BYTES_A_SECOND),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _taken() -> int:
    """Bytes of address space that this process has taken, a generous guess where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * 4096
    except OSError:
        return 1 << 33


def answer(data: bytes, sheet: str | None) -> bytes:
    """A line of JSON about a workbook, or what was wrong with it, and below it one sheet's cells as CSV."""
    import fastexcel

    try:
        about, text = cells(data, sheet)
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        about, text = {"error": str(error)}, ""
    return json.dumps(about).encode() + b"\n" + text.encode()


def main() -> None:
    """Read a workbook from standard input and write one sheet to standard output."""
    sheet, data = json.loads(sys.stdin.buffer.readline()), sys.stdin.buffer.read()
    limit(len(data))
    sys.stdout.buffer.write(answer(data, sheet))


if __name__ == "__main__":
    main()
