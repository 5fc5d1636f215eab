"""What one member of a population is, before any engine trains it."""

from __future__ import annotations

from dataclasses import dataclass

from wellfit.engines.contract.start import Start
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.tables.arrays import View


@dataclass(frozen=True)
class Plan:
    """A recipe on a view from a seed, and what the member takes over from another network."""

    recipe: Recipe
    view: View
    seed: int
    start: Start | None = None

    __repr__ = short_repr
