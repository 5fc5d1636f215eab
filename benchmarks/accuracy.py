"""Error on the tasks of WELLFIT_DATA: a bag of wellfit's default recipe beside scikit-learn's models.

The split is that of the data's README: rows with a target, `default_rng(0).permutation`, the first min(8000, 75 %) for
training, the next 10,000 at most for the test; classes with fewer than 8 training rows are left out. Test rows are used
once, for the figures printed.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from printing import print_table, write_json_lines
from scipy.stats import rankdata
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from wellfit import NetworkClassifier, NetworkRegressor
from wellfit.data import Schema, read_table

DATA = Path(os.environ.get("WELLFIT_DATA", Path(__file__).parents[2] / "shared" / "data"))
CORES = len(os.sched_getaffinity(0))


def load(task: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    """Training and test features as pandas frames (numbers, text with None), and their targets."""
    table = read_table(DATA / task["file"])
    schema = Schema.infer(table, target=task["target"], drop=task["drop"])
    features = table.frame.select(schema.required).to_pandas()
    y = np.array(table.series(task["target"]).to_list(), dtype=object)
    known = np.array([value is not None for value in y])
    order = np.flatnonzero(known)[np.random.default_rng(0).permutation(known.sum())]
    count = min(8000, int(0.75 * len(order)))
    train, test = order[:count], order[count : count + 10_000]
    if task["kind"] == "class":
        names, counts = np.unique(y[train].astype(str), return_counts=True)
        kept = set(names[counts >= 8])
        train, test = (part[[str(v) in kept for v in y[part]]] for part in (train, test))
        y = y.astype(str)
    else:
        y = y.astype(np.float64)
    return features.iloc[train], y[train], features.iloc[test], y[test]


def prepared(features: Any, model: Any, dense: bool) -> Any:
    """A scikit-learn pipeline: one-hot and scaled for networks and linear models, codes for trees."""
    numbers = features.select_dtypes("number").columns
    others = [name for name in features.columns if name not in set(numbers)]
    if dense:
        steps = [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), list(numbers)),
            ("others", OneHotEncoder(handle_unknown="ignore", max_categories=64, sparse_output=False), others),
        ]
        return make_pipeline(ColumnTransformer(steps), model)
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan)
    return make_pipeline(ColumnTransformer([("n", "passthrough", list(numbers)), ("o", codes, others)]), model)


def systems(is_class: bool) -> dict[str, Callable[[Any], Any]]:
    """Name to a maker of an estimator for some features."""
    if is_class:
        return {
            "wellfit, bag of 5": lambda f: NetworkClassifier(folds=5, n_jobs=CORES, random_state=0),
            "MLP": lambda f: prepared(f, MLPClassifier(random_state=0), True),
            "MLP, early stopping": lambda f: prepared(f, MLPClassifier(early_stopping=True, random_state=0), True),
            "gradient boosting": lambda f: prepared(f, HistGradientBoostingClassifier(random_state=0), False),
            "linear": lambda f: prepared(f, LogisticRegression(max_iter=500), True),
        }
    return {
        "wellfit, bag of 5": lambda f: NetworkRegressor(folds=5, n_jobs=CORES, random_state=0),
        "MLP": lambda f: prepared(f, MLPRegressor(random_state=0), True),
        "MLP, early stopping": lambda f: prepared(f, MLPRegressor(early_stopping=True, random_state=0), True),
        "gradient boosting": lambda f: prepared(f, HistGradientBoostingRegressor(random_state=0), False),
        "linear": lambda f: prepared(f, Ridge(), True),
    }


def measure(make: Callable[[Any], Any], data: tuple[Any, Any, Any, Any]) -> tuple[float, float]:
    """Error (error rate, or 1 - R2) on the test rows, and seconds to fit and predict."""
    X, y, X_test, y_test = data
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        error = 1 - make(X).fit(X, y).score(X_test, y_test)
    return float(error), time.perf_counter() - start


def main() -> None:
    """Print a line a task as it is done, then mean ranks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="*", help="names; default: all")
    parser.add_argument("--json", help="write a JSON line for each fit")
    options = parser.parse_args()
    tasks = json.loads((DATA / "tasks.json").read_text())
    names = options.tasks or list(tasks)
    rows, errors, lines = [], [], []
    columns = list(systems(True))
    for name in names:
        data = load(tasks[name])
        results = {system: measure(make, data) for system, make in systems(tasks[name]["kind"] == "class").items()}
        found = (f"{results[system][0]:.4f}" for system in columns)
        rows.append([name, tasks[name]["kind"], *found, f"{results[columns[0]][1]:.0f}"])
        errors.append([results[s][0] for s in columns])
        lines += [{"task": name, "system": s, "error": e, "seconds": t} for s, (e, t) in results.items()]
        print(" ".join(rows[-1]), flush=True)
    ranks = np.mean([rankdata(task) for task in errors], axis=0)
    rows.append(["mean rank", "", *(f"{rank:.2f}" for rank in ranks), ""])
    print_table("Error on the test rows: error rate, or 1 - R2", ["task", "kind", *columns, "wellfit s"], rows, 2)
    if options.json:
        write_json_lines(Path(options.json), lines)


if __name__ == "__main__":
    main()
