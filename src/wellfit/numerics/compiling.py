"""What holds while a kernel is compiled: no other process compiles it, its symbols are its own, Ctrl-C waits."""

from __future__ import annotations

import hashlib
import itertools
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wellfit.numerics.cache import warn_unsaved
from wellfit.numerics.cache_folder import cache_folder

SYMBOLS_BITS = 20  # a kernel has fewer functions than 2 to the power of this
LOCKS = 64  # files of a cache folder by which processes take turns; kernels that share one wait for each other


def _locked(folder: Path | None, name: str) -> Any:
    """A kernel's lock in a cache folder, taken; None where there is no folder, or none that a lock can be made in."""
    from filelock import FileLock

    if folder is None:
        return None
    number = hashlib.sha256(name.encode()).digest()[0] % LOCKS
    lock = FileLock(str(folder / f"compiling-{number:02d}.lock"))
    try:
        lock.acquire()
    except OSError as error:  # the disk is full, or the folder has gone
        warn_unsaved(str(folder), error.strerror or str(error))
        return None
    return lock


class compiling:  # noqa: N801 - reads as a statement
    """Holds a kernel's lock in the cache folder, so that two processes do not compile it twice; and keeps Ctrl-C
    waiting until the compiler, which it would leave in pieces, is done. waited: seconds for another process, which
    compiled it.

    kept: whether the kernel lies in the cache. Loading it needs no lock, and must not wait for another process that
        compiles others, which may take a minute.
    """

    def __init__(self, name: str, kept: bool = False) -> None:
        self.name, self.kept = name, kept
        self.signals: list[tuple[int, Any]] = []
        self.waited = 0.0

    def __enter__(self) -> compiling:
        started = time.perf_counter()
        self.lock = None if self.kept else _locked(cache_folder(), self.name)
        self.waited = time.perf_counter() - started
        self.handler = None
        if threading.current_thread() is threading.main_thread():
            self.handler = signal.getsignal(signal.SIGINT)
        if self.handler is not None:
            signal.signal(signal.SIGINT, lambda number, frame: self.signals.append((number, frame)))
        return self

    def __exit__(self, *error: object) -> None:
        if self.lock is not None:
            self.lock.release()
        if self.handler is not None:
            signal.signal(signal.SIGINT, self.handler)
        if self.signals and callable(self.handler):
            self.handler(*self.signals[0])


@contextmanager
def symbols_of(name: str) -> Iterator[None]:
    """Give the functions that are compiled into a kernel symbols that no other kernel's have.

    Numba tells functions of one name apart by counting, in each process from 1. Two kernels that different processes
    compiled and kept could so hold two functions under one symbol; loaded together, one would be called for the other.

    name: of the kernel, with the types that it is compiled for.
    """
    from numba.core.bytecode import FunctionIdentity

    before = FunctionIdentity._unique_ids
    first = int.from_bytes(hashlib.sha256(name.encode()).digest()[:5], "big") << SYMBOLS_BITS
    FunctionIdentity._unique_ids = itertools.count(first)
    try:
        yield
    finally:
        FunctionIdentity._unique_ids = before
