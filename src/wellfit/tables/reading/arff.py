"""ARFF, the format of Weka and OpenML, by SciPy's reader: numbers, nominal values and dates."""

from __future__ import annotations

import re
from io import StringIO

import polars as pl

from wellfit.errors import InputError

_NAME = r"(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(\S+))"
_ATTRIBUTE = re.compile(rf"^\s*@attribute\s+{_NAME}\s+(.*?)\s*$", re.IGNORECASE)
_SINGLE_QUOTED = re.compile(r"'([^'\"\\]*)'")
_DOUBLE_QUOTED = re.compile(r"\"([^'\"\\]*)\"")
_ESCAPED = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_DATA = re.compile(r"^\s*@data\b", re.IGNORECASE)


def looks_like_arff(data: bytes) -> bool:
    """Whether the first line that is no comment is `@relation`."""
    for line in data[: 1 << 16].removeprefix(b"\xef\xbb\xbf").splitlines():
        if line.strip() and not line.lstrip().startswith(b"%"):
            return line.lstrip().lower().startswith(b"@relation")
    return False


def read_arff(text: str, source: str) -> list[pl.Series]:
    """The columns; nominal ones stay categories whatever their values look like.

    Raises:
        InputError: the file is damaged, sparse, or has attributes of text or relations, which are named.
    """
    from scipy.io.arff import ArffError, ParseArffError, loadarff

    names, plain = _with_plain_names(text, source)
    try:
        records, meta = loadarff(StringIO(plain))
    except (ArffError, ParseArffError, NotImplementedError, ValueError, IndexError, KeyError, StopIteration) as error:
        why = (str(error).splitlines() or [""])[0][:80] or "it is cut short"
        raise InputError(f"The ARFF file {source} cannot be read ({why}): correct it, or write it as CSV.") from error
    columns = []
    for name, key, kind in zip(names, meta.names(), meta.types(), strict=True):
        cells = records[key]
        if kind == "nominal":
            text_cells = [_value(cell.decode()) for cell in cells.tolist()]
            columns.append(pl.Series(name, text_cells, dtype=pl.String).cast(pl.Categorical))
        elif kind == "date":
            columns.append(pl.Series(name, cells.astype("datetime64[us]")))
        else:
            columns.append(pl.Series(name, cells))
    return columns


def _with_plain_names(text: str, source: str) -> tuple[list[str], str]:
    """The names of the attributes, and the text with a0, a1, ... in their place: SciPy reads few quotes.

    Attributes of a type that is not read, and sparse rows, are refused.
    """
    names: list[str] = []
    lines = text.splitlines()
    begin = next((k + 1 for k, line in enumerate(lines) if _DATA.match(line)), len(lines))
    for place, line in enumerate(lines[:begin]):
        found = _ATTRIBUTE.match(line)
        if found is None:
            continue
        name, kind = found[1] or found[2] or found[3], found[4]
        if kind.lower().startswith(("string", "relational")):
            raise InputError(
                f"ARFF attributes are numeric, nominal or dates, and {name[:80]!r} of {source} is of type "
                f"{kind.split()[0]}: remove it, or write the file as CSV."
            )
        if kind.startswith("{"):  # SciPy takes single quotes for a part of the value here, and not in the rows
            kind = _SINGLE_QUOTED.sub(r'"\1"', kind)
        lines[place] = f"@attribute a{len(names)} {kind}"
        names.append(name)
    first = next((line for line in lines[begin:] if line.strip() and not line.lstrip().startswith("%")), "")
    if first.lstrip().startswith("{"):
        raise InputError(f"{source} is a sparse ARFF file, which is not read: write it dense, or as CSV.")
    rows = (_DOUBLE_QUOTED.sub(r"'\1'", line) if '"' in line else line for line in lines[begin:])
    plain = "\n".join([*lines[:begin], *rows])
    return names, plain.encode("ascii", "backslashreplace").decode()  # SciPy keeps nominal values as bytes


def _value(cell: str) -> str:
    """A nominal value as it was written: without quotes, and with its letters beyond ASCII."""
    cell = cell.strip()
    quoted = len(cell) > 1 and cell[0] == cell[-1] and cell[0] in "'\""
    return _ESCAPED.sub(lambda found: chr(int(found[0][2:], 16)), cell[1:-1] if quoted else cell)
