"""Networks and cases made by hand: losses, histories and probes as a test wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from wellfit.diagnosis.base import Case, PredictedRows, Series, TrainedNetwork
from wellfit.recipe import Recipe
from wellfit.tables.arrays import View

ROWS, CONSTANT = 100, 0.7  # rows of each part; the loss of a constant prediction


def rows(loss: float, values: Any = None, errors: Any = None, first: int = 0) -> PredictedRows:
    """Rows whose losses are about as given, with a small spread that is the same for every call."""
    spread = np.linspace(-1, 1, ROWS) * 0.05 * loss
    given = np.column_stack([np.linspace(0.1, 0.9, ROWS), np.linspace(0.9, 0.1, ROWS)]) if values is None else values
    wrong = np.zeros(ROWS) if errors is None else errors
    return PredictedRows(np.arange(first, first + ROWS), given, loss + spread, wrong, np.ones(ROWS))


def network(
    recipe: Recipe | None = None, *, training: float = 0.3, validation: float = 0.33, status: str = "finished",
    updates: int = 400, curve: Sequence[float] = (), held_out: Sequence[float] = (), kept: int | None = None,
    probes: Mapping[tuple[str, str], Sequence[float]] | None = None, values: Any = None, errors: Any = None,
    clipped: float = float("nan"), parameters: int = 500, place: int = 0, seed: int = 0,
) -> TrainedNetwork:  # fmt: skip
    """A network. curve, held_out: losses of training and validation rows at 20 evaluations; default: they level off."""
    recipe = recipe or Recipe(hidden=(16, 16))
    falls = np.linspace(1, 0, 20) ** 4
    fitted = np.array(curve) if len(curve) else training + (CONSTANT - training) * falls
    watched = np.array(held_out) if len(held_out) else validation + (CONSTANT - validation) * falls
    steps = np.linspace(updates / len(fitted), updates, len(fitted))
    history = {
        "epoch": np.arange(1.0, len(fitted) + 1), "update": steps, "training_loss": fitted, "validation_loss": watched,
        "clipped_share": np.full(len(fitted), clipped),
    }  # fmt: skip
    sound = {
        ("network", "batch_loss"): [CONSTANT, 0.5, training], ("network", "batch_loss_largest"): [CONSTANT, 0.6, 0.4],
        ("network", "batch_loss_rise"): [2.0, 2.0], ("network", "update_ratio"): [0.005, 0.005, 0.005],
        ("network", "noise_scale"): [20.0],
    }  # fmt: skip
    for place_of_layer in range(len(recipe.hidden)):
        sound |= {(f"hidden{place_of_layer}", name): values for name, values in {
            "signal_norm": [0.1, 0.1, 0.1], "dead_units": [0.0, 0.0], "saturated_share": [0.0, 0.0],
            "twin_share": [0.0, 0.0, 0.0], "activation_spread": [1.0, 1.0, 1.0],
        }.items()}  # fmt: skip
    sound[("output", "signal_norm")] = [0.1, 0.1, 0.1]
    every = {**sound, **(probes or {})}
    lost = status == "diverged"
    return TrainedNetwork(
        recipe, seed, View(np.arange(ROWS), np.arange(ROWS, 2 * ROWS)), place, status, updates,
        updates if kept is None else kept, max(1, updates // 20), parameters,
        (*(f"hidden{k}" for k in range(len(recipe.hidden))), "output"), history,
        {key: Series(np.linspace(0, updates, len(found)).astype(int), np.array(found, float))
         for key, found in every.items()},
        None if lost else rows(training, values), None if lost else rows(validation, values, errors, first=ROWS),
    )  # fmt: skip


def case(recipe: Recipe | None = None, *, better: float | None = None, views: int = 3, **settings: Any) -> Case:
    """Three networks of a recipe and, with `better`, a reference whose losses are that."""
    recipe = recipe or Recipe(hidden=(16, 16))
    own = [network(recipe, place=place, **settings) for place in range(views)]
    if better is None:
        return Case(recipe, None, tuple(own), {}, {"constant": np.full(views, CONSTANT)})
    others = tuple(network(Recipe(), training=better, validation=better + 0.03, place=place) for place in range(views))
    return Case(recipe, None, tuple(own), {"default recipe": others}, {"constant": np.full(views, CONSTANT)})


def with_seeds(one: Case) -> Case:
    """The same with a second seed on each view."""
    again = tuple(replace(each, seed=1) for each in one.networks)
    return replace(one, networks=one.networks + again)
