"""The learning curve on a real table: nested samples, the same held-out rows, and a verdict in every case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

import wellfit
from wellfit.errors import InputError
from wellfit.frames import ResultFrame
from wellfit.studies import Study
from wellfit.studies.base import settings_of, study_table
from wellfit.studies.base.study import StudyPlan
from wellfit.studies.base.table import measured_views
from wellfit.studies.generalisation.learning_curve_answer import Curve, learning_curve_study
from wellfit.studies.generalisation.nested import nested_views

X, Y = load_breast_cancer(return_X_y=True)
SIZES = [20, 28, 40, 57, 80, 113, 160]


def test_on_a_real_table_the_loss_falls_with_rows_and_is_forecast(tmp_path: Path) -> None:
    study = wellfit.studies.learning_curve(
        wellfit.Recipe(hidden=(8,), epochs=10, batch_size=16), X[:240], Y[:240], sizes=SIZES, folds=3, seeds=2, n_jobs=1
    )
    measured = study.table.filter(kind="measured")
    assert measured["rows"].to_list() == SIZES and measured["test_loss"][6] < measured["test_loss"][0]
    assert study.details["networks"].height == 7 * 3 * 2
    told = study.table.filter(kind="forecast")
    assert (told.height == 2) == ("cannot be told whether more rows" not in study.verdict)
    study.save(tmp_path)
    assert Study.load(tmp_path).verdict == study.verdict and (tmp_path / "learning-curve.svg").exists()


@pytest.mark.parametrize("grouped", [False, True])
def test_samples_are_nested_and_keep_classes_or_groups(grouped: bool) -> None:
    groups = np.arange(len(Y)) // 7 if grouped else None
    table = study_table(X, Y, {"groups": groups})
    view = measured_views(table, settings_of({"folds": 3})).views[0]
    views = nested_views(view, table.rows, [60, 120, len(view.training) + len(view.validation)], 5)
    for small, large in zip(views, views[1:], strict=False):
        assert set(small.training) < set(large.training) and set(small.validation) < set(large.validation)
        assert np.array_equal(small.test, view.test)
    assert [len(one.training) + len(one.validation) for one in views[:2]] == [60, 120]
    assert np.array_equal(views[-1].training, view.training)
    if not grouped:
        assert abs(Y[views[0].training].mean() - Y[view.training].mean()) < 0.03
    else:
        whole = {one: set(view.training[groups[view.training] == one]) for one in groups[views[0].training]}
        assert sum(not rows <= set(views[0].training) for rows in whole.values()) <= 1


def _study(truth: Any, noise: float, folds: int = 5, lost: int = 0) -> Study:
    """The study of made-up losses."""
    table = study_table(X, Y, {})
    views = measured_views(table, settings_of({"folds": max(folds, 2)}))
    rng = np.random.default_rng(0)
    rows = [
        {"partition": 0, "fold": f, "rows": n, "seed": s, "status": "finished", "training_loss": 0.1,
         "test_loss": truth(n) + noise * rng.normal()}
        for f in range(folds) for s in range(2) for n in (50, 71, 100, 141, 200, 283, 400)
    ]  # fmt: skip
    for row in rows[:lost]:
        row["test_loss"] = float("inf")
    if folds == 1:
        views = type(views)(views.views[:1], 1, 1)
    curve = Curve(wellfit.Recipe(), "log-loss", views, ResultFrame(rows), StudyPlan("made up"), ())
    return learning_curve_study(curve, (2.0,), settings_of({}))


@pytest.mark.parametrize(
    ("study", "said"),
    [
        (lambda: _study(lambda n: 0.1 + 3 * n**-0.5, 0.001), "Twice the rows would lower the log-loss by about 0.04"),
        (lambda: _study(lambda n: 0.1 + 3 * n**-0.5, 0.001, lost=1), "Twice the rows would lower the log-loss"),
        (lambda: _study(lambda n: 0.3 + 0 * n, 0.0001), "Twice the rows would practically change nothing"),
        (lambda: _study(lambda n: 0.3 + 0.5 / n**0.5, 0.05), "It cannot be told whether twice the rows would help"),
        (lambda: _study(lambda n: 0.3 + 0.1 * (n == 141), 0.001), "the log-loss rises by 0.1"),
        (lambda: _study(lambda n: 0.1 + 3 * n**-0.5, 0.001, lost=14), "at every size all networks of a fold diverged"),
        (lambda: _study(lambda n: 0.1 + 3 * n**-0.5, 0.001, folds=1), "Twice the rows would lower the log-loss"),
    ],
)
def test_what_is_said_of_curves_that_are_known(study: Any, said: str) -> None:
    found = study()
    assert said in found.verdict and found.verdict.endswith(".") and found.display().title == found.verdict
    if found.plan.networks == 0 and "lower" in found.verdict:
        assert found.facts["fall_at_2_times_low"] < 3 * (400**-0.5 - 800**-0.5) < found.facts["fall_at_2_times_high"]


@pytest.mark.parametrize(
    ("options", "said"),
    [({"sizes": [5, 20]}, "sizes are whole numbers from 10 to"), ({"factors": (0.5,)}, "factors are numbers above 1")],
)
def test_sizes_that_cannot_be_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        wellfit.studies.learning_curve(None, X, Y, **options)
