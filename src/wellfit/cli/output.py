"""Standard output and standard error where they may be closed, full or no longer read."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import IO

from wellfit.errors import InputError

READER_GONE = 141  # what a shell shows for a command that SIGPIPE has ended


class Quiet:
    """A stream that is written to for as long as that works, and then no more: nothing that was trained is lost for it.

    of: standard output or standard error; None where the command was started without one.
    """

    def __init__(self, of: IO[str] | None) -> None:
        self.of = of
        self.failed = of is None

    def write(self, text: str) -> int:
        """Write text, or nothing after an earlier failure; letters that the encoding lacks become question marks."""
        known = text.encode(self.encoding, "replace").decode(self.encoding)
        self._unless_failed(lambda stream: stream.write(known))
        return len(text)

    def flush(self) -> None:
        """Send on what was written."""
        self._unless_failed(lambda stream: stream.flush())

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self.of is not None and self.of.isatty()

    def fileno(self) -> int:
        """The number of the open file."""
        if self.of is None:
            raise OSError(errno.EBADF, "the stream is closed")
        return self.of.fileno()

    @property
    def encoding(self) -> str:
        """How text is encoded."""
        return getattr(self.of, "encoding", None) or "utf-8"

    def _unless_failed(self, use: Callable[[IO[str]], object]) -> None:
        if self.failed or self.of is None or self.of.closed:
            return
        try:
            use(self.of)
        except OSError:  # full or no longer read; what could not be written stays in it, and `main` says so at the end
            self.failed = True


def tell(text: str) -> None:
    """A line on standard error."""
    stream = Quiet(sys.stderr)
    stream.write(f"{text}\n")
    stream.flush()


def write_out(text: str) -> None:
    """Text on standard output, all of it.

    Raises:
        InputError: it is closed.
        OSError: it is full, or no longer read.
    """
    if sys.stdout is None or sys.stdout.closed:
        raise InputError("The command prints its result, and standard output is closed: send it to a file.")
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:  # nothing has been written yet
        sys.stdout.buffer.write(text.encode())
    sys.stdout.flush()


def unwritten() -> OSError | None:
    """Why what was written to standard output does not go out; None where it does."""
    if sys.stdout is None or sys.stdout.closed:
        return None
    try:
        sys.stdout.flush()
    except OSError as error:
        return error
    return None


def drop_output() -> None:
    """Send what standard output still holds nowhere, so that Python does not complain of it when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
