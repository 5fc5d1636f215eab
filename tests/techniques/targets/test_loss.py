"""The losses of one number by hand, on both sides of each place where their formula changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from wellfit.techniques.targets import loss_kernels as kernels

Y = 0.5
# The difference from the target, the setting, the loss and its slope.
HUBER = [
    (0.0, 1.0, 0.0, 0.0),
    (0.5, 1.0, 0.125, 0.5),
    (-1.0, 1.0, 0.5, -1.0),  # where the parabola ends
    (1.5, 1.0, 1.0, 1.0),
    (-3.0, 2.0, 4.0, -2.0),
    (0.3, 0.2, 0.04, 0.2),
]
CASES: list[tuple[Callable[..., Any], list[tuple[float, float, float, float]]]] = [
    (kernels.huber, HUBER),
    (kernels.squared, [(3.0, 0.0, 4.5, 3.0), (-1.0, 0.0, 0.5, -1.0)]),
    (kernels.absolute, [(3.0, 0.0, 3.0, 1.0), (-0.5, 0.0, 0.5, -1.0), (0.0, 0.0, 0.0, 0.0)]),
    (kernels.pinball, [(2.0, 0.9, 0.2, 0.1), (-2.0, 0.9, 1.8, -0.9), (0.0, 0.9, 0.0, 0.0)]),
]


@pytest.mark.parametrize(
    ("loss", "difference", "setting", "value", "slope"),
    [(loss, *numbers) for loss, cases in CASES for numbers in cases],
    ids=lambda part: getattr(part, "__name__", str(part)),
)
def test_the_loss_of_one_number(
    loss: Callable[..., Any], difference: float, setting: float, value: float, slope: float
) -> None:
    found = loss(np.float64(Y + difference), np.float64(Y), np.float64(setting))
    assert found == pytest.approx((value, slope), rel=1e-12, abs=1e-15)
