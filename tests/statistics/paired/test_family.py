"""Several comparisons: Holm's correction, the best of many, the simplest that is as good; verdicts, words, digits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference import paired as reference
from wellfit.errors import InputError
from wellfit.statistics.paired import (
    Sources,
    best_of_many,
    compare_family,
    holm,
    paired_difference,
    rounded,
    simplest_as_good,
    verdict_of,
    verdict_sentence,
)
from wellfit.statistics.paired.verdicts import advice_of

NAN = math.nan


def recipes(count: int, seed: int, worse: float = 0.0, folds: int = 5) -> dict[str, np.ndarray]:
    """Recipes that are equal in truth, but for the last ones, each `worse` more than the one before."""
    rng = np.random.default_rng(seed)
    rows = math.sqrt(1 / folds) * rng.normal(size=(count, 1, 1, 1))
    own = rows + math.sqrt(1 - 1 / folds) * rng.normal(size=(count, 1, folds, 1))
    shared = rng.normal(size=(1, folds, 2))
    return {f"r{k}": 50 + shared + own[k] + worse * k for k in range(count)}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_against_its_definition(p: list[float]) -> None:
    assert holm(p).tolist() == pytest.approx(reference.holm(p))


def test_the_number_of_comparisons_takes_verdicts_away() -> None:
    family = recipes(9, 3)
    family["r9"] = family["r0"] + 5 + 0.1 * np.random.default_rng(0).normal(size=(1, 5, 2))
    rows = compare_family(family, "r0", 20, 80, margin=1e-9)
    assert [one.name for one in rows] == [f"r{k}" for k in range(1, 10)]
    assert rows[-1].verdict == "worse"
    for one in rows:
        assert one.alone.value == paired_difference(family[one.name], family["r0"], 20, 80, margin=1e-9).value
        assert (one.verdict in ("better", "worse")) == (one.p <= 0.05)
    with pytest.raises(InputError, match="got 'none'"):
        compare_family(family, "none", 20, 80)


def test_a_family_of_equal_recipes_seldom_holds_a_verdict() -> None:
    """Of 200 families of 6 equal recipes, at most about 5 % say "better" or "worse"; alone far more would."""
    families = [compare_family(recipes(6, seed), "r0", 20, 80, margin=0.0) for seed in range(200)]
    said = [any(one.verdict in ("better", "worse") for one in rows) for rows in families]
    alone = [any(one.alone.verdict in ("better", "worse") for one in rows) for rows in families]
    assert np.mean(said) < 0.08 < np.mean(alone)


def test_sameness_is_corrected_too() -> None:
    rng = np.random.default_rng(1)
    family = {f"r{k}": 1 + 0.01 * rng.normal(size=(1, 5, 1)) for k in range(8)}
    alone = [paired_difference(own, family["r0"], 20, 80).value for name, own in family.items() if name != "r0"]
    margin = 1.05 * max(max(-one.low, one.high) for one in alone)
    rows = compare_family(family, "r0", 20, 80, margin=margin)
    assert all(one.alone.verdict == "practically the same" for one in rows)
    lost = [one for one in rows if one.verdict == "not distinguishable"]
    assert lost and "number of comparisons" in lost[0].remark


@pytest.mark.parametrize("bad", [0, 3])
def test_the_best_of_equal_recipes_is_not_better_than_found(bad: int) -> None:
    """Its loss flatters it by what order statistics say; recipes that are far worse change nothing of that."""
    found = []
    for seed in range(200):
        family = recipes(8, seed)
        for k in range(8 - bad, 8):
            family[f"bad{k}"] = 40 + 5 * family.pop(f"r{k}")
        best = best_of_many(family, 20, 80)
        assert best.name.startswith("r") and best.candidates <= 8 - bad
        found.append((best.optimism, best.lead.low <= 0 <= best.lead.high, best.beyond_chance))
    optimism, held, beyond = np.mean(np.array(found, float), axis=0)
    lead = 0.6 * {8: 1.42, 5: 1.16}[8 - bad]  # the expected largest of so many, times sqrt(1/5 + 4/5/5)
    assert 0.6 * lead < optimism < 1.05 * lead and held > 0.93 and beyond < 0.1


def test_a_lead_that_is_real_stays() -> None:
    family = recipes(6, 0)
    family["r2"] = family["r2"] - 30
    best = best_of_many(family, 20, 80)
    assert best.name == "r2" and best.beyond_chance and best.optimism < 0.2 and best.lead.low > 23
    family["r2"][0, 0, 0] = math.inf
    assert best_of_many(family, 20, 80).name != "r2" and best_of_many(family, 20, 80).left_out == 1
    with pytest.raises(InputError, match="2 or more; got 1"):
        best_of_many({"r0": family["r0"], "r2": family["r2"]}, 20, 80)


def test_the_simplest_needs_to_be_shown() -> None:
    rng = np.random.default_rng(0)
    base = 1 + 0.1 * rng.normal(size=(1, 5, 2))
    near = {name: base + 0.002 * rng.normal(size=base.shape) for name in ("two", "three")}
    family = {"one": base + 0.3 + 0.01 * rng.normal(size=base.shape), **near, "four": base - 0.001}
    complexity = {"one": 1, "two": 2, "three": 3, "four": 4}
    found = simplest_as_good(family, complexity, 20, 80, margin=0.02)
    assert (found.name, found.best, found.shown) == ("two", "four", True)
    none = simplest_as_good(family, complexity, 20, 80, margin=1e-6)
    assert (none.name, none.shown) == ("four", False) and "was not shown" in none.sentence
    plainest = simplest_as_good(family, complexity | {"four": 0}, 20, 80, margin=1e-6)
    assert plainest.shown and "none of the others is simpler" in plainest.sentence
    alike = best_of_many({"one": base, "two": base, "three": base + 1}, 20, 80)
    assert alike.optimism == 0 and alike.lead.mean == 0 and not alike.beyond_chance


@pytest.mark.parametrize(
    ("low", "high", "margin", "verdict"),
    [
        (-0.2, -0.1, 0.05, "better"),
        (0.1, 0.2, 0.05, "worse"),
        (0.01, 0.04, 0.05, "practically the same"),
        (-0.05, 0.05, 0.05, "practically the same"),
        (0.01, 0.06, 0.05, "worse"),
        (-0.01, 0.06, 0.05, "not distinguishable"),
        (NAN, NAN, 0.05, "not distinguishable"),
        (0.0, 0.0, 0.0, "practically the same"),
    ],
)
def test_verdicts(low: float, high: float, margin: float, verdict: str) -> None:
    assert verdict_of(low, high, margin) == verdict


@given(value=st.floats(-1, 1), error=st.floats(1e-3, 1), margin=st.floats(0, 1), seed=st.integers(0, 20))
def test_p_and_interval_agree(value: float, error: float, margin: float, seed: int) -> None:
    """p below 0.05 is an interval without 0, p of sameness below 0.05 one inside the margin."""
    off = np.random.default_rng(seed).normal(size=(1, 5, 1))
    off = value + error * (off - off.mean())
    found = paired_difference(off, np.zeros_like(off), 20, 80, margin=margin)
    assert (found.p < 0.05) == (found.value.low > 0 or found.value.high < 0)
    assert (found.p_same < 0.05) == (-margin < found.value.low and found.value.high < margin)


@pytest.mark.parametrize(
    ("parts", "advice"),
    [
        ((NAN, NAN, 1e-4, 4e-3), "more seeds would tell"),
        ((1e-4, 4e-3, 4.1e-3, 1e-3), "more partitions would tell"),
        ((3e-3, 1e-4, 3.1e-3, 1e-3), "only more data would tell"),
        ((NAN, NAN, 3e-3, NAN), "more seeds may tell"),
        ((NAN, NAN, NAN, 3e-3), "more folds may tell"),
    ],
)
def test_advice(parts: tuple[float, float, float, float], advice: str) -> None:
    """Of a difference of 0.1, with t = 2.8: a standard error below 0.036 tells."""
    assert advice_of(0.1, "not distinguishable", 2.8, Sources(*parts), 0.01) == advice
    assert advice_of(0.1, "better", 2.8, Sources(*parts), 0.01) == "enough"


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (0.123456, 0.0061, "0.123"), (0.123456, 0.0021, "0.1235"), (-0.00001, 0.01, "0.000"), (12345.6, 234, "12,350"),
        (0.5, 0.00996, "0.500"), (0.5, 0.0099999, "0.500"), (0.5, 0.0355, "0.50"),
        (3.14159, 0, "3.142"), (2.5, NAN, "2.5"), (NAN, 1, "unknown"),
        (7.4, 3.0, "7.4"), (7.4, 4.0, "7"), (1.5e30, 1e28, "1.50e+30"),
    ],
)  # fmt: skip
def test_digits(value: float, error: float, said: str) -> None:
    assert rounded(value, error) == said


def test_sentences() -> None:
    rng = np.random.default_rng(0)
    reference_losses = 0.5 + 0.02 * rng.normal(size=(1, 5, 3))
    for shift, verdict in ((-0.1, "A is better than B: log-loss lower by 0."), (0.1, "A is worse than B: log-loss hi")):
        found = paired_difference(
            reference_losses + shift + 0.01 * rng.normal(size=(1, 5, 3)), reference_losses, 50, 200
        )
        assert verdict_sentence(found, "A", "B", "log-loss").startswith(verdict)
    near = paired_difference(reference_losses + 0.0001 * rng.normal(size=(1, 5, 3)), reference_losses, 50, 200)
    assert "A and B are practically the same: loss" in verdict_sentence(near, "A", "B")
    assert "inside the margin of 0.005." in verdict_sentence(near, "A", "B")
    off = 0.1 * np.array([1.0, -1, 1, -1, 0]).reshape(1, 5, 1)
    unknown = verdict_sentence(
        paired_difference(reference_losses[..., :1] + off, reference_losses[..., :1], 5, 20), "A", "B"
    )
    assert unknown.startswith("A and B are not distinguishable: loss")
    assert (
        "more seeds may tell. One seed: what its initial weights" in unknown and "only 25 rows were held out" in unknown
    )
