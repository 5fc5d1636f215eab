"""Regularisers ordered on few rows: L2, L2 and L1, max-norm, and dropout with L2 or max-norm."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.experiments.dropout._digits import LARGE, few_digits
from wellfit.statistics.intervals import SHARE

CLAIMS = (
    Claim(
        "max_norm", "Max-norm alone is better than L2 alone",
        "test error rate with L2 minus that with max-norm, mean over samples of rows", least=0.0,
        published="Srivastava et al. 2014, MNIST: L2 1.62 %, max-norm 1.35 %",
    ),
    Claim(
        "dropout", "Dropout with L2 and dropout with max-norm are both better than all without dropout",
        "test error rate of the best without dropout minus the worse of the two with it, mean over samples of rows",
        least=0.0,
        published="Srivastava et al. 2014, MNIST: L2 1.62 %, L2 and L1 1.60 %, max-norm 1.35 %, dropout and L2 1.25 %, "
        "dropout and max-norm 1.05 %",
    ),
)  # fmt: skip
L2, NORMS = (1e-4, 1e-3, 1e-2), (1.0, 2.0, 4.0)
WITHOUT = {
    "L2": [{"l2": strength} for strength in L2],
    "L2 and L1": [{"l2": strength, "l1": strength / 10} for strength in L2],
    "max-norm": [{"max_norm": norm} for norm in NORMS],
}
WITH = {
    "dropout and L2": [{"dropout": 0.5, "l2": strength} for strength in (1e-5, *L2[:2])],
    "dropout and max-norm": [{"dropout": 0.5, "max_norm": norm} for norm in NORMS],
}


def run(lab: Lab) -> Answer:
    """Each regulariser at three strengths, of which each sample's validation rows choose one."""
    (X, y), views = few_digits(lab, 14, validation=300)
    base = LARGE.vary(hidden=(128, 128), epochs=lab.pick(2, 100, 100))
    errors = {}
    for name, strengths in (WITHOUT | WITH).items():
        population = wellfit.train([base.vary(slots) for slots in strengths], X, y, views=views, **lab.options)
        validation, test = (population.evaluate(part) for part in ("validation", "test"))
        best = validation["loss"].to_numpy().reshape(len(strengths), -1).argmin(axis=0)
        errors[name] = test["error"].to_numpy().reshape(len(strengths), -1)[best, np.arange(len(views))]

    best_without = min(WITHOUT, key=lambda name: errors[name].mean())
    worse_with = max(WITH, key=lambda name: errors[name].mean())
    found = {
        "max_norm": difference(errors["L2"], errors["max-norm"]),
        "dropout": difference(errors[best_without], errors[worse_with]),
    }
    table = [
        {"regulariser": name, "test error": one.mean, "low": one.low, "high": one.high}
        for name, error in errors.items() for one in [mean_of(error, SHARE)]
    ]  # fmt: skip
    figure = interval_figure(
        ResultFrame(table), Axis("test error", "test error rate"), "regulariser", low="low", high="high", zero=None,
        name="error-by-regulariser", title="Test error by regulariser, at strengths that validation rows chose.",
    )  # fmt: skip
    trained = f"5 regularisers at 3 strengths on {len(views)} samples of digits"
    return Answer(table, found, (figure,), 15 * len(views), trained)


EXPERIMENT = Experiment(
    "Dropout, max-norm, L2 and L1 on few rows",
    "Five ways to regularise a network are tuned alike on 400 digits: L2, L2 with L1, max-norm, dropout with L2, "
    "dropout with max-norm. In which order do their test errors come out?",
    CLAIMS, "Srivastava et al., Dropout, 2014, section 6.5", (0.7, 13, 65), run,
    "A limit on each unit's weights does not pull those at zero that the data ask for, and it bears the large, noisy "
    "steps of dropout.",
)  # fmt: skip
