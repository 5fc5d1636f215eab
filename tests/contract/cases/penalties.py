"""Penalties, constraints and what holds weights at a size."""

from __future__ import annotations

from collections.abc import Callable

from tests.contract.cases import Case
from tests.engines.compiled.bench import Bench
from tests.engines.compiled.oracle import assert_agrees
from wellfit.numerics.kernel import Kernel
from wellfit.techniques import layout as at
from wellfit.techniques.penalties.activity import activity_forward


def _agrees(bench: Bench) -> None:
    assert_agrees(bench.nudge(), 4, 1e-6)


def _off_by_a_hundredth(seam: int, kernel: Kernel | None = None, place: int = 0) -> Callable[[Bench], None]:
    """Scales one setting of every operation of a seam, or of those of one kernel."""

    def change(bench: Bench) -> None:
        settings = {operation["settings"] + place for operation in bench.places(seam, kernel)}
        bench.member.settings[sorted(settings)] *= 1.01

    return change


OPTIMIZER = {"optimizer": {"name": "sgd", "learning_rate": 0.05}}
SHRINK = _off_by_a_hundredth(at.CONSTRAIN_SEAM, place=1)
HOLD = _off_by_a_hundredth(at.CONSTRAIN_SEAM)
PENALISE = _off_by_a_hundredth(at.PENALTY_SEAM)

CASES = [
    Case("elastic net", ("elastic_net.elastic_net",), lambda s: {"elastic_net": {"strength": s, "beta": 0.3}},
         base=OPTIMIZER, check=_agrees, break_it=PENALISE),
    Case("power penalty", ("power.power",), lambda s: {"power": {"strength": s, "exponent": 0.6}},
         base=OPTIMIZER, check=_agrees, break_it=PENALISE),
    Case("proximal L1", ("l1.l1",), lambda s: {"l1": {"strength": s, "proximal": True}},
         check=_agrees, break_it=SHRINK),
    Case("Gaussian prior", ("prior.gaussian",), lambda on: {"prior": {"name": "gaussian", "sd": 0.1, "noise": 1.0}},
         base=OPTIMIZER, outputs=1, strengthless=True),
    Case("Laplace prior", ("prior.laplace",), lambda on: {"prior": {"name": "laplace", "scale": 0.1, "noise": 1.0}},
         base=OPTIMIZER, outputs=1, strengthless=True),
    Case("activity penalty", ("activity.activity",), lambda s: {"activity": s},
         check=_agrees, break_it=_off_by_a_hundredth(at.FORWARD_SEAM, activity_forward)),
    Case("max-norm", ("max_norm.max_norm",), lambda s: {"max_norm": s}, on=0.8, tiny=False,
         check=_agrees, break_it=HOLD),
    Case("unit norm", ("unit_norm.unit_norm",), lambda s: {"unit_norm": s}, on=1.0, tiny=False,
         check=_agrees, break_it=HOLD),
    Case("constraint, circle", ("constraint.constraint",), lambda s: {"constraint": s}, on=1.5, tiny=False,
         check=_agrees, break_it=HOLD),
    Case("constraint, diamond", ("constraint.constraint",),
         lambda s: {"constraint": {"radius": s, "norm": "l1", "scope": "layer"}}, on=1.5, tiny=False,
         check=_agrees, break_it=HOLD),
]  # fmt: skip
