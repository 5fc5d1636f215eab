"""Bytes of a text file to UTF-8 with line feeds: the encoding is told by the bytes, and said in a note."""

from __future__ import annotations

import codecs

import numpy as np

from wellfit.errors import InputError

SNIFFED_BYTES = 1 << 16
BLOCK = 1 << 23

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"
_MOST_CONTROL = 0.02
_ZEROS_OF_UTF16 = 0.7  # share of zeros on one side of the pairs; most text is within the first 256 characters


def as_utf8(data: bytes, source: str) -> tuple[bytes, tuple[str, ...]]:
    """The text in UTF-8 with line feeds and without a byte-order mark, and a note where it was something else.

    Raises:
        InputError: it is no text.
    """
    data, notes = _from_wide(data, source)
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        raise InputError(f"A table of text holds no zero bytes, and {source} does: it looks like a binary file.")
    wrong = _first_not_utf8(data)
    if wrong is not None:
        if _share_of_control(data) > _MOST_CONTROL:
            raise InputError(f"{source} is neither text nor Parquet: it looks like a binary file.")
        line = data.count(b"\n", 0, wrong) + 1
        data, name = _from_one_byte(data)
        notes = (f"{source} is not UTF-8 (line {line}): it was read as {name}, so look at its accented letters.",)
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    return data, notes


def _from_wide(data: bytes, source: str) -> tuple[bytes, tuple[str, ...]]:
    """UTF-16 and UTF-32 as UTF-8."""
    name = next((name for mark, name in _BOMS if data.startswith(mark)), _unmarked_utf16(data))
    if name is None:
        return data, ()
    shown = name[:6].upper()
    try:
        return data.decode(name).encode(), (f"{source} was read as {shown} text.",)
    except UnicodeDecodeError as error:
        raise InputError(f"The file {source} starts as {shown} text and goes on as something else.") from error


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without a byte-order mark, told by zeros that stand on one side of the pairs of bytes."""
    head = np.frombuffer(data[: SNIFFED_BYTES // 2 * 2][: len(data) // 2 * 2], dtype=np.uint8)
    if len(data) % 2 or not len(head) or not (head == 0).any():
        return None
    first, second = float(np.mean(head[::2] == 0)), float(np.mean(head[1::2] == 0))
    if second >= _ZEROS_OF_UTF16 and first == 0:
        return "utf-16-le"
    return "utf-16-be" if first >= _ZEROS_OF_UTF16 and second == 0 else None


def _from_one_byte(data: bytes) -> tuple[bytes, str]:
    """Western text of one byte a character: Windows-1252, or Latin-1 where that leaves a byte undefined.

    The two differ in the bytes 0x80 to 0x9f: signs such as the euro in Windows-1252, control characters that no table
    holds in Latin-1.
    """
    if not any(byte in data for byte in _NOT_IN_CP1252):
        return data.decode("cp1252").encode(), "Windows-1252 (Latin-1 with further signs)"
    return data.decode("latin-1").encode(), "Latin-1"


def _first_not_utf8(data: bytes) -> int | None:
    """Place of a byte near the first that is not UTF-8, or None; block by block, for text takes memory."""
    if data.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), BLOCK):
        block = data[start : start + BLOCK]
        try:
            decoder.decode(block, final=start + BLOCK >= len(data))
        except UnicodeDecodeError as error:
            return start + min(error.start, len(block) - 1)
    return None


def _share_of_control(data: bytes) -> float:
    """Share of control characters, other than tab, line feed and carriage return, at the beginning."""
    head = np.frombuffer(data[:SNIFFED_BYTES], dtype=np.uint8)
    return float(np.mean((head < 32) & (head != 9) & (head != 10) & (head != 13)))
