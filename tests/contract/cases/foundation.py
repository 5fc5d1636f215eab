"""The strengths of the first techniques, as partners for all others; their oracles are asked in test_alive.py."""

from __future__ import annotations

from tests.contract.cases import Case

CASES = [
    Case("dropout", ("dropout.dropout",), lambda s: {"dropout": {"rate": s}}, refused=(-0.1, 1.0)),
    Case("input dropout", ("dropout.dropout",), lambda s: {"dropout": {"input_rate": s}}, refused=(-0.1, 1.0)),
    Case("L2", ("l2.l2",), lambda s: {"l2": {"strength": s, "biases": True}}),
    Case("L1", ("l1.l1",), lambda s: {"l1": s}),
    Case("weight decay", ("weight_decay.weight_decay",), lambda s: {"weight_decay": s}),
    Case(
        "clipping by norm",
        ("clipping.norm",),
        lambda s: {"clipping": {"name": "norm", "limit": 0.01}},
        strengthless=True,
    ),
    Case("batch norm", ("normalization.batch",), lambda s: {"normalization": "batch"}, strengthless=True),
    Case("Nesterov", ("optimizer.nesterov",), lambda s: {"optimizer": "nesterov"}, strengthless=True),
]
