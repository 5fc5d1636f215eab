"""Probes change no bit of training, and are the same however it is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

import wellfit
from tests.engines.compiled.run.mixed import RECIPES, VIEW, assert_same, table
from wellfit.engines.compiled.run import probing
from wellfit.engines.compiled.run.growing_population import GrowingPopulation
from wellfit.engines.compiled.run.training_run import TrainingRun, make_training_run, train_run
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.probes import Probes, noise_scales
from wellfit.errors import InputError
from wellfit.recipe import Recipe

ARRAYS, TARGET = table()
LATE = {"value": 1.0, "schedule": {"name": "switch"}}
OTHERS = [
    Recipe(hidden=(8,), epochs=3, batch_size=32, optimizer="adam", sharpness_aware=0.05, normalization="batch"),
    Recipe(hidden=(8, 8), epochs=3, batch_size=32, adversarial=0.1, averaging="ema", clipping="norm"),
    Recipe(hidden=(6,), epochs=4, batch_size="all", dropout={"rate": 0.3, "input_rate": 0.1}),
    Recipe(hidden=(6, 6, 6), epochs=3, sharing="tied_layers", activation="prelu", activation_mix={"rate": 1.0}),
    Recipe(hidden=(6, 6), epochs=4, batch_size=32, layer_rates=[LATE, LATE, 1.0]),
]


def run_of(probes: int | None, recipes: list[Recipe], n_jobs: int = 1, **budget: Any) -> TrainingRun:
    run = make_training_run([Plan(recipe, VIEW, 3) for recipe in recipes], ARRAYS, TARGET, None, probes)
    return train_run(run, Budget(**budget), n_jobs)


def test_training_is_the_same_to_the_bit_with_probes_and_without() -> None:
    recipes = [*RECIPES, *OTHERS]
    plain, probed, both = run_of(None, recipes), run_of(1, recipes), run_of(1, recipes, n_jobs=2)
    for one, other in zip(plain.members, probed.members, strict=True):
        assert_same(one, other)
    assert probed.probes.equals(both.probes)
    assert not len(plain.probes)
    for place, member in enumerate(probed.members):
        seen = probed.probes.filter(polars.col("member") == place)
        updates = [0, *(int(update) for update in member.history.column("update"))]
        assert seen["update"].unique().sort().to_list() == updates
        assert seen["value"].is_finite().all()


def test_a_run_that_is_killed_and_resumed_has_the_probes_of_one_that_is_not(tmp_path: Path) -> None:
    recipes = [RECIPES[1], RECIPES[4]]
    x, y = ARRAYS.numbers, TARGET.values[:, 0]
    whole = wellfit.train(recipes, x, y, views=VIEW, probes=12)
    cut = wellfit.train(recipes, x, y, views=VIEW, probes=12, folder=tmp_path / "run", budget=[7, 8])
    assert cut.probes.equals(wellfit.load(tmp_path / "run").probes)
    assert set(cut.probes["update"]) >= {0, 7, 8}
    resumed = wellfit.resume(tmp_path / "run", budget=10_000)
    assert resumed.probes.equals(whole.probes)
    assert wellfit.load(tmp_path / "run").probes.equals(whole.probes)
    assert len(whole.probes.filter(quantity="dead_units")["update"].unique()) > 2


def test_a_run_that_is_stopped_inside_an_evaluation_has_the_same_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, evaluate = Plan(RECIPES[1], VIEW, 0), probing.evaluate_member
    whole = train_run(make_training_run([plan], ARRAYS, TARGET, None, 1), Budget())
    run = make_training_run([plan], ARRAYS, TARGET, None, 1)
    stops = iter([True, False, True, *[False] * 99])

    def stopped(*arguments: Any) -> bool:
        return not next(stops) and evaluate(*arguments)

    monkeypatch.setattr(probing, "evaluate_member", stopped)
    for _ in range(3):  # of a stopped evaluation a turn makes nothing; the next one begins with buffers of its own
        train_run(run, Budget())
    assert run.probes.equals(whole.probes)


def test_a_member_that_a_rule_stops_ends_with_a_probe_even_where_none_was_due() -> None:
    run = run_of(
        1000,
        [
            Recipe(
                hidden=(5,),
                epochs=60,
                batch_size=64,
                schedule="constant",
                stopping={"name": "patience", "patience": 2},
                optimizer={"name": "adam", "learning_rate": 0.1},
            )
        ],
    )
    member, seen = run.members[0], run.probes
    assert member.status == "stopped"
    assert seen["update"].unique().sort().to_list() == [0, 5, member.update]
    last = seen.filter(update=member.update)["quantity"].to_list()
    assert {"dead_units", "weight_norm", "batch_loss_swing"} <= set(last)


def test_rounds_of_a_search_leave_the_probes_of_a_run_in_one_go() -> None:
    plan = Plan(RECIPES[0], VIEW, 0)
    whole = train_run(make_training_run([plan], ARRAYS, TARGET, None, 25), Budget())
    population = GrowingPopulation(ARRAYS, TARGET, probes=25)
    index = population.add([plan])[0]
    for until in (10, 20, 60):
        population.train({index: until})
        assert population.run.probes["update"].max() == until
    assert population.run.probes.equals(whole.probes)


def test_a_member_that_diverges_ends_with_a_probe_of_the_update_that_did_it() -> None:
    run = run_of(1000, [Recipe(hidden=(8,), optimizer={"name": "sgd", "learning_rate": 1e30}, schedule="constant")])
    member = run.members[0]
    assert member.status == "diverged"
    last = run.probes.filter(update=member.update)
    assert len(last.filter(quantity="weight_norm"))
    assert not len(last.filter(quantity="update_norm"))


def test_the_noise_scale_is_the_quotient_of_averages() -> None:
    signal, variance = np.array([1.0, -1.0, 3.0, 4.0, np.inf]), np.array([2.0, 8.0, 4.0, 6.0, np.inf])
    expected = [2.0, np.nan, 6.0, 3.0, np.nan]  # the last one of a member that has diverged
    assert noise_scales([0, 5, 9, 12, 15], signal, variance) == pytest.approx(expected, nan_ok=True)


def test_losses_that_jump_up_and_down_swing() -> None:
    recipe = Recipe(hidden=(4,), epochs=1, batch_size=20, optimizer={"name": "sgd", "learning_rate": 1e-12})
    run = run_of(1, [recipe])
    probes = run.members[0].probes
    assert isinstance(probes, Probes)
    losses = np.concatenate(probes.recent)
    assert len(losses) == 15 == probes.recent_end
    centred = losses - losses.mean()
    expected = {
        "batch_loss": losses[-1], "batch_loss_mean": losses.mean(), "batch_loss_spread": losses.std(),
        "batch_loss_largest": losses.max(), "batch_loss_rise": (losses.max() - np.median(losses)) / losses.std(),
        "batch_loss_swing": -(centred[1:] @ centred[:-1]) / (centred @ centred),
    }  # fmt: skip
    seen = run.probes.filter(layer="network", update=15)
    found = dict(zip(seen["quantity"], seen["value"], strict=True))
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert run.members[0].history.column("running_loss")[0] == pytest.approx(losses.mean())


@pytest.mark.parametrize("probes", [0, -3, 1.5, "often"])
def test_a_distance_that_is_none_is_refused(probes: Any) -> None:
    with pytest.raises(InputError, match="^probes is True, False, or at least how many updates"):
        wellfit.train(RECIPES[0], ARRAYS.numbers, TARGET.values[:, 0], probes=probes)
