"""After early stopping the validation rows are trained on too: anew, or from the weights that were kept."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples
from wellfit.statistics.intervals import SHARE

CLAIMS = (
    Claim(
        "scratch", "Training anew on all rows for as long as was best lowers the error on new rows",
        "test error rate with stopping only minus that after, mean over samples of rows", least=0.0,
    ),
    Claim(
        "continue", "Going on from the kept weights on all rows lowers it too",
        "test error rate with stopping only minus that after, mean over samples of rows", least=0.0,
    ),
    Claim(
        "reached", "Going on reaches the former training loss on the former validation rows in most cases",
        "share of networks that reach it within the most updates, mean over samples of rows", least=0.5,
    ),
    Claim(
        "same", "Both ways come to nearly the same error",
        "test error rate of going on minus that of training anew, mean over samples of rows", least=-0.01, most=0.01,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """100 rows to train on and 50 to stop by; then all 150, in both ways."""
    X, y = digits()
    repeats = lab.pick(3, 12, 40)
    recipe = wellfit.Recipe.plain(
        (64,), optimizer="adam", batch_size=16, epochs=lab.pick(10, 60, 60),
        stopping={"name": "patience", "patience": 10},
    )  # fmt: skip
    error: dict[str, list[float]] = {"stopping only": [], "anew on all rows": [], "going on, all rows": []}
    reached = []
    for view in samples(repeats, len(y), 100, 1000, validation=50):
        population = wellfit.train(recipe, X, y, views=view, **lab.options)
        refitted = {how: wellfit.refit(population, how, **lab.options) for how in ("from_scratch", "continue")}
        models = (population[0].model, refitted["from_scratch"].model, refitted["continue"].model)
        for name, model in zip(error, models, strict=True):
            error[name].append(float(np.mean(model.predict(X[view.test]) != y[view.test])))
        reached.append(float(refitted["continue"].members[0].reached or 0))

    only, anew, going_on = (np.array(values) for values in error.values())
    found = {
        "scratch": difference(only, anew), "continue": difference(only, going_on),
        "reached": mean_of(reached, SHARE), "same": difference(going_on, anew),
    }  # fmt: skip
    rows = []
    for name, values in error.items():
        estimate = mean_of(values)
        rows.append({"way": name, "test error": estimate.mean, "low": estimate.low, "high": estimate.high})
    figure = interval_figure(
        ResultFrame(rows), Axis("test error", "error rate on new rows"), "way", low="low", high="high", zero=None,
        name="errors", title="Rows that only stopped the training are worth training on.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), 3 * repeats, f"one recipe on {repeats} samples of 150 digits, in three ways")


EXPERIMENT = Experiment(
    "All rows after early stopping",
    "Of 150 rows 50 were held out to tell when to stop. The network is then trained on all 150: anew for as many "
    "updates as were best, or from the kept weights until the former validation rows are fitted as well as the others. "
    "How much does either way gain on new rows?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.8, algorithms 7.2 and 7.3", (1, 3.9, 13.9), run,
    "A third more rows to learn from is worth more than what the number of updates, found on fewer rows, is off by. No "
    "row is left to measure the result: its score is that of cross-validation before.",
)  # fmt: skip
