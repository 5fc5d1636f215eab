"""Settings at which a technique has nothing to do are as good as its absence, and techniques that meet agree there.

That strength zero is absent is tested for every technique in test_cases.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engines.compiled.bench import make_bench, plain, random_weights, tiny


def result(
    precision: str = "float32", kind: str = "numbers", rows: int = 13, weighted: bool = True, **slots: Any
) -> NDArray[Any]:
    """Parameters after eight updates."""
    recipe, arrays, target = tiny(kind, rows=rows, **slots)
    weight = random_weights(arrays.rows) if weighted else None
    bench = make_bench(recipe, arrays, target, weight=weight, precision=precision)
    bench.train(8)
    return bench.member.parameters


# Slots that change nothing, and slots that differ from them and do.
NOTHING: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "clipping by a huge norm": (
        {"clipping": {"name": "norm", "limit": 1e30}}, {"clipping": {"name": "norm", "limit": 0.01}}
    ),
    "clipping by huge values": (
        {"clipping": {"name": "value", "low": -1e30, "high": 1e30}},
        {"clipping": {"name": "value", "low": -0.01, "high": 0.01}},
    ),
    "warm-up shorter than an update": (  # the run has twelve
        {"schedule": {"name": "constant", "warmup": 0.05}}, {"schedule": {"name": "constant", "warmup": 0.25}}
    ),
    "warm-up of one update": (
        {"schedule": {"name": "constant", "warmup": 1}}, {"schedule": {"name": "constant", "warmup": 2}}
    ),
    "linear fall to where it was": (
        {"schedule": {"name": "linear", "end": 1.0}}, {"schedule": {"name": "linear", "end": 0.9}}
    ),
    "cosine fall to where it was": (
        {"schedule": {"name": "cosine", "end": 1.0}}, {"schedule": {"name": "cosine", "end": 0.9}}
    ),
    "steps of 1": (
        {"schedule": {"name": "step", "epochs": 1, "gamma": 1.0}},
        {"schedule": {"name": "step", "epochs": 1, "gamma": 0.5}},
    ),
    "plateau without validation": (
        {"schedule": {"name": "plateau", "patience": 1}}, {"schedule": {"name": "plateau", "patience": 1, "warmup": 2}}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTHING)
def test_settings_that_ask_for_nothing_change_nothing(name: str) -> None:
    nothing, something = NOTHING[name]
    assert plain(**nothing) != plain()
    assert np.array_equal(result(**nothing), result())
    assert not np.array_equal(result(**something), result())


@pytest.mark.parametrize("skip", ["residual", "concatenate"])
def test_a_skip_needs_a_layer_to_skip(skip: str) -> None:
    """The first layer starts the stream; without hidden layers there is nothing to join."""
    hidden = (6,) if skip == "residual" else ()
    assert np.array_equal(result(hidden=hidden, skip=skip), result(hidden=hidden))
    ours, theirs = result(skip=skip), result()
    assert ours.shape != theirs.shape or not np.array_equal(ours, theirs)


def test_balanced_classes_need_no_weights() -> None:
    def weighed(rows: int, class_weight: Any) -> NDArray[Any]:
        return result(kind="classes", rows=rows, weighted=False, class_weight=class_weight)

    assert np.array_equal(weighed(14, "balanced"), weighed(14, "none"))
    assert np.array_equal(weighed(13, {"a": 1.0, "b": 1.0}), weighed(13, "none"))
    assert not np.array_equal(weighed(13, "balanced"), weighed(13, "none"))


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov"])
def test_no_momentum_is_plain_descent_to_rounding(optimizer: str) -> None:
    descent = result("float64", optimizer={"name": "sgd", "learning_rate": 0.05})
    still, moving = (
        result("float64", optimizer={"name": optimizer, "momentum": momentum, "learning_rate": 0.05})
        for momentum in (0.0, 0.9)
    )
    np.testing.assert_allclose(still, descent, rtol=1e-12, atol=1e-14)
    assert np.abs(moving - descent).max() > 1e-3


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
