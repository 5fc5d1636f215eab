"""The range test: what it reads out of known curves, and that groups of seeds agree on a real table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

import wellfit
from wellfit import View
from wellfit.errors import InputError
from wellfit.studies.base import settings_of, study_table
from wellfit.studies.optimization.range_test import measured_rates
from wellfit.studies.optimization.rate_curves import RangeTest, read_curves, read_range_test, rising


def rates_of(recipe: Any, X: Any, y: Any, first: int, low: float = 1e-5, high: float = 10.0, **given: Any) -> RangeTest:
    """The test itself, from eight seeds or as given."""
    updates, kind = given.pop("updates"), given.pop("kind", None)
    settings = settings_of({"seeds": 8, "seed": first, "n_jobs": 1, **given})
    return measured_rates(recipe, study_table(X, y, {"kind": kind}), settings, low, high, updates)[0]


RATES = np.logspace(-5, 1, 100)
DECADES = np.log10(RATES)


def curves(seeds: int = 8, fall: float = -3.0, breaks: float = -0.5, noise: float = 0.02) -> Any:
    """Losses that fall from 1 to 0.1 around a rate and shoot up at another, with noise of their own."""
    rng = np.random.default_rng(seeds)
    clean = 0.1 + 0.9 / (1 + np.exp(4 * (DECADES - fall))) + np.exp(8 * (DECADES - breaks))
    return clean + noise * rng.normal(size=(seeds, 100))


@pytest.mark.parametrize("fall", [-4.0, -3.0, -2.0])
@pytest.mark.parametrize("breaks", [-0.5, 0.5])
def test_known_curves_are_read_right(fall: float, breaks: float) -> None:
    found = read_curves(RATES, curves(fall=fall, breaks=breaks))
    assert found.steepest is not None and abs(np.log10(found.steepest) - fall) < 0.2
    # Half of the gain of 0.9 is lost where exp(8 d) = 0.45.
    assert found.divergence is not None and abs(np.log10(found.divergence) - (breaks + np.log(0.45) / 8)) < 0.15
    assert found.suggestion == found.divergence / 10


def test_one_wild_seed_fools_nobody() -> None:
    losses = curves()
    sound = read_curves(RATES, losses)
    for wild in (np.inf, 1e30, 50.0 * np.sin(40 * DECADES), 0.0):
        losses[3] = wild
        found = read_curves(RATES, losses)
        assert found.steepest is not None and found.divergence is not None and sound.steepest and sound.divergence
        assert abs(np.log10(found.steepest / sound.steepest)) < 0.25
        assert abs(np.log10(found.divergence / sound.divergence)) < 0.15


def test_a_quarter_of_diverged_seeds_is_a_divergence() -> None:
    losses = curves(breaks=5.0)
    assert read_curves(RATES, losses).divergence is None
    losses[0, 80:] = np.inf
    assert read_curves(RATES, losses).divergence is None
    losses[1, 80:] = np.inf
    assert read_curves(RATES, losses).divergence == RATES[80]


def test_where_nothing_is_learned_nothing_is_suggested() -> None:
    flat = 1 + 0.05 * np.random.default_rng(0).normal(size=(8, 100))
    assert read_curves(RATES, flat) == (None, None, None)
    assert read_curves(RATES, np.full((8, 100), np.inf)) == (None, RATES[0], None)


def test_without_divergence_the_steepest_rate_is_suggested() -> None:
    found = read_range_test(wellfit.Recipe(), RATES, curves(breaks=5.0))
    assert found.suggestion == found.steepest and "divergence not seen" in str(found)


def test_losses_below_zero_are_read_too() -> None:
    """Those of counts may be negative."""
    np.testing.assert_allclose(read_curves(RATES, curves() - 5), read_curves(RATES, curves()))


def test_a_block_within_which_a_seed_diverges_is_lost() -> None:
    """The history tells of the updates before it, too; the block's loss is infinite all the same."""
    X = np.random.default_rng(0).normal(size=(60, 3))
    recipe = wellfit.Recipe(hidden=(8,), batch_size=8, optimizer="sgd")
    found = rates_of(recipe, X, 100 * X[:, 0], 0, 1.0, 1e6, kind="number", seeds=2, updates=300)
    rises, every = rising(recipe, 1.0, 1e6, 300, 3), View(np.arange(60))
    for member, losses in zip(
        wellfit.train(rises, X, 100 * X[:, 0], views=every, seeds=[0, 1]), found.losses, strict=True
    ):
        assert member.status == "diverged" and member.updates > 3
        whole = (member.updates - 1) // 3  # blocks without the update that is not finite
        assert np.isfinite(losses).tolist() == [True] * whole + [False] * (100 - whole)
        assert member.updates % 3 == 0 or np.isfinite(member.history["running_loss"][whole])  # else nothing is tested


def test_the_rate_rises_from_low_to_high_in_blocks() -> None:
    recipe = rising(wellfit.Recipe(averaging="ema", snapshots="cycles"), 1e-4, 1.0, 200, 4)
    rates = recipe.optimizer.learning_rate * recipe.schedule.values(np.arange(200.0), 200, 7)
    assert rates[0] == pytest.approx(1e-4) and rates[-1] == pytest.approx(1.0)
    assert np.allclose(np.diff(np.log(rates)), np.log(1e4) / 199)
    assert recipe.stopping.every == 4 and not recipe.averaging.averages()


@pytest.fixture(scope="module")
def groups() -> list[RangeTest]:
    """Three times eight seeds of their own on one table."""
    X, y = load_breast_cancer(return_X_y=True)
    recipe = wellfit.Recipe(hidden=(32, 32), batch_size=32, normalization="batch", dropout=0.0)
    return [rates_of(recipe, X, y, 8 * g, updates=400) for g in range(3)]


def test_disjoint_groups_of_seeds_agree(groups: list[RangeTest]) -> None:
    for name, factor in (("steepest", 3.0), ("divergence", 3.0), ("suggestion", 3.0)):
        rates = [getattr(found, name) for found in groups]
        assert None not in rates and max(rates) < factor * min(rates), f"{name}: {rates}"


def test_nothing_above_the_divergence_is_suggested(groups: list[RangeTest]) -> None:
    for found in groups:
        assert found.suggestion < found.divergence and found.steepest < found.divergence
        assert found.steepest_interval[0] <= found.steepest <= found.steepest_interval[1]
        assert found.divergence_interval[0] <= found.divergence <= found.divergence_interval[1]


def test_the_suggested_rate_trains_better_than_far_away_ones(groups: list[RangeTest]) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    found = groups[0]
    rates = [found.suggestion, found.suggestion / 1000, min(found.divergence * 30, 1e3)]
    recipes = [
        found.recipe.vary({"optimizer.learning_rate": rate, "schedule": "constant", "stopping": "none", "epochs": 10})
        for rate in rates
    ]
    losses = [member.history["validation_loss"].to_list()[-1] for member in wellfit.train(recipes, X, y)]
    finite = [loss if np.isfinite(loss) else np.inf for loss in losses]
    assert finite[0] < finite[1] and finite[0] < finite[2]


def test_the_table_is_ready_for_a_chart(groups: list[RangeTest]) -> None:
    table = groups[0].table
    assert table.columns == ["rate", "median", "lower", "upper", "diverged"] and len(table) == 100
    assert (table["lower"] <= table["median"]).all() and (table["median"] <= table["upper"]).all()
    assert table["rate"].is_sorted() and "suggested rate" in str(groups[0])


def test_one_set_of_seeds_gives_one_result() -> None:
    X = np.random.default_rng(0).normal(size=(80, 3))
    recipe = wellfit.Recipe(hidden=(6,), batch_size=16)
    first, second = (rates_of(recipe, X, X[:, 0], 4, seeds=2, updates=60, n_jobs=n) for n in (1, 2))
    assert np.array_equal(first.losses, second.losses) and str(first) == str(second)


@pytest.mark.parametrize(
    ("given", "told"),
    [({"low": 1.0, "high": 0.1}, "from low to high"), ({"updates": 5}, "at least 20")],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        wellfit.studies.range_test(None, np.zeros((30, 2)), np.arange(30.0), **given)


def test_one_seed_shows_no_interval() -> None:
    found = read_range_test(wellfit.Recipe(), RATES, curves(seeds=1))
    assert found.steepest is not None and found.steepest_interval is None and found.divergence_interval is None
    assert "[" not in str(found) and str(found).endswith("over 1 seed")
