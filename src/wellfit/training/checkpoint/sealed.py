"""The files of an unfinished run, each with a digest of its content: a damaged one is never gone on with.

A digest has no secret: it tells damage, not forgery.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, reason
from wellfit.files import digest_of, write_atomically
from wellfit.parsing import parse_json, read_text

SHA256, VALUES = "sha256", "values"  # entries of the JSON, and of the metadata of arrays


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a table of JSON, whole or not at all."""
    plain = json.loads(json.dumps(content))  # as it will be read: keys are text
    write_atomically(path, json.dumps({**plain, SHA256: _digest_of_json(plain)}).encode())


def read_json(path: Path, what: str) -> dict[str, Any]:
    """The table that `write_json` wrote. what: it is, for the message.

    Raises:
        InputError: it cannot be read, or another version of wellfit wrote it.
        ValueError: it is not what was written; the message is a clause.
    """
    content = parse_json(read_text(path, what))
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} holds no table")
    if "format" in content and SHA256 not in content:
        raise InputError(f"{path} was written by another version of wellfit, whose runs cannot go on: start anew.")
    if content.pop(SHA256, None) != _digest_of_json(content):
        raise ValueError(f"{path.name} is not what was written")
    return content


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any] | None = None) -> None:
    """Write arrays, and what JSON holds beside them, whole or not at all."""
    from safetensors.numpy import save

    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    text = json.dumps(values or {})
    write_atomically(path, save(whole, {VALUES: text, SHA256: digest_of(text, whole)}))


def read_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays that `write_arrays` wrote, and what was beside them.

    Raises:
        InputError: it cannot be read, or is not what was written.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} is damaged ({reason(error)}): start the run anew.") from None
    text = metadata.get(VALUES, "")
    if metadata.get(SHA256) != digest_of(text, arrays):
        raise InputError(f"{path} is damaged (its bytes are not those that were written): start the run anew.")
    return arrays, parse_json(text)


def _digest_of_json(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
