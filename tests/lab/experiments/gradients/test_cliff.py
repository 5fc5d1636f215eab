"""The cliff's gradient is that of its value."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from wellfit.lab.experiments.gradients.cliff import cliff, slope


@pytest.mark.parametrize("point", [(-3.0, 1.0), (1.4, -0.5), (1.55, 0.2), (2.4, 0.0)])
def test_the_slope_is_that_of_the_cliff(point: tuple[float, float]) -> None:
    at = np.array(point)
    np.testing.assert_allclose(slope(at), approx_fprime(at, lambda w: float(cliff(w)), 1e-7), atol=1e-4)
