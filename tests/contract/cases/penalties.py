"""Penalties, constraints and what holds weights at a size."""

from __future__ import annotations

from tests.contract.cases import Case

PLAIN_DESCENT = {"optimizer": {"name": "sgd", "learning_rate": 0.05}}

CASES = [
    Case("elastic net", ("elastic_net.elastic_net",), lambda s: {"elastic_net": {"strength": s, "beta": 0.3}}),
    Case("power penalty", ("power.power",), lambda s: {"power": {"strength": s, "exponent": 0.6}}),
    Case("proximal L1", ("l1.l1",), lambda s: {"l1": {"strength": s, "proximal": True}}),
    Case("activity penalty", ("activity.activity",), lambda s: {"activity": s}),
    Case("max-norm", ("max_norm.max_norm",), lambda s: {"max_norm": s}, on=0.8, tiny=False),
    Case("unit norm", ("unit_norm.unit_norm",), lambda s: {"unit_norm": s}, on=1.0, tiny=False),
    Case("constraint, circle", ("constraint.constraint",), lambda s: {"constraint": s}, on=1.5, tiny=False),
    Case("constraint, diamond", ("constraint.constraint",),
         lambda s: {"constraint": {"radius": s, "norm": "l1", "scope": "layer"}}, on=1.5, tiny=False),
]  # fmt: skip
