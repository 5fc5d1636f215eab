"""AutoGluon and FLAML with the calls of a scikit-learn estimator: as they are offered, with a limit on their time."""

from __future__ import annotations

import time
from typing import Any, Self

import numpy as np

TARGET = "the target"  # AutoGluon takes the target as a column of the frame


class AutoGluon:
    """A preset of AutoGluon. What it keeps on disk goes to the folder where the fit runs.

    Seed: of the splits, and of the models in bags (`best_quality`); those that stand alone keep AutoGluon's.
    """

    def __init__(self, preset: str, is_class: bool, time_limit: float, threads: int, seed: int) -> None:
        from autogluon.tabular import TabularPredictor  # here: the import is not part of the fit, as for all others

        self.preset, self.is_class, self.time_limit = preset, is_class, time_limit
        self.threads, self.seed = threads, seed
        self.predictor_class = TabularPredictor

    def fit(self, X: Any, y: np.ndarray) -> Self:
        start = time.monotonic()
        frame = X.assign(**{TARGET: y})
        # The kind of task is told, as it is to all others: AutoGluon would take marks from 3 to 9 for classes.
        kind = ("binary" if len(np.unique(y)) == 2 else "multiclass") if self.is_class else "regression"
        try:
            self.predictor_ = self._fitted(frame, kind, self.time_limit)
        except AssertionError:
            # Without Ray, 1.6 gives up ("Learner is already fit") where its trial of stacking, a quarter of the time,
            # trained nothing. What it would go on with is the rest of the time and the preset's stack.
            rest = self.time_limit - (time.monotonic() - start)
            self.predictor_ = self._fitted(frame, kind, rest, dynamic_stacking=False)
        if self.is_class:
            self.classes_ = np.asarray(self.predictor_.class_labels)
        return self

    def _fitted(self, frame: Any, kind: str, time_limit: float, **more: Any) -> Any:
        predictor = self.predictor_class(
            TARGET, problem_type=kind, verbosity=0, learner_kwargs={"random_state": self.seed}
        )
        return predictor.fit(
            frame,
            presets=self.preset,
            time_limit=time_limit,
            num_cpus=self.threads,
            num_gpus=0,
            ag_args_ensemble={"model_random_seed": self.seed},
            **more,
        )

    def predict(self, X: Any) -> np.ndarray:
        return self.predictor_.predict(X).to_numpy()

    def predict_proba(self, X: Any) -> np.ndarray:
        return self.predictor_.predict_proba(X)[list(self.classes_)].to_numpy()


def plainly_named(X: Any) -> Any:
    """The frame with columns f0, f1, ...: LightGBM inside FLAML refuses names with marks such as "char_freq_;"."""
    return X.set_axis([f"f{i}" for i in range(X.shape[1])], axis=1)


class Flaml:
    """FLAML's AutoML. Seed: of the search; FLAML fixes those of the splits and of the models.

    Classes are chosen by log-loss, FLAML's own metric for three or more of them. For two it is the area under the ROC
    curve, to which it does not matter on which side of 1/2 all probabilities lie: errors would be those of a constant.
    """

    def __init__(self, is_class: bool, time_limit: float, threads: int, seed: int) -> None:
        from flaml import AutoML

        self.is_class, self.time_limit, self.threads, self.seed = is_class, time_limit, threads, seed
        self.model_ = AutoML()

    def fit(self, X: Any, y: np.ndarray) -> Self:
        told = {"task": "classification", "metric": "log_loss"} if self.is_class else {"task": "regression"}
        # A seed given to the constructor is not used (FLAML 2.8).
        limit = self.time_limit
        self.model_.fit(plainly_named(X), y, **told, time_budget=limit, n_jobs=self.threads, seed=self.seed, verbose=0)
        if self.is_class:
            self.classes_ = np.asarray(self.model_.classes_)
        return self

    def predict(self, X: Any) -> np.ndarray:
        return self.model_.predict(plainly_named(X))

    def predict_proba(self, X: Any) -> np.ndarray:
        return self.model_.predict_proba(plainly_named(X))
