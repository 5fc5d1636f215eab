"""Layers: activations, starts, normalisation, skips, sharing, and what learns beside weights."""

from __future__ import annotations

from tests.contract.hashed import tables
from tests.contract.hashed.outcome import training
from tests.contract.hashed.tables import recipe

LATE = {"value": 0.5, "schedule": {"name": "switch", "share": 0.4}}

CASES = [
    training(
        "activations, bounded",
        tables.number,
        recipe(hidden=[8, 8, 8, 8], activation=["identity", "sigmoid", "tanh", "softplus"]),
    ),
    training(
        "activations, with kinks",
        tables.binary,
        recipe(hidden=[8, 8, 8, 8], activation=["relu", {"name": "leaky_relu", "slope": 0.1}, "prelu", "elu"]),
        recipe(activation={"name": "prelu", "per": "unit"}),
    ),
    training(
        "activations, smooth", tables.classes, recipe(hidden=[8, 8, 8, 8], activation=["selu", "silu", "gelu", "mish"])
    ),
    training(
        "initialisations, plain",
        tables.number,
        recipe(initialization={"name": "constant", "value": 0.1}),
        recipe(initialization="zero"),
        recipe(initialization={"name": "uniform", "r": 0.3}),
        recipe(initialization={"name": "normal", "sd": 0.2}),
        recipe(initialization="fan_in_uniform"),
        recipe(initialization="orthogonal"),
    ),
    training(
        "initialisations, by fan",
        tables.number,
        recipe(initialization={"name": "glorot_uniform", "gain": 1.5}),
        recipe(initialization="glorot_normal"),
        recipe(initialization={"name": "he_normal", "fan": "avg"}),
        recipe(initialization={"name": "he_uniform", "fan": "out"}),
        recipe(initialization="lecun_normal", activation="selu"),
        recipe(initialization="lecun_uniform"),
    ),
    training(
        "start from data",
        tables.without_text,
        recipe(data_initialization="unit_variance", activation="relu"),
        recipe(data_initialization={"name": "unit_variance", "rows": 50, "biases": "zero", "output": "zero"}),
    ),
    training(
        "batch normalisation",
        tables.binary,
        recipe(normalization="batch"),
        recipe(normalization={"name": "batch", "position": "after", "momentum": 0.3}, hidden=[8, 8, 8]),
        weighted=True,
    ),
    training(
        "layer normalisation",
        tables.classes,
        recipe(normalization="layer"),
        recipe(normalization={"name": "layer", "position": "after", "epsilon": 1e-3}, activation="relu"),
    ),
    training(
        "skips",
        tables.number,
        recipe(skip="residual", hidden=[8, 8, 6]),
        recipe(skip="concatenate", hidden=[8, 6, 4]),
        recipe(skip="residual", hidden=[8, 8], normalization="batch", dropout=0.2),
    ),
    training(
        "hard sharing",
        tables.number,
        recipe(hidden=[8, 8, 8], sharing="tied_layers", normalization="batch"),
        recipe(sharing={"name": "tied_units", "group": 3}),
    ),
    training(
        "soft sharing",
        tables.number,
        recipe(hidden=[8, 8, 8], sharing={"name": "close_layers", "strength": 0.05}),
        recipe(sharing={"name": "close_units", "strength": tables.fading(0.05), "group": 4}),
    ),
    training(
        "learned mix and input scale",
        tables.binary,
        recipe(activation_mix=0.5, input_scale=6.0),
        recipe(activation_mix=tables.fading(0.3)),
    ),
    training(
        "rates by layer, by fan-in and of biases",
        tables.number,
        recipe(layer_rates=[0.2, 0.5, 2.0], bias_rate=0.1, fan_in_rate=0.5),
        recipe(layer_rates=[0.0, 0.3, 1.0], normalization="batch"),
        recipe(layer_rates=[LATE, 1.0, 1.0], normalization="batch", weight_decay=0.05),
        recipe(layer_rates=[{"value": 1.0, "schedule": {"name": "switch", "epoch": 2}}, 0.5, LATE], dropout=0.2),
    ),
]
