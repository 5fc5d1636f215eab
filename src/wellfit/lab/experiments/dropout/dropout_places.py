"""Where to drop: near the output alone, in all hidden layers, and among the inputs."""

from __future__ import annotations

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.experiments.dropout._digits import LARGE, few_digits

CLAIMS = (
    Claim(
        "everywhere", "Dropout in all hidden layers is better than in the last one alone",
        "test error rate with dropout in the last of three hidden layers minus that with dropout in all, mean over "
        "samples of rows", least=0.0,
    ),
    Claim(
        "inputs", "Few inputs may be dropped: dropping half of them is worse than dropping a fifth",
        "test error rate with half of the inputs dropped minus that with a fifth, mean over samples of rows", least=0.0,
        published="Srivastava et al. 2014 keep 0.8 of the inputs and 0.5 of the hidden units",
    ),
)  # fmt: skip
PLACES = {
    "nowhere": {"rate": 0.0},
    "last hidden layer": {"rate": [0.0, 0.0, 0.5]},
    "all hidden layers": {"rate": 0.5},
    "hidden layers, 0.2 of the inputs": {"rate": 0.5, "input_rate": 0.2},
    "hidden layers, 0.5 of the inputs": {"rate": 0.5, "input_rate": 0.5},
}


def run(lab: Lab) -> Answer:
    """One network with dropout in five places."""
    (X, y), views = few_digits(lab, 20)
    epochs = lab.pick(3, 100, 100)
    recipes = [LARGE.vary(hidden=(128, 128, 128), epochs=epochs, dropout=place) for place in PLACES.values()]
    population = wellfit.train(recipes, X, y, views=views, **lab.options)
    errors = population.evaluate("test")["error"].to_numpy().reshape(len(PLACES), len(views))

    nowhere, last, hidden, few_inputs, half_inputs = errors
    found = {"everywhere": difference(last, hidden), "inputs": difference(half_inputs, few_inputs)}
    rows = []
    for place, error in zip(PLACES, errors, strict=True):
        change = difference(error, nowhere) if place != "nowhere" else mean_of([0.0, 0.0])
        rows.append(
            {"dropout": place, "test error": float(error.mean()), "change": change.mean, "low": change.low,
             "high": change.high}
        )  # fmt: skip
    figure = interval_figure(
        ResultFrame(rows[1:]), Axis("change", "test error rate minus that without dropout"), "dropout", low="low",
        high="high", name="change-by-place", title="What dropout in each place does to the test error.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), len(population), f"5 recipes on {len(views)} samples of digits")


EXPERIMENT = Experiment(
    "Where to drop units",
    "Dropout can be placed before the output alone, in all hidden layers, and among the inputs too. Which of these is "
    "best on a few hundred digits, and how many of the inputs may be dropped?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.12; Geron, Hands-on machine learning, chapter 11",
    (0.5, 6.0, 40), run,
    "Each place adds masks to the average. A dropped input is lost to all units at once, and what a row shows of its "
    "class may go with it.",
)  # fmt: skip
