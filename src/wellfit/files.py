"""Writing files so that a reader never sees half of one, and telling whether what is read is what was written."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write to a temporary name in the same folder, then rename; on an error nothing is left behind."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    # Opened with the rights of an ordinary new file: the system applies the user's mask.
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def digest_of(text: str, arrays: Mapping[str, Any]) -> str:
    """The sha256 of a text and of NumPy arrays of any shape by their names, in hexadecimal digits."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        digest.update(f"\0{name} {arrays[name].shape}\0".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
