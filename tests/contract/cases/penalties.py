"""Penalties, priors, constraints and what holds weights at a size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.contract.breaking import decays_more, oracle, scales_settings
from tests.contract.cases import Case
from tests.engines.compiled.bench import Bench
from tests.engines.compiled.oracle import Oracle, assert_agrees
from tests.reference import network, penalties
from wellfit.techniques.layout import CONSTRAIN_SEAM

OPTIMIZER = {"optimizer": {"name": "sgd", "learning_rate": 0.05}}
AGREES = oracle(4, 1e-6, nudged=True)
NOISE, WIDTH = 1.0, 0.1  # of the priors: the target's noise, and the standard deviation or scale of a weight


class WithPrior(Oracle):
    """A prior as what it is: minus the logarithm of its density beside the mean loss."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        variance = (NOISE / bench.member.prepared.encoding.target_scale[0]) ** 2
        per_row = float(variance / self.weights.sum())
        self.size, self.strength = {
            "gaussian": (penalties.l2, per_row / WIDTH**2),
            "laplace": (penalties.l1, per_row / WIDTH),
        }[self.recipe.prior.name]

    def penalties(self) -> Iterator[tuple[str, Callable[[Any], Any], float, bool]]:
        for name in filter(network.is_penalised, self.p):
            yield name, self.size, self.strength, True


def _the_density(bench: Bench) -> None:
    assert_agrees(bench.nudge(), 4, 1e-6, WithPrior)


def _prior(name: str, setting: str) -> Case:
    return Case(
        f"{name} prior",
        (f"prior.{name}",),
        lambda on: {"prior": {"name": name, setting: WIDTH, "noise": NOISE}},
        base=OPTIMIZER,
        outputs=1,
        strengthless=True,
        check=_the_density,
        break_it=scales_settings("prior"),
    )


def _held(name: str, family: str, slots: Any, on: float) -> Case:
    return Case(name, (f"{family}.{family}",), slots, on=on, tiny=False, check=AGREES, break_it=scales_settings(family))


CASES = [
    Case(
        "L2",
        ("l2.l2",),
        lambda s: {"l2": {"strength": s, "biases": True}},
        base=OPTIMIZER,
        check=AGREES,
        break_it=scales_settings("l2"),
    ),
    Case(
        "L1",
        ("l1.l1",),
        lambda s: {"l1": {"strength": s, "biases": True}},
        base=OPTIMIZER,
        check=AGREES,
        break_it=scales_settings("l1"),
    ),
    Case(
        "proximal L1",
        ("l1.l1",),
        lambda s: {"l1": {"strength": s, "proximal": True}},
        check=AGREES,
        break_it=scales_settings("l1", 1, seam=CONSTRAIN_SEAM),
    ),
    Case(
        "elastic net",
        ("elastic_net.elastic_net",),
        lambda s: {"elastic_net": {"strength": s, "beta": 0.3}},
        base=OPTIMIZER,
        check=AGREES,
        break_it=scales_settings("elastic_net"),
    ),
    Case(
        "power penalty",
        ("power.power",),
        lambda s: {"power": {"strength": s, "exponent": 0.6}},
        base=OPTIMIZER,
        check=AGREES,
        break_it=scales_settings("power"),
    ),
    Case(
        "weight decay",
        ("weight_decay.weight_decay",),
        lambda s: {"weight_decay": s},
        base=OPTIMIZER,
        check=oracle(4, 1e-6),
        break_it=decays_more,
    ),
    Case(
        "weight decay without the rate",
        ("weight_decay.weight_decay",),
        lambda s: {"weight_decay": {"strength": s, "with_rate": False, "biases": True}},
        base=OPTIMIZER,
        check=AGREES,
        break_it=decays_more,
    ),
    _prior("gaussian", "sd"),
    _prior("laplace", "scale"),
    Case(
        "activity penalty",
        ("activity.activity",),
        lambda s: {"activity": s},
        check=AGREES,
        break_it=scales_settings("activity"),
    ),
    _held("max-norm", "max_norm", lambda s: {"max_norm": s}, on=0.8),
    _held("unit norm", "unit_norm", lambda s: {"unit_norm": s}, on=1.0),
    _held("constraint, circle", "constraint", lambda s: {"constraint": s}, on=1.5),
    _held(
        "constraint, diamond",
        "constraint",
        lambda s: {"constraint": {"radius": s, "norm": "l1", "scope": "layer"}},
        on=1.5,
    ),
]
