"""What `wellfit recipe check` says of penalties and constraints, layer by layer."""

from __future__ import annotations

from wellfit.cli.recipes import describe_recipes, penalties_of
from wellfit.recipe import Recipe


def test_each_layer_with_its_strength() -> None:
    fading = {"value": 0.1, "schedule": {"name": "flat_cosine"}}
    recipe = Recipe(
        hidden=(8, 8),
        l2=[0.1, 0.0, fading],
        weight_decay=0.0,
        l1={"strength": 0.01, "biases": True},
        activity=[0.5, 0.0],
    )
    assert penalties_of(recipe).splitlines() == [
        "Penalties and constraints:",
        "  l2 on weights: hidden0 0.1, hidden1 off, output 0.1 (flat_cosine)",
        "  l1 on weights, biases and gains: 0.01",
        "  activity on activations: hidden0 0.5, hidden1 off",
    ]


def test_the_default_decays_and_nothing_else() -> None:
    assert penalties_of(Recipe()).splitlines()[1:] == ["  weight_decay on weights: 0.1 (flat_cosine)"]
    assert penalties_of(Recipe(weight_decay=0.0)) == "No penalties and no constraints."


def test_the_prior_is_told() -> None:
    told = penalties_of(Recipe(weight_decay=0.0, prior={"name": "gaussian", "sd": 0.5, "biases": True}))
    assert told.splitlines()[1:] == ["  prior on weights, biases and gains: gaussian, sd 0.5"]


def test_the_schema_says_that_a_list_will_do() -> None:
    lines = [line.strip() for line in describe_recipes().splitlines()]
    assert any("limit = 0.0" in line and "a list: each hidden layer" in line for line in lines)
