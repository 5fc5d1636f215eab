"""From a path to columns of cells: the kind of file is told by its first bytes, not by its name."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO
from pathlib import Path

import polars as pl

from wellfit.errors import InputError
from wellfit.tables.reading.delimited import read_delimited

Columns = tuple[list[pl.Series], tuple[str, ...]]

_FORMATS = "CSV, TSV and Parquet files, also gzipped, can be read"
_HEAD = 1 << 16
_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_OTHERS = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive: save the sheet as CSV, or unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: save the sheet as CSV"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it, or use gzip"),
    (b"BZh", "compressed with bzip2: unpack it, or use gzip"),
    (b"\xfd7zXZ", "compressed with xz: unpack it, or use gzip"),
    (b"ARROW1", "an Arrow or Feather file: read it with polars or pandas and pass the frame, or save it as Parquet"),
    (b"SQLite format 3", "an SQLite database: export the table as CSV"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\x89HDF", "an HDF5 file: read it with pandas and pass the frame"),
    (b"\x93NUMPY", "a NumPy file: load it with numpy.load and pass the array"),
)


def load_bytes(path: str) -> bytes:
    """A file's content; InputError where there is none."""
    place = Path(path).expanduser()
    if place.is_dir():
        raise InputError(f"A table must be a file, and {path} is a folder: name the file in it.")
    try:
        return place.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}: check the path (the working folder is {Path.cwd()}).") from error
    except (OSError, ValueError) as error:
        raise InputError(f"The file {path} cannot be read: {error}.") from error


def read_bytes(data: bytes, source: str) -> Columns:
    """Columns of cells and notes of a file's content."""
    if data.startswith(_GZIP):
        data = _unzip(data, source)
    if not data[:_HEAD].strip() and not data.strip():
        raise InputError(f"A table needs a line of column names and rows, and {source} is empty.")
    if data.startswith(_PARQUET):
        return _read_parquet(data, source)
    for magic, what in _OTHERS:
        if data.startswith(magic):
            raise InputError(f"Only {_FORMATS}, and {source} is {what}.")
    return read_delimited(data, source)


def _unzip(data: bytes, source: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error) as error:
        raise InputError(
            f"The gzip file {source} is damaged or cut short ({error}): copy or download it again."
        ) from error


def _read_parquet(data: bytes, source: str) -> Columns:
    try:
        frame = pl.read_parquet(BytesIO(data))
    except (pl.exceptions.PolarsError, OSError, pl.exceptions.PanicException) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"The Parquet file {source} is damaged or cut short ({reason}): copy or write it again."
        ) from error
    return frame.get_columns(), ()
