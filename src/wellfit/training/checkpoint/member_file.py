"""One member's state as a file: its arrays, and beside them what JSON holds."""

from __future__ import annotations

from pathlib import Path

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.member_state import member_state, restore_state
from wellfit.engines.contract.saver import MemberState
from wellfit.training.checkpoint.sealed import read_arrays, write_arrays


def member_file(folder: Path, index: int) -> Path:
    """Where a member's state lies."""
    return folder / f"member-{index:05d}.safetensors"


def save_member(member: Member, index: int, folder: Path) -> None:
    """Write a member's state."""
    save_state(member_state(member), member_file(folder, index))


def save_state(state: MemberState, path: Path) -> None:
    """Write a state whole or not at all."""
    write_arrays(path, state.arrays, state.values)


def restore_member(member: Member, path: Path) -> None:
    """Put a member back to its checkpoint; without one it stands at its beginning.

    Raises:
        InputError: the file is damaged.
        KeyError, TypeError, ValueError: the state is not of such a member.
    """
    if not path.exists():
        return  # killed before its first checkpoint: it starts anew, to the same bits
    arrays, values = read_arrays(path)
    restore_state(member, MemberState(arrays, values))
