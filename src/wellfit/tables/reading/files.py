"""From a path to columns of cells: the kind of file is told by its first bytes, not by its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wellfit.errors import InputError
from wellfit.tables.arrays import Int64
from wellfit.tables.reading.arff import looks_like_arff, read_arff
from wellfit.tables.reading.binary_tables import ARROW, ARROW_STREAM, PARQUET, read_columnar
from wellfit.tables.reading.delimited import read_delimited
from wellfit.tables.reading.encodings import as_utf8
from wellfit.tables.reading.frames import columns_of
from wellfit.tables.reading.json_tables import flat_rows, looks_like_json, parse_json
from wellfit.tables.reading.nested import plain_columns
from wellfit.tables.reading.streams import is_stream, read_stream
from wellfit.tables.reading.unpacking import ZIP, is_workbook, unpacked
from wellfit.tables.reading.workbooks import OLD_EXCEL, read_workbook

_FORMATS = "CSV, TSV, JSON, Parquet, Feather, Excel, ARFF and idx files, also compressed, can be read"
_HEAD = 1 << 16
# What begins so and goes on with bytes that no text has: a column may be called PAR1 or ORC as well.
_OTHERS = (
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it, or use gzip"),
    (b"\x04\x22\x4d\x18", "compressed with lz4: unpack it, or use gzip"),
    (b"7z\xbc\xaf", "a 7-Zip archive: unpack it"),
    (b"Rar!\x1a", "a RAR archive: unpack it"),
    (b"FEA1", "a Feather file of version 1: read it with pandas and pass the frame, or save it as Parquet"),
    (b"ORC", "an ORC file: read it with pandas and pass the frame, or save it as Parquet"),
    (b"Obj\x01", "an Avro file: read it with polars and pass the frame, or save it as Parquet"),
    (b"SQLite format 3", "an SQLite database: export the table as CSV"),
    (b"\x89PNG", "one PNG image: name the folder of the images, with a subfolder a class"),
    (b"\xff\xd8\xff", "one JPEG image: name the folder of the images, with a subfolder a class"),
    (b"\x89HDF", "an HDF5 file: read it with pandas and pass the frame"),
    (b"\x93NUMPY", "a NumPy file: load it with numpy.load and pass the array"),
    (b"$FL2", "an SPSS file: read it with pandas and pass the frame, or save it as CSV"),
    (b"\x80\x04\x95", "a Python pickle, which may hold code: load it yourself and pass the frame"),
)
_DOCUMENTS = (
    (b"%pdf-", "a PDF document"),
    (b"<stata_dta>", "a Stata file: read it with pandas and pass the frame, or save it as CSV"),
    (b"header record*******", "a SAS file: read it with pandas and pass the frame, or save it as CSV"),
    (b"<!doctype", "a web page: the download may have failed; save the table as CSV"),
    (b"<html", "a web page: the download may have failed; save the table as CSV"),
    (b"<?xml", "an XML document: save the table as CSV"),
)


@dataclass(frozen=True)
class FileContent:
    """What a file holds: its columns of cells, notes on how it was read, and a hint where its names look like data.

    rows: which rows of the file these are, rising, where some were drawn of `drawn_from`; None: all.
    """

    columns: list[pl.Series]
    notes: tuple[str, ...] = ()
    hint: str = ""
    rows: Int64 | None = None
    drawn_from: int | None = None


def load_bytes(path: str) -> bytes:
    """A file's content; InputError where there is none."""
    place = Path(path).expanduser()
    if place.is_dir():
        raise InputError(
            f"A table must be a file, and {path} is a folder: name the file in it; a folder of images is read by "
            "wellfit.tables.read_pictures."
        )
    try:
        return read_stream(place) if is_stream(place) else place.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}: check the path (the working folder is {Path.cwd()}).") from error
    except (OSError, ValueError) as error:
        raise InputError(f"The file {path} cannot be read: {error}.") from error


def read_bytes(data: bytes, source: str, header: bool | None = None, sheet: str | None = None) -> FileContent:
    """What a file's content holds.

    header: whether the first line of a text file or sheet holds the names; None: it does, and a note says so where it
        looks like a row of data. sheet: of a workbook, by name; None: the first that holds something.
    """
    data = unpacked(data, source)
    if not data[:_HEAD].strip() and not data.strip():
        raise InputError(f"A table needs a line of column names and rows, and {source} is empty.")
    if _begins_with(data, PARQUET) or data.startswith((ARROW + b"\0", ARROW_STREAM)):
        return FileContent(*plain_columns(read_columnar(data, source)))
    workbook = data.startswith(OLD_EXCEL) or (data.startswith(ZIP) and is_workbook(data))
    if sheet is not None and not workbook:
        raise InputError(f"A sheet is a part of a workbook, and {source} is none: leave --sheet (Python: sheet) out.")
    if workbook:
        return FileContent(*read_workbook(data, source, header, sheet))
    others = [what for magic, what in _OTHERS if _begins_with(data, magic)]
    others += [what for magic, what in _DOCUMENTS if data[: len(magic)].lower() == magic]
    if others:
        raise InputError(f"Only {_FORMATS}, and {source} is {others[0]}.")
    return _read_text(data, source, header)


def _begins_with(data: bytes, magic: bytes) -> bool:
    """Whether a file begins with a mark of a binary format, and goes on with bytes that no text has."""
    after = data[len(magic) : len(magic) + 64]
    return data.startswith(magic) and (not after or any(byte < 9 or 13 < byte < 32 for byte in after))


def _read_text(data: bytes, source: str, header: bool | None) -> FileContent:
    """A text: ARFF, JSON, or delimited cells."""
    data, notes = as_utf8(data, source)
    if looks_like_arff(data):
        columns, further = read_arff(data.decode(), source)
        return FileContent(columns, (*notes, *further))
    if looks_like_json(data):
        rows, flat_notes = flat_rows(parse_json(data.decode(), source))
        columns, nested_notes = plain_columns(columns_of(rows)[0])
        return FileContent(columns, (*notes, *flat_notes, *nested_notes))
    columns, further, hint = read_delimited(data, source, header)
    return FileContent(columns, (*notes, *further), hint)
