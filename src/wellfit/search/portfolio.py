"""The first recipes that a search tries, strong ones and unlike each other, small and fast ones among them.

They were chosen by cross-validation inside the training rows of public tables; `benchmarks/accuracy.md` has the
figures.
"""

from __future__ import annotations

from typing import Any

from wellfit.arrays import TargetKind
from wellfit.recipe import Recipe

LEAST_UPDATES = 400  # of one network, on tables of few rows
MOST_UPDATES = 40_000  # on tables of many


def fading(strength: float) -> dict[str, Any]:
    """A strength that stays for half the run, then fades to 0."""
    return {"value": strength, "schedule": "flat_cosine"}


SMALL: dict[str, Any] = {"hidden": (64, 64, 64), "input_scale": 6}
PERIODIC: dict[str, Any] = {"number_embedding": {"name": "periodic_bias", "rate": 1.0, "sd": 0.5}}
PIECEWISE: dict[str, Any] = {"number_embedding": {"name": "piecewise", "bins": 16}}

CLASSES: tuple[dict[str, Any], ...] = (
    {**SMALL, "epochs": 32},
    {**SMALL, **PERIODIC, "epochs": 32},
    {**SMALL, **PIECEWISE, "epochs": 32},
    {"input_scale": 6, "dropout": fading(0.3), "epochs": 32},
    {**SMALL, "epochs": 64, "dropout": fading(0.3)},
)
NUMBERS: tuple[dict[str, Any], ...] = (
    {**SMALL, "epochs": 64},
    {**SMALL, **PERIODIC, "epochs": 64},
    {**SMALL, **PIECEWISE, "epochs": 64},
    {"input_scale": 6, "epochs": 64},
)


def portfolio(kind: TargetKind) -> list[Recipe]:
    """The recipes, the one to try first first."""
    return [Recipe(**slots) for slots in (NUMBERS if kind in ("numbers", "counts") else CLASSES)]
