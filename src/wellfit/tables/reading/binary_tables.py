"""Tables of other programs in binary files: Parquet, Arrow (Feather), and workbooks of Excel and LibreOffice."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO

import polars as pl

from wellfit.errors import InputError
from wellfit.tables.reading.delimited import read_delimited

PARQUET, ARROW, ARROW_STREAM, OLD_EXCEL = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff", b"\xd0\xcf\x11\xe0"

_MOST_NAMED = 8


def read_columnar(data: bytes, source: str) -> list[pl.Series]:
    """The columns of a Parquet or Arrow file, told apart by its first bytes."""
    kind = "Parquet" if data.startswith(PARQUET) else "Arrow"
    readers = {"Parquet": pl.read_parquet, "Arrow": pl.read_ipc if data.startswith(ARROW) else pl.read_ipc_stream}
    try:
        frame = readers[kind](BytesIO(data))
    except (pl.exceptions.PolarsError, OSError, pl.exceptions.PanicException) as error:
        reason = (str(error).splitlines() or [""])[0][:80]
        raise InputError(
            f"The {kind} file {source} is damaged or cut short ({reason}): copy or write it again."
        ) from error
    return [column.alias(column.name.strip()) for column in frame.get_columns()]


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
    sheets = _sheets(data, source, sheet)
    chosen = next((name for name, frame in sheets.items() if frame.height), None)
    if chosen is None:
        what = f"the sheet {sheet!r} of {source}" if sheet is not None else source
        raise InputError(f"A table needs a line of column names and rows, and {what} is empty.")
    text = sheets[chosen].write_csv(include_header=False).encode()
    columns, notes, hint = read_delimited(text, source, header, ",")
    others = [name for name in _names(data, source) if name != chosen]
    if sheet is None and others:
        notes = (f"{source} has {len(others) + 1} sheets: {chosen!r} was read; --sheet names another.", *notes)
    return columns, notes, hint


def _names(data: bytes, source: str) -> list[str]:
    import fastexcel

    try:
        return list(fastexcel.read_excel(data).sheet_names)
    except fastexcel.FastExcelError as error:
        raise _damaged(source, error) from error


def _sheets(data: bytes, source: str, sheet: str | None) -> dict[str, pl.DataFrame]:
    """The cells of one sheet, or of the sheets in their order up to the first that holds something, as text."""
    import fastexcel

    names = _names(data, source)
    if sheet is not None and sheet not in names:
        shown = ", ".join(repr(name) for name in names[:_MOST_NAMED])
        raise InputError(f"{source} has no sheet {sheet[:80]!r}; its sheets are: {shown}.")
    read: dict[str, pl.DataFrame] = {}
    try:
        for name in names if sheet is None else [sheet]:
            read[name] = pl.DataFrame(
                fastexcel.read_excel(data).load_sheet(name, header_row=None, dtypes="string", skip_rows=0)
            )
            if read[name].height:
                break
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError) as error:
        raise _damaged(source, error) from error
    return read


def _damaged(source: str, error: Exception) -> InputError:
    reason = (str(error).splitlines() or [""])[0][:80]
    return InputError(
        f"The workbook {source} is damaged, protected or no workbook ({reason}): save it again, or as CSV."
    )
