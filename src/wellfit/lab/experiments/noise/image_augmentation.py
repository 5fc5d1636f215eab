"""Augmentation of images: more rows out of few, as long as the label stays true."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, bar_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "gap", "Small shifts, turns and changes of size shrink the gap between test and training error",
        "gap of the error rates without augmentation minus that with, mean over samples of rows", least=0.0,
    ),
    Claim(
        "test", "and lower the test error",
        "test error rate without augmentation minus with, mean over samples of rows", least=0.0,
    ),
    Claim(
        "flips", "Flips, which make other characters of digits, raise the test error",
        "test error rate with flips minus without augmentation, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip
WAYS = {
    "none": {},
    "shift, turn, size": {"translation": 0.1, "rotation": 10, "zoom": 0.1},
    "flips": {"horizontal_flip": 0.5, "vertical_flip": 0.5},
}


def run(lab: Lab) -> Answer:
    """The same network on few digits with each way of augmenting them."""
    X, y = digits()
    repeats, training = lab.pick(2, 6, 16), lab.pick(100, 200, 200)
    recipe = wellfit.Recipe.plain(
        hidden=(64,), epochs=lab.pick(20, 150, 200), batch_size=32, optimizer={"name": "adam", "learning_rate": 0.002}
    )
    recipes = [recipe.vary(augmentation=way) for way in WAYS.values()]
    views = samples(repeats, len(y), training, 1000)
    population = wellfit.train(recipes, X.reshape(-1, 8, 8), y, views=views, **lab.options)
    error = {
        part: population.evaluate(part)["error"].to_numpy().reshape(len(WAYS), repeats) for part in ("training", "test")
    }
    gap, test = error["test"] - error["training"], error["test"]
    found = {
        "gap": difference(gap[0], gap[1]), "test": difference(test[0], test[1]), "flips": difference(test[2], test[0])
    }  # fmt: skip
    rows = [
        {"augmentation": way, "measured on": part, "error": float(np.mean(error[name][k]))}
        for k, way in enumerate(WAYS) for name, part in (("training", "training rows"), ("test", "new rows"))
    ]  # fmt: skip
    figure = bar_figure(
        ResultFrame(rows), Axis("augmentation", "augmentation"), Axis("error", "error rate"), series="measured on",
        name="errors", title="What keeps the label helps; what changes it hurts.",
    )  # fmt: skip
    trained = f"{len(WAYS)} recipes on {repeats} samples of {training} digits"
    return Answer(rows, found, (figure,), len(population), trained)


EXPERIMENT = Experiment(
    "Augmentation of digits",
    "At each update every digit is shown a little shifted, turned and resized; or it is mirrored at random. Which "
    "helps on new digits, and which does harm?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.4", (0.1, 1.7, 12.0), run,
    "A digit that is shifted a little is another digit of the same class: more data for nothing. A mirrored digit is "
    "none, and the network spends its weights on characters that never come.",
)  # fmt: skip
