"""Whether a file can be written."""

from __future__ import annotations

import tempfile
from pathlib import Path

from wellfit.errors import InputError


def check_writable_file(path: Path) -> None:
    """Find out before any work whether a file can be written.

    Raises:
        InputError: it cannot.
    """
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder: name a file.")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent):
            return
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}.") from None
