"""Calibration on a real table: an overtrained network states too much, and a temperature mends it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

import wellfit
from wellfit.errors import InputError
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.paired import paired_difference
from wellfit.studies.inside.calibration_answer import _confidence, _temperature

X, Y = load_digits(return_X_y=True)


def test_an_overtrained_network_is_over_confident_and_cooled_down() -> None:
    rng = np.random.default_rng(0)
    y = np.where(rng.random(500) < 0.3, rng.integers(0, 10, 500), Y[:500])  # wrong labels, which it learns by heart
    recipe = wellfit.Recipe(hidden=(64,), epochs=60, batch_size=16, stopping="none", dropout=0.0)
    study = wellfit.studies.calibration(recipe, X[:500], y, folds=3, seeds=2, bins=5, n_jobs=1)
    plain, cooled = study.table.to_dicts()
    assert "The networks are over-confident" in study.verdict and "lowers the log-loss" in study.verdict
    assert plain["over_confidence_low"] > 0 and plain["over_confidence"] == pytest.approx(
        plain["confidence"] - plain["accuracy"]
    )
    assert cooled["loss"] < plain["loss"] and cooled["calibration_error"] < plain["calibration_error"]
    assert cooled["accuracy"] == plain["accuracy"], "a temperature changes no decision"
    networks = study.details["networks"]
    assert plain["loss"] == pytest.approx(networks["test_loss"].mean(), rel=1e-9)
    assert (networks["temperature"] > 1).all() and study.details["reliability"].height == 10
    assert study.display().name == "reliability"


@pytest.mark.parametrize(
    ("ends", "said"),
    [((0.01, 0.03), "are over-confident"), ((-0.03, -0.01), "are under-confident"), ((-0.01, 0.01), "is shown"),
     ((float("nan"), float("nan")), "cannot be told from one fold")],
)  # fmt: skip
def test_what_is_said_of_confidence(ends: tuple[float, float], said: str) -> None:
    from wellfit.frames import ResultFrame

    row = ResultFrame({"accuracy": [0.9], "confidence": [0.92]})
    assert said in _confidence(row, Estimate(sum(ends) / 2, *ends))


@pytest.mark.parametrize(
    ("gain", "noise", "said"),
    [
        (-0.1, 0.01, "lowers the loss"),
        (0.1, 0.01, "leave it out"),
        (0.0, 1e-5, "practically nothing"),
        (0.0, 0.1, "told"),
    ],
)
def test_what_is_said_of_a_temperature(gain: float, noise: float, said: str) -> None:
    rng = np.random.default_rng(0)
    before = 0.5 + 0.1 * rng.normal(size=(1, 5, 2))
    difference = paired_difference(before + gain + noise * rng.normal(size=(1, 5, 2)), before, 100, 400)
    assert said in _temperature(difference, 1.5, "loss")


@pytest.mark.parametrize(
    ("y", "bins", "said"), [(X[:, 2], 15, "target is of kind 'numbers'"), (Y, 1, "bins is a whole number of 2 or more")]
)
def test_what_has_no_reliability_is_refused(y: np.ndarray, bins: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        wellfit.studies.calibration(None, X[:60], y[:60], bins=bins)


def test_a_row_counts_once_however_many_networks_state_it() -> None:
    from wellfit.statistics.intervals.shares import exact_share

    recipe = wellfit.Recipe.plain((4,), epochs=1)
    study = wellfit.studies.calibration(recipe, X[:100], Y[:100] > 4, folds=2, seeds=2, partitions=3, bins=2, n_jobs=1)
    for row in study.details["reliability"].to_dicts():
        assert row["rows"] == 300, "half of the rows, by two networks in each of three partitions"
        assert (row["right_low"], row["right_high"]) == pytest.approx(exact_share(row["right"], 50.0))


def test_a_difference_is_lower_or_higher_and_never_lower_by_less_than_nothing() -> None:
    before = np.array([[[0.5], [0.6], [0.7]]])
    shift = np.array([[[0.3], [-0.1], [0.1]]])
    said = _temperature(paired_difference(before + shift, before, 50, 100), 1.5, "loss")
    assert "the loss is higher by 0.10 (95 % interval" in said
    row = {"accuracy": [0.9], "confidence": [0.85]}
    from wellfit.frames import ResultFrame

    assert "5 points less" in _confidence(ResultFrame(row), Estimate(-0.05, -0.2, 0.1))
