"""A search that costs next to nothing: two tiny recipes, and proposals like them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from wellfit import Recipe
from wellfit.search.race import run as search_run
from wellfit.search.race.proposals import Trial

TINY = Recipe(hidden=(8,), epochs=8, batch_size=64)
PORTFOLIO = [TINY, TINY.vary(dropout=0.0)]


class Little:
    """Proposes recipes with another number of units."""

    def propose(self, tried: Sequence[Trial], random: np.random.Generator) -> tuple[Recipe, str]:
        return TINY.vary(hidden=(int(random.integers(4, 12)),)), "drawn"

    def examples(self) -> list[Recipe]:
        return []


def make_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches take the tiny portfolio and proposals."""
    monkeypatch.setattr(search_run, "portfolio", lambda kind: list(PORTFOLIO))
    monkeypatch.setattr(search_run, "Evolution", lambda *arguments: Little())
