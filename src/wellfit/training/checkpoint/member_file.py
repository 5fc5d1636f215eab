"""One member's state as a file: its arrays, and beside them what JSON holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.member_state import member_state, restore_state
from wellfit.engines.contract.saver import MemberState
from wellfit.errors import InputError, reason
from wellfit.files import write_atomically
from wellfit.parsing import parse_json

VALUES = "values"  # in the file's metadata


def member_file(folder: Path, index: int) -> Path:
    """Where a member's state lies."""
    return folder / f"member-{index:05d}.safetensors"


def save_member(member: Member, index: int, folder: Path) -> None:
    """Write a member's state."""
    save_state(member_state(member), member_file(folder, index))


def save_state(state: MemberState, path: Path) -> None:
    """Write a state whole or not at all."""
    arrays = {name: np.ascontiguousarray(array) for name, array in state.arrays.items()}
    write_atomically(path, save(arrays, {VALUES: json.dumps(state.values)}))


def restore_member(member: Member, path: Path) -> None:
    """Put a member back to its checkpoint; without one it stands at its beginning."""
    if not path.exists():
        return  # killed before its first checkpoint: it starts anew, to the same bits
    arrays = read_arrays(path)
    with safe_open(path, framework="numpy") as file:
        values = parse_json(file.metadata()[VALUES])
    restore_state(member, MemberState(arrays, values))


def read_arrays(path: Path) -> dict[str, Any]:
    """The arrays of a safetensors file.

    Raises:
        InputError: it is damaged.
    """
    try:
        return load(path.read_bytes())
    except SafetensorError as error:
        raise InputError(f"{path} is damaged: {reason(error)}.") from None
