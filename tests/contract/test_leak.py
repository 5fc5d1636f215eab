"""Guarantee 4: what validation and test rows hold never reaches weights, encoders, batch statistics or stopping."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.engines.compiled.bench import Bench, make_bench, make_target, plain
from wellfit.engines.contract.history import history_table
from wellfit.engines.numpy import prepared_view as views
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, SparseColumns, Target, View
from wellfit.tables.encoding import fit_encoding

ROWS = 30
TRAINING, VALIDATION, TEST = np.arange(0, 16), np.arange(16, 24), np.arange(24, 30)


def table(changed: np.ndarray) -> tuple[Arrays, Target]:
    """The same training rows always; the changed rows hold other, wilder values of every kind."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(ROWS, 3)).astype(np.float32)
    codes = rng.integers(-1, 3, (ROWS, 2)).astype(np.int32)
    full = np.maximum(rng.normal(size=(ROWS, 4)), 0).astype(np.float32)
    target = make_target("numbers", ROWS, 2)
    numbers[changed] = numbers[changed] * 100 + 7
    if changed.size:
        numbers[changed[0], 0] = np.nan
    codes[changed] = 4
    full[changed] = 50 - full[changed]
    values = target.values.copy()
    values[changed] = values[changed] * 9 - 4
    starts = np.concatenate([[0], np.cumsum((full != 0).sum(axis=1))]).astype(np.int64)
    groups = ((0, 2, "numbers"), (2, 4, "text"))
    sparse = SparseColumns(starts, np.nonzero(full)[1].astype(np.int32), full[full != 0], 4, groups)
    return Arrays(numbers, codes, (5, 5), sparse), replace(target, values=values)


def trained(view: View, changed: np.ndarray, **slots: Any) -> Bench:
    given = {
        "hidden": (5, 4),
        "batch_size": 6,
        "epochs": 5,
        "dropout": 0.2,
        "normalization": "batch",
        "scaling": "robust",
    }
    bench = make_bench(plain(**{**given, **slots}), *table(changed), view=view, precision="float32")
    bench.finish()
    return bench


def assert_sealed(view: View, changed: np.ndarray, **slots: Any) -> None:
    """Weights, moving statistics, encoding: the same bits whatever the changed rows hold."""
    ours, theirs = trained(view, np.arange(0), **slots), trained(view, changed, **slots)
    assert np.array_equal(ours.member.parameters, theirs.member.parameters), "weights know rows outside training"
    assert np.array_equal(ours.member.state, theirs.member.state)
    plain, other = ours.member.prepared.encoding.to_plain(), theirs.member.prepared.encoding.to_plain()
    assert all(np.array_equal(a, b) for a, b in zip(flat(plain), flat(other), strict=True)), "the encoding knows them"


def flat(plain: dict[str, Any]) -> list[Any]:
    return [part for value in plain.values() for part in (value if isinstance(value, tuple) else (value,))]


SCALINGS = ["robust", "standard", "min_max", "quantile", "none"]


@pytest.mark.parametrize("scaling", SCALINGS)
def test_validation_and_test_rows_do_not_reach_the_weights(scaling: str) -> None:
    view = View(TRAINING, VALIDATION, TEST)
    assert_sealed(view, np.concatenate([VALIDATION, TEST]), scaling=scaling, stopping="none")


def test_test_rows_do_not_reach_stopping_either() -> None:
    slots = {
        "stopping": {"name": "patience", "patience": 2},
        "epochs": 40,
        "optimizer": {"name": "adam", "learning_rate": 0.05},
    }
    view = View(TRAINING, VALIDATION, TEST)
    ours, theirs = trained(view, np.arange(0), **slots), trained(view, TEST, **slots)
    assert (ours.member.status, ours.member.update) == (theirs.member.status, theirs.member.update)
    assert ours.member.status == "stopped"
    assert np.array_equal(ours.member.best, theirs.member.best)
    assert history_table([ours.member.history]).equals(history_table([theirs.member.history]))


def test_validation_rows_decide_only_what_is_kept_and_when_it_ends() -> None:
    ours = trained(View(TRAINING, VALIDATION), np.arange(0), stopping="best")
    theirs = trained(View(TRAINING, VALIDATION), VALIDATION, stopping="best")
    assert np.array_equal(ours.member.parameters, theirs.member.parameters)
    assert ours.member.validation_losses() != theirs.member.validation_losses()


def test_a_class_weight_counts_training_rows_alone() -> None:
    target = make_target("classes", ROWS, 3)
    other = replace(target, values=target.values.copy())
    other.values[VALIDATION] = 2
    arrays, _ = table(np.arange(0))
    recipe = plain(hidden=(4,), epochs=3, batch_size=8, class_weight="balanced", stopping="none")
    benches = [
        make_bench(recipe, arrays, y, view=View(TRAINING, VALIDATION), precision="float32") for y in (target, other)
    ]
    for bench in benches:
        bench.finish()
    assert np.array_equal(benches[0].member.parameters, benches[1].member.parameters)


def test_a_planted_leak_in_the_encoding_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(arrays: Arrays, target: Target, rows: Any, weight: Any, recipe: Recipe) -> Any:
        return fit_encoding(arrays, target, np.arange(arrays.rows), np.ones(arrays.rows), recipe)

    monkeypatch.setattr(views, "fit_encoding", leaking)
    with pytest.raises(AssertionError, match="know"):
        assert_sealed(View(TRAINING, VALIDATION, TEST), VALIDATION, stopping="none")


def test_a_planted_leak_in_the_rows_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    given = views.prepare_view

    def leaking(view: View, arrays: Arrays, target: Target, weight: Any, recipe: Recipe) -> Any:
        ready = given(view, arrays, target, weight, recipe)
        rows = np.concatenate([ready.training.numbers[:-1], view.validation[:1]])
        return replace(ready, training=replace(ready.training, numbers=rows))

    monkeypatch.setattr("tests.engines.compiled.bench.prepare_view", leaking)
    with pytest.raises(AssertionError, match="weights know"):
        assert_sealed(View(TRAINING, VALIDATION, TEST), VALIDATION, stopping="none")


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_view_refuses_rows_on_both_sides(part: str) -> None:
    with pytest.raises(ValueError, match="Row 3 is both in a view's training rows"):
        View(np.arange(5), **{part: np.array([9, 3])})


def test_a_view_needs_training_rows() -> None:
    with pytest.raises(ValueError, match="at least one training row"):
        View(np.arange(0))
