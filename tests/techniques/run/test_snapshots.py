"""Snapshots: taken at the right updates, kept through a kill, networks that predict together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wellfit
from tests.engines.compiled.bench import Bench, make_bench, tiny
from tests.training.checkpoint.runs import train_in_folder
from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.contract.plan import Plan
from wellfit.errors import InputError
from wellfit.models.ensemble import bag
from wellfit.tables.arrays import View
from wellfit.training.checkpoint.member_file import restore_member, save_member
from wellfit.training.checkpoint.run_folder import load_run


def bench_with(**slots: Any) -> Bench:
    return make_bench(*tiny(**slots), precision="float32")


TAKEN = [
    ({"snapshots": "cycles", "schedule": {"name": "cosine", "cycles": 3}, "epochs": 4}, [4, 8, 12]),
    ({"snapshots": "cycles", "schedule": "growing_cycles", "epochs": 10}, [2, 6, 14, 30]),
    ({"snapshots": {"name": "spaced", "count": 5}, "epochs": 4}, [2, 5, 7, 10, 12]),
    ({"snapshots": {"name": "spaced", "count": 20}, "epochs": 1}, [1, 2, 3]),
]


@pytest.mark.parametrize(("slots", "moments"), TAKEN, ids=str)
def test_they_are_the_weights_of_their_moment(slots: dict[str, Any], moments: list[int]) -> None:
    bench, plain = bench_with(normalization="batch", **slots), bench_with(normalization="batch", **slots)
    bench.finish()
    assert sorted(bench.member.snapshots) == moments
    for moment in moments:
        plain.train(moment - plain.member.update)
        assert np.array_equal(bench.member.snapshots[moment], plain.member.parameters)
    assert np.array_equal(bench.member.snapshots[moments[-1]], bench.member.parameters)


def test_the_rate_is_lowest_where_a_cycle_ends() -> None:
    bench = bench_with(snapshots="cycles", schedule={"name": "cosine", "cycles": 4}, epochs=8)
    factors = bench.recipe.schedule.factor(np.arange(24.0), 24, 3)
    for moment in bench.member.snapshot_updates[:-1]:
        assert factors[moment - 1] < factors[moment - 2] and factors[moment] == 1.0


def test_they_survive_a_kill(tmp_path: Path) -> None:
    slots = {"snapshots": {"name": "spaced", "count": 4}, "epochs": 4}
    whole, first, second = (bench_with(**slots) for _ in range(3))
    first.train(7)
    save_member(first.member, 0, tmp_path)
    restore_member(second.member, tmp_path / "member-00000.safetensors")
    assert sorted(second.member.snapshots) == [3, 6]
    whole.finish(), second.finish()
    assert sorted(second.member.snapshots) == sorted(whole.member.snapshots) == [3, 6, 9, 12]
    for moment, copy in whole.member.snapshots.items():
        assert np.array_equal(copy, second.member.snapshots[moment])


def test_a_population_gives_and_saves_them(tmp_path: Path) -> None:
    recipe, arrays, target = tiny(snapshots={"name": "spaced", "count": 3})
    plans = [Plan(recipe, View(np.arange(10), np.arange(10, 13)), seed) for seed in (0, 1)]
    population = train_in_folder(tmp_path / "run", plans, arrays, target)
    loaded, _ = load_run(tmp_path / "run")
    for index in (0, 1):
        ours, theirs = population.snapshots(index), loaded.snapshots(index)
        assert len(ours) == 3
        for a, b in zip(ours, theirs, strict=True):
            assert np.array_equal(a.parameters, b.parameters)
            assert np.array_equal(predict(a, arrays), predict(b, arrays))


def test_a_bag_of_snapshots_is_their_mean() -> None:
    X = np.random.default_rng(0).normal(size=(90, 3))
    y = X[:, 0] * X[:, 1] + X[:, 2]
    recipes = [
        wellfit.Recipe(hidden=(8,), epochs=4, batch_size=16, snapshots={"name": "spaced", "count": 3}),
        wellfit.Recipe(hidden=(5,), epochs=4, batch_size=16),
    ]
    population = wellfit.train(recipes, X, y)
    together = bag(population, snapshots=True, weights=[3.0, 1.0])
    assert len(together.networks) == 4
    np.testing.assert_allclose(together.weights, [0.25, 0.25, 0.25, 0.25])
    arrays = together.arrays(X)
    each = [predict(n, arrays)[:, 0] for n in [*population.snapshots(0), population.engine.network(1)]]
    np.testing.assert_allclose(together.predict(X), np.mean(each, axis=0), rtol=1e-5)
    equal = bag(population, snapshots=True)
    np.testing.assert_allclose(equal.weights, [1 / 6, 1 / 6, 1 / 6, 1 / 2])


def test_a_run_that_ends_early_has_those_that_it_reached() -> None:
    recipe, arrays, target = tiny(snapshots={"name": "spaced", "count": 4}, epochs=4)
    population = train_plans([Plan(recipe, View(np.arange(13)), 0)], arrays, target, budget=7)
    assert sorted(population.members[0].snapshots) == [3, 6]


def test_there_are_no_more_than_a_thousand() -> None:
    assert tiny(snapshots={"name": "spaced", "count": 1000})[0].snapshots.count == 1000
    with pytest.raises(InputError, match="count = 1001"):
        tiny(snapshots={"name": "spaced", "count": 1001})
