"""Tables of columns in binary files: Parquet and Arrow (Feather)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import polars as pl

from wellfit.errors import InputError

PARQUET, ARROW, ARROW_STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"


def read_columnar(data: bytes, source: str) -> list[pl.Series]:
    """The columns of a Parquet or Arrow file, told apart by its first bytes."""
    kind = "Parquet" if data.startswith(PARQUET) else "Arrow"
    readers = {"Parquet": pl.read_parquet, "Arrow": pl.read_ipc if data.startswith(ARROW) else pl.read_ipc_stream}
    with refusing_damage(kind, source):
        frame = readers[kind](BytesIO(data))
    return [column.alias(column.name.strip()) for column in frame.get_columns()]


@contextmanager
def refusing_damage(kind: str, source: str) -> Iterator[None]:
    """Inside, what polars says of a file that it cannot read becomes an InputError. kind, source: what it is called."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError, pl.exceptions.PanicException) as error:
        reason = (str(error).splitlines() or [""])[0][:80]
        raise InputError(
            f"The {kind} file {source} is damaged or cut short ({reason}): copy or write it again."
        ) from error
