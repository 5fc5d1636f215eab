"""Fingerprints of source files by what they compile to: comments, docstrings and the places of lines do not count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from types import CodeType
from typing import Any


def code_fingerprint(files: Iterable[Path]) -> str:
    """Hash of the files' compiled code, in the order given."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(repr(compiled_code(path)).encode() + b"\0")
    return digest.hexdigest()[:20]


def compiled_code(path: Path) -> tuple[Any, ...]:
    """Python's instructions for a file, with the names and constants that they use, nested functions included."""
    # Optimised compilation leaves docstrings out; what it says of lines is left out by `_parts`.
    return _parts(compile(path.read_bytes(), path.name, "exec", dont_inherit=True, optimize=2))


def _parts(code: CodeType) -> tuple[Any, ...]:
    constants = tuple(_parts(one) if isinstance(one, CodeType) else _stable(one) for one in code.co_consts)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    arguments = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    return code.co_name, arguments, code.co_code, code.co_exceptiontable, constants, names


def _stable(constant: Any) -> Any:
    """A constant whose text is the same in every process: the order of a frozen set is not."""
    return ("frozenset", sorted(map(repr, constant))) if isinstance(constant, frozenset) else constant
