"""Penalties, priors, and what holds weights at a size."""

from __future__ import annotations

from typing import Any

from tests.contract.hashed import tables
from tests.contract.hashed.outcome import training
from tests.contract.hashed.tables import fading, recipe

SGD = {"name": "sgd", "learning_rate": 0.05}


def multipliers(population: Any, X: Any) -> Any:
    """The penalties that constraints amount to: of each part its numbers."""
    found = [value for member in population for part in member.multipliers() for value in vars(part).values()]
    return [value for value in found if isinstance(value, float)]


def prior_strengths(population: Any, X: Any) -> Any:
    return [member.prior_strength for member in population]


def sparsity(population: Any, X: Any) -> Any:
    return [len(member.model.unread_columns()) for member in population]


def quiet_units(population: Any, X: Any) -> Any:
    shares = [member.model.activation_sparsity(X, small=0.01) for member in population]
    return [[vars(part) for part in parts] for parts in shares]


CASES = [
    training(
        "penalties",
        tables.number,
        recipe(l2=0.01),
        recipe(l2={"strength": [0.0, 0.1, 0.01], "biases": True}),
        recipe(l1=0.01),
        recipe(l1={"strength": fading(0.02), "biases": True}, optimizer=SGD),
        recipe(elastic_net={"strength": 0.02, "beta": 0.3}),
        recipe(elastic_net={"strength": 0.02, "form": "added"}),
        recipe(power={"strength": 0.01, "exponent": 0.6}),
        recipe(power={"strength": 0.01, "exponent": 3.0}),
    ),
    training(
        "proximal L1",
        tables.number,
        recipe(l1={"strength": 0.05, "proximal": True}),
        recipe(l1={"strength": 0.05, "proximal": True}, optimizer=SGD),
        recipe(l1={"strength": [0.1, 0.0, 0.05], "proximal": True}, optimizer="rmsprop"),
        also=sparsity,
    ),
    training(
        "weight decay",
        tables.number,
        recipe(weight_decay=0.1),
        recipe(weight_decay={"strength": fading(0.1), "biases": True}),
        recipe(weight_decay={"strength": [0.1, 0.0, 0.05], "with_rate": False}),
    ),
    training(
        "constraint",
        tables.number,
        recipe(constraint=2.0),
        recipe(constraint={"radius": 4.0, "norm": "l1", "biases": True}),
        recipe(constraint={"radius": [1.0, 0.0, 0.5], "scope": "layer"}),
        recipe(constraint={"radius": 3.0, "norm": "l1", "scope": "layer"}),
        also=multipliers,
    ),
    training(
        "max-norm and unit norm",
        tables.binary,
        recipe(max_norm=0.8),
        recipe(unit_norm=1.0),
        recipe(max_norm=[0.5, 0.0, 0.3], unit_norm=[0.0, 1.0, 0.0]),
    ),
    training(
        "priors",
        tables.number,
        recipe(prior={"name": "gaussian", "sd": 0.3}),
        recipe(prior={"name": "gaussian", "sd": 0.3, "noise": 10.0, "biases": True}),
        recipe(prior={"name": "laplace", "scale": 0.2}),
        also=prior_strengths,
        weighted=True,
    ),
    training(
        "activity penalty", tables.binary, recipe(activity=0.01), recipe(activity=[fading(0.02), 0.0]), also=quiet_units
    ),
]
