"""What a study of 500 networks costs, beside scikit-learn's cross_validate with its own networks.

    python benchmarks/studies.py [--networks N] [--sample K]

50 recipes that differ in their learning rate, 5 folds, 2 seeds: networks of 64-64 that train on 2,000 rows for 100
epochs in batches of 64. Printed are core-seconds (processor time of all threads) and the share of them that is not
training: laying out, encoding, measuring, tables. scikit-learn trains a sample of K networks by
`cross_validate(n_jobs=2)`, and its time is multiplied up.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
import warnings
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import joblib
import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import cross_validate
from sklearn.neural_network import MLPClassifier

import wellfit
from wellfit.studies.base import rounds, settings_of, study_table, train_grid

ROWS, COLUMNS, FOLDS, SEEDS, EPOCHS, BATCH = 2500, 20, 5, 2, 100, 64


def data() -> tuple[Any, Any]:
    """2,500 rows of 20 columns and two classes, of which each fold trains on 2,000."""
    return make_classification(ROWS, COLUMNS, n_informative=10, class_sep=0.7, random_state=0)


def study(networks: int) -> tuple[float, float]:
    """Core-seconds of a study, and of the training in it. Kernels are compiled before.

    networks: in all, a multiple of folds x seeds.
    """
    X, y = data()
    base = wellfit.Recipe(hidden=(64, 64), epochs=EPOCHS, batch_size=BATCH, stopping="none")
    rates = np.geomspace(1e-3, 3e-2, networks // (FOLDS * SEEDS))
    recipes = {f"rate {rate:.4g}": base.vary({"optimizer.learning_rate": float(rate)}) for rate in rates}
    settings = settings_of({"folds": FOLDS, "seeds": SEEDS})
    train_grid({"warm": base.vary(epochs=1)}, study_table(X, y, {}), settings_of({"folds": 2, "seeds": 1}))
    in_training, train_run = [0.0], rounds.train_run

    def timed(*given: Any, **more: Any) -> Any:
        start = time.process_time()
        try:
            return train_run(*given, **more)
        finally:
            in_training[0] += time.process_time() - start

    rounds.train_run = timed
    start = time.process_time()
    grid = train_grid(recipes, study_table(X, y, {}), settings)
    took = time.process_time() - start
    rounds.train_run = train_run
    if grid.table.height != networks:
        raise ValueError(f"{networks} is no multiple of {FOLDS * SEEDS} networks.")
    return took, in_training[0]


def rival(networks: int) -> float:
    """Core-seconds of scikit-learn for a number of networks, a multiple of the folds; the workers' time is counted."""
    X, y = data()
    warnings.filterwarnings("ignore", module="sklearn")  # that 100 epochs are not enough for it to converge
    before = _used()
    for seed in range(networks // FOLDS):
        model = MLPClassifier(
            (64, 64), batch_size=BATCH, max_iter=EPOCHS, tol=0.0, n_iter_no_change=EPOCHS + 1, random_state=seed
        )
        with joblib.parallel_config("multiprocessing"):  # its workers end, so that their time is known
            cross_validate(model, X, y, cv=FOLDS, n_jobs=2, scoring="neg_log_loss", return_train_score=True)
    return _used() - before


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main() -> int:
    """Print both."""
    parser = argparse.ArgumentParser(prog="python benchmarks/studies.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--networks", type=int, default=500, help="of the study (default 500)")
    parser.add_argument("--sample", type=int, default=10, help="networks that scikit-learn trains (default 10)")
    choices = parser.parse_args()
    took, trained = study(choices.networks)
    sys.stdout.write(
        f"wellfit: {choices.networks} networks in {took:.0f} core-seconds, {1 - trained / took:.1%} outside training\n"
    )
    theirs = rival(choices.sample) / choices.sample * choices.networks
    sys.stdout.write(f"scikit-learn: {theirs:.0f} core-seconds, multiplied up from {choices.sample} networks; "
                     f"{theirs / took:.1f} times as many\n")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
