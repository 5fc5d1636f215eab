"""Lookahead: fast weights explore, slow weights follow part of the way."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import AVERAGE_SEAM, CONSTRAIN_SEAM, TRAINED, UPDATE
from wellfit.techniques.operations import Builder


@technique("lookahead")
class Lookahead(Technique):
    """Every k updates the weights go back part of the way to where they were k updates before.

    With s the slow weights, which start as the initial weights: after each k-th update w <- s + a (w - s), then the
    constraints, then s <- w. Shapes: one slow weight for each trained parameter.

    Where it stands: after the optimiser's update and its decay, before constraints, which therefore hold of the
    result, and before averaging, which sees the result. Evaluated, kept and saved are the plain weights w. The
    optimiser's slots stay as they are.

    period: k, in updates, at least 1; default 0: off. The paper takes 5 or more. share: a, above 0, up to 1, default
    0.5.
    Departures: the paper evaluates and returns the slow weights s; here it is the fast ones w, which equal s after each
    k-th update only (a run whose kept update is a multiple of k returns s). Constraints; the paper has none.
    Cost: a pass over the parameters every k updates, one array beside them. When not: with L1 in its proximal form,
    since slow weights that are not yet 0 bring back what it has set to 0; beside a running average, which serves the
    same end.

    >>> from wellfit import Recipe
    >>> Recipe(lookahead=5).lookahead.share
    0.5

    Source: Zhang, Lucas, Hinton & Ba, "Lookahead optimizer: k steps forward, 1 step back", 2019.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\text{after each } k\text{-th update:} \quad w \leftarrow s + a (w - s), \quad s \leftarrow w",
    )
    main: ClassVar[str] = "period"
    title: ClassVar[str] = "Lookahead"
    seam: ClassVar[Seam] = "update"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("wider minima",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("unstable between runs",)
    example: ClassVar[dict[str, Any]] = {"lookahead": 5}

    period: int = Field(default=0, ge=0)
    share: float = Field(default=0.5, gt=0.0, le=1.0)

    def operations(self, program: Builder) -> None:
        """The way back comes before the constraints; the slow weights follow after them and before the averages."""
        if self.period:
            slow = program.slot(copies_parameters=True)
            where = program.setting(self.share)
            program.emit(CONSTRAIN_SEAM, pull_back, period=self.period, settings=where, slow=slow)
            program.emit(AVERAGE_SEAM, slow_follows, period=self.period, slow=slow)

    def state_size(self, trained: int) -> int:
        return trained if self.period else 0


PULL = fields("period settings slow")


@kernel(PULL)
def pull_back(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """w <- s + a (w - s), every `period` updates."""
    if (clock[UPDATE] + 1) % row[PULL.period] == 0:
        share, slow = settings[row[PULL.settings]], state[row[PULL.slow] : row[PULL.slow] + clock[TRAINED]]
        for i in range(len(slow)):
            parameters[i] = slow[i] + share * (parameters[i] - slow[i])


FOLLOW = fields("period slow")


@kernel(FOLLOW)
def slow_follows(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """s <- w, every `period` updates."""
    if (clock[UPDATE] + 1) % row[FOLLOW.period] == 0:
        slow = state[row[FOLLOW.slow] : row[FOLLOW.slow] + clock[TRAINED]]
        for i in range(len(slow)):
            slow[i] = parameters[i]
