"""Learning curves: fits against scipy, behaviour and intervals against simulated curves whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from wellfit.errors import InputError
from wellfit.statistics.extrapolation import (
    FAMILIES,
    behaviour_of,
    curve_of_means,
    curve_of_repeats,
    forecast,
    why_no_forecast,
)
from wellfit.statistics.extrapolation.fitting import fit_shapes

SIZES = np.array([50, 71, 100, 141, 200, 283, 400, 566])


def _repeats(truth: np.ndarray, noise: float, seed: int, repeats: int = 5) -> np.ndarray:
    """Losses whose repeats differ by a level that all sizes share, and by noise of each size."""
    rng = np.random.default_rng(seed)
    return truth + 0.05 * rng.normal(size=(repeats, 1)) + noise * rng.normal(size=(repeats, len(truth)))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize("slope", [1.0, -1.0, 0.0])
def test_every_shape_is_fitted_as_scipy_fits_it(family: object, slope: float) -> None:
    rng = np.random.default_rng(3)
    losses = 0.3 + slope * 0.2 * SIZES[-1::-1] / SIZES[-1] + 0.05 * rng.normal(size=(4, len(SIZES)))
    losses[3] = 5.0 * SIZES**-1.0 - 0.01  # whose level would lie below 0
    weight = rng.uniform(0.5, 2, len(SIZES))
    shapes = family.shapes(SIZES, SIZES[-1])[::37]  # type: ignore[attr-defined]
    fits = fit_shapes(shapes, losses, weight, 0.0)
    for g, shape in enumerate(shapes):
        design = np.column_stack([np.ones(len(SIZES)), shape]) * np.sqrt(weight)[:, None]
        for b in range(len(losses)):
            _, norm = nnls(design, losses[b] * np.sqrt(weight))
            assert fits.level[g, b] >= 0 and fits.fall[g, b] >= 0
            assert fits.squares[g, b] == pytest.approx(norm**2, rel=0.02, abs=1e-6)


def test_a_forecast_of_a_curve_of_each_family_finds_it() -> None:
    for truth in (
        lambda n: 0.1 + 3 * n**-0.6,
        lambda n: 0.05 + 2 * (n + 30.0) ** -0.5,
        lambda n: 0.1 + 0.4 / (1 + n / 80),
    ):
        more = np.array([1132, 2264])
        found = forecast(curve_of_means(SIZES, truth(SIZES), np.full(8, 1e-4)), more)
        assert np.allclose(found.value, truth(more), rtol=[0.04, 0.1])
        assert (found.low <= truth(more)).all() and (truth(more) <= found.high).all()


def test_intervals_of_simulated_curves_hold_the_truth() -> None:
    """Levels of folds are shared by all sizes: they widen the interval of the loss, and not that of the gain."""
    truth = 0.1 + 3 * SIZES**-0.6
    gain = 3 * 1132**-0.6 - 3 * 566**-0.6
    held, widths, of_level = 0, [], []
    for seed in range(40):
        found = forecast(curve_of_repeats(SIZES, _repeats(truth, 0.01, seed)), [1132])
        held += bool(found.gain_low[0] <= gain <= found.gain_high[0])
        widths.append(found.gain_high[0] - found.gain_low[0])
        of_level.append(found.high[0] - found.low[0])
    assert held >= 35 and np.median(widths) < np.median(of_level) and np.median(widths) < 0.12


def test_ill_behaviour_is_found_and_noise_is_not() -> None:
    falling = 0.1 + 3 * SIZES**-0.6
    false = [behaviour_of(curve_of_repeats(SIZES, _repeats(falling, 0.01, seed))).well_behaved for seed in range(60)]
    assert false.count(False) <= 6
    peak = falling + np.where(SIZES == 200, 0.2, 0.0)
    found = behaviour_of(curve_of_repeats(SIZES, _repeats(peak, 0.005, 1)))
    assert found.rise.significant and found.rise.rows[1] == 200 and found.rise.size > 0.1
    late = 0.5 - 0.4 / (1 + np.exp(-(SIZES - 300) / 30))  # falls all at once
    found = behaviour_of(curve_of_repeats(SIZES, _repeats(late, 0.003, 2)))
    assert found.bulge.significant and not found.rise.significant


def test_the_standard_error_is_that_of_the_mean_over_folds() -> None:
    losses = _repeats(0.1 + 3 * SIZES**-0.6, 0.01, 0)
    curve = curve_of_repeats(SIZES, losses, 0.25)
    assert np.allclose(curve.errors, losses.std(axis=0, ddof=1) * np.sqrt(1 / 5 + 0.25))
    drawn = curve.draws(20_000, 0)
    assert np.allclose(drawn.std(axis=0), curve.errors, rtol=0.05)


def test_what_cannot_be_forecast_is_refused() -> None:
    few = curve_of_means(SIZES[:5], np.ones(5), np.ones(5))
    assert "6 sizes" in why_no_forecast(few)
    with pytest.raises(InputError, match="6 sizes or more, and there are 5"):
        forecast(few, [1000])
    assert "4 times the smallest" in why_no_forecast(curve_of_means(np.arange(100, 108), np.ones(8), np.ones(8)))
    with pytest.raises(InputError, match="more rows than the 566 measured"):
        forecast(curve_of_means(SIZES, np.ones(8), np.ones(8)), [500])
    with pytest.raises(InputError, match="2 repeats or more"):
        curve_of_repeats(SIZES, np.ones((1, 8)))
