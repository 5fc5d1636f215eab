"""Changes of a recipe that several rules propose; only those that the recipe can take and that change it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from wellfit.diagnosis.base.case import Case
from wellfit.diagnosis.base.finding import Remedy
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.techniques.base import REGISTRY, Symptom
from wellfit.techniques.index import first_choices, turned_on

DEFAULT = Recipe()
DEFAULT_UPDATES = Remedy(
    "Use the default optimiser and learning rates: Adam at 0.01 in growing cycles.",
    {"optimizer": DEFAULT.optimizer.model_dump(mode="json"), "schedule": DEFAULT.schedule.model_dump(mode="json")},
)
KEEP_BEST = Remedy("Keep the weights of the best validation loss.", {"stopping": "best"})
USUAL_WEIGHTS = Remedy(
    "Draw the first weights by the rule that suits the activation (He for ReLU and its kin, Glorot for tanh).",
    {"initialization": "auto"},
)
RELU = Remedy("Use ReLU, started as He proposes.", {"activation": "relu", "initialization": "auto"})
SILU = Remedy("Use SiLU, a smooth ReLU that has no dead side.", {"activation": "silu", "initialization": "auto"})
RESIDUAL = Remedy("Add each hidden layer's input to its output (skip connections).", {"skip": "residual"})
BATCH_NORM = Remedy("Normalise each layer over the mini-batch (batch normalisation).", {"normalization": "batch"})
STANDARDISE = Remedy("Scale the inputs.", {"scaling": "robust"})
DEFAULT_NETWORK = Remedy(
    "Use the default network: three residual layers of 128 SiLU units.",
    {"hidden": DEFAULT.hidden, "activation": "silu", "skip": "residual", "initialization": "auto"},
)
DEFAULT_REGULARISATION = Remedy(
    "Regularise as the default recipe does: dropout 0.1 and decay 0.1, both fading.",
    {"dropout": DEFAULT.dropout.model_dump(mode="json"), "weight_decay": DEFAULT.weight_decay.model_dump(mode="json")},
)


def recipe_of(case: Case) -> Recipe:
    """The recipe that a case judges: its own, else that of its first network, else the default."""
    if case.recipe is not None:
        return case.recipe
    return case.networks[0].recipe if case.networks else DEFAULT


def valid(case: Case, remedies: Iterable[Remedy | None]) -> tuple[Remedy, ...]:
    """Those of the remedies that the case's recipe can take and that change it, each change once."""
    recipe = recipe_of(case)
    kept: list[Remedy] = []
    made: list[Recipe] = []
    for one in remedies:
        changed = None if one is None else _changed(recipe, one.changes)
        if one is not None and changed is not None and changed != recipe and changed not in made:
            kept.append(one)
            made.append(changed)
    return tuple(kept)


def _changed(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return recipe.vary(changes)
        except InputError:  # this recipe cannot hold it: then it is no remedy here
            return None


def learning_rate(case: Case, factor: float) -> Remedy | None:
    """The learning rate multiplied by a factor; None where the optimiser has none."""
    rate = getattr(recipe_of(case).optimizer, "learning_rate", None)
    if not isinstance(rate, (int, float)):
        return None
    new = float(f"{rate * factor:.3g}")
    verb = "Divide" if factor < 1 else "Multiply"
    by = 1 / factor if factor < 1 else factor
    return Remedy(f"{verb} the learning rate by {by:g}, to {new:g}.", {"optimizer.learning_rate": new})


def epochs(case: Case, factor: int, least: int = 1) -> Remedy:
    """So many times the epochs, and at least so many."""
    new = max(recipe_of(case).epochs * factor, least)
    return Remedy(f"Train for {new:,} epochs.", {"epochs": new})


def batches(case: Case, rows: int) -> Remedy:
    """Mini-batches of so many rows."""
    return Remedy(f"Use mini-batches of {rows:,} rows.", {"batch_size": rows})


def fresh_start(case: Case) -> Remedy:
    """The default optimiser, rates, mini-batches, epochs and first weights, with the recipe's own network."""
    names = ("optimizer", "schedule", "batch_size", "initialization", "stopping", "clipping")
    changes = {name: DEFAULT.to_dict()[name] for name in names} | {"epochs": max(recipe_of(case).epochs, 64)}
    return Remedy("Train as the default recipe does: its optimiser, rates, mini-batches and first weights.", changes)


def tried_first(symptom: Symptom) -> list[Remedy]:
    """What the techniques themselves declare to be tried first against a symptom, in their order."""
    found = sorted((place, family, name, why) for (family, name), (place, why) in first_choices(symptom).items())
    return [_turn_on(family, name, why) for _, family, name, why in found]


def _turn_on(family: str, name: str, why: str) -> Remedy:
    cls = REGISTRY[family][name]
    title = (cls.heading or cls.title or name.replace("_", " ")).lower()
    changes = dict(cls.example) or {family: turned_on(cls)}
    return Remedy(f"Try {title}: {why}.", changes)
