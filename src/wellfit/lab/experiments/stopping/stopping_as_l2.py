"""Stopping descent early shrinks weights as an L2 penalty does: exactly so along each direction by itself."""

from __future__ import annotations

from typing import Any

from sklearn.datasets import load_diabetes

import wellfit
from wellfit.figures import with_slider
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact
from wellfit.lab.experiments.penalties._made import linear

CLAIMS = (
    Claim(
        "exact", "A penalty of its own in each eigendirection leaves the weights that stopped descent leaves",
        "largest difference of a weight along an eigendirection, of the largest weight, over tables and steps",
        most=1e-3,
    ),
    Claim(
        "short", "One penalty 1 / (e t) does nearly the same where steps are small and few",
        "largest difference of the share kept of a direction, after 10 steps of 0.003", most=0.02,
    ),
    Claim(
        "long", "It does not where they are many",
        "largest difference of the share kept of a direction on the diabetes table, after 100 steps", least=0.1,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """`studies.early_stopping_as_l2` on a real table and on independent columns, at several numbers of steps."""
    diabetes, made = load_diabetes(return_X_y=True), linear(200, informative=3, noise=3)
    steps = lab.pick((10, 100), (10, 100, 1000), (10, 30, 100, 300, 1000, 3000))
    rows: list[dict[str, Any]] = []
    figures: dict[str, list[wellfit.figures.Figure]] = {"diabetes": [], "made": []}
    for name, (X, y) in {"diabetes": diabetes, "made": made}.items():
        for count in steps:
            study = wellfit.studies.early_stopping_as_l2(X, y, steps=count, **lab.options)
            figures[name].append(study.figures[0])
            rows.append({"table": name, "steps": count, **_facts(study)})
    few = wellfit.studies.early_stopping_as_l2(*diabetes, steps=10, step=0.003, **lab.options)
    (many,) = (row for row in rows if row["table"] == "diabetes" and row["steps"] == 100)
    found = {
        "exact": exact(max(row["largest difference"] for row in rows)), "long": exact(many["with one penalty"]),
        "short": exact(_facts(few)["with one penalty"]),
    }  # fmt: skip
    by_steps = with_slider(
        figures["diabetes"], steps, name="kept-by-steps", label="steps", shown=steps.index(100),
        title="The diabetes table: the longer descent goes on, the more directions reach their least-squares weight.",
    )  # fmt: skip
    return Answer(
        rows, found, (by_steps, figures["made"][0]), len(rows) + 1, f"{len(rows) + 1} linear networks on 2 tables"
    )


def _facts(study: wellfit.studies.Study) -> dict[str, float]:
    return {
        "step": study.facts["step"], "largest difference": study.facts["largest_difference"],
        "with one penalty": study.facts["largest_difference_with_one_penalty"],
    }  # fmt: skip


EXPERIMENT = Experiment(
    "Early stopping as a penalty",
    "Descent on a quadratic loss starts at 0 and is stopped after some steps. Ridge regression has a penalty in place "
    "of the stop. Can the penalty be chosen so that both give the same weights?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.8", (0.2, 0.5, 1.4), run,
    "Along a direction of curvature l, t steps of size e keep the share 1 - (1 - e l)^t of the least-squares weight, "
    "and a penalty a keeps l / (l + a). Both cut directions of little curvature most; one a for all directions matches "
    "only to first order.",
)  # fmt: skip
