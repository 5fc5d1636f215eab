"""How batches are drawn."""

from __future__ import annotations

import numpy as np

from tests.contract.cases import Case
from tests.engines.compiled.bench import Bench
from tests.engines.compiled.masks import dealt_rows
from wellfit.techniques import layout as at


def _the_documented_rows(bench: Bench) -> None:
    bench.train(1)
    raw = bench.workspace.work[bench.member.program.clock[at.RAW_NUMBERS] :]
    picked = dealt_rows(bench.member.plan.seed, 0, bench.arrays.rows, replacement=True)[:5]
    np.testing.assert_array_equal(raw[: 5 * 5].reshape(5, 5), bench.arrays.numbers[picked])


CASES = [
    Case(
        "sampling with replacement",
        ("sampling.sampling",),
        lambda on: {"sampling": {"replacement": True}},
        strengthless=True,
        check=_the_documented_rows,
    ),
    Case(
        "sampling without the last batch",
        ("sampling.sampling",),
        lambda on: {"sampling": {"drop_last": True}},
        strengthless=True,
    ),
]
