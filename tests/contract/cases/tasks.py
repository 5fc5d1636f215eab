"""Layers at rates of their own, frozen, and unfrozen late; several tasks."""

from __future__ import annotations

from typing import Any

from tests.contract.breaking import scales_settings, speeds
from tests.contract.cases import Case
from tests.engines.compiled.bench import Bench

LATE = {"value": 0.5, "schedule": {"name": "switch", "epoch": 1}}  # epoch 1 begins with update 3


def _rates(rates: list[float], starts: dict[int, int] | None = None) -> Any:
    def check(bench: Bench) -> None:
        from tests.techniques.update.test_layer_rates import assert_agrees

        assert_agrees(bench, rates, starts)

    return check


def _tasks(bench: Bench) -> None:
    from tests.techniques.targets.test_tasks import assert_follows

    assert_follows(bench)


WEIGHT = 2  # the setting of a task's loss in which its weight stands
CASES = [
    Case("several tasks", ("tasks.tasks",), lambda on: {"tasks": {"weights": {"sort": 2.0}, "hidden": [3]}},
         base={"optimizer": {"name": "sgd", "learning_rate": 0.05}}, strengthless=True, kind="tasks", check=_tasks,
         break_it=scales_settings("loss", WEIGHT)),
    Case("layer rates", ("layer_rates.layer_rates",), lambda on: {"layer_rates": [0.2, 0.5, 2.0]}, strengthless=True,
         check=_rates([0.2, 0.5, 2.0]), break_it=speeds(), weighted=False),
    Case("a frozen layer", ("layer_rates.layer_rates",), lambda on: {"layer_rates": [0.0, 0.5, 1.0]}, strengthless=True,
         check=_rates([0.0, 0.5, 1.0]), break_it=speeds(), weighted=False),
    Case("a layer that waits", ("layer_rates.layer_rates",), lambda on: {"layer_rates": [LATE, 1.0, 1.0]},
         strengthless=True, check=_rates([0.5, 1.0, 1.0], {0: 3}), weighted=False),
]  # fmt: skip
