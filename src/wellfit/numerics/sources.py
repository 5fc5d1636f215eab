"""Fingerprints of sources by what they compile to, and of the compiler and the processor.

Numba looks at one file's date to decide whether a cached function is stale, and does not notice that a function
it calls changed in another file. So a kernel is known by everything that can change its machine code: what its module
compiles to, and every module of the compiled packages that this one imports, directly or not. Comments, docstrings and
the places of lines do not count. What a kernel calls must therefore reach it by an import.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import platform
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import CodeType
from typing import Any

BEGAN = time.time()  # when this process has read the package
KERNEL_WINGS = ("numerics", "techniques", "engines")


def code_fingerprint(files: Iterable[Path]) -> str:
    """Hash of the files' compiled code, in the order given."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(repr(compiled_code(path)).encode() + b"\0")
    return digest.hexdigest()[:20]


def compiled_code(path: Path) -> tuple[Any, ...]:
    """Python's instructions for a file, with the names and constants that they use, nested functions included."""
    # Most kernels reach the same files: each is compiled once a process, and again where it was changed.
    return _compiled_source(path.read_bytes(), path.name)


@functools.cache
def _compiled_source(source: bytes, name: str) -> tuple[Any, ...]:
    # Optimised compilation leaves docstrings out; what it says of lines is left out by `_parts`.
    return _parts(compile(source, name, "exec", dont_inherit=True, optimize=2))


def _parts(code: CodeType) -> tuple[Any, ...]:
    constants = tuple(_parts(one) if isinstance(one, CodeType) else _stable(one) for one in code.co_consts)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    arguments = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    return code.co_name, arguments, code.co_code, code.co_exceptiontable, constants, names


def _stable(constant: Any) -> Any:
    """A constant whose text is the same in every process: the order of a frozen set is not."""
    return ("frozenset", sorted(map(repr, constant))) if isinstance(constant, frozenset) else constant


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
    digest = hashlib.sha256()
    for name in sorted(_reached(module, package)):
        path = _source(name, package)
        digest.update(f"{name}\0{code_fingerprint([path] if path else [])}\0".encode())
    return digest.hexdigest()[:20]


def changed_while_running(module: str, package: Path | None = None) -> bool:
    """Whether a source that a module's kernels hang on was changed after this process began, by an upgrade say: what is
    compiled from memory then has not the fingerprint of what lies on the disk.
    """
    package = package or _package()
    paths = (_source(name, package) for name in _reached(module, package))
    return any(path.stat().st_ctime > BEGAN for path in paths if path is not None)


@functools.cache
def _reached(module: str, package: Path) -> frozenset[str]:
    """A module and those of the compiled packages that it imports, directly or not."""
    reached: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _imports(name, package)
    return frozenset(reached)


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
    named = _imported_names(path.read_bytes()) if path else ()
    return [name for name in named if _source(name, package) is not None]


@functools.cache
def _imported_names(source: bytes) -> tuple[str, ...]:
    """Every module, and every name of a module, that a source imports."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(dict.fromkeys(found))
