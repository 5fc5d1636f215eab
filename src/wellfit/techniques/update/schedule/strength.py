"""Strengths that may carry a schedule."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wellfit.techniques.base import choice
from wellfit.techniques.update.schedule import (
    shaped,  # noqa: F401 - the registry must hold them all
)
from wellfit.techniques.update.schedule.falling import Plateau

AnySchedule = choice("schedule")


class Scheduled(BaseModel):
    """A strength that changes: `value` times the schedule's factor."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    value: float
    schedule: AnySchedule  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _no_plateau(self) -> Scheduled:
        if isinstance(self.schedule, Plateau):
            raise ValueError(
                "The schedule 'plateau' drives the learning rate alone; choose another one for a strength."
            )
        return self


Strength = float | Scheduled
LayerStrength = Strength | tuple[Strength, ...]  # one for all layers, or one for each hidden layer and the output


def strength(
    default: float, ge: float = 0.0, lt: float | None = None, le: float = float("inf"), layers: bool = False
) -> Any:
    """A field that takes a number in a range, or a schedule whose `value` lies in it.

    layers: it may be a list too, with one value for each hidden layer and the output (a recipe checks their number).
    """
    high, open_high = (lt, True) if lt is not None else (le, False)
    return Field(default=default, json_schema_extra={"low": ge, "high": high, "open": open_high, "layers": layers})


def is_on(strength: Any) -> bool:
    """Whether a strength, or one of a list, is anything but a constant 0."""
    if isinstance(strength, tuple):
        return any(is_on(one) for one in strength)
    return isinstance(strength, Scheduled) or strength != 0
