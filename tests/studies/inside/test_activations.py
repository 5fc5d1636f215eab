"""What units do: activations against PyTorch, twins of a constant start, and the study on a real table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_wine

import wellfit
from wellfit.engines.numpy.encode import encode
from wellfit.studies.inside.activations import _verdict, activations_of


def test_activations_are_those_of_torch() -> None:
    X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    recipe = wellfit.Recipe.plain((4, 5), activation=("tanh", "elu"), epochs=2)
    run = wellfit.train(recipe, X, X[:, 0]).engine
    network = run.network(0)
    found = activations_of(network, run.arrays)
    w = {name: torch.tensor(value, dtype=torch.float64) for name, value in network.weights().items()}
    first = torch.tanh(
        torch.tensor(encode(network.encoding, run.arrays)).double() @ w["hidden0.weight"] + w["hidden0.bias"]
    )
    second = torch.nn.functional.elu(first @ w["hidden1.weight"] + w["hidden1.bias"])
    np.testing.assert_allclose(found["hidden0"], first.ravel().numpy(), atol=1e-6)
    np.testing.assert_allclose(found["hidden1"], second.ravel().numpy(), atol=1e-6)


def test_a_constant_start_leaves_twins_and_a_random_one_does_not() -> None:
    X, y = load_wine(return_X_y=True)
    recipe = wellfit.Recipe.plain((6, 6), epochs=10, batch_size=32)
    study = wellfit.studies.activations(
        recipe, X, y, activations=["relu"], initializations=["constant", "he_normal"], folds=2, seeds=2
    )
    twins = {(row["recipe"], row["layer"]): row["twin_share"] for row in study.table.to_dicts()}
    assert twins["relu, constant", "hidden1"] == 1.0 and twins["relu, he_normal", "hidden1"] == 0.0
    assert "the most units with a twin are with relu, constant in hidden" in study.verdict
    assert {"saturated_share_low", "drift", "test_loss"} <= set(study.table.columns)
    assert [figure.name for figure in study.figures] == ["saturated", "drift", "densities"]


def _row(dead: float, saturated: float, twins: float, recipe: str = "relu") -> dict[str, Any]:
    values = {"dead_units": dead, "saturated_share": saturated, "twin_share": twins}
    ends = {f"{name}{end}": math.nan for name in values for end in ("_low", "_high")}
    return {"recipe": recipe, "layer": "hidden0", **values, **ends}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([_row(0.0, 0.0, 0.0)], "no unit is dead; no unit is saturated on any row; no unit has a twin."),
        ([_row(0.003, 0.5, 0.0)], "the most dead units are with relu in hidden0, under 1%; units are saturated on the"),
        ([_row(math.nan, math.nan, math.nan)], "cannot be told: with every recipe a network diverged."),
        ([_row(0.0, 0.0, 0.0), _row(math.nan, math.nan, 0.0, "elu")], "a twin. Of elu it is not known, for a network"),
    ],
)
def test_what_is_said_of_units(rows: list[dict[str, Any]], said: str) -> None:
    assert said in _verdict(rows)
