"""Matrix products with one BLAS thread, whatever the rest of the process does."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@functools.cache
def _controller() -> Any:
    # Numba's np.dot calls the BLAS that SciPy carries: it must be loaded before threadpoolctl looks for libraries.
    import scipy.linalg.cython_blas  # noqa: F401
    import threadpoolctl

    return threadpoolctl.ThreadpoolController()


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Hold every BLAS at one thread: members are the unit of parallel work, and sums must not depend on threads.

    Raises:
        RuntimeError: a BLAS refused the limit.
    """
    controller = _controller().select(user_api="blas")
    with controller.limit(limits=1):
        busy = [library for library in controller.info() if library["num_threads"] != 1]
        if busy:
            names = ", ".join(f"{library['internal_api']} ({library['num_threads']} threads)" for library in busy)
            raise RuntimeError(f"BLAS must run one thread while members train, but did not accept it: {names}.")
        yield
