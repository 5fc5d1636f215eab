"""A mix of networks on one small table, and what makes two runs the same."""

from __future__ import annotations

import numpy as np

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.history import history_table
from wellfit.engines.contract.plan import Plan
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target, View

ROWS = 400


def table(seed: int = 0) -> tuple[Arrays, Target]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(ROWS, 6)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] + 0.3 * random.normal(size=ROWS) > 0).astype(np.float32)
    return Arrays(x, np.zeros((ROWS, 0), np.int32)), Target("binary", y[:, None], (False, True))


VIEW = View(np.arange(300), np.arange(300, 400), name="hold-out")
RECIPES = [
    Recipe(hidden=(8,), epochs=6, batch_size=32, dropout=0.2),
    Recipe(hidden=(12, 5), epochs=4, batch_size=50, optimizer="nesterov", normalization="batch"),
    Recipe(hidden=(7,), epochs=5, batch_size="all", activation="tanh", clipping="norm", l2=0.01),
    Recipe(hidden=(6, 6), epochs=3, batch_size=20, skip="residual", schedule="one_cycle", weight_decay=0.01),
    Recipe(
        hidden=(5,),
        epochs=8,
        batch_size=64,
        stopping={"name": "patience", "patience": 1},
        schedule="constant",
        normalization="layer",
    ),
]
PLANS = [Plan(recipe, VIEW, seed) for recipe in RECIPES for seed in (0, 1)]


def assert_same(a: Member, b: Member) -> None:
    assert (a.update, a.status) == (b.update, b.status)
    assert np.array_equal(a.parameters, b.parameters, equal_nan=True)
    assert np.array_equal(a.state, b.state, equal_nan=True)
    assert history_table([a.history]).equals(history_table([b.history]))
    assert (a.best is None) == (b.best is None)
    if a.best is not None and b.best is not None:
        assert np.array_equal(a.best, b.best)


def assert_same_members(a: TrainingRun, b: TrainingRun) -> None:
    assert len(a) == len(b)
    for one, other in zip(a.members, b.members, strict=True):
        assert_same(one, other)
