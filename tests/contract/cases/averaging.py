"""Averages of the weights, snapshots, lookahead, clipping by a percentile."""

from __future__ import annotations

import numpy as np

from tests.contract.cases import Case
from tests.engines.compiled.bench import Bench
from tests.engines.compiled.oracle import Oracle, largest_difference
from tests.reference import averaging as reference
from tests.techniques.update.test_clipping import ByPercentile
from wellfit.techniques import layout as at


def _the_reference_average(bench: Bench) -> None:
    weights, member = [], bench.member
    for _ in range(8):
        bench.train(1)
        weights.append(member.parameters[: member.program.trained].copy())
    start = member.program.average_slot
    ours = member.state[start : start + member.program.trained]
    expected = reference.running_average(weights, bench.recipe.averaging.half_life * 3)
    np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-12)


def _off_by_a_hundredth(bench: Bench) -> None:
    setting, rates = bench.member.program.followers[0]
    bench.member.program.followers[0] = setting, lambda t, horizon: 1.01 * rates(t, horizon)


def _the_papers_lookahead(bench: Bench) -> None:
    oracle, chosen = Oracle(bench), bench.recipe.lookahead
    slow = {name: reference.Lookahead(part, chosen.period, chosen.share) for name, part in oracle.p.items()}
    for _ in range(8):
        oracle.step()
        oracle.p = {name: slow[name](part) for name, part in oracle.p.items()}
    bench.train(8)
    assert largest_difference(bench.parameters, oracle.p)[0] < 1e-9


def _share_off_by_a_hundredth(bench: Bench) -> None:
    bench.member.settings[bench.places(at.CONSTRAIN_SEAM)[0]["settings"]] *= 1.01


def _numpys_percentile(bench: Bench) -> None:
    oracle = ByPercentile(bench)
    for _ in range(8):
        oracle.step()
    bench.train(8)
    assert largest_difference(bench.parameters, oracle.p)[0] < 1e-9


def _percentile_off_by_a_hundredth(bench: Bench) -> None:
    bench.member.settings[bench.places(at.CLIP_SEAM)[0]["settings"]] *= 1.01


CASES = [
    Case(
        "clipping by a percentile",
        ("clipping.percentile",),
        lambda s: {"clipping": {"name": "percentile", "percentile": 100 * (1 - s)}},
        on=0.7,
        schedulable=False,
        check=_numpys_percentile,
        break_it=_percentile_off_by_a_hundredth,
    ),
    Case(
        "running average",
        ("averaging.ema",),
        lambda s: {"averaging": {"name": "ema", "half_life": s}},
        on=0.5,
        schedulable=False,
        check=_the_reference_average,
        break_it=_off_by_a_hundredth,
    ),
    Case(
        "mean of the last epochs",
        ("averaging.swa",),
        lambda on: {"averaging": {"name": "swa", "start": 0.25}},
        strengthless=True,
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
        break_it=_share_off_by_a_hundredth,
    ),
    Case(
        "snapshots of cycles",
        ("snapshots.cycles",),
        lambda on: {"snapshots": "cycles"},
        base={"schedule": "growing_cycles"},
        strengthless=True,
    ),
    Case(
        "spaced snapshots",
        ("snapshots.spaced",),
        lambda on: {"snapshots": {"name": "spaced", "count": 3}},
        strengthless=True,
    ),
]
