"""Averages of the weights, snapshots, lookahead, clipping by a percentile."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.contract.breaking import follows_more, scales_settings
from tests.contract.cases import Case
from tests.engines.compiled.bench import Bench, make_bench
from tests.engines.compiled.oracle import Oracle, largest_difference
from tests.reference import averaging as reference
from tests.techniques.update.test_clipping import ByPercentile
from wellfit.recipe import Recipe


def _the_reference_average(bench: Bench) -> None:
    weights, member = [], bench.member
    for _ in range(8):
        bench.train(1)
        weights.append(member.parameters[: member.program.trained].copy())
    start = member.program.average_slot
    ours = member.state[start : start + member.program.trained]
    expected = reference.running_average(weights, bench.recipe.averaging.half_life * 3)
    np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-12)


def _the_mean_of_pytorch(bench: Bench) -> None:
    """Of the weights at the ends of epochs (3 updates each) from a quarter of the run on."""
    weights, member = [], bench.member
    for _ in range(4):
        bench.train(3)
        weights.append(member.parameters[: member.program.trained].copy())
    start = member.program.average_slot
    ours = member.state[start : start + member.program.trained]
    np.testing.assert_allclose(ours, reference.equal_mean(weights[1:]), rtol=1e-10, atol=1e-12)


def _the_weights_of_their_moment(bench: Bench) -> None:
    slots = {**bench.recipe.to_dict(), "snapshots": "none"}
    weight = bench.member.prepared.training.weights
    plain = make_bench(Recipe(**slots), bench.arrays, bench.target, weight=weight, precision="float64")
    bench.finish()
    assert bench.member.snapshots
    for moment, copy in sorted(bench.member.snapshots.items()):
        plain.train(moment - plain.member.update)
        np.testing.assert_allclose(copy, plain.member.parameters, rtol=1e-12)


class _Larger(dict[int, Any]):
    """Keeps 1.01 times what it is given."""

    def __setitem__(self, update: int, copy: Any) -> None:
        super().__setitem__(update, 1.01 * copy)


def _larger_copies(bench: Bench) -> None:
    bench.member.snapshots = _Larger()


def _the_papers_lookahead(bench: Bench) -> None:
    oracle, chosen = Oracle(bench), bench.recipe.lookahead
    slow = {name: reference.Lookahead(part, chosen.period, chosen.share) for name, part in oracle.p.items()}
    for _ in range(8):
        oracle.step()
        oracle.p = {name: slow[name](part) for name, part in oracle.p.items()}
    bench.train(8)
    assert largest_difference(bench.parameters, oracle.p)[0] < 1e-9


def _numpys_percentile(bench: Bench) -> None:
    oracle = ByPercentile(bench)
    for _ in range(8):
        oracle.step()
    bench.train(8)
    assert largest_difference(bench.parameters, oracle.p)[0] < 1e-9


CASES = [
    Case(
        "clipping by a percentile",
        ("clipping.percentile",),
        lambda s: {"clipping": {"name": "percentile", "percentile": 100 * (1 - s)}},
        on=0.7,
        schedulable=False,
        check=_numpys_percentile,
        break_it=scales_settings("clipping"),
    ),
    Case(
        "running average",
        ("averaging.ema",),
        lambda s: {"averaging": {"name": "ema", "half_life": s}},
        on=0.5,
        beside=True,
        schedulable=False,
        check=_the_reference_average,
        break_it=follows_more,
    ),
    Case(
        "mean of the last epochs",
        ("averaging.swa",),
        lambda on: {"averaging": {"name": "swa", "start": 0.25}},
        strengthless=True,
        beside=True,
        check=_the_mean_of_pytorch,
        break_it=follows_more,
    ),
    Case(
        "lookahead",
        ("lookahead.lookahead",),
        lambda s: {"lookahead": {"period": int(s)}},
        on=3,
        schedulable=False,
        tiny=False,
        refused=(-1,),
        check=_the_papers_lookahead,
        break_it=scales_settings("lookahead"),
    ),
    Case(
        "snapshots of cycles",
        ("snapshots.cycles",),
        lambda on: {"snapshots": "cycles"},
        base={"schedule": "growing_cycles"},
        strengthless=True,
        beside=True,
        check=_the_weights_of_their_moment,
        break_it=_larger_copies,
    ),
    Case(
        "spaced snapshots",
        ("snapshots.spaced",),
        lambda on: {"snapshots": {"name": "spaced", "count": 3}},
        strengthless=True,
        beside=True,
        check=_the_weights_of_their_moment,
        break_it=_larger_copies,
    ),
]
