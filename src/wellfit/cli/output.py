"""Standard output and standard error where they may be closed, full or no longer read."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TypeVar

from wellfit.errors import InputError

T = TypeVar("T")
READER_GONE = 1  # the exit code of a command whose output nobody reads any more


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
        except OSError:  # full or no longer read; `run` says so at the end
            self.failed = True


class Watched:
    """Standard output that remembers the first error of writing to it; everything else is the stream's own."""

    def __init__(self, of: IO[str]) -> None:
        self.of = of
        self.error: OSError | None = None

    def write(self, text: str) -> int:
        """Write text."""
        return self._watched(lambda: self.of.write(text))

    def flush(self) -> None:
        """Send on what was written."""
        self._watched(self.of.flush)

    def explains(self, error: Exception) -> bool:
        """Whether an exception comes from writing, perhaps from another try of it."""
        return self.error is not None and isinstance(error, OSError) and error.errno == self.error.errno

    @property
    def reason(self) -> str:
        """Why writing failed, in the system's words."""
        return "" if self.error is None else self.error.strerror or str(self.error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.of, name)

    def _watched(self, use: Callable[[], T]) -> T:
        try:
            return use()
        except OSError as error:
            self.error = self.error or error
            raise


@contextmanager
def watched_output() -> Iterator[Watched | None]:
    """Inside, standard output is watched; None where the command was started without one."""
    before = sys.stdout
    if before is None:
        yield None
        return
    watched = Watched(before)
    sys.stdout = watched
    try:
        yield watched
    finally:
        sys.stdout = before


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
    require_output()
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:  # nothing has been written yet
        sys.stdout.buffer.write(text.encode())
    sys.stdout.flush()


def require_output() -> None:
    """InputError where standard output is closed."""
    if sys.stdout is None or sys.stdout.closed:
        raise InputError("The command prints its result, and standard output is closed: send it to a file.")


def drop_unwritten() -> None:
    """Send what standard output still holds nowhere if it cannot be written: Python would complain when it ends."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
        return
    except OSError:  # `run` has said so
        pass
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
