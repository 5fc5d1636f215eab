"""Matrix products with one BLAS thread, whatever the rest of the process does."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@functools.cache
def _controller() -> Any:
    # Numba's np.dot calls the BLAS that SciPy carries: it must be loaded before threadpoolctl looks for libraries.
    import scipy.linalg.cython_blas  # noqa: F401
    import threadpoolctl

    return threadpoolctl.ThreadpoolController()


@functools.cache
def numpy_gemm(precision: str) -> int:
    """The address of the matrix product (CBLAS, 64-bit integers) of the OpenBLAS that NumPy carries; 0 where NumPy
    carries none, or one that is older than SciPy's.
    """
    import ctypes

    symbol = {"float32": "scipy_cblas_sgemm64_", "float64": "scipy_cblas_dgemm64_"}[precision]
    libraries = [each for each in _controller().select(internal_api="openblas").lib_controllers if each.version]
    theirs = [each for each in libraries if hasattr(each.dynlib, symbol)]
    if not theirs or any(_version(each) > _version(theirs[0]) for each in libraries):
        return 0
    return ctypes.cast(getattr(theirs[0].dynlib, symbol), ctypes.c_void_p).value or 0


def blas_versions() -> str:
    """The BLAS libraries that NumPy and SciPy carry, by name and version."""
    found = {f"{lib['internal_api']} {lib['version']}" for lib in _controller().select(user_api="blas").info()}
    return " and ".join(sorted(found))


def _version(library: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in library.version.split(".")[:3] if part.isdigit())


_lock = threading.Lock()
_held: list[Any] = []  # the limiter in force, once for each training run that is on


def _begin_in_fork() -> None:
    """A child forked while another thread trained: that thread, which would lift the limit, is not in it."""
    global _lock
    _lock = threading.Lock()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_fork)


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Hold every BLAS at one thread: members are the unit of parallel work, and sums must not depend on threads.

    The limit belongs to the process, so runs in several threads share it and the last one to end lifts it.

    Raises:
        RuntimeError: a BLAS refused the limit.
    """
    with _lock:
        limiter = _held[0] if _held else _controller().limit(limits=1, user_api="blas")
        _held.append(limiter)
    try:
        assert_single_threaded()
        yield
    finally:
        with _lock:
            _held.pop()
            if not _held:
                limiter.restore_original_limits()


def assert_single_threaded() -> None:
    """Check the limit from the calling thread, for some libraries keep it thread by thread."""
    busy = [lib for lib in _controller().select(user_api="blas").info() if lib["num_threads"] != 1]
    if busy:
        names = ", ".join(f"{library['internal_api']} ({library['num_threads']} threads)" for library in busy)
        raise RuntimeError(f"BLAS must run one thread while members train, but did not accept it: {names}.")
