"""scikit-learn's callback protocol, where its version has one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV

from wellfit import NetworkClassifier

pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks from 1.9 on")
X, Y = load_iris(return_X_y=True)
SMALL: dict[str, Any] = {"hidden": (8,), "epochs": 5, "batch_size": 32, "schedule": "constant", "random_state": 0}


class Recorder:
    """Notes what it is told; asks to stop at the end of the task of a number, and may raise there."""

    def __init__(self, stop_at: int | None = None, raise_at: int | None = None) -> None:
        self.stop_at, self.raise_at = stop_at, raise_at
        self.told: list[tuple[str, str, int]] = []
        self.scores: list[float] = []

    def setup(self, estimator: Any, context: Any) -> None:
        self.told.append(("setup", context.task_name, context.max_subtasks))

    def teardown(self, estimator: Any, context: Any) -> None:
        self.told.append(("teardown", context.task_name, context.task_id))

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        self.told.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, X: Any = None, y: Any = None, fitted_estimator: Any = None
    ) -> bool:
        self.told.append(("end", context.task_name, context.task_id))
        self.scores.append(fitted_estimator.score(X, y))
        if context.task_name == "evaluation" and context.task_id == self.raise_at:
            raise RuntimeError("from the callback")
        return context.task_name == "evaluation" and context.task_id == self.stop_at


def test_each_epoch_is_a_task_of_the_fit() -> None:
    recorder = Recorder()
    fitted = NetworkClassifier(**SMALL).set_callbacks(recorder).fit(X, Y)
    inner = [(what, "evaluation", k) for k in range(5) for what in ("begin", "end")]
    assert recorder.told == [
        ("setup", "fit", 5), ("begin", "fit", 0), *inner, ("end", "fit", 0), ("teardown", "fit", 0)
    ]  # fmt: skip
    assert recorder.scores[-1] == fitted.score(X, Y)


@pytest.mark.parametrize(
    "changes", [{}, {"folds": 3}, {"recipe": {"stopping": {"name": "best", "every": 3}}}, {"budget": 9}]
)
def test_callbacks_do_not_change_a_bit(changes: dict[str, Any]) -> None:
    watched = NetworkClassifier(**SMALL, **changes).set_callbacks(Recorder()).fit(X, Y)
    alone = NetworkClassifier(**SMALL, **changes).fit(X, Y)
    assert np.array_equal(watched.predict_proba(X), alone.predict_proba(X))
    assert watched.history_.equals(alone.history_, null_equal=True)


def test_a_callback_may_stop_the_fit() -> None:
    fitted = NetworkClassifier(**SMALL).set_callbacks(Recorder(stop_at=1)).fit(X, Y)
    assert fitted.n_iter_ == 2
    short = NetworkClassifier(**SMALL, budget=int(fitted.history_["update"].max())).fit(X, Y)
    assert np.array_equal(fitted.predict_proba(X), short.predict_proba(X))


def test_a_callback_that_fails_is_torn_down() -> None:
    recorder = Recorder(raise_at=2)
    with pytest.raises(RuntimeError, match="from the callback"):
        NetworkClassifier(**SMALL).set_callbacks(recorder).fit(X, Y)
    assert recorder.told[-1][0] == "teardown"


class Propagated(Recorder):
    """Is handed on to the estimators inside a search."""

    max_propagation_depth = None

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:  # type: ignore[override]
        self.told.append(("end", context.task_name, context.task_id))
        return False


def test_a_searchs_callbacks_reach_the_network() -> None:
    recorder = Propagated()
    search = GridSearchCV(NetworkClassifier(**{**SMALL, "epochs": 2}), {"hidden": [(3,), (4,)]}, cv=2)
    search.set_callbacks(recorder).fit(X, Y)
    ends = [told for told in recorder.told if told[:2] == ("end", "evaluation")]
    assert len(ends) == 2 * (2 * 2 + 1)
