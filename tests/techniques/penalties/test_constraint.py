"""Balls and norms of units: projections, the constrained minimum, and the penalty that a constraint amounts to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from tests.engines.compiled.bench import Bench, make_bench, plain, random_weights, tiny
from tests.engines.compiled.oracle import assert_agrees
from tests.reference import penalties as reference
from tests.techniques.penalties.test_penalty import DESCENT, fitted, linear_bench, table_of
from wellfit.engines.compiled.measure.multipliers import Multiplier, multiplier, multipliers
from wellfit.errors import InputError
from wellfit.numerics.kernel import FIRST_FIELD
from wellfit.recipe import Recipe
from wellfit.techniques import layout as at
from wellfit.techniques.penalties.constraint import BALL, KERNELS, UNIT
from wellfit.techniques.penalties.max_norm import COLUMNS, limit_columns

NORMS = {"l2": reference.onto_circle, "l1": reference.onto_diamond}
DESCENT_LONG = {"optimizer": DESCENT, "epochs": 6000}


def projected(norm: str, w: NDArray[Any], radius: float, split: int = 0) -> NDArray[Any]:
    """By the kernel as plain Python; split: after how many units a second run begins, with a gap between."""
    runs = [(0, split), (split, -(-len(w) // UNIT))] if split else [(0, -(-len(w) // UNIT))]
    parameters = np.zeros(max(end for _, end in runs) * UNIT)
    parameters[: len(w)] = w
    settings = np.array([radius, len(runs), *(edge for run in runs for edge in run)], np.float64)
    row, clock, none = np.zeros(FIRST_FIELD + len(BALL), np.int64), np.zeros(at.CLOCK_SIZE, np.int64), np.zeros(0)
    KERNELS[norm](row, settings, none, parameters, none, none, clock, none)
    return parameters[: len(w)]


@given(
    norm=st.sampled_from(["l2", "l1"]), size=st.integers(1, 70), radius=st.floats(1e-3, 30), seed=st.integers(0, 999)
)
def test_the_nearest_point_of_the_ball(norm: str, size: int, radius: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    w = np.where(rng.random(size) < 0.3, 0.0, rng.normal(size=size).round(2))  # zeros and ties
    split = 1 if size > UNIT and seed % 2 else 0
    np.testing.assert_allclose(projected(norm, w, radius, split), NORMS[norm](w, radius), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("norm", ["l2", "l1"])
def test_a_radius_of_zero_is_off_and_a_nan_is_seen(norm: str) -> None:
    assert np.array_equal(projected(norm, np.array([3.0, 4.0]), 0.0), [3.0, 4.0])
    assert np.isnan(projected(norm, np.array([np.nan, 4.0]), 1.0)).any()
    with np.errstate(invalid="ignore", over="ignore"):
        assert not np.isfinite(projected(norm, np.array([np.inf, 4.0]), 1.0)).all()


def columns(w: NDArray[Any], limit: float, exact: bool, precision: str = "float64") -> NDArray[Any]:
    parameters = np.ascontiguousarray(w, dtype=precision).ravel().copy()
    row, clock = np.zeros(FIRST_FIELD + len(COLUMNS), np.int64), np.zeros(at.CLOCK_SIZE, np.int64)
    row[[COLUMNS.fan_in, COLUMNS.units, COLUMNS.exact]] = *w.shape, int(exact)
    none = np.zeros(0, precision)
    with np.errstate(over="ignore", invalid="ignore"):
        limit_columns(
            row, np.array([limit], precision), np.zeros(w.shape[1], precision), parameters, none, none, clock, none
        )
    return parameters.reshape(w.shape)


@given(exact=st.booleans(), limit=st.floats(0.1, 4), seed=st.integers(0, 999))
def test_columns_of_a_length(exact: bool, limit: float, seed: int) -> None:
    w = np.random.default_rng(seed).normal(size=(5, 4)) * [0.0, 0.3, 1.0, 5.0]
    np.testing.assert_allclose(columns(w, limit, exact), reference.limited_columns(w, limit, exact), rtol=1e-12)


def test_a_huge_column_keeps_its_direction_and_a_nan_stays() -> None:
    w = np.array([[3e30, np.nan], [4e30, 1.0]])
    limited = columns(w, 5.0, False, "float32")
    np.testing.assert_allclose(limited[:, 0], [3.0, 4.0], rtol=1e-6)
    assert np.isnan(limited[0, 1])


@pytest.mark.parametrize(
    "slots",
    [
        {"max_norm": 0.6},
        {"max_norm": [0.5, 0.0, 0.7]},
        {"unit_norm": [1.0, 0.5, 0.0]},
        {"constraint": 1.0},
        {"constraint": {"radius": 1.5, "norm": "l1", "biases": True}},
        {"constraint": {"radius": [1.0, 0.0, 2.0], "norm": "l1", "scope": "layer"}},
        {"constraint": {"radius": {"value": 1.0, "schedule": {"name": "linear"}}, "scope": "layer"}},
        {"max_norm": 0.8, "constraint": 1.0, "l1": {"strength": 0.02, "proximal": True}},
    ],
    ids=str,
)
@pytest.mark.parametrize("optimizer", ["nesterov", "adam"])
def test_update_by_update_against_the_reference(slots: dict[str, Any], optimizer: str) -> None:
    recipe, arrays, target = tiny(optimizer=optimizer, skip="residual", bias_rate=0.5, **slots)
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows)).nudge()
    assert_agrees(bench, 5, 1e-9)


def test_after_every_update_the_weights_are_inside() -> None:
    recipe, arrays, target = tiny(max_norm=0.4, constraint={"radius": 2.0, "norm": "l1"})
    bench = make_bench(recipe, arrays, target, precision="float32")
    for _ in range(6):
        bench.train(1)
        weights = [w for name, w in bench.parameters.items() if name.endswith(".weight")]
        assert max(np.linalg.norm(w, axis=0).max() for w in weights) <= 0.4 * (1 + 1e-6)
        assert sum(np.abs(w).sum() for w in weights) <= 2.0 * (1 + 1e-5)


def constrained_by_scipy(bench: Bench, norm: str, radius: float) -> NDArray[Any]:
    """The least half mean squared error subject to the ball, by SLSQP on positive and negative parts."""
    x, y, w = table_of(bench)
    p = w / w.sum()
    x, y = x - p @ x, y - p @ y  # the bias is free

    def loss(parts: NDArray[Any]) -> float:
        v = parts[: x.shape[1]] - parts[x.shape[1] :]
        return float(0.5 * p @ (x @ v - y) ** 2)

    def inside(parts: NDArray[Any]) -> float:
        v = parts[: x.shape[1]] - parts[x.shape[1] :]
        return float(radius - parts.sum() if norm == "l1" else radius**2 - v @ v)

    start = np.full(2 * x.shape[1], 0.01)
    found = minimize(
        loss, start, bounds=[(0, None)] * len(start), constraints={"type": "ineq", "fun": inside}, method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1000},
    )  # fmt: skip
    return found.x[: x.shape[1]] - found.x[x.shape[1] :]


def reported(bench: Bench) -> Multiplier:
    (one,) = multipliers(bench.member, bench.arrays, bench.target)
    return one


@pytest.mark.parametrize("norm", ["l2", "l1"])
@pytest.mark.parametrize("optimizer", [DESCENT, {"name": "momentum", "learning_rate": 0.01}])
def test_the_constrained_minimum_and_its_penalty(norm: str, optimizer: dict[str, Any]) -> None:
    """The weights are scipy's; the multiplier, used as a penalty, gives the same weights again."""
    radius = 0.6 if norm == "l2" else 0.8
    bench = linear_bench(
        sparse=True, **{**DESCENT_LONG, "optimizer": optimizer}, constraint={"radius": radius, "norm": norm}
    )
    ours = fitted(bench)
    np.testing.assert_allclose(ours, constrained_by_scipy(bench, norm, radius), atol=2e-5)
    told = reported(bench)
    assert told.active and told.part == "network" and told.norm == norm and told.radius == radius
    assert told.size == pytest.approx(radius) and told.strength > 0.01 and told.residual < 1e-5
    penalty = {"l2": told.strength} if norm == "l2" else {"l1": {"strength": told.strength, "proximal": True}}
    np.testing.assert_allclose(fitted(linear_bench(sparse=True, **DESCENT_LONG, **penalty)), ours, atol=1e-6)


def test_where_the_ball_is_wide_the_penalty_is_none() -> None:
    bench = linear_bench(**DESCENT_LONG, constraint=100.0)
    fitted(bench)
    told = reported(bench)
    assert not told.active and told.strength == 0.0


def test_other_penalties_belong_to_what_is_minimised() -> None:
    """With l2 of 0.1 beside it, the ball takes the rest of a total penalty of lambda."""
    alone = linear_bench(**DESCENT_LONG, constraint=0.4)
    beside = linear_bench(**DESCENT_LONG, constraint=0.4, l2=0.1, prior={"name": "gaussian", "sd": 1.0, "noise": 1.0})
    fitted(alone)
    fitted(beside)
    prior = beside.member.prepared.prior_factor
    assert prior > 0
    assert reported(alone).strength - reported(beside).strength == pytest.approx(0.1 + prior, rel=1e-4)


def test_adaptive_optimisers_end_elsewhere_and_the_residual_says_so() -> None:
    bench = linear_bench(**{**DESCENT_LONG, "optimizer": {"name": "adam", "learning_rate": 0.01}}, constraint=0.6)
    fitted(bench)
    assert reported(bench).residual > 0.05


def test_multipliers_of_layers() -> None:
    recipe, arrays, target = tiny(constraint={"radius": [0.5, 0.0, 0.7], "scope": "layer"}, dropout=0.2)
    bench = make_bench(recipe, arrays, target)
    bench.finish()
    found = multipliers(bench.member, arrays, target)
    assert [(one.part, one.radius) for one in found] == [("hidden0", 0.5), ("output", 0.7)]
    assert not multipliers(make_bench(plain(), arrays, target).member, arrays, target)


def test_a_zero_weight_may_have_a_gradient_up_to_lambda() -> None:
    w, g = np.array([0.5, -0.5, 0.0]), np.array([-0.2, 0.2, 0.15])
    assert multiplier("network", "l1", 1.0, w, g).residual == 0.0
    assert multiplier("network", "l1", 1.0, w, g + [0, 0, 0.1]).residual > 0.1


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(InputError, match='list of radii is for the scope "layer"'):
        Recipe(hidden=(4,), constraint=[1.0, 2.0])
    with pytest.raises(InputError, match="unit_norm fixes the length that max_norm limits"):
        Recipe(hidden=(4,), max_norm=1.0, unit_norm=[1.0, 0.0])
    assert Recipe(hidden=(4,), max_norm=[0.0, 1.0], unit_norm=[1.0, 0.0]).max_norm.limit == (0.0, 1.0)
