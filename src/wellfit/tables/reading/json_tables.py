"""Tables in JSON: records, columns, a record a line, and the forms that pandas writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from wellfit.errors import InputError

_WRAPPED = ("data", "rows", "records", "items", "results")

Rows = Sequence[Any] | Mapping[str, Sequence[Any]]


def looks_like_json(data: bytes) -> bool:
    """Whether a text begins as JSON does that holds a table: no line of names and no first row of numbers does."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith((b'{"', b"[{", b"[[", b"{}", b"[]")) or _opens(head)


def _opens(head: bytes) -> bool:
    """Whether a bracket is followed by what JSON holds, blanks between."""
    return head[:1] in (b"{", b"[") and head[1:].lstrip()[:1] in (b'"', b"{", b"[", b"}", b"]")


def parse_json(text: str, source: str) -> Rows:
    """The table in a JSON text: a list of records or of rows, or a dict of columns.

    Raises:
        InputError: it is no JSON, or JSON that holds no table.
    """
    try:
        return _table(_parsed(text), source)
    except (ValueError, RecursionError) as whole:
        if isinstance(whole, InputError):
            raise
        lines = _lines(text, source, whole)
        if not lines:
            raise _damaged(source, whole) from whole
        return lines


def _parsed(text: str) -> Any:
    """The one value of a text."""
    return json.loads(text)


def _lines(text: str, source: str, whole: Exception) -> list[Any]:
    """The values of a text with one a line. whole: why the text is not a single value."""
    values = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            values.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            if not values:  # not a record a line, then: the first trouble is what to tell
                raise _damaged(source, whole) from error
            raise InputError(
                f"Every line of {source} must be one JSON record, and line {number} is damaged or cut short: correct "
                "or remove it."
            ) from error
    if not all(isinstance(value, dict) for value in values) and not all(isinstance(value, list) for value in values):
        raise InputError(f"Every line of {source} must be a JSON record; got lines of several kinds: give records.")
    return values


def _damaged(source: str, error: Exception) -> InputError:
    why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:80]
    return InputError(f"{source} begins as JSON and is damaged or cut short ({why}): copy or write it again.")


def _table(value: Any, source: str) -> Rows:
    """The table in a parsed value: records, rows, columns, or a dict that holds one of these beside other things."""
    if isinstance(value, list):
        return _list_of_rows(value, source)
    if isinstance(value, dict):
        if isinstance(value.get("data"), list) and isinstance(value.get("columns"), list):  # pandas, orient="split"
            return _named_rows(value["columns"], value["data"], source)
        if value and all(isinstance(cells, list) for cells in value.values()) and not _one_list_of_records(value):
            return value
        if value and all(isinstance(cells, dict) for cells in value.values()):
            return _dict_of_dicts(value)
        inner = [value[key] for key in _WRAPPED if isinstance(value.get(key), list)] or _one_list_of_records(value)
        if inner:
            return _list_of_rows(inner[0], source)
        if value and not any(isinstance(cells, dict | list) for cells in value.values()):
            return [value]  # one record
    raise InputError(
        f"A JSON table is a list of records, a dict of columns, or a record a line, and {source} holds "
        f"{type(value).__name__ if not isinstance(value, dict) else 'another structure'}: bring it to one of these."
    )


def _list_of_rows(rows: list[Any], source: str) -> list[Any]:
    if all(isinstance(row, dict) for row in rows) or all(isinstance(row, list) for row in rows):
        return rows
    other = next(k for k, row in enumerate(rows) if type(row) is not dict)
    raise InputError(
        f"A JSON table is a list of records, and entry {other + 1} of {source} is {str(rows[other])[:40]!r}: "
        "bring it to records."
    )


def _named_rows(names: list[Any], rows: list[Any], source: str) -> list[dict[str, Any]]:
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        raise InputError(f"Every row of {source} must have as many cells as there are columns: write it again.")
    return [dict(zip(map(str, names), row, strict=True)) for row in rows]


def _one_list_of_records(value: dict[str, Any]) -> list[list[Any]]:
    """The entry that is a list of records, where there is exactly one."""
    found = [v for v in value.values() if isinstance(v, list) and v and all(isinstance(row, dict) for row in v)]
    return found if len(found) == 1 else []


def _dict_of_dicts(value: dict[str, dict[str, Any]]) -> Rows:
    """pandas's orient="columns" (column, then row) and orient="index" (row, then column), told by what counts up."""
    rows = list(dict.fromkeys(key for cells in value.values() for key in cells))
    if not all(key.lstrip("-").isdigit() for key in rows) and all(key.lstrip("-").isdigit() for key in value):
        return list(value.values())
    return {name: [cells.get(row) for row in rows] for name, cells in value.items()}


def flat_rows(rows: Rows) -> tuple[Rows, tuple[str, ...]]:
    """The same with records inside of records as columns of their own, "address.city", and notes that say so."""
    if isinstance(rows, Mapping) or not any(isinstance(row, dict) and _nested(row) for row in rows):
        return rows, ()
    flat = [_flat(row, "") for row in rows]
    names = sorted({name for row in rows for name, value in row.items() if isinstance(value, dict)})
    shown = ", ".join(repr(name[:40]) for name in names[:5]) + (" and others" if len(names) > 5 else "")
    return flat, (f"Records inside of {shown} became columns of their own, named with a dot.",)


def _nested(row: dict[str, Any]) -> bool:
    return any(isinstance(value, dict) for value in row.values())


def _flat(row: dict[str, Any], before: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[before + name] = value
    return flat
