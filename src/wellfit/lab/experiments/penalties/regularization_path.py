"""The path of a penalty: weights, zeros and errors as its strength grows from 0."""

from __future__ import annotations

import numpy as np
import polars as pl
from sklearn.datasets import load_diabetes

import wellfit
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact
from wellfit.statistics.intervals import Estimate

STRENGTHS = (0.0, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.8)
CLAIMS = (
    Claim(
        "weights", "The norm of the weights falls all along the path",
        "largest rise of the mean norm from one strength to the next", most=1e-6,
    ),
    Claim(
        "zeros", "The number of columns that are not read never falls",
        "largest fall from one strength to the next, in columns", most=1e-6,
    ),
    Claim(
        "end", "At the end of the path no column is read", "columns that the networks read at the strength 0.8",
        most=1e-6,
    ),
    Claim(
        "chosen", "A strength that drops columns costs next to nothing on new rows",
        "loss (RMSE) at the one-standard-error strength over that at 0, by the paired interval over folds", most=1.05,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """`studies.path` of L1 on a linear network that reads the diabetes table of scikit-learn."""
    X, y = load_diabetes(return_X_y=True)
    recipe = wellfit.Recipe.plain(
        (),
        batch_size="all",
        epochs=lab.pick(300, 1000, 1000),
        stopping={"name": "none", "every": 500},
        optimizer={"name": "momentum", "learning_rate": 0.2},
    )
    study = wellfit.studies.path(
        recipe, X, y, slot="l1", strengths=STRENGTHS, folds=lab.pick(3, 5, 10), seeds=1, **lab.options
    )
    table, chosen = study.table, max(study.facts["one-standard-error strength"], STRENGTHS[1])
    compared = study.details["comparisons"].row(by_predicate=pl.col("name") == f"l1.strength = {chosen:g}", named=True)
    first = table["test_loss"][0]
    found = {
        "weights": exact(np.diff(table["weights"]).max()), "zeros": exact(-np.diff(table["unread_columns"]).min()),
        "end": exact(X.shape[1] - table["unread_columns"][-1]),
        "chosen": Estimate(*(1 + compared[key] / first for key in ("difference", "difference_low", "difference_high"))),
    }  # fmt: skip
    return Answer(table.to_dicts(), found, study.figures, study.plan.networks, study.plan.words)


EXPERIMENT = Experiment(
    "The path of L1",
    "L1 on a linear network grows from 0 until no column is left. In which order do the columns go, and how many can "
    "go before the error on new rows rises?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.1.2; Hastie et al. 2009, 3.4", (0.6, 1.4, 2.9), run,
    "A column goes when the penalty outweighs what its weight still takes off the loss. Columns that others can "
    "replace go first, and hardly any error comes with them.",
)  # fmt: skip
