"""Findings while networks are trained: what is said, of what, once, and how often one looks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wellfit
from wellfit.cli.live_findings import AT_THE_END, BETWEEN, UNDER_WAY, LiveFindings
from wellfit.diagnosis.evidence import networks_of
from wellfit.diagnosis.evidence.under_way import networks_under_way
from wellfit.diagnosis.examination import every_rule
from wellfit.engines.compiled.run.training_run import TrainingRun, make_training_run, train_run
from wellfit.engines.compiled.run.workers import seen_of
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.progress import MemberProgress, Observer
from wellfit.studies.base import StudyTable, study_table
from wellfit.tables import k_fold

X = np.random.default_rng(0).normal(size=(200, 4))
TABLE: StudyTable = study_table(X, X[:, 0] * X[:, 1] + X[:, 2], {})
SOUND = wellfit.Recipe(hidden=(16, 16), epochs=8)
WILD = SOUND.vary({"optimizer": {"name": "sgd", "learning_rate": 1000.0}, "clipping": "none"})


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def trained(*recipes: wellfit.Recipe, updates: int | None = None, observer: Observer | None = None) -> TrainingRun:
    rows = TABLE.rows
    plans = [Plan(recipe, view, 0) for recipe in recipes for view in k_fold(rows.target, 2, 0)]
    run = make_training_run(plans, rows.arrays, rows.target, rows.weight, 5)
    budget = Budget(updates=None if updates is None else tuple([updates] * len(plans)))
    return train_run(run, budget, 1, observers=[] if observer is None else [observer])


def seen(run: TrainingRun) -> list[MemberProgress]:
    return [seen_of(member) for member in run.members]


def looked(members: list[MemberProgress], times: int = 1) -> LiveFindings:
    clock = Clock()
    findings = LiveFindings(TABLE, clock)
    for _ in range(times):
        clock.now += BETWEEN
        findings.look(members)
    return findings


def test_what_observers_see_is_what_rules_get_after_training() -> None:
    run = trained(SOUND)
    for mine, theirs in zip(networks_under_way(seen(run)), networks_of(run), strict=True):
        for name in ("status", "updates", "kept_update", "updates_per_epoch", "layers", "place", "seed", "recipe"):
            assert getattr(mine, name) == getattr(theirs, name), name
        for name, values in theirs.history.items():
            np.testing.assert_array_equal(mine.history[name], values)
        made = {key for key in theirs.probes if key[1] != "noise_scale"}
        assert made == set(mine.probes)
        for key in made:
            np.testing.assert_array_equal(mine.probes[key].values, theirs.probes[key].values)
            np.testing.assert_array_equal(mine.probes[key].updates, theirs.probes[key].updates)


def test_a_wild_rate_is_named_once_and_a_sound_recipe_raises_nothing() -> None:
    findings = looked(seen(trained(WILD)), times=3)
    (sentence,) = findings.untold()
    assert sentence.startswith("Finding (learning-rate-too-high): ") and not findings.untold()
    assert looked(seen(trained(SOUND))).latest == []


def test_of_several_recipes_it_is_said_which() -> None:
    (sentence,) = looked(seen(trained(SOUND, WILD))).latest
    assert sentence.startswith("Finding (learning-rate-too-high), hidden 16-16, ") and "sgd" in sentence


def test_what_only_a_whole_training_shows_waits_for_its_end() -> None:
    slow = SOUND.vary({"optimizer": {"name": "sgd", "learning_rate": 1e-7}, "schedule": "constant"})
    assert looked(seen(trained(slow, updates=4))).latest == []
    assert any("learning-rate-too-low" in sentence for sentence in looked(seen(trained(slow))).latest)


def test_spikes_and_dead_units_are_compared_with_a_constant_prediction_of_the_table() -> None:
    findings = LiveFindings(TABLE)
    networks = networks_under_way(seen(trained(SOUND)))
    y = TABLE.rows.target.values[:, 0].astype(np.float64)
    expected = [np.mean((y[one.view.validation] - y[one.view.training].mean()) ** 2) for one in networks]
    np.testing.assert_allclose(findings._baselines(networks)["constant"], expected, rtol=1e-6)
    assert findings._baselines(networks)["constant"].tolist() == findings._baselines(networks)["constant"].tolist()
    assert LiveFindings()._baselines(networks) == {}


def test_it_looks_a_second_apart_and_only_while_that_costs_a_hundredth(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, looks = Clock(), []
    findings = LiveFindings(TABLE, clock)

    def judge(*given: Any, **_: Any) -> None:
        looks.append(clock.now)
        clock.now += 0.05  # what it takes

    monkeypatch.setattr(findings, "judge", judge)
    members = seen(trained(SOUND, updates=5))
    while clock.now < 30:
        findings.look(members)
        clock.now += 0.25
    assert looks[0] >= BETWEEN and all(b - a >= BETWEEN for a, b in zip(looks, looks[1:], strict=False))
    assert 0.05 * (len(looks) - 1) <= 0.01 * clock.now and len(looks) > 3


def test_observers_may_look_while_networks_train() -> None:
    findings = LiveFindings(TABLE)
    counts: list[int] = []

    def observe(progress: Any) -> None:
        findings.judge("", WILD, progress.members, False)
        counts.append(sum(len(one.measured(0)) for one in progress.members))

    run = trained(SOUND.vary({"epochs": 200}), observer=observe)
    assert counts == sorted(counts) and not run.interrupted


def test_the_rules_that_are_asked_need_training_alone() -> None:
    rules = every_rule()
    assert all(set(rules[code].needs) <= {"training", "recipe"} for code in (*UNDER_WAY, *AT_THE_END))
