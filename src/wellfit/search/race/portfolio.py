"""The first recipes that a search tries, strong ones and unlike each other, small and fast ones among them.

They were chosen by cross-validation inside the training rows of public tables; `benchmarks/accuracy.md` has the
figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wellfit.recipe import Recipe
from wellfit.tables.arrays import TargetKind

MANY_ROWS = 150_000  # from which categories beyond those that are one-hot are embedded
CATEGORY_NUMBERS = 8  # of the embedding of each


def fading(strength: float) -> dict[str, Any]:
    """A strength that stays for half the run, then fades to 0."""
    return {"value": strength, "schedule": "flat_cosine"}


SMALL: dict[str, Any] = {"hidden": (64, 64, 64), "input_scale": 6, "averaging": "ema"}
WIDE: dict[str, Any] = {"input_scale": 6, "averaging": "ema"}
PERIODIC: dict[str, Any] = {"number_embedding": {"name": "periodic_bias", "rate": 1.0, "sd": 0.5}}
PIECEWISE: dict[str, Any] = {"number_embedding": {"name": "piecewise", "bins": 16}}
FINE: dict[str, Any] = {"number_embedding": {"name": "piecewise", "bins": 32}}
NORMALIZED: dict[str, Any] = {"normalization": "batch"}
# For tables where alike rows have alike targets, so that it pays to learn the rows by heart.
UNPENALISED: dict[str, Any] = {
    **WIDE,
    "number_embedding": {"name": "periodic_bias", "rate": 1.0, "sd": 1.0},
    "dropout": 0.0,
    "weight_decay": 0.0,
    "epochs": 128,
}
# After RealMLP: no residual stream, rates by fan-in, learned mix, slow biases.
TANGENT: dict[str, Any] = {
    "hidden": (256, 256, 256),
    "skip": "none",
    "activation_mix": 0.1,
    "input_scale": 6,
    "fan_in_rate": 0.5,
    "bias_rate": 0.1,
    "dropout": fading(0.15),
    "weight_decay": fading(0.02),
    "batch_size": 256,
    "number_embedding": {"name": "periodic_bias", "sd": 0.1},
}

CLASSES: tuple[dict[str, Any], ...] = (
    SMALL,
    {**SMALL, **PIECEWISE, "input_scale": 0, "dropout": fading(0.2)},
    {**SMALL, **PERIODIC},
    WIDE,
    {**WIDE, **FINE, "dropout": fading(0.2)},
    {**WIDE, "dropout": fading(0.3)},
    {**WIDE, **PERIODIC, "dropout": fading(0.2)},
    {**WIDE, **NORMALIZED, "skip": "none"},
    {"hidden": (64, 64), "input_scale": 6},
    {
        **TANGENT,
        "activation": "selu",
        "optimizer": {"name": "adam", "learning_rate": 0.04, "beta2": 0.95},
        "epochs": 48,
    },
)
NUMBERS: tuple[dict[str, Any], ...] = (
    {**SMALL, **PERIODIC},
    WIDE,
    {**SMALL, **FINE, **NORMALIZED},
    {**WIDE, **PERIODIC},
    UNPENALISED,
    {**WIDE, **NORMALIZED},
    {**WIDE, **FINE, **NORMALIZED},
    SMALL,
    {**TANGENT, "activation": "mish", "optimizer": {"name": "adam", "learning_rate": 0.2, "beta2": 0.95}},
)


def portfolio(kind: TargetKind) -> list[Recipe]:
    """The recipes, the one to try first first."""
    return [Recipe(**slots) for slots in (NUMBERS if kind in ("numbers", "counts") else CLASSES)]


def suited(recipes: Sequence[Recipe], rows: int, levels: Sequence[int]) -> list[Recipe]:
    """The recipes as they suit a table: of many rows and many categories each category has numbers of its own, which
    are learned from its rows. In smaller tables the rare ones are taken as one.

    rows: of the table. levels: how many categories each column has that holds some.
    """
    most = max(levels, default=0)
    if rows < MANY_ROWS:
        return list(recipes)
    return [
        one.vary(categories={"embedding": CATEGORY_NUMBERS})
        if not one.categories.embedding and most > one.categories.one_hot_up_to
        else one
        for one in recipes
    ]
