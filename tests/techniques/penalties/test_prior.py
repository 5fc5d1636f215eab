"""Priors against closed forms: Bayesian linear regression, and the penalties that they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from tests.engines.compiled.bench import make_arrays, make_bench, make_target, plain, random_weights
from tests.techniques.penalties.test_penalty import DESCENT, ROWS, fitted, linear_bench, table_of
from wellfit.engines.numpy.prepared_view import all_rows_view
from wellfit.errors import InputError
from wellfit.tables.arrays import Target

LONG = {"epochs": 6000, "optimizer": DESCENT}


def centred(bench: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """A free bias takes the weighted means away."""
    x, y, w = table_of(bench)
    return x - np.average(x, axis=0, weights=w), y - np.average(y, weights=w), w


def test_the_most_probable_weights_of_bayesian_linear_regression() -> None:
    """Prior of sd a, noise of sd s in the target's units: (X'WX / v + I / a^2)^-1 X'Wy / v, v = (s / sd(y))^2."""
    a, s = 0.3, 1.5
    bench = linear_bench(**LONG, prior={"name": "gaussian", "sd": a, "noise": s})
    x, y, w = centred(bench)
    v = (s / bench.member.prepared.encoding.target_scale[0]) ** 2
    closed = np.linalg.solve((x.T * w) @ x / v + np.eye(x.shape[1]) / a**2, (x.T * w) @ y / v)
    np.testing.assert_allclose(fitted(bench), closed, rtol=1e-8, atol=1e-10)


def test_the_laplace_prior_is_l1_of_its_strength() -> None:
    b, s = 0.02, 2.0
    fading = {**LONG, "schedule": "cosine"}  # the subgradient circles around zeros in steps of the rate
    bench = linear_bench(**fading, prior={"name": "laplace", "scale": b, "noise": s})
    x, y, w = centred(bench)
    v = (s / bench.member.prepared.encoding.target_scale[0]) ** 2

    def posterior(parts: NDArray[Any]) -> float:
        weights = parts[: x.shape[1]] - parts[x.shape[1] :]
        return float(w @ (y - x @ weights) ** 2 / (2 * v) + parts.sum() / b)

    found = minimize(posterior, np.full(12, 0.01), bounds=[(0, None)] * 12, options={"ftol": 1e-15, "maxiter": 5000})
    np.testing.assert_allclose(fitted(bench), found.x[:6] - found.x[6:], atol=5e-4)
    strength = v / (w.sum() * b)
    same = linear_bench(**fading, l1=strength)
    np.testing.assert_allclose(fitted(same), bench.parameters["output.weight"][:, 0], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(("kind", "outputs", "divided"), [("classes", 3, 1), ("binary", 1, 1), ("labels", 3, 3)])
def test_classes_and_labels_divide_by_rows_and_columns(kind: str, outputs: int, divided: int) -> None:
    arrays, target, weight = make_arrays(ROWS, 4), make_target(kind, ROWS, outputs), random_weights(ROWS)
    words = {"hidden": (3,), "optimizer": DESCENT}
    prior = make_bench(plain(**words, prior={"name": "gaussian", "sd": 0.2}), arrays, target, weight=weight)
    strength = 1 / (weight.astype(np.float64).sum() * divided * 0.2**2)
    penalty = make_bench(plain(**words, l2=strength), arrays, target, weight=weight)
    for bench in (prior, penalty):
        bench.train(6)
    np.testing.assert_allclose(prior.member.parameters, penalty.member.parameters, rtol=1e-12)


def test_counts_are_scaled_by_their_mean() -> None:
    """The negative log-likelihood of N counts, exp(z) mean - y (z + log mean), is N times the mean times the loss."""
    target = make_target("counts", ROWS, 1)
    bench = make_bench(plain(prior={"name": "gaussian", "sd": 0.5}), make_arrays(ROWS, 4), target)
    assert bench.member.prepared.prior_factor == pytest.approx(1 / (ROWS * target.values.mean()), rel=1e-6)


@pytest.mark.parametrize("outputs", [1, 2])
def test_the_noise_is_estimated(outputs: int) -> None:
    rng = np.random.default_rng(0)
    arrays = make_arrays(3000, 5)
    y = 10 * (arrays.numbers @ rng.normal(size=(5, outputs)) + 0.7 * rng.normal(size=(3000, outputs)))
    target = Target("numbers", y.astype(np.float32), tuple("ab"[:outputs]))
    bench = make_bench(plain(prior="gaussian"), arrays, target)
    scale = bench.member.prepared.encoding.target_scale
    expected = np.mean((7 / scale) ** 2) / (3000 * outputs)
    assert bench.member.prepared.prior_factor == pytest.approx(expected, rel=0.1)


def test_a_weight_of_two_is_a_row_twice() -> None:
    arrays, target = make_arrays(30, 3), make_target("numbers", 30, 1)
    twice = np.concatenate([np.arange(30), np.arange(30)])
    recipe = plain(prior="gaussian")
    weighted = make_bench(recipe, arrays, target, weight=np.full(30, 2, np.float32))
    repeated = make_bench(recipe, arrays.take(twice), Target("numbers", target.values[twice], target.labels))
    assert weighted.member.prepared.prior_factor == pytest.approx(repeated.member.prepared.prior_factor, rel=1e-6)


def test_more_rows_later_weaken_it() -> None:
    from dataclasses import replace

    bench = make_bench(plain(prior="gaussian"), make_arrays(30, 3), make_target("classes", 30, 3))
    former = replace(bench.member.prepared, validation=bench.member.prepared.training)
    assert all_rows_view(former).prior_factor == pytest.approx(former.prior_factor / 2)


def test_off_is_absent() -> None:
    bench = make_bench(plain(prior="none"), make_arrays(9, 3), make_target("numbers", 9, 1))
    assert not bench.member.program.priors and bench.member.prepared.prior_factor == 1.0


def test_several_tasks_are_refused() -> None:
    from wellfit.engines.numpy.priors import per_row

    bench = make_bench(plain(), make_arrays(9, 3), make_target("numbers", 9, 1))
    encoding, rows = bench.member.prepared.encoding, np.arange(9)
    tasks = Target("tasks", bench.target.values, ("a",))
    with pytest.raises(InputError, match="several tasks: give l2 or l1 a strength"):
        per_row(plain(prior="gaussian"), bench.arrays, tasks, encoding, rows, np.ones(9))


def test_what_is_no_likelihood_is_refused() -> None:
    arrays, numbers = make_arrays(9, 3), make_target("numbers", 9, 1)
    with pytest.raises(InputError, match="loss 'huber' is none here: give l2 or l1 a strength"):
        make_bench(plain(prior="gaussian", loss="huber"), arrays, numbers)
    for kind, outputs in (("classes", 3), ("numbers", 2)):
        with pytest.raises(InputError, match="in the units of one column of numbers.*leave noise out"):
            make_bench(plain(prior={"name": "laplace", "noise": 1.0}), arrays, make_target(kind, 9, outputs))
