"""How large the steps are and how long they go on: optimisers, schedules, stopping rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tests.contract.breaking import A_HUNDREDTH_MORE, oracle, speeds
from tests.contract.cases import Case, always
from tests.engines.compiled.bench import Bench
from tests.reference import schedules
from wellfit.techniques.base import REGISTRY

SGD = {"optimizer": {"name": "sgd", "learning_rate": 0.05}}
# With these the reference agrees to the last digits but one: small denominators (tests/engines/compiled/recipes.py).
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "adadelta": {"learning_rate": 1.0},
    **{name: {"epsilon": 1e-3} for name in ("adagrad", "adam", "amsgrad", "adamax", "nadam", "nadam_dozat")},
}
FALLS = {"patience": 1, "factor": 0.5, "minimum": 0.001}


def _optimizers() -> list[Case]:
    """That their coefficients are seen one by one is shown in test_alive.py."""
    return [
        always(
            f"optimiser {name}",
            f"optimizer.{name}",
            {"optimizer": {"name": name, **OPTIMIZERS.get(name, {"learning_rate": 0.02})}},
            base={"activation": "elu"},
            check=oracle(4, 1e-8),
            break_it=speeds(),
        )
        for name in REGISTRY["optimizer"]
    ]


def _schedules() -> list[Case]:
    """Twelve updates are the whole run."""
    return [
        always(
            f"schedule {name}",
            f"schedule.{name}",
            {"schedule": {"name": name, "warmup": 2}},
            base=SGD,
            check=oracle(12, 1e-8),
            break_it=speeds(),
        )
        for name in schedules.SCHEDULES
        if name in REGISTRY["schedule"]
    ]


def _falls_as_the_reference(bench: Bench) -> None:
    """The rates of a whole run against the reference's, told the validation losses of that run."""
    history = bench.finish().history
    losses, rates = history.column("validation_loss"), history.column("learning_rate")
    state, expected = schedules.Plateau(1.0), []
    for loss in losses:
        expected.append(state.value)
        state = schedules.plateau(state, loss, FALLS)
    assert len(state.falls) > 2
    np.testing.assert_allclose(rates, 0.5 * np.array(expected), rtol=1e-6)


def _falls_less(bench: Bench) -> None:
    plan = bench.member.plan
    bench.member.plan = replace(plan, recipe=plan.recipe.vary({"schedule.gamma": A_HUNDREDTH_MORE * FALLS["factor"]}))


def _stopping() -> list[Case]:
    """They decide when a run ends and which of its weights are kept; the updates themselves are as without them."""
    settings: dict[str, dict[str, Any]] = {"updates": {"updates": 12}, "loss_below": {"updates": 12}}
    return [
        always(
            f"stopping {name}",
            f"stopping.{name}",
            {"stopping": {"name": name, **settings.get(name, {})}},
            default=True,
            validation_rows=3,
        )
        for name in REGISTRY["stopping"]
        if name != "none"
    ]


CASES = [
    *_optimizers(),
    *_schedules(),
    always(
        "schedule plateau",
        "schedule.plateau",
        {"schedule": {"name": "plateau", "patience": 1, "gamma": 0.5, "minimum": 0.001}},
        base={"optimizer": {"name": "sgd", "learning_rate": 0.5}, "epochs": 40},
        default=True,  # without an evaluation it does not fall
        validation_rows=4,
        check=_falls_as_the_reference,
        break_it=_falls_less,
    ),
    *_stopping(),
]
