"""Ctrl-C in an experiment: training ends cleanly at it, but an answer of networks half trained would be no answer."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from wellfit.engines.contract.progress import Observer, Progress


@contextmanager
def ended_by_ctrl_c() -> Iterator[Observer]:
    """Gives an observer that ends every training after Ctrl-C; when the block is left, KeyboardInterrupt follows.

    Python hands signals to the main thread alone: in others Ctrl-C has its usual effect.
    """
    came: list[bool] = []

    def observe(progress: Progress) -> None:
        if came:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield observe
        return
    before: Any = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        came.append(True)
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield observe
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt
