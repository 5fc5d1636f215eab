"""The recipe lines that turn a technique on, where its name or a small strength alone would not do or not tell.

By "family.name", or by family for all of its techniques. A test puts each into a recipe.
"""

from __future__ import annotations

from typing import Any

TURN_ON: dict[str, dict[str, Any]] = {
    "augmentation.augmentation": {"augmentation": {"rotation": 10, "translation": 0.1, "elastic": 30}},
    "categories.categories": {"categories": {"one_hot_up_to": 16}},
    "dropout.dropout": {"dropout": {"rate": 0.2, "input_rate": 0.05}},
    "loss.quantile": {"loss": {"name": "quantile", "quantile": 0.9}},
    "schedule.plateau": {"schedule": {"name": "plateau", "patience": 5}},
    "stopping.patience": {"stopping": {"name": "patience", "patience": 20, "growth": 2.0}},
    "weight_decay.weight_decay": {"weight_decay": 0.02},
    "tasks.tasks": {"tasks": {"weights": {"income": 2.0}, "hidden": [16]}},
    "layer_rates.layer_rates": {"hidden": [64, 32], "layer_rates": [0.0, 0.1, 1.0]},
    "bias_rate.bias_rate": {"bias_rate": 0.1},
    "fan_in_rate.fan_in_rate": {"fan_in_rate": 0.5, "optimizer": {"name": "adam", "learning_rate": 0.1}},
    "activation_mix.activation_mix": {"activation_mix": 0.1},
    "input_scale.input_scale": {"input_scale": 6},
    "l1.l1": {"l1": 0.001},
    "l2.l2": {"l2": 0.001},
    "elastic_net.elastic_net": {"elastic_net": {"strength": 0.001, "beta": 0.5}},
    "prior.gaussian": {"prior": {"name": "gaussian", "sd": 0.5}},
    "prior.laplace": {"prior": {"name": "laplace", "scale": 0.2}},
    "power.power": {"power": {"strength": 0.0001, "exponent": 0.5}},
    "activity.activity": {"activity": 0.001},
    "max_norm.max_norm": {"max_norm": 3.0},
    "unit_norm.unit_norm": {"unit_norm": [1.0, 1.0, 1.0, 0.0]},
    "constraint.constraint": {"constraint": {"radius": 10.0, "norm": "l1"}},
}

# Families that are used by a call, not by a slot: Python that runs as it stands, with {name} for the technique.
CALLS: dict[str, str] = {
    "refit": """\
import numpy as np

import wellfit

X = np.random.default_rng(0).normal(size=(200, 3))
recipe = wellfit.Recipe(hidden=(8,), epochs=2)
found = wellfit.cross_validate(recipe, X, X[:, 0] > 0, folds=2)
again = wellfit.refit(found.population, "{name}")""",
}
