"""Rules for when to stop, compared: what a slower rule costs in updates and gains on new rows."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of, ratio
from wellfit.lab.base.data import digits, samples
from wellfit.statistics.intervals import SHARE

RULES = {
    "patience 2": {"name": "patience", "patience": 2},
    "patience 5": {"name": "patience", "patience": 5},
    "patience 20": {"name": "patience", "patience": 20},
    "algorithm 7.1, p = 10": {"name": "strict_patience", "patience": 10},
    "generalisation loss 5": {"name": "generalization_loss", "alpha": 5.0},
    "progress quotient 1": {"name": "progress_quotient", "alpha": 1.0},
    "4 rising strips": {"name": "rising_strips", "strips": 4},
    "all epochs, best kept": {"name": "best"},
}
PRECHELT = "Prechelt 1998, 1,296 runs: slower criteria gained about 4 % and took about 4 times as long"
CLAIMS = (
    Claim(
        "dearer", "Patience 20 takes more than twice the updates of patience 2",
        "updates with patience 20 over those with 2, geometric mean over samples of rows", least=2.0,
        published=PRECHELT,
    ),
    Claim(
        "better", "Patience 20 does better on new rows than patience 2",
        "test loss with patience 2 over that with 20, geometric mean over samples of rows", least=1.0,
        published=PRECHELT,
    ),
    Claim(
        "enough", "Patience 20 comes within 2 % of the best weights of all epochs",
        "test loss with patience 20 over that of all epochs, geometric mean over samples of rows", most=1.02,
    ),
    Claim(
        "saves", "It makes less than half of all updates",
        "share of the updates of all epochs, mean over samples of rows", most=0.5,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """One network that overfits in time, under every rule from the same seeds: all rules see the same curve."""
    X, y = digits()
    repeats = lab.pick(2, 12, 40)
    network = wellfit.Recipe.plain(
        (32,), dropout=0.2, batch_size=16, epochs=lab.pick(100, 150, 200),
        optimizer={"name": "momentum", "learning_rate": 0.02},
    )  # fmt: skip
    recipes = [network.vary(stopping=rule) for rule in RULES.values()]
    population = wellfit.train(recipes, X, y, views=samples(repeats, len(y), 200, 1000, validation=100), **lab.options)
    test = dict(zip(RULES, population.evaluate()["loss"].to_numpy().reshape(len(RULES), -1), strict=True))
    made = np.reshape([member.updates for member in population], (len(RULES), -1))
    updates = dict(zip(RULES, made, strict=True))
    slow, fast, every = "patience 20", "patience 2", "all epochs, best kept"
    found = {
        "dearer": ratio(updates[slow], updates[fast]), "better": ratio(test[fast], test[slow]),
        "enough": ratio(test[slow], test[every]), "saves": mean_of(updates[slow] / updates[every], SHARE),
    }  # fmt: skip
    rows = []
    for rule in RULES:
        loss = mean_of(test[rule])
        rows.append({"rule": rule, "updates": updates[rule].mean(), "test loss": loss.mean, "low": loss.low,
                     "high": loss.high, "note": f"{updates[rule].mean():,.0f} updates"})  # fmt: skip
    figure = interval_figure(
        ResultFrame(rows), Axis("test loss", "test loss", "nats"), "rule", low="low", high="high", note="note",
        zero=None, name="rules", title="Slower rules cost many updates and gain a little.",
    )  # fmt: skip
    trained = f"{len(RULES)} rules on {repeats} samples of 200 digits"
    return Answer(rows, found, (figure,), len(population), trained)


EXPERIMENT = Experiment(
    "When to stop",
    "Rules for stopping wait more or less long for the validation loss to fall again. How much does waiting longer "
    "cost in updates, and how much does it gain on new rows?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.8; Prechelt 1998", (0.5, 3, 13.3), run,
    "Validation losses go up and down before they rise for good. A hasty rule takes such a rise for the end; a slow "
    "one goes on long after the minimum that it gives back.",
)  # fmt: skip
