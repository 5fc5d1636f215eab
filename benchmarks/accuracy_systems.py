"""The systems that `accuracy.py` lays side by side, each as a scikit-learn estimator that takes the raw frame.

Every one is used as its library offers it, untuned: the defaults of scikit-learn, LightGBM, CatBoost and XGBoost, and
pytabkit's tuned defaults ("-td": settings that their authors found on other data sets; a fifth of the training rows is
taken for early stopping). What a library cannot take as it is (missing cells, text) is made fit for it in the usual
way, as part of its fit.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
from collections.abc import Callable
from typing import Any, NamedTuple

from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


class Fit(NamedTuple):
    """What a maker of an estimator is told."""

    is_class: bool
    seed: int
    threads: int
    time_limit: float | None
    budget: int | None
    features: Any  # the training frame, for its columns' kinds


class System(NamedTuple):
    """A maker of an estimator, the packages it needs, whether it has a time limit, and whether it runs unasked."""

    make: Callable[[Fit], Any]
    packages: tuple[str, ...]
    timed: bool = False
    usual: bool = True


def either(module: str, classes: str, numbers: str) -> Callable[[Fit], type]:
    """The estimator's class for the kind of task, imported only when it is used."""
    return lambda fit: getattr(importlib.import_module(module), classes if fit.is_class else numbers)


def wellfit_search(fit: Fit, **settings: Any) -> Any:
    cls = either("wellfit", "WellfitClassifier", "WellfitRegressor")(fit)
    limit = {"time_limit": fit.time_limit} if fit.budget is None else {"budget": fit.budget}
    return cls(**limit, n_jobs=fit.threads, random_state=fit.seed, **settings)


def wellfit_split(fit: Fit) -> Any:
    return wellfit_search(fit, split_equal_rows=True)


def wellfit_bag(fit: Fit) -> Any:
    cls = either("wellfit", "NetworkClassifier", "NetworkRegressor")(fit)
    return cls(folds=5, n_jobs=fit.threads, random_state=fit.seed)


def dense(fit: Fit, model: Any) -> Any:
    """For networks and linear models: numbers standardised (missing: the mean), text one-hot; targets as they are."""
    numbers = list(fit.features.select_dtypes("number").columns)
    others = [name for name in fit.features.columns if name not in set(numbers)]
    steps = [
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        ("others", OneHotEncoder(handle_unknown="ignore", max_categories=64, sparse_output=False), others),
    ]
    return make_pipeline(ColumnTransformer(steps), model)


def mlp(fit: Fit) -> Any:
    return dense(fit, either("sklearn.neural_network", "MLPClassifier", "MLPRegressor")(fit)(random_state=fit.seed))


def mlp_scaled(fit: Fit) -> Any:
    """What a careful user makes of it: without it, numbers far from 1 as targets undo the MLP."""
    return mlp(fit) if fit.is_class else TransformedTargetRegressor(mlp(fit), transformer=StandardScaler())


def linear(fit: Fit) -> Any:
    cls = either("sklearn.linear_model", "LogisticRegression", "Ridge")(fit)
    return dense(fit, cls(max_iter=500) if fit.is_class else cls())


def plain(fit: Fit, model: Any, **options: Any) -> Any:
    from accuracy_frames import Frames

    return make_pipeline(Frames(**options), model)


def hist_boosting(fit: Fit) -> Any:
    cls = either("sklearn.ensemble", "HistGradientBoostingClassifier", "HistGradientBoostingRegressor")(fit)
    return plain(fit, cls(random_state=fit.seed), most_categories=250)


def forest(fit: Fit) -> Any:
    cls = either("sklearn.ensemble", "RandomForestClassifier", "RandomForestRegressor")(fit)
    return plain(fit, cls(random_state=fit.seed, n_jobs=fit.threads), text="codes")


def lightgbm(fit: Fit) -> Any:
    cls = either("lightgbm", "LGBMClassifier", "LGBMRegressor")(fit)
    return plain(fit, cls(random_state=fit.seed, n_jobs=fit.threads, verbose=-1))


def xgboost(fit: Fit) -> Any:
    from accuracy_frames import Coded

    cls = either("xgboost", "XGBClassifier", "XGBRegressor")(fit)
    model = cls(random_state=fit.seed, n_jobs=fit.threads, enable_categorical=True)
    return plain(fit, Coded(model) if fit.is_class else model)


def catboost(fit: Fit) -> Any:
    from accuracy_frames import Frames

    cls = either("catboost", "CatBoostClassifier", "CatBoostRegressor")(fit)
    told = {"cat_features": Frames.text_columns(fit.features), "allow_writing_files": False, "verbose": False}
    return plain(fit, cls(random_seed=fit.seed, thread_count=fit.threads, **told), text="words")


def tuned(name: str) -> Callable[[Fit], Any]:
    """An estimator of pytabkit; it takes no missing numbers, so they get the median and an indicator."""

    def make(fit: Fit) -> Any:
        cls = either("pytabkit", f"{name}_Classifier", f"{name}_Regressor")(fit)
        return plain(fit, cls(device="cpu", random_state=fit.seed, n_cv=1, n_threads=fit.threads), impute=True)

    return make


def autogluon(preset: str) -> Callable[[Fit], Any]:
    def make(fit: Fit) -> Any:
        from accuracy_automl import AutoGluon

        return AutoGluon(preset, fit.is_class, fit.time_limit, fit.threads, fit.seed)

    return make


def flaml(fit: Fit) -> Any:
    from accuracy_automl import Flaml

    return Flaml(fit.is_class, fit.time_limit, fit.threads, fit.seed)


SYSTEMS = {
    "wellfit": System(wellfit_search, ("wellfit",), timed=True),
    "wellfit-split": System(wellfit_split, ("wellfit",), timed=True, usual=False),
    "bag5": System(wellfit_bag, ("wellfit",)),
    "linear": System(linear, ("sklearn",)),
    "mlp": System(mlp, ("sklearn",)),
    "mlp-scaled": System(mlp_scaled, ("sklearn",), usual=False),
    "histgb": System(hist_boosting, ("sklearn",)),
    "forest": System(forest, ("sklearn",)),
    "lightgbm-td": System(tuned("LGBM_TD"), ("pytabkit", "lightgbm")),
    "xgboost-td": System(tuned("XGB_TD"), ("pytabkit", "xgboost")),
    "catboost-td": System(tuned("CatBoost_TD"), ("pytabkit", "catboost")),
    "lightgbm": System(lightgbm, ("lightgbm",)),
    "catboost": System(catboost, ("catboost",)),
    "xgboost": System(xgboost, ("xgboost",)),
    "realmlp-td": System(tuned("RealMLP_TD"), ("pytabkit", "torch")),
    "autogluon-medium": System(autogluon("medium_quality"), ("autogluon",), timed=True, usual=False),
    "autogluon-best": System(autogluon("best_quality"), ("autogluon",), timed=True, usual=False),
    "flaml": System(flaml, ("flaml",), timed=True, usual=False),
}

MISSING = """
import importlib.util, json, sys
print(json.dumps([name for name in sys.argv[1:] if importlib.util.find_spec(name) is None]))
"""


def interpreter(name: str, pythons: dict[str, str]) -> str | None:
    """The interpreter that one of a system's packages was given; None: this one."""
    return next((pythons[package] for package in SYSTEMS[name].packages if package in pythons), None)


def missing_packages(name: str, python: str | None = None) -> list[str]:
    """The packages of a system that are not installed: here, or where another interpreter finds its own."""
    packages = SYSTEMS[name].packages
    if python is None:
        return [package for package in packages if importlib.util.find_spec(package) is None]
    asked = subprocess.run([python, "-I", "-c", MISSING, *packages], check=True, capture_output=True, text=True)
    return json.loads(asked.stdout)
