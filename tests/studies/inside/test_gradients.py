"""Gradients over depth: the theory of wide layers, PyTorch's backward signal, and the study on a real table."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_wine

import wellfit
from wellfit.errors import InputError
from wellfit.studies.inside.gradients import _verdict, log_factors


def test_factors_are_the_geometric_mean_over_layers() -> None:
    signal = {"hidden0": 2.0, "hidden1": 9.0, "hidden2": 32.0}
    rows = [
        {"fold": fold, "seed": seed, "layer": layer, "quantity": "signal_norm", "value": value * (1 + fold)}
        for fold in range(2) for seed in (3, 4) for layer, value in signal.items()
    ]  # fmt: skip
    found = log_factors(pl.DataFrame(rows), 2)
    assert found.shape == (2, 2)
    np.testing.assert_allclose(np.exp(found), math.sqrt(2.0 / 32.0))


def test_what_theory_says_of_the_start_is_measured() -> None:
    """Of wide ReLU layers He's initialisation keeps the gradient, Xavier's loses 1/sqrt(2) a layer, U(+-1/sqrt(n))
    1/sqrt(6); the sigmoid's slope is at most 1/4.
    """
    X, y = load_wine(return_X_y=True)
    study = wellfit.studies.gradients(
        wellfit.Recipe.plain(epochs=1), X, y, activations=["relu", "sigmoid"],
        initializations=["fan_in_uniform", "glorot_uniform", "he_normal"], depth=6, width=64, folds=2, seeds=2,
    )  # fmt: skip
    factors = dict(study.table.select("recipe", "factor_at_start").iter_rows())
    assert factors["relu, he_normal"] == pytest.approx(1.0, abs=0.12)
    assert factors["relu, glorot_uniform"] == pytest.approx(0.707, abs=0.09)
    assert factors["relu, fan_in_uniform"] == pytest.approx(0.408, abs=0.06)
    assert factors["sigmoid, glorot_uniform"] == pytest.approx(0.25, abs=0.03)
    row = study.table.row(0, named=True)
    assert row["factor_at_start_low"] < row["factor_at_start"] < row["factor_at_start_high"]
    assert study.verdict.startswith("At the start the gradient changes most with sigmoid, fan_in_uniform")
    assert [figure.name for figure in study.figures] == ["signal-start", "signal-end"]


def test_weights_of_zero_are_told() -> None:
    X, y = load_wine(return_X_y=True)
    recipe = wellfit.Recipe.plain(epochs=1)
    study = wellfit.studies.gradients(
        recipe, X, y, activations=["tanh"], initializations=["zero"], depth=3, width=4, folds=2, seeds=1
    )
    assert study.verdict.startswith("At the start the gradient is 0 or not finite with every recipe")
    with pytest.raises(InputError, match="depth is a whole number of 2 or more; got 1"):
        wellfit.studies.gradients(recipe, X, y, depth=1)


def test_a_gradient_of_zero_is_no_factor() -> None:
    nothing = {"factor_at_start_low": math.nan, "factor_at_start_high": math.nan}
    rows = [
        {"recipe": "tanh", "factor_at_start": 0.5, **nothing}, {"recipe": "relu", "factor_at_start": 0.0, **nothing},
        {"recipe": "elu", "factor_at_start": 0.9, **nothing},
    ]  # fmt: skip
    said = _verdict(rows)
    assert "most with tanh, by a factor of 0.5 (no interval)" in said and "least with elu" in said
    assert said.endswith("In some network it is 0 or not finite with relu.")
