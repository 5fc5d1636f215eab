"""Guarantee 3: the oracle tests are alive. A technique whose effect is 1.01 times what it should be is caught by them.

The reference replays the recipe as it is; the engine is handed a program in which one strength or one kernel is off by
one hundredth. The comparison that the oracle tests use must then fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.breaking import A_HUNDREDTH_MORE, scales_settings
from tests.engines.compiled.bench import Bench, make_bench, random_weights, tiny
from tests.engines.compiled.oracle import assert_agrees
from wellfit.engines.compiled.run.scheduled_settings import scheduled_indices
from wellfit.techniques import layout as at
from wellfit.techniques.update import update as opt

PLAIN: dict[str, Any] = {"optimizer": {"name": "sgd", "learning_rate": 0.05}, "activation": "elu"}


def scales_the_encoding(bench: Bench) -> None:
    """Centre and scale of five numbers."""
    numbers = bench.operations("", at.ENCODE_SEAM)[0]
    bench.member.settings[numbers.places["settings"] :][:10] *= A_HUNDREDTH_MORE


# Numbers of a loss, an activation and an encoding, which the cases of the suite leave alone.
SETTINGS: dict[str, tuple[dict[str, Any], Callable[[Bench], None]]] = {
    "clipping before penalties": (
        {"clipping": {"name": "norm", "limit": 0.05, "before_penalties": True}}, scales_settings("clipping")
    ),
    "huber": ({"loss": {"name": "huber", "delta": 0.3}}, scales_settings("loss")),
    "quantile": ({"loss": {"name": "quantile", "quantile": 0.7}}, scales_settings("loss")),
    "leaky_relu": ({"activation": {"name": "leaky_relu", "slope": 0.2}}, scales_settings("activation")),
    "elu": ({"activation": {"name": "elu", "alpha": 0.9}}, scales_settings("activation")),
    "scaling": ({"scaling": "standard"}, scales_the_encoding),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_is_off_is_caught(name: str) -> None:
    slots, break_it = SETTINGS[name]
    recipe, arrays, target = tiny(**{**PLAIN, **slots})
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows)).nudge()
    break_it(bench)
    with pytest.raises(AssertionError, match="differs by"):
        assert_agrees(bench, 3, 1e-4)  # the looser tolerance of float32 sees it too


def wrapped(bench: Bench, monkeypatch: pytest.MonkeyPatch, column: int, names: tuple[str, ...]) -> None:
    """Scale some coefficients of the optimiser's row, which are computed for each round."""
    from wellfit.engines.compiled.run import updates

    given = updates.scheduled_values

    def scheduled_values(*arguments: Any) -> Any:
        table, rate = given(*arguments)
        places = list(scheduled_indices(bench.member.program))
        for name in names:
            table[:, places.index(bench.member.program.optimizer_settings + getattr(opt, name))] *= A_HUNDREDTH_MORE
        if column >= 0:
            table[:, opt.COEFFICIENTS + column] *= A_HUNDREDTH_MORE
        return table, rate

    monkeypatch.setattr(updates, "scheduled_values", scheduled_values)


ROWS: list[tuple[str, int, tuple[str, ...], dict[str, Any]]] = [
    ("sgd", -1, ("SCALE",), {"optimizer": "sgd"}),
    ("momentum's rate", -1, ("B1",), {"optimizer": "momentum"}),
    ("momentum", -1, ("A1",), {"optimizer": "momentum"}),
    ("nesterov", -1, ("A1",), {"optimizer": "nesterov"}),
    ("adam's mean", -1, ("C1",), {"optimizer": "adam"}),
    ("adam's square", -1, ("C2",), {"optimizer": "adam"}),
    ("adagrad", -1, ("B2",), {"optimizer": "adagrad"}),
    ("adadelta", -1, ("B2",), {"optimizer": {"name": "adadelta", "epsilon": 1e-2}}),
    ("adamax", -1, ("A2",), {"optimizer": {"name": "adamax", "beta2": 0.5}}),
    ("nadam", -1, ("CG",), {"optimizer": "nadam"}),
    ("weight decay", 0, (), {"weight_decay": 0.5, "optimizer": "sgd"}),
]


@pytest.mark.parametrize(("name", "column", "names", "slots"), ROWS, ids=[row[0] for row in ROWS])
def test_a_coefficient_that_is_off_is_caught(
    name: str, column: int, names: tuple[str, ...], slots: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, arrays, target = tiny(**{**PLAIN, **slots})
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows)).nudge()
    wrapped(bench, monkeypatch, column, names)
    with pytest.raises(AssertionError, match="differs by"):
        assert_agrees(bench, 4, 1e-6)


def swap_forward(kind: str) -> Callable[[Bench], None]:
    """Leave a slope out, or draw other random numbers."""

    def change(bench: Bench) -> None:
        operations = bench.member.program.operations
        if kind == "backward":
            with_both = [k for k, operation in enumerate(operations) if operation.backward is not None]
            last = with_both[-2]  # the last activation's slope is forgotten
            operations[last] = replace(operations[last], backward=None)
            bench.lower_again()
        else:
            bench.member.program.clock[at.SEED_KEY] ^= 1  # other masks and another order

    return change


@pytest.mark.parametrize("kind", ["backward", "random numbers"])
def test_a_wrong_kernel_or_stream_is_caught(kind: str) -> None:
    recipe, arrays, target = tiny(**{**PLAIN, "dropout": 0.3})
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows))
    swap_forward(kind)(bench)
    with pytest.raises(AssertionError, match="differs by"):
        assert_agrees(bench, 2, 1e-4)
