"""Compressed files: gzip, bzip2, xz and zip archives of one table; what is compressed otherwise is refused by name."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Any

from wellfit.errors import InputError

GZIP, BZIP2, XZ, ZIP = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"PK\x03\x04"

_DEFLATE = 1100  # times as long as its source is the longest output that deflate can stand for (1032), and some slack
_LONGEST = 200  # the same of bzip2 and xz, which have no such limit of their own: no table comes near
_FREE = 1 << 26  # bytes that any file may unpack to
_DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError)

_OPENERS: tuple[tuple[bytes, str, Callable[[BytesIO], Any], int], ...] = (
    (GZIP, "gzip", lambda file: gzip.open(file), _DEFLATE),
    (BZIP2, "bzip2", lambda file: bz2.open(file), _LONGEST),
    (XZ, "xz", lambda file: lzma.open(file), _LONGEST),
)


def unpacked(data: bytes, source: str) -> bytes:
    """The content of a compressed file, and of a zip archive's one table; any other content as it is.

    Raises:
        InputError: it is damaged, unpacks to far more than a table does, or is an archive of several files.
    """
    for mark, name, opener, most in _OPENERS:
        if data.startswith(mark) and not (mark == BZIP2 and not data[3:4].isdigit()):
            try:
                with opener(BytesIO(data)) as file:
                    return _read(file, most * len(data), source)
            except _DAMAGED as error:
                raise _damaged(name, source, error) from error
    if data.startswith(ZIP) and not is_workbook(data):
        return _only_file(data, source)
    return data


def is_workbook(data: bytes) -> bool:
    """Whether a zip archive is a workbook, of Excel or an OpenDocument spreadsheet."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
            document = "mimetype" in names and archive.getinfo("mimetype").file_size < 200
            return any(name.startswith("xl/") for name in names) or (
                document and b"opendocument.spreadsheet" in archive.read("mimetype")
            )
    except _DAMAGED:
        return b"[Content_Types].xml" in data[:4096]


def _only_file(data: bytes, source: str) -> bytes:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = [one for one in archive.namelist() if _is_table(one)]
            if len(names) == 1:
                with archive.open(names[0]) as file:
                    return _read(file, _DEFLATE * len(data), source)
    except _DAMAGED as error:
        raise _damaged("zip", source, error) from error
    shown = ", ".join(repr(name[:40]) for name in names[:3])
    raise InputError(
        f"A zip archive is read where it holds one table, and {source} holds {len(names)} files"
        f"{f' ({shown})' if names else ''}: unpack it and name one."
    )


def _is_table(name: str) -> bool:
    """Whether a name in an archive is a file, and none that macOS or Windows has added."""
    parts = PurePosixPath(name).parts
    return not name.endswith("/") and not any(part.startswith((".", "__MACOSX")) for part in parts)


def _read(file: IO[bytes], most: int, source: str) -> bytes:
    """All that a file holds, unless it is more than a table of this size unpacks to."""
    most = max(most, _FREE)
    content = file.read(most + 1)
    if len(content) > most:
        raise InputError(f"{source} unpacks to more than {most:,} bytes, as no table does: unpack it yourself.")
    return content


def _damaged(name: str, source: str, error: Exception) -> InputError:
    why = str(error)[:80] or "it ends early"
    return InputError(f"The {name} file {source} is damaged or cut short ({why}): copy or download it again.")
