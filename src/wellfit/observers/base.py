"""What observers that write share: each evaluation of each network once."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from wellfit.engines.contract.progress import MemberProgress, Progress
from wellfit.errors import InputError, quoted

STEP = "update"  # the column that counts steps
MOST_NETWORKS = 100


class WritingObserver(ABC):
    """Writes every evaluation of the first so many networks once, by their place in the run.

    most: of networks that are written. One observer observes one run: a second one would write over its networks.
    """

    def __init__(self, most: int) -> None:
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise InputError(f"An observer writes 1 or more networks; got most={quoted(most)}.")
        self.most = most
        self._written: dict[int, int] = {}  # evaluations, by network

    def __call__(self, progress: Progress) -> None:
        """Write what is new."""
        for number, member in enumerate(progress.members[: self.most]):
            for row in member.measured(self._written.setdefault(number, 0)):
                values = {name: value for name, value in row.items() if name != STEP and math.isfinite(value)}
                self.write(number, int(row[STEP]), values)
                self._written[number] += 1
            self.after(number, member)
        self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @abstractmethod
    def write(self, number: int, update: int, values: dict[str, float]) -> None:
        """Write an evaluation of a network after so many updates; what is not a finite number is left out."""

    def after(self, number: int, member: MemberProgress) -> None:  # noqa: B027 - not all need it
        """A network's new evaluations are written."""

    def flush(self) -> None:  # noqa: B027
        """All that is new is written."""

    @abstractmethod
    def close(self) -> None:
        """End writing; the files stay."""


def folder_of(path: str | Path) -> Path:
    """The folder, made where it is not there.

    Raises:
        InputError: it cannot be made.
    """
    folder = Path(path).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {quoted(str(path))} cannot be written: {error.strerror or error}.") from None
    return folder
