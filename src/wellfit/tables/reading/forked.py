"""Forked processes: they have no copies of the threads of polars, for which reading a table would wait for ever."""

from __future__ import annotations

import os
import re
from pathlib import Path

THREADS = Path("/proc/self/task")  # a folder a thread, on Linux
POLARS_THREAD = re.compile(r"polars-\d+\n?")

_used = [False]  # whether this process has read a table
_running_at_fork = [False]  # whether polars had threads when a child was forked
_without_threads = [False]  # whether this process is a child that was forked from such a one


def check_not_forked() -> None:
    """Refuse to read a table where that would never end.

    Raises:
        RuntimeError: this process was forked after polars had started its threads.
    """
    if _without_threads[0]:
        raise RuntimeError(
            "This process was forked after its parent had worked with tables, and a fork has no copies of the threads "
            "that read them: load the model before the fork but predict only after it, or start processes by spawn, "
            f"multiprocessing.get_context('spawn'); got a fork, process {os.getpid()}."
        )
    _used[0] = True


def polars_has_threads() -> bool:
    """Whether polars has started its threads, which it does when they are first needed."""
    if not THREADS.is_dir():
        return _used[0]
    return any(POLARS_THREAD.fullmatch(_name_of(thread)) for thread in THREADS.iterdir())


def _name_of(thread: Path) -> str:
    try:
        return (thread / "comm").read_text()
    except OSError:  # it has ended meanwhile
        return ""


def _before_fork() -> None:
    _running_at_fork[0] = polars_has_threads()


def _after_fork() -> None:
    _without_threads[0] |= _running_at_fork[0]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
