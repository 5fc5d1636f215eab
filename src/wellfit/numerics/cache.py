"""Compiled kernels on disk: one file for each kernel and signature, with a digest.

A file is named after the kernel and the fingerprint of its sources (`wellfit.numerics.sources`), and begins with a
digest of its name, the compiler, the signature and the content. A file that was damaged, cut short, or put in another
kernel's place does not agree with its digest, is not looked into, and is compiled anew. The digest has no secret: who
may write into the folder may have code run, and `wellfit.numerics.cache_folder` takes care of that.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import pickle
import warnings
from pathlib import Path
from typing import Any

from wellfit.files import write_atomically
from wellfit.numerics.cache_folder import cache_folder
from wellfit.numerics.sources import changed_while_running, compiler_fingerprint, module_fingerprint

DIGEST_BYTES = 32
ENDING = ".kernel"
_log = logging.getLogger(__name__)
_fingerprint = functools.cache(module_fingerprint)  # asked for once a kernel


class KernelFiles:
    """The files of one kernel, one for each signature that it was compiled for.

    folder: where they lie. name: of the kernel, with the fingerprint of its sources.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    def load(self, key: Any) -> Any:
        """What was saved under a key; None where there is nothing, or where it is not what was saved."""
        path = self.path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.info("The compiled kernel %s cannot be read (%s) and is compiled anew.", path, error.strerror)
            return None
        payload = content[DIGEST_BYTES:]
        if content[:DIGEST_BYTES] != _digest(path.name, key, payload):
            _log.info("The compiled kernel %s is damaged and is compiled anew.", path)
            return None
        return pickle.loads(payload)

    def save(self, key: Any, data: Any) -> None:
        """Keep something under a key. Where that is not possible there is one warning: it stays in memory."""
        from numba.core.serialize import dumps

        path, payload = self.path(key), dumps(data)
        try:
            write_atomically(path, _digest(path.name, key, payload) + payload)
        except OSError as error:
            warn_unsaved(str(self.folder), error.strerror or str(error))

    def path(self, key: Any) -> Path:
        """The file of a key."""
        return self.folder / f"{self.name}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}{ENDING}"


def _digest(name: str, key: Any, payload: bytes) -> bytes:
    head = "\0".join((name, compiler_fingerprint(), repr(key)))
    return hashlib.sha256(head.encode() + b"\0" + payload).digest()


@functools.cache
def warn_unsaved(folder: str, why: str) -> None:
    """Say once that compiled kernels cannot be kept."""
    warnings.warn(
        f"Compiled kernels cannot be written to {folder!r} ({why}): the next process compiles them again. Make room, "
        "or set WELLFIT_CACHE_DIR to another folder.",
        RuntimeWarning,
        stacklevel=2,
    )


def _file_name(module: str, qualified_name: str) -> str:
    name = f"{module}.{qualified_name}".replace("<", "").replace(">", "")
    return f"{name}-{_fingerprint(module)}"


def is_cold() -> bool:
    """Whether the training step of this version has not been compiled yet on this machine."""
    folder = cache_folder()
    step = _file_name("wellfit.engines.compiled.step.step", "train")
    return folder is None or not any(folder.glob(f"{step}*{ENDING}"))


@functools.cache
def _cache_class() -> type:
    from numba.core.caching import CompileResultCacheImpl, FunctionCache

    class KernelImpl(CompileResultCacheImpl):  # type: ignore[misc]
        """Numba's way from a compiled function to plain data and back."""

        def __init__(self, function: Any) -> None:
            self._lineno = function.__code__.co_firstlineno

    class KernelCache(FunctionCache):  # type: ignore[misc]
        """Numba's cache of one function, in our folder and our files."""

        def __init__(self, function: Any, folder: Path) -> None:
            self._name, self._py_func, self._cache_path = repr(function), function, str(folder)
            self._impl = KernelImpl(function)
            self._cache_file = KernelFiles(folder, _file_name(function.__module__, function.__qualname__))
            self.enable()

        def _save_overload(self, sig: Any, data: Any) -> None:
            if self._impl.check_cachable(data):
                self._cache_file.save(self._index_key(sig, data.codegen), self._impl.reduce(data))

    return KernelCache


def is_kept(cache: Any) -> bool:
    """Whether a cache of `disk_cache` holds the compiled function, for some types of its arguments."""
    return cache is not None and any(cache._cache_file.folder.glob(f"{cache._cache_file.name}.*{ENDING}"))


def disk_cache(function: Any) -> Any:
    """A Numba cache for one function in our folder; None where there is no folder, or where its sources on the disk are
    no longer those that this process has read.
    """
    folder = cache_folder()
    if changed_while_running(function.__module__):
        return None
    return None if folder is None else _cache_class()(function, folder)
