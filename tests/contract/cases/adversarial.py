"""Adversarial training and sharpness-aware minimisation."""

from __future__ import annotations

from tests.contract.breaking import scales_settings
from tests.contract.cases import Case
from tests.engines.compiled.bench import Bench

SGD = {"optimizer": {"name": "sgd", "learning_rate": 0.05}, "batch_size": "all"}


def _adversarial(bench: Bench) -> None:
    from tests.techniques.rows.test_adversarial import assert_follows

    assert_follows(bench, "adversarial_gradients")


def _sharp(bench: Bench) -> None:
    from tests.techniques.rows.test_adversarial import assert_follows

    assert_follows(bench, "sharp_gradients")


CASES = [
    Case("adversarial", ("adversarial.adversarial",), lambda s: {"adversarial": s}, base=SGD, on=0.2,
         check=_adversarial, break_it=scales_settings("adversarial"), weighted=False),
    Case("adversarial, rows replaced", ("adversarial.adversarial",),
         lambda s: {"adversarial": {"epsilon": s, "form": "replaced", "steps": 2, "random_start": True}}),
    Case("sharpness", ("sharpness_aware.sharpness_aware",), lambda s: {"sharpness_aware": s}, base=SGD, check=_sharp,
         break_it=scales_settings("sharpness_aware"), weighted=False),
]  # fmt: skip
