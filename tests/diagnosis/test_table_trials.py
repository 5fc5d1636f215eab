"""Changes of the table: what is advised together is trained together, and only what is shown to help is advised."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import wellfit
from wellfit.diagnosis.base import Finding, Judgement, Remedy, TableChange
from wellfit.diagnosis.examination import every_rule
from wellfit.diagnosis.rules.table.label_noise import suspect_rows
from wellfit.diagnosis.trial import TableAdvice, try_table_changes
from wellfit.diagnosis.trial.judging import PATIENT
from wellfit.diagnosis.trial.table_changes import changed_table
from wellfit.recipe import Recipe
from wellfit.studies.base import settings_of, study_table, train_grid
from wellfit.studies.base.table import measured_views

RECIPE = Recipe(hidden=(16,), epochs=30)
OPTIONS: Any = {"folds": 8, "seeds": 1, "n_jobs": 1}


def finding(code: str, change: TableChange, severity: Any = "problem") -> Finding:
    remedy = Remedy(f"Mend {code}.", {}, change)
    return Finding(code, code, Judgement("found", f"{code}.", {}, severity, remedies=(remedy,)))


def without(*names: str) -> TableChange:
    return TableChange(drop_columns=names)


def advice(table: Any, *findings: Finding, recipe: Recipe = RECIPE) -> TableAdvice:
    settings = settings_of(OPTIONS)
    grid = train_grid({PATIENT: recipe}, table, settings, validates=True)
    return try_table_changes(findings, recipe, grid, table, lambda part: settings)


def leaky(rows: int = 200) -> tuple[pl.DataFrame, Any]:
    """`b` tells most of the class, `c` nothing, and `leak` all of it."""
    a, b, c = np.random.default_rng(0).normal(size=(3, rows))
    y = a + 3 * b > 0
    return pl.DataFrame({"a": a, "b": b, "c": c, "leak": y + 0.01 * c}), y


def test_a_column_is_judged_with_the_leak_already_left_out() -> None:
    """Beside the leak no other column is missed: whether one may go is seen only without it."""
    frame, y = leaky()
    found = advice(
        study_table(frame, y, {}), finding("drift", without("b")), finding("leaking-columns", without("leak"))
    )
    leak, drift = found.tried
    assert leak.code == "leaking-columns" and leak.recommended
    assert drift.before == pytest.approx(leak.loss) and drift.verdict == "worse" and not drift.recommended
    assert found.ground.change == without("leak")


def test_a_problem_whose_change_is_not_shown_to_help_is_not_advised() -> None:
    frame, y = leaky(60)
    found = advice(study_table(frame.drop("leak"), y, {}), finding("drift", without("a")))
    (tried,) = found.tried
    assert tried.verdict == "not distinguishable" and not tried.recommended and found.ground.change is None


def test_changes_advised_together_are_trained_together() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(120, 122))
    y = X[:, 0] + X[:, 1] + 0.1 * random.normal(size=120)
    names = ["a", "b", *(f"n{k}" for k in range(120))]
    table = study_table(pl.DataFrame(X, schema=names), y, {})
    first, second = without(*names[2:62]), without(*names[62:])
    found = advice(table, finding("first", first), finding("second", second))
    *single, together = found.tried
    assert all(one.recommended for one in found.tried) and together.words.startswith("Together: Mend ")
    after, before = sorted(single, key=lambda one: one.loss)
    assert after.before == pytest.approx(before.loss) and together.loss == pytest.approx(after.loss)
    assert together.verdict == "better" and found.ground.change is not None
    assert set(found.ground.change.drop_columns) == set(names[2:])


def test_recipes_are_tried_on_the_table_with_the_advised_changes() -> None:
    X = np.random.default_rng(0).normal(size=(300, 3))
    y = X[:, 0] * X[:, 1] > 0
    frame = pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "leak": y + 0.01 * X[:, 2]})
    muted = tuple(code for code in every_rule() if code not in ("linear-network", "leaking-columns"))
    linear = Recipe(hidden=(16, 16), activation="identity", epochs=20)
    found = wellfit.diagnose(linear, frame, y, mute=muted, folds=4, seeds=1, n_jobs=1, patches=2, random_patches=False)
    assert found.table_change == without("leak")
    before, after = found.facts["test loss"], found.facts["test loss on the changed table"]
    assert after > 0.5 > before, "a linear network sees all of it by the leak, and nothing without"
    assert found.healed is not None and found.healed.activation != "identity", "which the leak would have hidden"
    chosen = found.trial.filter(found.trial["chosen"] == "chosen")
    assert found.facts["lowered by"] == pytest.approx(1 - chosen["loss"].item() / after)
    assert "With the table changed so: What helped" in found.verdict


def noisy(rows: int = 400, classes: int = 4) -> tuple[Any, Any, Any]:
    """Classes far apart and columns that tell nothing, three of ten labels of others: columns, labels, which."""
    random = np.random.default_rng(0)
    y = random.integers(0, classes, rows)
    X = np.c_[4 * np.eye(classes)[y] + 0.6 * random.normal(size=(rows, classes)), random.normal(size=(rows, 30))]
    wrong = np.arange(rows) < 0.3 * rows
    return X, np.where(wrong, (y + random.integers(1, classes, rows)) % classes, y), wrong


def test_rows_with_wrong_labels_are_left_out_and_test_rows_have_no_say() -> None:
    X, y, wrong = noisy()
    table = study_table(X, y, {"kind": "class"})
    named = suspect_rows(table, np.arange(len(y)))
    assert wrong[named].mean() > 0.9 and len(named) > 0.7 * wrong.sum()
    overfits = Recipe(hidden=(64,), epochs=60, dropout=0.0, weight_decay=0.0, stopping="none")
    found = advice(table, finding("label-noise", TableChange(drop_rows=tuple(map(int, named)))), recipe=overfits)
    (tried,) = found.tried
    assert tried.recommended and tried.verdict == "better, by the share of wrong predictions"
    assert found.ground.change is not None and found.ground.change.drop_rows == tuple(sorted(map(int, named)))
    asked: list[Any] = []
    settings = settings_of(OPTIONS)
    before = measured_views(table, settings)

    def all_wrong(_: Any, rows: Any) -> Any:
        asked.append(rows)
        return rows[wrong[rows]]

    _, after = changed_table(table, before, TableChange(), settings, [all_wrong])
    for old, new, rows in zip(before.views, after.views, asked, strict=True):
        assert not set(rows) & set(old.test) and np.array_equal(old.test, new.test)
        assert not wrong[new.training].any() and not wrong[new.validation].any()
