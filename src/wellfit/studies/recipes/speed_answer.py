"""Updates to a loss compared in pairs, as shares of the reference's, with and without the tuning of rates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.recipe import Recipe
from wellfit.statistics.paired import BETTER, SAME, WORSE, Comparison, compare_family
from wellfit.studies.base.paired import Pairing
from wellfit.studies.recipes.speed import Speed

Float64 = NDArray[np.float64]
PRACTICALLY = 0.1  # updates that differ by no more than this share are practically as many
FASTER, SLOWER, AS_FAST = "faster", "slower", "practically as fast"
VERDICTS = {BETTER: FASTER, WORSE: SLOWER, SAME: AS_FAST}
SPEED = (
    "Updates are counted to the first evaluation on validation rows that reaches the target; shares of updates within "
    "10 % are practically the same, and seconds are those of this machine."
)


def speed_rows(speeds: Mapping[str, Speed], reference: str, pairing: Pairing) -> list[dict[str, Any]]:
    """A row a recipe: networks that reach the target, and updates to it as a share of the reference's."""
    plain = _compared({name: one.updates for name, one in speeds.items()}, reference, pairing)
    with_tuning = _compared({name: one.with_tuning for name, one in speeds.items()}, reference, pairing)
    return [
        {
            "recipe": name, "reached": int(np.isfinite(one.updates).sum()), "networks": one.updates.size,
            "updates": float(np.median(one.updates)), "seconds": float(np.median(one.seconds)),
            **_share(plain.get(name), ""), "updates_with_tuning": float(np.median(one.with_tuning)),
            **_share(with_tuning.get(name), "_with_tuning"),
        }
        for name, one in speeds.items()
    ]  # fmt: skip


def _compared(updates: Mapping[str, Float64], reference: str, pairing: Pairing) -> dict[str, Comparison]:
    """The logarithms of updates compared in pairs; a target that was not reached counts as a network that diverged."""
    logs = {name: np.log(np.maximum(one, 1.0)) for name, one in updates.items()}
    margin, groups = math.log1p(PRACTICALLY), pairing.groups
    found = compare_family(
        logs, reference, pairing.test_rows, pairing.training_rows, margin=margin, groups=groups, same_seeds=False
    )
    return {one.name: one for one in found}


def _share(one: Comparison | None, end: str) -> dict[str, Any]:
    """The ratio of updates with its interval; of the reference 1."""
    if one is None:
        return {f"share{end}": 1.0, f"share{end}_low": 1.0, f"share{end}_high": 1.0, f"verdict{end}": "reference"}
    value = one.alone.value
    low, mean, high = (math.exp(min(part, 700.0)) for part in (value.low, value.mean, value.high))
    shown = {f"share{end}": mean if mean < 1e300 else math.inf, f"share{end}_low": low, f"share{end}_high": high}
    return {**shown, f"verdict{end}": VERDICTS.get(one.verdict, one.verdict)}


def other_losses(recipes: Sequence[Recipe]) -> tuple[str, ...]:
    """What is to be said where recipes have loss functions of their own."""
    kinds = {(recipe.loss, str(recipe.class_weight), recipe.tasks.model_dump_json()) for recipe in recipes}
    if len(kinds) == 1:
        return ()
    return ("The recipes minimise different losses, so that updates to a validation loss do not compare them.",)
