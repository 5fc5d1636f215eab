"""Class weights for a rare class: more of it is found, at the price of false alarms; a weight k is a row k times."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, Figure, line_figure, scatter_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, exact
from wellfit.lab.base.data import apart
from wellfit.tables.arrays import View

DATA, TEST, WEIGHTS = 600, 2000, (1.0, 3.0, 10.0, 20.0, 60.0)
CLAIMS = (
    Claim(
        "recall", "Balanced class weights find more of the rare class",
        "recall of the rare class with them minus without, mean over samples of rows", least=0.1,
    ),
    Claim(
        "alarms", "More rows of the common class are taken for it",
        "share of the common class that is, with them minus without, mean over samples of rows", least=0.0,
    ),
    Claim(
        "balanced", "The mean error of both classes falls",
        "balanced error rate without them minus with, mean over samples of rows", least=0.0,
    ),
    Claim(
        "error", "The error rate over all rows rises",
        "error rate with them minus without, mean over samples of rows", least=0.0,
    ),
    Claim(
        "repeated", "A row of weight 3 counts as the same row three times",
        "largest difference of a weight after training on weighted and on repeated rows", most=1e-4,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A class of about one row in twenty, which two columns tell badly."""
    repeats = lab.pick(2, 10, 40)
    rng = np.random.default_rng(0)
    y = (rng.random(repeats * (DATA + TEST)) < 0.05).astype(int)
    X = rng.normal(size=(len(y), 2)) + 1.5 * y[:, None]
    views = apart(repeats, DATA, TEST)
    plain = wellfit.Recipe.plain((16,), optimizer="adam", epochs=lab.pick(10, 40, 40), batch_size=32)
    recipes = [plain.vary(class_weight={"0": 1.0, "1": weight}) for weight in WEIGHTS]
    population = wellfit.train([*recipes, plain.vary(class_weight="balanced")], X, y, views=views, **lab.options)
    scores = np.array([_scores(y[member.view.test], member.predict(X[member.view.test])) for member in population])
    scores = scores.reshape(len(WEIGHTS) + 1, repeats, 4)
    with_weights, without = scores[-1].T, scores[0].T
    found = {
        "recall": difference(with_weights[0], without[0]), "alarms": difference(with_weights[1], without[1]),
        "balanced": difference(without[2], with_weights[2]), "error": difference(with_weights[3], without[3]),
        "repeated": exact(_weighted_and_repeated(X[:DATA], y[:DATA])),
    }  # fmt: skip
    names = ("recall", "false alarms", "balanced error", "error")
    rows = [
        {"weight": weight, **dict(zip(names, scores[k].mean(axis=0), strict=True))} for k, weight in enumerate(WEIGHTS)
    ]
    shown = [{"weight": row["weight"], "score": name, "value": row[name]} for name in names for row in rows]
    figure = line_figure(
        ResultFrame(shown), Axis("weight", "weight of the rare class", scale="log"), Axis("value", "share"),
        series="score", name="scores", title="The more the rare class weighs, the more of it is found.",
    )  # fmt: skip
    planes = [_plane(population[k * repeats], X, y) for k in range(len(WEIGHTS))]
    moved = with_slider(
        planes, WEIGHTS, name="boundary", label="weight of the rare class",
        title="The more the rare class weighs, the more of the plane is its own: here new rows of one sample.",
    )  # fmt: skip
    return Answer(rows, found, (figure, moved), len(population), f"6 recipes on {repeats} samples of {DATA} made rows")


def _plane(member: wellfit.training.TrainedMember, X: np.ndarray, y: np.ndarray) -> Figure:
    """Rows of both classes, and where the network's answer turns from the common to the rare one."""
    x, up, shown = np.linspace(-3, 5, 49), np.linspace(-3, 5, 401), member.view.test[:300]
    rare = member.predict(np.stack(np.meshgrid(x, up), axis=-1).reshape(-1, 2)).reshape(len(up), len(x)) == 1
    at = np.where(rare.any(axis=0) & ~rare[0], up[rare.argmax(axis=0)], np.nan)
    names = [("common class", "rare class")[k] for k in y[shown]] + ["boundary"] * len(x)
    columns = {"first": [*X[shown, 0], *x], "second": [*X[shown, 1], *at], "what": names}
    axes = Axis("first", "first column", ends=(-3, 5)), Axis("second", "second column", ends=(-3, 5))
    return scatter_figure(columns, *axes, series="what", name="one", title="")


def _scores(true: np.ndarray, predicted: np.ndarray) -> tuple[float, float, float, float]:
    """Recall of class 1, share of class 0 taken for it, mean of the errors of both classes, error rate."""
    wrong = predicted != true
    missed, alarms = float(wrong[true == 1].mean()), float(wrong[true == 0].mean())
    return 1 - missed, alarms, (missed + alarms) / 2, float(wrong.mean())


def _weighted_and_repeated(X: np.ndarray, y: np.ndarray) -> float:
    """Rows of class 1 with the weight 3, and three times in the view: both trained by all rows at once."""
    recipe = wellfit.Recipe.plain((4,), activation="tanh", batch_size="all", epochs=50,
                                  optimizer={"name": "sgd", "learning_rate": 0.1})  # fmt: skip
    times = np.where(y == 1, 3, 1)
    weighted = wellfit.train(recipe, X, y, views=View(np.arange(len(y))), sample_weight=times)
    repeated = wellfit.train(recipe, X, y, views=View(np.repeat(np.arange(len(y)), times)))
    first, second = (one[0].model.networks[0].weights() for one in (weighted, repeated))
    return max(float(abs(first[name] - second[name]).max()) for name in first)


EXPERIMENT = Experiment(
    "Class weights for a rare class",
    "One row in twenty belongs to a class that matters. Its rows are given more and more weight in the loss. What "
    "becomes of the share of them that is found, of the false alarms, and of the error rate?",
    CLAIMS, "King & Zeng 2001; Goodfellow, Bengio & Courville, Deep Learning, 11.1", (0.2, 1, 5), run,
    "Weights move the probability at which a row is assigned to the rare class, along one and the same trade between "
    "misses and false alarms. They add no knowledge of the class.",
)  # fmt: skip
