"""The parts of what is measured for a report, and why some are not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wellfit.errors import InputError
from wellfit.report.evidence.clock import Clock

LEAST_SECONDS = 0.02  # for a part that is begun
OVER = "The time for the report was over."


@dataclass(frozen=True)
class Parts:
    """Adds parts while there is time, and notes why others are left out.

    found: what was measured, by name. clock: of the time. left_out: why each other part is missing, a sentence by name.
    """

    found: dict[str, Any]
    clock: Clock
    left_out: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, measure: Callable[[], Any], *, may_lack: bool = False) -> Any:
        """A part of a name. measure: makes it; None: the time was too short.

        may_lack: whether there may be no such part, which is then no matter of time (default False).
        """
        made = None
        if self.clock.left >= LEAST_SECONDS:
            try:
                made = measure()
            except InputError as error:
                self.left_out[name] = f"It cannot be measured: {error}"
                return None
        if made is not None:
            self.found[name] = made
            self.left_out.pop(name, None)
        elif not may_lack:
            self.left_out[name] = OVER
        return made
