"""What a member is between two compiled calls, as plain data, and what an engine hands it to.

An engine knows no file: who wants checkpoints gives it a `Saver`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from wellfit.reprs import short_repr


@dataclass(frozen=True)
class MemberState:
    """All that a member needs besides its plan to go on to the same bits.

    arrays: by name, the engine's own and to be copied at once. values: numbers, text, lists and tables, as JSON holds
    them.
    """

    arrays: Mapping[str, NDArray[Any]]
    values: Mapping[str, Any]

    __repr__ = short_repr


class Saver(Protocol):
    """Takes checkpoints while members train."""

    def save_member(self, index: int, state: MemberState) -> None:
        """Keep a member's state instead of the one before. Called from the threads, of one member by one at a time."""

    def save_decisions(self, decisions: Sequence[Mapping[str, Any]]) -> None:
        """Keep how each member ended, run after run. Called at the end of a run."""
