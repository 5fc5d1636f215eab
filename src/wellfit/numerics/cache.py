"""Where compiled kernels are kept on disk, and when they are thrown away.

Numba looks at one file's date to decide whether a cached function is stale, and does not notice that a function
it calls changed in another file. So all kernels share one folder, named after everything that can change their
machine code: the sources of the package's compiled rooms, Numba's and LLVM's versions, Python's, and the processor.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

KERNEL_ROOMS = ("numerics", "techniques", "engine")


def source_fingerprint(package: Path | None = None) -> str:
    """Hash of every source file that holds compiled code, and of the compiler and the processor."""
    import llvmlite
    import llvmlite.binding
    import numba

    package = package or Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for room in KERNEL_ROOMS:
        for path in sorted((package / room).rglob("*.py")):
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    features = llvmlite.binding.get_host_cpu_features().flatten()
    versions = (numba.__version__, llvmlite.__version__, platform.python_version(), sys.implementation.cache_tag)
    digest.update("\0".join(map(str, (*versions, llvmlite.binding.get_host_cpu_name(), features))).encode())
    return digest.hexdigest()[:20]


def _writable(folder: Path) -> bool:
    """Whether a folder can be written by us, and by nobody else who could plant code in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        standing = folder.stat()
        if hasattr(os, "getuid") and (standing.st_uid != os.getuid() or standing.st_mode & 0o022):
            return False
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@functools.cache
def cache_folder() -> Path | None:
    """Folder of this version's compiled kernels: WELLFIT_CACHE_DIR, the user's cache folder, or a temporary one.

    None, with one warning, where none of them can be written: kernels are then compiled anew in each process.
    """
    import platformdirs

    user = os.environ.get("WELLFIT_CACHE_DIR") or platformdirs.user_cache_dir("wellfit", appauthor=False)
    private = Path(tempfile.gettempdir()) / f"wellfit-kernels-{getattr(os, 'getuid', lambda: 0)()}"
    fingerprint = source_fingerprint()
    for base in (Path(user) / "kernels", private):
        folder = base / fingerprint
        if _writable(folder):
            return folder
    message = f"No folder for compiled kernels can be written (tried {user} and {private}): set WELLFIT_CACHE_DIR."
    warnings.warn(message, RuntimeWarning, stacklevel=2)
    return None


def is_cold() -> bool:
    """Whether nothing has been compiled yet for this version and machine."""
    folder = cache_folder()
    return folder is None or not any(folder.glob("*.nbi"))


@functools.cache
def _cache_class() -> type:
    from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

    class KernelLocator(_CacheLocator):  # type: ignore[misc]
        """Every kernel in the one folder; its name and file tell two kernels apart."""

        def get_cache_path(self) -> str:
            return str(cache_folder())

        def get_source_stamp(self) -> str:
            return source_fingerprint()

        def get_disambiguator(self) -> str:
            return "kernel"

        @classmethod
        def from_function(cls, py_func: Any, py_file: str) -> KernelLocator:
            return cls()

    class KernelImpl(CompileResultCacheImpl):  # type: ignore[misc]
        def __init__(self, py_func: Any) -> None:
            self._lineno = py_func.__code__.co_firstlineno
            self._locator = KernelLocator()
            self._filename_base = f"{py_func.__module__}.{py_func.__qualname__}".replace("<", "").replace(">", "")

    class KernelCache(FunctionCache):  # type: ignore[misc]
        _impl_class = KernelImpl

    return KernelCache


def disk_cache(function: Any) -> Any:
    """A Numba cache for one function in our folder; None where no folder can be written."""
    return _cache_class()(function) if cache_folder() is not None else None
