"""Where compiled kernels are kept on disk, and when they are thrown away.

Numba looks at one file's date to decide whether a cached function is stale, and does not notice that a function
it calls changed in another file. So a kernel's file is named after everything that can change its machine code: what
its module compiles to, and every module of the compiled packages that this one imports, directly or not. A comment or a
docstring changes nothing (`wellfit.numerics.sources`). All files lie in one folder, named after the versions of
compiler and Python and the processor. What a kernel calls must therefore reach it by an import.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import os
import platform
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from wellfit.numerics.sources import code_fingerprint

KERNEL_WINGS = ("numerics", "techniques", "engines")


def source_fingerprint(package: Path | None = None) -> str:
    """Hash of every source file that holds compiled code, and of the compiler and the processor."""
    package = package or _package()
    digest = hashlib.sha256(compiler_fingerprint().encode())
    for room in KERNEL_WINGS:
        for path in sorted((package / room).rglob("*.py")):
            digest.update(f"{path.relative_to(package).as_posix()}\0{code_fingerprint([path])}\0".encode())
    return digest.hexdigest()[:20]


@functools.cache
def compiler_fingerprint() -> str:
    """Hash of the compiler's versions, Python's, and the processor."""
    import llvmlite
    import llvmlite.binding
    import numba

    features = llvmlite.binding.get_host_cpu_features().flatten()
    versions = (numba.__version__, llvmlite.__version__, platform.python_version(), sys.implementation.cache_tag)
    words = "\0".join(map(str, (*versions, llvmlite.binding.get_host_cpu_name(), features)))
    return hashlib.sha256(words.encode()).hexdigest()[:20]


def module_fingerprint(module: str, package: Path | None = None) -> str:
    """Hash of a module of the compiled packages and of those it imports; of any other, of all compiled packages."""
    package = package or _package()
    if _source(module, package) is None:
        return source_fingerprint(package)
    reached, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _imports(name, package)
    digest = hashlib.sha256()
    for name in sorted(reached):
        path = _source(name, package)
        digest.update(f"{name}\0{code_fingerprint([path] if path else [])}\0".encode())
    return digest.hexdigest()[:20]


_module_fingerprint = functools.cache(module_fingerprint)  # asked for once a kernel


def _package() -> Path:
    return Path(__file__).resolve().parent.parent


def _source(module: str, package: Path) -> Path | None:
    """The file of a module of the compiled packages, None elsewhere."""
    parts = module.split(".")
    if len(parts) < 2 or parts[0] != "wellfit" or parts[1] not in KERNEL_WINGS:
        return None
    place = package.joinpath(*parts[1:])
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.exists():
            return path
    return None


def _imports(module: str, package: Path) -> list[str]:
    """Modules of the compiled packages that a module's source names in its imports."""
    path = _source(module, package)
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())) if path else ():
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in found if _source(name, package) is not None]


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
    """Folder of compiled kernels: WELLFIT_CACHE_DIR, the user's cache folder, or a temporary one.

    None, with one warning, where none of them can be written: kernels are then compiled anew in each process.
    """
    import platformdirs

    user = os.environ.get("WELLFIT_CACHE_DIR") or platformdirs.user_cache_dir("wellfit", appauthor=False)
    private = Path(tempfile.gettempdir()) / f"wellfit-kernels-{getattr(os, 'getuid', lambda: 0)()}"
    for base in (Path(user) / "kernels", private):
        folder = base / compiler_fingerprint()
        if _writable(folder):
            return folder
    message = f"No folder for compiled kernels can be written (tried {user} and {private}): set WELLFIT_CACHE_DIR."
    warnings.warn(message, RuntimeWarning, stacklevel=2)
    return None


def is_cold() -> bool:
    """Whether the training step of this version has not been compiled yet on this machine."""
    folder = cache_folder()
    step = f"wellfit.engines.compiled.step.step.train-{_module_fingerprint('wellfit.engines.compiled.step.step')}"
    return folder is None or not any(folder.glob(f"{step}*.nbi"))


@functools.cache
def _cache_class() -> type:
    from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

    class KernelLocator(_CacheLocator):  # type: ignore[misc]
        """Every kernel in the one folder; its name and its sources' hash tell two kernels apart."""

        def __init__(self, module: str) -> None:
            self.module = module

        def get_cache_path(self) -> str:
            return str(cache_folder())

        def get_source_stamp(self) -> str:
            return _module_fingerprint(self.module)

        def get_disambiguator(self) -> str:
            return "kernel"

        @classmethod
        def from_function(cls, py_func: Any, py_file: str) -> KernelLocator:
            return cls(py_func.__module__)

    class KernelImpl(CompileResultCacheImpl):  # type: ignore[misc]
        def __init__(self, py_func: Any) -> None:
            self._lineno = py_func.__code__.co_firstlineno
            self._locator = KernelLocator(py_func.__module__)
            stamp = _module_fingerprint(py_func.__module__)
            name = f"{py_func.__module__}.{py_func.__qualname__}".replace("<", "").replace(">", "")
            self._filename_base = f"{name}-{stamp}"

    class KernelCache(FunctionCache):  # type: ignore[misc]
        _impl_class = KernelImpl

    return KernelCache


def disk_cache(function: Any) -> Any:
    """A Numba cache for one function in our folder; None where no folder can be written."""
    return _cache_class()(function) if cache_folder() is not None else None
