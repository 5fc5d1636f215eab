"""Ctrl-C during a search: it ends at the next update, wherever it is, and keeps what it has."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from wellfit.engines.compiled.run.growing_population import GrowingPopulation

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(population: GrowingPopulation) -> Iterator[None]:
    """Inside, a signal that would raise KeyboardInterrupt ends the search instead; a second one raises it.

    Signals that do something else are left alone, and all are outside the main thread, which alone sees them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: Any) -> None:
        if population.interrupted:
            raise KeyboardInterrupt
        population.interrupt()

    taken = [number for number in SIGNALS if signal.getsignal(number) is signal.default_int_handler]
    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.default_int_handler)
