"""Guarantee 3: the oracle tests are alive. A technique whose effect is 1.01 times what it should be is caught by them.

The reference replays the recipe as it is; the engine is handed a program in which one strength or one kernel is off by
one hundredth. The comparison that the oracle tests use must then fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import Bench, make_bench, random_weights, tiny
from tests.engines.compiled.oracle import assert_agrees
from wellfit.engines.compiled.run.scheduled_settings import scheduled_indices
from wellfit.techniques import layout as at
from wellfit.techniques.update import update as opt

PLAIN: dict[str, Any] = {"optimizer": {"name": "sgd", "learning_rate": 0.05}, "activation": "elu"}


def scale_settings(bench: Bench, seam: int, places: tuple[int, ...], width: int | None = None) -> None:
    """Multiply settings of the operations of a seam that have `places` in their settings."""
    for operation in bench.places(seam):
        if width is None or operation["width"] == width:
            bench.member.settings[operation["settings"] + np.array(places)] *= 1.01


def off_by_a_hundredth(name: str, bench: Bench) -> None:
    if name in ("l2", "l1"):
        scale_settings(bench, at.PENALTY_SEAM, (0,))
    elif name == "clipping":
        scale_settings(bench, at.CLIP_SEAM, (0,))
    elif name == "loss":
        scale_settings(bench, at.LOSS_SEAM, (0,))
    elif name == "activation":
        for operation in bench.places(at.FORWARD_SEAM, bench.recipe.activations()[0].kernels()[0]):
            bench.member.settings[operation["settings"]] *= 1.01
    elif name == "encoding":
        start = bench.places(at.ENCODE_SEAM)[0]["settings"]
        bench.member.settings[start : start + bench.arrays.numbers.shape[1] * 2] *= 1.01
    else:
        raise KeyError(name)


SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("l2", {"l2": 0.1}),
    ("l1", {"l1": 0.1}),
    ("clipping", {"clipping": {"name": "norm", "limit": 0.05}}),
    ("clipping", {"clipping": {"name": "value", "low": -0.01, "high": 0.01}}),
    ("loss", {"loss": {"name": "huber", "delta": 0.3}}),
    ("loss", {"loss": {"name": "quantile", "quantile": 0.7}}),
    ("activation", {"activation": {"name": "leaky_relu", "slope": 0.2}}),
    ("activation", {"activation": {"name": "elu", "alpha": 0.9}}),
    ("encoding", {"scaling": "standard"}),
]


@pytest.mark.parametrize(("name", "slots"), SETTINGS, ids=lambda given: str(given)[:40])
def test_a_strength_that_is_off_is_caught(name: str, slots: dict[str, Any]) -> None:
    recipe, arrays, target = tiny(**{**PLAIN, **slots})
    bench = make_bench(recipe, arrays, target, weight=random_weights(arrays.rows)).nudge()
    off_by_a_hundredth(name, bench)
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
            table[:, places.index(bench.member.program.optimizer_settings + getattr(opt, name))] *= 1.01
        if column >= 0:
            table[:, opt.COEFFICIENTS + column] *= 1.01
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
    """Exchange one kernel's address for that of its neighbour: a wrong kernel altogether."""

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
