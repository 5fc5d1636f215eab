"""Random changes of a recipe, which say how far any change would have come at the same cost."""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wellfit.diagnosis.trial.patches import Patch, patched
from wellfit.diagnosis.trial.settings_drawn import drawn_technique, log_uniform
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target
from wellfit.techniques.base import REGISTRY, Technique

Random = np.random.Generator
MOST_SLOTS = 3
MOST_DRAWS = 400  # of one patch, before fewer are taken
MOST_DEPTH, LEAST_WIDTH, MOST_WIDTH = 5, 4, 512
LEAST_BATCH, MOST_BATCH = 8, 1024
EPOCH_FACTOR = 4.0  # epochs are drawn within this factor of the patient's
UPDATE_COST = 3000  # multiply-adds that an update takes beside its rows, about
# Slots that no single network on a table is changed by, or that say what the problem is.
UNDRAWN = ("snapshots", "layer_rates", "tasks", "class_weight", "loss", "categories")
OF_CLASSES = ("label_noise", "label_smoothing")
OF_IMAGES = ("augmentation", "cutmix")


def random_patches(
    patient: Recipe, number: int, seed: int, arrays: Arrays, target: Target, *,
    most_cost: float = math.inf, fits: Callable[[Recipe], bool] = lambda recipe: True,
) -> tuple[Patch, ...]:  # fmt: skip
    """Changes of one to three slots, drawn uniformly: the slots, then a technique of each, then its settings from the
    ranges that it declares (scales log-uniformly). What makes no sense together, or costs more, is drawn anew.

    patient: the recipe that is changed. number: how many. seed: of the draws.
    arrays, target: of the table, for which slots of other kinds of tables are left out.
    most_cost: by `cost_of`, that one may have (default: any).
    fits: whether a recipe can be trained on the table (default: any).
    """
    # Each recipe has draws of its own, so that those of many diagnoses together are a fair sample.
    random = np.random.default_rng([seed, zlib.crc32(patient.to_json().encode())])
    slots, known = drawable_slots(arrays, target), {patient.to_json()}
    found: list[Patch] = []
    for _ in range(number * MOST_DRAWS):
        if len(found) == number:
            break
        chosen = random.choice(slots, size=int(random.integers(1, MOST_SLOTS + 1)), replace=False)
        changes = {str(slot): drawn_slot(str(slot), patient, random) for slot in chosen}
        recipe = patched(patient, changes)
        if recipe is None or recipe.to_json() in known:
            continue
        if cost_of(recipe, arrays.rows) > most_cost or not fits(recipe):
            continue
        known.add(recipe.to_json())
        words = f"Changed at random: {', '.join(sorted(changes))}."
        found.append(Patch(f"random {len(found) + 1}", "random", words, changes, recipe))
    return tuple(found)


def drawable_slots(arrays: Arrays, target: Target) -> list[str]:
    """The slots that random changes take."""
    classes = target.kind in ("binary", "classes")
    left_out = {*UNDRAWN, *(() if classes else OF_CLASSES), *(() if arrays.image else OF_IMAGES)}
    if not arrays.numbers.shape[1]:
        left_out |= {"number_embedding", "scaling", "input_noise", "adversarial"}
    return [slot for slot in Recipe.model_fields if slot not in left_out]


def drawn_slot(slot: str, patient: Recipe, random: Random) -> Any:
    """A value of a slot, drawn uniformly from what it takes."""
    value = getattr(patient, slot)
    if slot == "hidden":
        depth = int(random.integers(0, MOST_DEPTH + 1))
        return (round(log_uniform(LEAST_WIDTH, MOST_WIDTH, random)),) * depth
    if slot == "batch_size":
        return round(log_uniform(LEAST_BATCH, MOST_BATCH, random))
    if slot == "epochs":
        return max(round(log_uniform(value / EPOCH_FACTOR, value * EPOCH_FACTOR, random)), 1)
    if slot == "skip":
        return ("none", "residual", "concatenate")[int(random.integers(3))]
    family = REGISTRY[_family(value)]
    names = list(family)
    return drawn_technique(family[names[int(random.integers(len(names)))]], random)


def _family(value: Any) -> str:
    first = value[0] if isinstance(value, tuple) else value
    assert isinstance(first, Technique)
    return first.family


def cost_of(recipe: Recipe, rows: int) -> float:
    """About how many multiply-adds a training takes: of its hidden layers, and some for each update."""
    widths = [16, *recipe.hidden, 1]
    weights = sum(one * other for one, other in itertools.pairwise(widths))
    batch = rows if recipe.batch_size == "all" else min(recipe.batch_size, rows)
    updates = recipe.epochs * -(-rows // batch)
    if recipe.stopping.name == "updates":
        updates = max(updates, recipe.stopping.updates)
    passes = (2 if recipe.sharpness_aware.radius else 1) * (1 + bool(recipe.adversarial.epsilon))
    passes *= recipe.adversarial.steps if recipe.adversarial.epsilon else 1
    return float(updates * passes * (batch * (3 * weights + 60 * sum(widths)) + UPDATE_COST * 10))


def dearest(recipes: Sequence[Recipe], rows: int) -> float:
    """The cost of the dearest of some recipes."""
    return max(cost_of(one, rows) for one in recipes)
