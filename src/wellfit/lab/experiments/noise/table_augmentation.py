"""Augmentation of tables: noise, cells swapped within a class, mixup and CutMix."""

from __future__ import annotations

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.base.data import digits, samples

WAYS = {
    "feature noise": {"input_noise": 0.3},
    "swap within the class": {"swap": 0.2},
    "mixup": {"mixup": 1.0},
    "CutMix": {"cutmix": 1.0},
}
CLAIMS = tuple(
    Claim(
        way, f"{way[:1].upper()}{way[1:]} lowers the test error of a network on few rows",
        "test error rate without minus with, mean over samples of 200 rows", least=0.0,
    )
    for way in WAYS
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """The same network on few rows of a table of 64 numbers, alone and with each technique."""
    X, y = digits()
    repeats = lab.pick(2, 8, 16)
    recipe = wellfit.Recipe.plain(
        hidden=(64,), epochs=lab.pick(20, 150, 150), batch_size=32, optimizer={"name": "adam", "learning_rate": 0.002}
    )
    recipes = [recipe, *(recipe.vary(way) for way in WAYS.values())]
    views = samples(repeats, len(y), 200, 1000)
    population = wellfit.train(recipes, X, y, views=views, **lab.options)
    tested = population.evaluate("test")
    error = tested["error"].to_numpy().reshape(len(recipes), repeats)
    loss = tested["loss"].to_numpy().reshape(len(recipes), repeats)
    found = {way: difference(error[0], error[k]) for k, way in enumerate(WAYS, start=1)}
    rows = [
        {"technique": name, "test error": float(error[k].mean()), "test log-loss": float(loss[k].mean())}
        for k, name in enumerate(["none", *WAYS])
    ]
    gains = [{"technique": way, "gain": one.mean, "low": one.low, "high": one.high} for way, one in found.items()]
    figure = interval_figure(
        ResultFrame(gains), Axis("gain", "test error rate without minus with"), "technique", low="low", high="high",
        name="gains", title="What each technique takes off the error rate.",
    )  # fmt: skip
    trained = f"{len(recipes)} recipes on {repeats} samples of 200 digits, read as a table"
    return Answer(rows, found, (figure,), len(population), trained, details={"gains": gains})


EXPERIMENT = Experiment(
    "Augmentation of a table",
    "A table has no turns and shifts. Which of these still makes useful rows out of few: noise on the numbers, cells "
    "of another row of the class, weighted means of two rows (mixup), parts of two rows (CutMix)?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.4; Zhang et al. 2018 (mixup)", (0.2, 3.7, 6.0), run,
    "Each says which rows should get which answer: rows nearby the same one, rows between two classes one in between. "
    "Mixup with alpha 1 mixes most rows about evenly, which is more than this small network can make use of.",
)  # fmt: skip
