"""Pipes, which can be read once: what a command reads of one is kept until the command ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from wellfit.errors import InputError

_CHUNK = 1 << 20  # bytes


@dataclass(frozen=True)
class _Held:
    """What was read of pipes, by path. most: bytes of one that fit in memory, found out when one is read."""

    most: Callable[[], int | None]
    content: dict[Path, bytes] = field(default_factory=dict)


_HELD: ContextVar[_Held | None] = ContextVar("held streams", default=None)


@contextmanager
def held_streams(most: Callable[[], int | None]) -> Iterator[None]:
    """Inside, every pipe is read once, and what it held is kept for whoever reads it again.

    most: how many bytes of one fit in memory; None: not known.
    """
    token = _HELD.set(_Held(most))
    try:
        yield
    finally:
        _HELD.reset(token)


def is_stream(path: Path) -> bool:
    """Whether a path names something to read that is no file on a disk, such as a pipe."""
    try:
        return path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError):  # whatever reads it next says why
        return False


def read_stream(path: Path) -> bytes:
    """All that a pipe holds.

    Raises:
        InputError: it is more than memory holds.
        OSError: it cannot be read.
    """
    held = _HELD.get()
    if held is None:
        return path.read_bytes()
    if path not in held.content:
        held.content[path] = _read(path, held.most())
    return held.content[path]


def _read(path: Path, most: int | None) -> bytes:
    chunks: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if most is not None and size > most:
                raise InputError(
                    f"{path} sends more than {most / 2**30:.1f} GiB, for which memory does not suffice: save the table "
                    "as a Parquet file, which is read piece by piece, and name it."
                )
    return b"".join(chunks)
