"""Stopping rules against algorithm 7.1 letter by letter, and the default's rule for ties."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.compiled.bench import Bench, make_bench, plain, tiny
from tests.reference import stopping as reference
from wellfit.engines.compiled.run.updates import train_member
from wellfit.errors import InputError
from wellfit.numerics.blas import single_threaded_blas
from wellfit.tables.arrays import View
from wellfit.techniques.base import REGISTRY
from wellfit.training.checkpoint.member_file import restore_member, save_member

# Few different values, so that ties are common.
series = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.9, 1.3, math.nan]), min_size=1, max_size=30)


def outcome(losses: list[float], **settings: Any) -> tuple[int, int, float]:
    """Index of the evaluation kept (-1: none), evaluations made, best loss."""
    rule = REGISTRY["stopping"][settings["name"]](**settings)
    memory, kept = rule.start(), -1
    for k, loss in enumerate(losses):
        keep, stop = rule.decide(memory, loss, 10 * (k + 1))
        if keep:
            kept = k
            assert (memory["best_update"], memory["kept_evaluation"]) == (10 * (k + 1), k + 1)
        assert memory["evaluations"] == k + 1
        if stop:
            return kept, k + 1, memory["best"]
    return kept, len(losses), memory["best"]


@given(losses=series, patience=st.integers(1, 6))
def test_algorithm_7_1(losses: list[float], patience: int) -> None:
    expected = reference.strict(losses, patience)
    assert outcome(losses, name="strict_patience", patience=patience) == (expected.kept, expected.made, expected.error)


@given(losses=series)
def test_keep_best(losses: list[float]) -> None:
    expected = reference.last_of_the_best(losses)
    assert outcome(losses, name="best") == (expected.kept, expected.made, expected.error)


@given(losses=series, patience=st.integers(1, 6), gain=st.sampled_from([0.0, 0.15]))
def test_patience(losses: list[float], patience: int, gain: float) -> None:
    numbers = [loss for loss in losses if not math.isnan(loss)] or [1.0]  # a member that gives NaN has diverged
    expected = reference.last_of_the_best(numbers, patience, gain)
    settings = {"name": "patience", "patience": patience, "minimum_improvement": gain}
    assert outcome(numbers, **settings) == (expected.kept, expected.made, expected.error)


def test_small_gains_add_up_since_patience_last_began() -> None:
    """Each gain is below the least that counts; three of them are not. From the best loss, patience would end at 5."""
    losses = [1.0, 0.8, 0.6, 0.49, 0.45, 0.4, 0.35, 0.3]
    assert outcome(losses, name="patience", patience=4, minimum_improvement=0.5) == (7, 8, 0.3)
    assert outcome([1.0, 0.8, 0.6, 0.5, 0.49], name="patience", patience=3, minimum_improvement=0.5) == (3, 4, 0.5)


def test_patience_that_grows() -> None:
    losses = [5.0, 4.0, 3.0, *[3.5] * 50]
    # The best evaluation is the third: it goes on until evaluation 2 * 3 + 4 = 10, and stops at the one after.
    assert outcome(losses, name="patience", patience=4, growth=2.0) == (2, 11, 3.0)


@given(
    losses=st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.9]), min_size=1, max_size=60),
    growth=st.sampled_from([0.5, 1.0, 1.5, 2.0]),
    patience=st.integers(1, 8),
)
def test_patience_grows_with_the_best_evaluation(losses: list[float], growth: float, patience: int) -> None:
    expected = reference.stops_growing(losses, growth, patience)
    assert stops_at(losses, losses, name="patience", patience=patience, growth=growth) == expected


def test_keep_last_keeps_the_last() -> None:
    assert outcome([1.0, 2.0, 3.0], name="none")[:2] == (2, 3)


@pytest.mark.parametrize("name", ["strict_patience", "patience"])
def test_a_run_stops_where_the_reference_says(name: str) -> None:
    """The whole engine: what was kept, when it ended, and which weights come back."""
    rate = {"name": "sgd", "learning_rate": 0.5}
    recipe, arrays, target = tiny(
        outputs=1, rows=20, optimizer=rate, epochs=40, batch_size=4, stopping={"name": name, "patience": 3}
    )
    bench = make_bench(recipe, arrays, target, view=View(np.arange(12), np.arange(12, 20)), precision="float32")
    member = bench.finish()
    losses = member.validation_losses()
    rule = reference.strict if name == "strict_patience" else reference.last_of_the_best
    expected = rule(losses, 3)
    assert member.status == "stopped" and expected.made == len(losses) < 40
    assert member.best_update == (expected.kept + 1) * 3
    assert member.best_loss == expected.error
    again = make_bench(recipe, arrays, target, view=View(np.arange(12), np.arange(12, 20)), precision="float32")
    again.train(member.best_update)
    assert np.array_equal(again.member.parameters, member.best)


def test_evaluations_every_n_updates() -> None:
    stopping = {"name": "strict_patience", "patience": 100, "every": 4}
    recipe, arrays, target = tiny(rows=20, epochs=4, batch_size=5, stopping=stopping)
    bench = make_bench(recipe, arrays, target, view=View(np.arange(15), np.arange(15, 20)), precision="float32")
    updates = bench.finish().history.column("update")
    assert updates == [4, 8, 12]
    assert all(b - a == 4 for a, b in pairwise(updates))


# Prechelt's criteria against their definitions.

positive = st.lists(st.sampled_from([0.5, 0.75, 1.0, 1.01, 1.25, 2.0, 3.5]), min_size=1, max_size=30)


def stops_at(errors: list[float], training: list[float], **settings: Any) -> int | None:
    """The evaluation at which a rule stops, None if it does not."""
    rule = REGISTRY["stopping"][settings["name"]](**settings)
    memory = rule.start()
    for t, (error, trained) in enumerate(zip(errors, training, strict=False), 1):
        if rule.decide(memory, error, t, trained)[1]:
            return t
    return None


@given(errors=positive, alpha=st.sampled_from([0.0, 1.0, 5.0, 40.0, 100.0]))
def test_generalization_loss(errors: list[float], alpha: float) -> None:
    expected = reference.stops_gl(errors, alpha)
    assert stops_at(errors, errors, name="generalization_loss", alpha=alpha) == expected


@given(errors=positive, training=positive, alpha=st.sampled_from([0.0, 0.03, 0.3, 1.0]), k=st.integers(2, 5))
def test_progress_quotient(errors: list[float], training: list[float], alpha: float, k: int) -> None:
    both = min(len(errors), len(training))
    expected = reference.stops_pq(errors[:both], training[:both], alpha, k)
    assert stops_at(errors, training, name="progress_quotient", alpha=alpha, strip=k) == expected


@given(errors=positive, s=st.integers(1, 4), k=st.integers(1, 5))
def test_rising_strips(errors: list[float], s: int, k: int) -> None:
    assert stops_at(errors, errors, name="rising_strips", strips=s, strip=k) == reference.stops_up(errors, s, k)


@given(training=positive, least=st.sampled_from([0.1, 100.0, 400.0]), k=st.integers(2, 5))
def test_least_progress_ends_every_criterion_of_prechelt(training: list[float], least: float, k: int) -> None:
    falling = [10.0 - 0.1 * t for t in range(len(training))]
    expected = reference.stops_stalled(training, least, k)
    for name in ("generalization_loss", "progress_quotient", "rising_strips"):
        assert stops_at(falling, training, name=name, least_progress=least, strip=k) == expected


@given(errors=positive)
def test_prechelts_criteria_keep_the_last_of_the_best(errors: list[float]) -> None:
    expected = reference.last_of_the_best(errors)
    settings = {"name": "generalization_loss", "alpha": 1e9}
    assert outcome(errors, **settings) == (expected.kept, expected.made, expected.error)


def test_at_the_limit_itself_prechelts_criteria_go_on() -> None:
    """A generalisation loss of 25 %, and a progress of 250: the quotient is 0.1."""
    errors, training = [1.0, 1.25], [1.5, 1.0]
    for alpha, stops in ((25.0, None), (24.9, 2)):
        assert stops_at(errors, training, name="generalization_loss", alpha=alpha) == stops
    for alpha, stops in ((0.1, None), (0.0999, 2)):
        assert stops_at(errors, training, name="progress_quotient", alpha=alpha, strip=2) == stops


def test_zero_losses_are_no_trouble() -> None:
    assert stops_at([1.0, 0.0, 0.0, 0.1], [1.0, 0.0, 0.0, 0.0], name="generalization_loss", alpha=50) == 4
    assert stops_at([0.0, 0.1], [0.0, 0.0], name="progress_quotient", strip=2) == 2


def test_a_member_stops_by_the_training_loss_of_its_history() -> None:
    """The quotient needs both curves; what the engine hands the rule is what the history says."""
    bench = overfitting({"name": "progress_quotient", "alpha": 0.1, "strip": 3})
    member = bench.finish()
    training = member.history.column("training_loss")
    expected = reference.stops_pq(member.validation_losses(), training, 0.1, 3)
    assert member.status == "stopped" and len(member.history) == expected
    assert member.best_loss == min(member.validation_losses())


RATE = 0.05
STOPS_EARLY: list[dict[str, Any]] = [
    {"name": "generalization_loss", "alpha": 3.0},
    {"name": "progress_quotient", "alpha": 0.1, "strip": 3},
    {"name": "rising_strips", "strips": 2, "strip": 2},
    {"name": "patience", "patience": 2, "growth": 1.5},
    {"name": "strict_patience", "patience": 4, "every": 2},
    {"name": "updates", "updates": 40, "keep": "best"},
    {"name": "loss_below", "loss": 2.29, "updates": 60},
]


@pytest.mark.parametrize("stopping", STOPS_EARLY, ids=lambda s: str(s["name"]))
def test_killed_and_resumed_in_the_middle(stopping: dict[str, Any], tmp_path: Path) -> None:
    """Between two evaluations, two strips and two epochs, the run goes on to the same end."""
    whole = overfitting(stopping)
    whole.finish()
    assert 20 < whole.member.update < 110, whole.member.update
    for cut in (7, 13, 20):
        first = overfitting(stopping)
        with single_threaded_blas():
            while first.member.update < cut:
                first.member.seconds_per_update = 1.0  # one update at a time
                train_member(first.member, first.data, first.workspace, 1e-9)
        save_member(first.member, 0, tmp_path)
        second = overfitting(stopping)
        restore_member(second.member, tmp_path / "member-00000.safetensors")
        second.finish()
        assert second.member.memory == whole.member.memory
        assert second.member.update == whole.member.update and second.member.status == whole.member.status
        np.testing.assert_array_equal(second.member.parameters, whole.member.parameters)
        np.testing.assert_array_equal(second.member.best, whole.member.best)


def overfitting(stopping: dict[str, Any], **slots: Any) -> Bench:
    """A member on a handful of rows, whose validation loss falls and then rises."""
    slots = {"optimizer": {"name": "sgd", "learning_rate": RATE}, "epochs": 36, "batch_size": 4, **slots}
    recipe, arrays, target = tiny(outputs=1, rows=20, stopping=stopping, **slots)
    target = replace(target, values=target.values + 2 * arrays.numbers[:, :1])
    return make_bench(recipe, arrays, target, view=View(np.arange(12), np.arange(12, 20)), precision="float32")


@pytest.mark.parametrize(("horizon", "spans"), [("updates", 31), ("epochs", 108), (50, 50)])
def test_a_fixed_number_of_updates(horizon: Any, spans: int) -> None:
    """31 updates of 36 epochs of 3: the run ends there, and the schedule spans what `horizon` says."""
    stopping = {"name": "updates", "updates": 31, "horizon": horizon}
    bench = overfitting(stopping, schedule={"name": "linear", "end": 0.0}, weight_decay=0.0)
    member = bench.finish()
    assert (member.status, member.update, member.best_update) == ("finished", 31, 31)
    np.testing.assert_array_equal(member.best, member.parameters)
    rates = member.history.column("learning_rate")
    last = [update - 1 for update in member.history.column("update")]
    np.testing.assert_allclose(rates, [RATE * (1 - t / spans) for t in last], rtol=1e-12)


def test_more_updates_than_the_epochs_have() -> None:
    bench = overfitting({"name": "updates", "updates": 200, "keep": "best"})
    member = bench.finish()
    losses = member.validation_losses()
    assert member.update == 200 and member.best_loss == min(losses) and member.best_update < 200


def test_a_fixed_number_is_the_first_part_of_the_whole_run() -> None:
    """With the horizon of the epochs, stopping after n is cutting off, bit for bit."""
    cut = overfitting({"name": "updates", "updates": 31, "horizon": "epochs"}, schedule="one_cycle")
    whole = overfitting({"name": "none"}, schedule="one_cycle")
    whole.train(31)
    np.testing.assert_array_equal(cut.finish().parameters, whole.member.parameters)


def test_a_loss_that_is_reached_and_one_that_is_not() -> None:
    reached = overfitting({"name": "loss_below", "loss": 2.4}).finish()
    losses = reached.validation_losses()
    assert reached.status == "stopped" and losses[-1] <= 2.4 and all(loss > 2.4 for loss in losses[:-1])
    never = overfitting({"name": "loss_below", "loss": -1.0, "updates": 10}).finish()
    assert (never.status, never.update, never.best_update) == ("finished", 10, 10)


SHORTENING = ["patience", "strict_patience", "generalization_loss", "progress_quotient", "rising_strips", "loss_below"]


@pytest.mark.parametrize("name", SHORTENING)
def test_a_schedule_of_fixed_length_is_not_cut_short(name: str) -> None:
    with pytest.raises(InputError, match="has a fixed length that .* would cut short"):
        plain(stopping=name, schedule="one_cycle")
    assert plain(stopping=name, schedule="constant").stopping.name == name


def test_what_goes_with_schedules_of_fixed_length() -> None:
    for stopping in ({"name": "best"}, {"name": "none"}, {"name": "updates"}, {"name": "patience", "growth": 2}):
        recipe = plain(stopping=stopping, schedule="growing_cycles")
        assert (recipe.stopping.name, recipe.schedule.name) == (stopping["name"], "growing_cycles")


def test_criteria_that_divide_refuse_losses_that_may_be_negative() -> None:
    with pytest.raises(InputError, match="of counts may be negative"):
        plain(stopping="generalization_loss", loss="poisson")
    recipe, arrays, target = tiny("counts", stopping="progress_quotient")
    with pytest.raises(InputError, match="of counts may be negative"):
        make_bench(recipe, arrays, target)


def test_rising_strips_divide_for_progress_alone() -> None:
    asked = {"name": "rising_strips", "least_progress": 0.1}
    with pytest.raises(InputError, match="rising_strips divides by losses, and that of counts may be negative"):
        plain(stopping=asked, loss="poisson")
    with pytest.raises(InputError, match='"rising_strips" with least_progress = 0'):
        make_bench(*tiny("counts", stopping=asked))
    make_bench(*tiny("counts", stopping="rising_strips"))


@pytest.mark.parametrize(
    ("stopping", "rule"),
    [
        ({"name": "generalization_loss", "alpha": -1}, "alpha = -1"),
        ({"name": "progress_quotient", "strip": 1}, "strip = 1"),
        ({"name": "rising_strips", "strips": 0}, "strips = 0"),
        ({"name": "rising_strips", "strip": 1, "least_progress": 0.1}, "2 evaluations or more"),
        ({"name": "updates", "updates": 0}, "updates = 0"),
        ({"name": "updates", "horizon": "forever"}, "horizon"),
        ({"name": "best", "every": 0}, "every = 0"),
    ],
    ids=str,
)
def test_out_of_range_is_refused(stopping: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        plain(stopping=stopping)
