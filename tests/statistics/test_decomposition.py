"""Bias and variance against independent oracles: loops, a numerical minimum, and simulated components."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from wellfit.statistics.decomposition import (
    against_truth,
    changed,
    cross_entropy_terms,
    decomposed,
    squared_terms,
    two_way,
    zero_one_terms,
)

RNG = np.random.default_rng(0)
P = softmax(2 * RNG.normal(size=(5, 3, 20, 4)), axis=-1)  # samples, seeds, rows, classes
OWN = RNG.integers(0, 4, 20)
ONE_HOT = np.eye(4)[OWN]


@pytest.mark.parametrize("loss", ["squared", "entropy", "zero_one"])
def test_bias_and_variance_add_up_to_the_mean_loss(loss: str) -> None:
    flat = P.reshape(15, 20, 4)
    if loss == "squared":
        terms, error = squared_terms(P, ONE_HOT), ((flat - ONE_HOT) ** 2).sum(axis=2).mean(axis=0)
    elif loss == "entropy":
        terms, error = cross_entropy_terms(P, OWN), -np.log(flat[:, np.arange(20), OWN]).mean(axis=0)
    else:
        terms, error = zero_one_terms(P, OWN), (flat.argmax(axis=2) != OWN).mean(axis=0)
    np.testing.assert_allclose(terms.error, error, rtol=1e-12)
    np.testing.assert_allclose(terms.bias + terms.variance, error, rtol=1e-12, atol=1e-14)


def test_squared_terms_are_those_of_a_loop() -> None:
    terms = squared_terms(P, ONE_HOT)
    for row in range(20):
        every = [P[s, k, row] for s in range(5) for k in range(3)]
        mean = sum(every) / 15
        assert terms.bias[row] == pytest.approx(sum((mean - ONE_HOT[row]) ** 2))
        assert terms.variance[row] == pytest.approx(sum(sum((one - mean) ** 2) for one in every) / 15)


def test_the_central_prediction_of_cross_entropy_is_the_nearest_one() -> None:
    """The variance is the least mean divergence that any prediction has from the networks'."""
    terms = cross_entropy_terms(P, OWN)
    for row in range(3):
        logs = np.log(P[:, :, row].reshape(15, 4))

        def divergence(logits: np.ndarray, logs: np.ndarray = logs) -> float:
            return float((softmax(logits) * (log_softmax(logits) - logs.mean(axis=0))).sum())

        best = minimize(divergence, np.zeros(4), tol=1e-12)
        assert terms.variance[row] == pytest.approx(best.fun, abs=1e-8)
        assert terms.bias[row] == pytest.approx(-log_softmax(best.x)[OWN[row]], abs=1e-4)


def test_the_variance_of_the_zero_one_loss_is_taken_off_where_the_main_prediction_is_wrong() -> None:
    votes = np.array([[0, 0], [0, 2], [1, 2], [0, 2]])  # networks, rows: main predictions 0 and 2
    terms = zero_one_terms(np.eye(3)[votes][:, None], [0, 0])
    assert [part.tolist() for part in terms] == [[0.25, 0.75], [0.0, 1.0], [0.25, -0.25]]


def test_the_two_parts_of_the_variance_are_those_that_made_it() -> None:
    rng, rows = np.random.default_rng(1), 20_000
    samples, seeds = 6, 3
    h = 0.5 * rng.normal(size=(samples, 1, rows, 1)) + 2.0 * rng.normal(size=(samples, seeds, rows, 1))
    found = two_way(h)
    # Without the within-part taken out, sampling would come out as 0.25 + 4 / 3.
    assert found.sampling.mean() == pytest.approx(0.25, abs=0.04)
    assert found.optimisation.mean() == pytest.approx(4.0, abs=0.05)
    assert np.isnan(two_way(h[:, :1]).sampling).all() and np.isnan(two_way(h[:1]).sampling).all()
    assert np.isfinite(two_way(h[:1]).optimisation).all()


def test_noise_is_told_apart_where_the_function_is_known() -> None:
    f = RNG.normal(size=(20, 1))
    h, y = f + 0.3 + 0.1 * RNG.normal(size=(4, 2, 20, 1)), f + RNG.normal(size=(20, 1))
    noise, bias, rest = against_truth(h, y, f)
    np.testing.assert_allclose(noise + bias + rest, squared_terms(h, y).bias, rtol=1e-10)
    assert noise.mean() == pytest.approx(((y - f) ** 2).mean()) and bias.mean() == pytest.approx(0.09, abs=0.05)


def test_intervals_over_samples_are_those_of_the_mean_where_that_is_what_is_asked() -> None:
    """All rows alike: only samples vary, and the jackknife of a mean is the textbook's standard error."""
    h = np.repeat(RNG.normal(size=(8, 1, 1, 1)), 50, axis=2)
    one = decomposed(h, lambda values: {"sampling": values.mean(axis=(0, 1, 3))})
    assert one.errors["sampling"] == pytest.approx(h[:, 0, 0, 0].std(ddof=1) / np.sqrt(8))
    low = one.parts["sampling"].mean - 2.364624 * one.errors["sampling"]  # t with 7 degrees of freedom
    assert one.parts["sampling"].low == pytest.approx(low, rel=1e-5)
    shifted = decomposed(h + 1.0, lambda values: {"sampling": values.mean(axis=(0, 1, 3))})
    difference, error = changed(one, shifted, "sampling")
    assert difference.mean == pytest.approx(1.0) and error == pytest.approx(0.0, abs=1e-12)


def test_weights_of_rows_count_as_repeated_rows() -> None:
    weight = RNG.integers(0, 3, 20)

    def parts(rows: np.ndarray) -> object:
        return lambda h: dict(zip(("error", "bias", "variance"), squared_terms(h, ONE_HOT[rows]), strict=True))

    repeated = np.repeat(np.arange(20), weight)
    weighted = decomposed(P, parts(np.arange(20)), weight)  # type: ignore[arg-type]
    longer = decomposed(P[:, :, repeated], parts(repeated))  # type: ignore[arg-type]
    for name in ("error", "bias", "variance"):
        assert weighted.parts[name].mean == pytest.approx(longer.parts[name].mean)


@pytest.mark.parametrize("samples", [1, 2])
def test_two_samples_have_no_interval(samples: int) -> None:
    one = decomposed(P[:samples], lambda h: {"variance": squared_terms(h, ONE_HOT).variance})
    assert not one.parts["variance"].known and one.parts["variance"].mean > 0


def test_intervals_hold_the_parts_that_made_the_networks() -> None:
    """Networks linear in four inputs, so that rows move together: 200 studies of 10 samples, 2 seeds and 100 rows."""
    rng, held = np.random.default_rng(0), dict.fromkeys(("variance", "sampling", "optimisation"), 0)
    truth = {"variance": 19 / 20 * 0.64 + 0.25 * 4 * 0.9, "sampling": 4 * 0.25, "optimisation": 4 * 0.16}
    for _ in range(200):
        x, y = rng.normal(size=(100, 4)), rng.normal(size=(100, 1))
        h = (0.5 * rng.normal(size=(10, 1, 4)) + 0.4 * rng.normal(size=(10, 2, 4))) @ x.T

        def parts(values: np.ndarray, y: np.ndarray = y) -> dict[str, np.ndarray]:
            ways = two_way(values)
            return {"variance": squared_terms(values, y).variance, **ways._asdict()}

        found = decomposed(h[..., None], parts).parts
        for name in held:
            held[name] += found[name].low <= truth[name] <= found[name].high
    assert all(178 <= count <= 199 for count in held.values()), held
