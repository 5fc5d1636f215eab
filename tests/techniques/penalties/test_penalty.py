"""Penalties: identities, scikit-learn's linear models as oracles, exact zeros under every optimiser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import ElasticNet as SkElasticNet
from sklearn.linear_model import Lasso, Ridge
from sklearn.neural_network import MLPRegressor

from tests.engines.compiled.bench import Bench, make_arrays, make_bench, plain, random_weights, tiny
from tests.engines.compiled.oracle import assert_agrees
from tests.reference import penalties as reference
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Target
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.penalties.penalty import L1, L2, ElasticNet
from wellfit.techniques.penalties.power import PowerPenalty

DESCENT = {"name": "sgd", "learning_rate": 0.05}
ROWS, INPUTS = 40, 6


def weights_after(updates: int = 8, **slots: Any) -> NDArray[Any]:
    recipe, arrays, target = tiny(**{"optimizer": DESCENT, **slots})
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows))
    bench.train(updates)
    return bench.member.parameters


IDENTITIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the power 1 is l1": ({"power": {"strength": 0.03, "exponent": 1.0}}, {"l1": 0.03}),
    "the power 2 is l2 of twice lambda": ({"power": {"strength": 0.03, "exponent": 2.0}}, {"l2": 0.06}),
    "the elastic net with beta 1 is l1": ({"elastic_net": {"strength": 0.03, "beta": 1.0}}, {"l1": 0.03}),
    "the elastic net with beta 0 is l2": ({"elastic_net": {"strength": 0.03, "beta": 0.0}}, {"l2": 0.03}),
    "weight decay is l2 under plain descent": ({"weight_decay": 0.03}, {"l2": 0.03}),
    "both forms of the elastic net": (
        {"elastic_net": {"strength": 0.03, "beta": 0.7, "form": "added"}},
        {"elastic_net": ElasticNet(strength=0.03, beta=0.7, form="added").in_form("mixture").model_dump()},
    ),
    "a list of equal strengths is one strength": ({"l2": [0.03, 0.03, 0.03]}, {"l2": 0.03}),
    "a list of equal decays": ({"weight_decay": [0.1, 0.1, 0.1]}, {"weight_decay": 0.1}),
}


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_identities(name: str, optimizer: str) -> None:
    one, other = IDENTITIES[name]
    if optimizer == "adam" and name.endswith("plain descent"):
        assert not np.allclose(weights_after(optimizer="adam", **one), weights_after(optimizer="adam", **other))
        return
    slots = {"optimizer": DESCENT if optimizer == "sgd" else "adam"}
    np.testing.assert_allclose(weights_after(**slots, **one), weights_after(**slots, **other), rtol=1e-12, atol=1e-14)


def test_a_power_of_one_is_l1_at_zero_too() -> None:
    """sign(0) = 0: biases start at 0."""
    one = weights_after(1, power={"strength": 0.1, "exponent": 1.0, "biases": True})
    np.testing.assert_allclose(one, weights_after(1, l1={"strength": 0.1, "biases": True}), rtol=1e-12)


@given(q=st.floats(0.05, 0.99), s=st.floats(1e-4, 1.0), w=st.floats(-3, 3))
def test_the_smoothed_slope_is_bounded_as_stated(q: float, s: float, w: float) -> None:
    _, slope = reference.value_and_slope(lambda t: reference.power(t, q, s), np.array([w]))
    assert abs(slope[0]) <= q * s ** (q - 1) * (1 + 1e-12)


def test_far_from_zero_the_smoothing_is_not_felt() -> None:
    w = np.array([-2.0, 0.5, 1.0])
    assert PowerPenalty(exponent=0.5, smoothing=1e-4).size(w) == pytest.approx((np.abs(w) ** 0.5).sum(), rel=2e-2)


@pytest.mark.parametrize("beta", [0.0, 0.3, 2.0])
def test_forms_convert_there_and_back(beta: float) -> None:
    w = np.random.default_rng(0).normal(size=9)
    added = ElasticNet(strength=0.2, beta=beta, form="added")
    mixture = added.in_form("mixture")
    assert mixture.strength * mixture.size(w) == pytest.approx(0.2 * added.size(w))
    back = mixture.in_form("added")
    assert (back.strength, back.beta) == (pytest.approx(0.2), pytest.approx(beta))


def test_a_pure_square_has_no_added_form() -> None:
    with pytest.raises(ValueError, match="use l2"):
        ElasticNet(strength=0.1, beta=0.0).in_form("added")


def linear_bench(sparse: bool = False, **slots: Any) -> Bench:
    """A linear model on correlated inputs, one number to predict, full batch, float64."""
    rng = np.random.default_rng(4)
    arrays = make_arrays(ROWS, INPUTS, seed=3)
    arrays.numbers[:, 1] = 0.7 * arrays.numbers[:, 0] + 0.5 * arrays.numbers[:, 1]
    true = np.array([1.5, 0.0, -1.0, 0.0, 0.3, 0.0]) if sparse else rng.normal(size=INPUTS)
    y = arrays.numbers.astype(np.float64) @ true + 0.3 * rng.normal(size=ROWS)
    target = Target("numbers", y[:, None].astype(np.float32), ("y",))
    words = {"hidden": (), "batch_size": "all", "epochs": 4000, "optimizer": DESCENT, **slots}
    return make_bench(plain(**words), arrays, target, weight=random_weights(ROWS))


def table_of(bench: Bench) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Inputs, scaled target and weights as the network has them."""
    encoding = bench.member.prepared.encoding
    y = (bench.target.values[:, 0] - encoding.target_centre[0]) / encoding.target_scale[0]
    return bench.arrays.numbers.astype(np.float64), y.astype(np.float64), random_weights(ROWS).astype(np.float64)


def fitted(bench: Bench) -> NDArray[Any]:
    bench.member.limit = bench.member.horizon.updates
    bench.finish()
    return bench.parameters["output.weight"][:, 0]


@pytest.mark.parametrize("strength", [0.01, 0.3])
def test_scikit_learns_ridge(strength: float) -> None:
    bench = linear_bench(l2=strength)
    x, y, w = table_of(bench)
    theirs = Ridge(alpha=strength * w.sum(), tol=1e-12, solver="cholesky").fit(x, y, sample_weight=w)
    np.testing.assert_allclose(fitted(bench), theirs.coef_, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(("beta", "strength"), [(0.5, 0.1), (0.2, 0.3)])
def test_scikit_learns_elastic_net(beta: float, strength: float) -> None:
    """The subgradient circles around the minimum where weights are 0: a small rate brings it near."""
    words = {"strength": strength, "beta": beta}
    bench = linear_bench(sparse=True, elastic_net=words, schedule="cosine", epochs=6000)
    x, y, w = table_of(bench)
    theirs = SkElasticNet(alpha=strength, l1_ratio=beta, tol=1e-12, max_iter=100_000).fit(x, y, sample_weight=w)
    np.testing.assert_allclose(fitted(bench), theirs.coef_, atol=1e-4)


@pytest.mark.parametrize("name", ["Ridge", "Lasso", "ElasticNet"])
def test_scikit_learn_in_the_targets_own_units(name: str) -> None:
    """As the cards convert: two target columns (q = 2) of sd(y) far from 1, in the units in which they came."""
    one = linear_bench()
    first = 5 * one.target.values[:, 0]
    y = np.stack([first, 0.3 * one.arrays.numbers[:, 2] - 0.02 * first + 7], axis=1)
    n, q, sd = ROWS, 2, y.std(axis=0, dtype=np.float64)
    slots: dict[str, dict[str, Any]] = {
        "Ridge": {"l2": 20 / (n * q)},
        "Lasso": {"l1": {"strength": 0.1, "proximal": True}},
        "ElasticNet": {"elastic_net": {"strength": 0.1, "beta": 0.4}, "schedule": "cosine"},
    }
    recipe = one.recipe.vary(**slots[name])
    bench = make_bench(recipe, one.arrays, Target("numbers", y.astype(np.float32), ("a", "b")))
    bench.finish()
    ours = bench.parameters["output.weight"] * bench.member.prepared.encoding.target_scale
    for k in range(2):
        if name == "Ridge":
            theirs: Any = Ridge(alpha=20.0)
        elif name == "Lasso":
            theirs = Lasso(alpha=0.1 * q * sd[k], tol=1e-10)
        else:  # the card's two equations, solved for alpha and l1_ratio
            absolute, square = 0.1 * 0.4 * q * sd[k], 0.1 * 0.6 * q
            theirs = SkElasticNet(alpha=absolute + square, l1_ratio=absolute / (absolute + square), tol=1e-10)
            r = theirs.l1_ratio / sd[k]
            assert theirs.alpha * (r + 1 - theirs.l1_ratio) / q == pytest.approx(0.1)
            assert r / (r + 1 - theirs.l1_ratio) == pytest.approx(0.4)
        theirs.fit(bench.arrays.numbers.astype(np.float64), y[:, k].astype(np.float64))
        np.testing.assert_allclose(ours[:, k], theirs.coef_, atol=1e-3 * sd[k])
    assert abs(np.log(sd)).min() > 0.5


def test_scikit_learns_network_has_alpha_over_n() -> None:
    """Its penalty is alpha / (2 n) sum w^2 beside half the mean squared error: the coefficients of both are equal."""
    bench = linear_bench(l2=0.05)
    x, y, _ = table_of(bench)
    mine = make_bench(bench.recipe, bench.arrays, bench.target)
    theirs = MLPRegressor(
        hidden_layer_sizes=(),
        activation="identity",
        solver="lbfgs",
        alpha=0.05 * ROWS,
        tol=1e-14,
        max_iter=10_000,
        max_fun=100_000,
    )
    encoding = mine.member.prepared.encoding
    y = ((mine.target.values[:, 0] - encoding.target_centre[0]) / encoding.target_scale[0]).astype(np.float64)
    theirs.fit(x, y)
    np.testing.assert_allclose(fitted(mine), theirs.coefs_[0][:, 0], atol=3e-5)


OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"learning_rate": 0.05},
    "momentum": {"learning_rate": 0.02},
    "nesterov": {"learning_rate": 0.02},
    "adagrad": {"learning_rate": 0.2},
    "rmsprop": {"learning_rate": 0.01},
    "adadelta": {"learning_rate": 1.0, "epsilon": 1e-3},
    "adam": {"learning_rate": 0.02},
    "amsgrad": {"learning_rate": 0.02},
    "adamax": {"learning_rate": 0.02},
    "nadam": {"learning_rate": 0.02},
    "nadam_dozat": {"learning_rate": 0.02},
}


def test_every_optimiser_is_here() -> None:
    assert set(OPTIMIZERS) == set(REGISTRY["optimizer"])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_proximal_limit_is_the_lasso_with_its_zeros(name: str) -> None:
    strength = 0.15
    bench = linear_bench(
        sparse=True, l1={"strength": strength, "proximal": True}, optimizer={"name": name, **OPTIMIZERS[name]},
        schedule={"name": "flat_cosine", "flat": 0.6},
    )  # fmt: skip
    x, y, w = table_of(bench)
    theirs = Lasso(alpha=strength, tol=1e-12, max_iter=100_000).fit(x, y, sample_weight=w)
    ours = fitted(bench)
    np.testing.assert_allclose(ours, theirs.coef_, atol=2e-4)
    assert np.array_equal(ours == 0, theirs.coef_ == 0) and 0 < (ours == 0).sum() < INPUTS


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("biases", [False, True])
def test_the_proximal_step_of_every_optimiser(name: str, biases: bool) -> None:
    """Update by update against the slow reference, with decay, clipping and a schedule beside it."""
    recipe, arrays, target = tiny(
        l1={"strength": 0.05, "proximal": True, "biases": biases}, optimizer={"name": name, **OPTIMIZERS[name]},
        schedule="linear", weight_decay=0.1, clipping={"name": "norm", "limit": 0.5}, bias_rate=0.5,
    )  # fmt: skip
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows)).nudge()
    assert_agrees(bench, 6, 1e-8)


@pytest.mark.parametrize("name", ["adam", "momentum", "adagrad"])
def test_a_layer_that_starts_late_is_shrunk_as_from_the_start(name: str) -> None:
    """Nothing else trains, and the rate is constant: the updates are those of a run that starts with the layer."""
    late = {"value": 1.0, "schedule": {"name": "switch", "epoch": 4}}
    slots = {"l1": {"strength": 0.05, "proximal": True}, "optimizer": {"name": name, **OPTIMIZERS[name]}, "epochs": 12}
    begun = weights_after(5, batch_size="all", layer_rates=[1.0, 0.0, 0.0], **slots)
    waited = weights_after(4 + 5, batch_size="all", layer_rates=[late, 0.0, 0.0], **slots)
    np.testing.assert_allclose(np.sort(waited), np.sort(begun), rtol=1e-10, atol=1e-12)  # laid out by rate


def test_the_subgradient_leaves_no_exact_zero() -> None:
    assert (fitted(linear_bench(sparse=True, l1=0.15, epochs=200)) != 0).all()


def test_the_proximal_penalty_is_reported() -> None:
    bench = linear_bench(l1={"strength": 0.15, "proximal": True}, epochs=1)
    before = bench.parameters["output.weight"]
    bench.finish()
    row = bench.member.history.row(0)
    objective, running = row["objective"], row["running_loss"]
    encoding = bench.member.prepared.encoding
    minimised = 0.5 * running / encoding.target_scale[0] ** 2
    assert objective - minimised == pytest.approx(0.15 * np.abs(before).sum(), rel=1e-9)


@pytest.mark.parametrize("slot", ["l2", "l1", "elastic_net", "power", "weight_decay"])
def test_a_strength_for_each_layer(slot: str) -> None:
    recipe, arrays, target = tiny(**{slot: [0.1, 0.0, {"value": 0.2, "schedule": {"name": "linear"}}]})
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows)).nudge()
    assert_agrees(bench, 5, 1e-8)


def test_a_layer_of_strength_zero_is_left_alone() -> None:
    """One update of plain descent: hidden1 moves as without the penalty, to the bit."""
    for slot in ("l2", "l1", "elastic_net", "power"):
        recipe, arrays, target = tiny(optimizer=DESCENT, **{slot: [0.1, 0.0, 0.1]})
        with_it, without = (make_bench(r, arrays, target) for r in (recipe, plain(optimizer=DESCENT)))
        for bench in (with_it, without):
            bench.train(1)
        same = {k: np.array_equal(v, without.parameters[k]) for k, v in with_it.parameters.items()}
        assert same["hidden1.weight"] and not same["hidden0.weight"] and not same["output.weight"], slot


@pytest.mark.parametrize("slot", ["l2", "l1", "elastic_net", "power", "weight_decay", "max_norm", "unit_norm"])
def test_a_list_of_another_length_is_refused(slot: str) -> None:
    with pytest.raises(InputError, match=rf"{slot}\.\w+ lists 2 values, but with the output the number of layers is 3"):
        Recipe(hidden=(4, 4), **{slot: [0.1, 0.1]})


def test_the_activity_has_no_value_for_the_output() -> None:
    with pytest.raises(InputError, match="activity.strength lists 3 values, but the number of hidden layers is 2"):
        Recipe(hidden=(4, 4), activity=[0.1, 0.1, 0.1])


@pytest.mark.parametrize(
    "penalty", [L2(), L1(), ElasticNet(beta=0.3), PowerPenalty(exponent=0.6), PowerPenalty(exponent=3)]
)
def test_sizes_and_slopes_are_those_of_the_definition(penalty: Any) -> None:
    w = np.random.default_rng(1).normal(size=7)
    value, slope = reference.value_and_slope(definition(penalty), w)
    assert penalty.size(w) == pytest.approx(value)
    np.testing.assert_allclose(penalty.slope(w), slope, rtol=1e-12)


def definition(penalty: Any) -> Any:
    from tests.engines.compiled.oracle import size_of

    return size_of(penalty.family, penalty)


def test_shares_of_a_mixture_stay_below_one() -> None:
    with pytest.raises(InputError, match="beta must be at most 1"):
        Recipe(elastic_net={"strength": 0.1, "beta": 1.5})
    assert Recipe(elastic_net={"strength": 0.1, "beta": 1.5, "form": "added"}).elastic_net.beta == 1.5
