"""The moments that initialisations guarantee, against samples of torch.nn.init and closed forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch.nn import init

from tests.reference import initializations

FAN_IN, FAN_OUT = 300, 200

# PyTorch keeps a layer's weights as (fan_out, fan_in) and counts fans from that shape.
CASES: list[tuple[str, dict[str, Any], Callable[[torch.Tensor], Any]]] = [
    ("zero", {}, init.zeros_),
    ("constant", {"value": 0.3}, lambda w: init.constant_(w, 0.3)),
    ("uniform", {"bound": 0.2}, lambda w: init.uniform_(w, -0.2, 0.2)),
    ("normal", {"sd": 0.2}, lambda w: init.normal_(w, 0.0, 0.2)),
    ("xavier_uniform", {}, init.xavier_uniform_),
    ("xavier_uniform", {"gain": 5 / 3}, lambda w: init.xavier_uniform_(w, 5 / 3)),
    ("xavier_normal", {}, init.xavier_normal_),
    ("he_uniform", {}, lambda w: init.kaiming_uniform_(w, nonlinearity="relu")),
    ("he_normal", {}, lambda w: init.kaiming_normal_(w, nonlinearity="relu")),
    ("he_normal", {"fan": "out"}, lambda w: init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu")),
    ("lecun_uniform", {}, lambda w: init.kaiming_uniform_(w, nonlinearity="linear")),
    ("lecun_normal", {}, lambda w: init.kaiming_normal_(w, nonlinearity="linear")),
    # nn.Linear's own start: U(+-1/sqrt(fan_in)) under another name.
    ("fan_in_uniform", {}, lambda w: init.kaiming_uniform_(w, a=5**0.5)),
]


def sample_of(draw: Callable[[torch.Tensor], Any]) -> np.ndarray:
    torch.manual_seed(0)
    w = torch.empty(FAN_OUT, FAN_IN, dtype=torch.float64)
    draw(w)
    return w.numpy().T


@pytest.mark.parametrize(("name", "settings", "draw"), CASES)
def test_samples_of_torch_agree(name: str, settings: dict[str, Any], draw: Callable[[torch.Tensor], Any]) -> None:
    expected = initializations.moments(name, FAN_IN, FAN_OUT, settings)
    sample = sample_of(draw)
    assert initializations.agrees(sample, expected)
    if expected.kurtosis == 1.8:
        assert np.abs(sample).max() > 0.999 * expected.bound


@pytest.mark.parametrize(("name", "settings", "draw"), [case for case in CASES if case[0] not in ("zero",)])
def test_a_wrong_scale_is_seen(name: str, settings: dict[str, Any], draw: Callable[[torch.Tensor], Any]) -> None:
    """Two per cent too large is more than five standard errors here; swapped fans, too."""
    expected = initializations.moments(name, FAN_IN, FAN_OUT, settings)
    assert not initializations.agrees(sample_of(draw) * 1.02, expected)
    swapped = initializations.moments(name, FAN_OUT, FAN_IN, settings)
    if "xavier" not in name and swapped != expected:
        assert not initializations.agrees(sample_of(draw), swapped)


@pytest.mark.parametrize("shape", [(30, 20), (20, 30), (25, 25)])
def test_orthogonal(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    w = init.orthogonal_(torch.empty(*shape, dtype=torch.float64), gain=1.5).numpy()
    expected = initializations.moments("orthogonal", *shape, {"gain": 1.5})
    assert initializations.orthogonality_error(w, 1.5) < 1e-12
    assert initializations.orthogonality_error(1.01 * w, 1.5) > 0.01
    assert_allclose((w**2).mean(), expected.sd**2, rtol=1e-12)


def test_he_by_average_fan_lies_between() -> None:
    by = {fan: initializations.moments("he_normal", 300, 100, {"fan": fan}).sd for fan in ("in", "average", "out")}
    assert by["in"] < by["average"] < by["out"]
    assert_allclose(by["average"] ** 2, 2 / 200)


def test_xavier_and_he_of_a_square_matrix_differ_by_two() -> None:
    he, xavier = (initializations.moments(name, 64, 64) for name in ("he_uniform", "xavier_uniform"))
    assert_allclose(he.bound**2, 2 * xavier.bound**2)
