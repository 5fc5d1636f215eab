"""Guarantee 3: a technique at strength zero is absent bit for bit, at 1e-12 the result of zero to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.contract.cases import all_cases
from tests.engines.compiled.bench import make_bench, random_weights, tiny
from wellfit.techniques.base import all_techniques

FADING = {"name": "flat_cosine"}

# Of each strength: the slots that set it to s, and a network in which it could act.
STRENGTHS: dict[str, Any] = {
    "dropout.rate": lambda s: {"dropout": {"rate": s}},
    "dropout.input_rate": lambda s: {"dropout": {"input_rate": s}},
    "classic dropout": lambda s: {"dropout": {"rate": s, "input_rate": s, "form": "classic"}},
    "l2.strength": lambda s: {"l2": {"strength": s, "biases": True}},
    "l1.strength": lambda s: {"l1": {"strength": s, "biases": True}},
    "weight_decay.strength": lambda s: {"weight_decay": {"strength": s}},
    "weight_decay without the rate": lambda s: {"weight_decay": {"strength": s, "with_rate": False, "biases": True}},
}


def result(precision: str = "float32", **slots: Any) -> NDArray[Any]:
    """Parameters after eight updates."""
    recipe, arrays, target = tiny(**slots)
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows), precision=precision)
    bench.train(8)
    return bench.member.parameters


def test_every_strength_of_the_registry_is_listed_here_or_has_a_case() -> None:
    found, with_case = set(), {name.split(".")[0] for case in all_cases() for name in case.covers}
    for family, _, cls in all_techniques():
        if family in with_case:
            continue
        for name, field in cls.model_fields.items():
            if isinstance(field.json_schema_extra, dict) and "low" in field.json_schema_extra:
                found.add(f"{family}.{name}")
    assert found <= set(STRENGTHS), "a strength without a test here"


@pytest.mark.parametrize("strength", STRENGTHS)
def test_zero_is_absent_bit_for_bit(strength: str) -> None:
    assert np.array_equal(result(**STRENGTHS[strength](0.0)), result())


@pytest.mark.parametrize("strength", sorted(set(STRENGTHS) - {"classic dropout"}))  # which takes no schedule
def test_a_schedule_of_zero_is_absent_bit_for_bit(strength: str) -> None:
    assert np.array_equal(result(**STRENGTHS[strength]({"value": 0.0, "schedule": FADING})), result())


@pytest.mark.parametrize("strength", STRENGTHS)
def test_next_to_nothing_is_zero_to_rounding(strength: str) -> None:
    np.testing.assert_allclose(result(**STRENGTHS[strength](1e-12)), result(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_the_strength_acts_when_it_is_there(strength: str) -> None:
    assert np.abs(result(**STRENGTHS[strength](0.1)) - result()).max() > 1e-4


ABSENT: dict[str, dict[str, Any]] = {
    "clipping by a huge norm": {"clipping": {"name": "norm", "limit": 1e30}},
    "clipping by huge values": {"clipping": {"name": "value", "low": -1e30, "high": 1e30}},
    "no warm-up": {"schedule": {"name": "constant", "warmup": 0}},
    "warm-up of one update": {"schedule": {"name": "constant", "warmup": 1}},
    "linear fall to where it was": {"schedule": {"name": "linear", "end": 1.0}},
    "cosine fall to where it was": {"schedule": {"name": "cosine", "end": 1.0}},
    "steps of 1": {"schedule": {"name": "step", "epochs": 1, "gamma": 1.0}},
    "plateau without validation": {"schedule": {"name": "plateau", "patience": 1}},
    "class weights of numbers' kin": {"class_weight": "none"},
    "no skip": {"skip": "none"},
}


@pytest.mark.parametrize("name", ABSENT)
def test_settings_that_say_nothing_change_nothing(name: str) -> None:
    assert np.array_equal(result(**ABSENT[name]), result())


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov"])
def test_no_momentum_is_plain_descent_to_rounding(optimizer: str) -> None:
    plain = result("float64", optimizer={"name": "sgd", "learning_rate": 0.05})
    still = result("float64", optimizer={"name": optimizer, "momentum": 0.0, "learning_rate": 0.05})
    np.testing.assert_allclose(still, plain, rtol=1e-12, atol=1e-14)


def test_decay_equals_l2_under_plain_descent_only() -> None:
    for optimizer, same in (({"name": "sgd", "learning_rate": 0.05}, True), ("adam", False)):
        decayed = result("float64", optimizer=optimizer, weight_decay=0.1)
        penalised = result("float64", optimizer=optimizer, l2=0.1)
        assert np.allclose(decayed, penalised, rtol=1e-12, atol=1e-14) == same


def test_equal_weights_are_no_weights() -> None:
    recipe, arrays, target = tiny()
    ones = make_bench(recipe, arrays, target, weight=np.ones(arrays.rows, np.float32), precision="float32")
    none = make_bench(recipe, arrays, target, precision="float32")
    threes = make_bench(recipe, arrays, target, weight=np.full(arrays.rows, 3, np.float32), precision="float32")
    for bench in (ones, none, threes):
        bench.train(8)
    assert np.array_equal(ones.member.parameters, none.member.parameters)
    np.testing.assert_allclose(threes.member.parameters, none.member.parameters, rtol=1e-5, atol=1e-7)
