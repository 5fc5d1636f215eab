"""How to average: mean, median, vote, or before the softmax."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_friedman1
from sklearn.metrics import log_loss, mean_squared_error

import wellfit
from wellfit.figures import Axis, bar_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, exact, mean_of, ratio
from wellfit.lab.base.data import digits, samples
from wellfit.models.ensemble import bag
from wellfit.models.model import Average

CLAIMS = (
    Claim(
        "convex", "The loss of averaged predictions is never above the mean loss of the networks",
        "least, over samples and both kinds of target, of the mean loss of the networks minus that of their average",
        least=0.0,
    ),
    Claim(
        "vote", "A majority vote errs about as often as the mean of probabilities",
        "test error rate of the vote minus that of the mean, mean over samples of rows", -0.005, 0.005,
    ),
    Claim(
        "logits", "The mean before the softmax chooses the same classes as the mean of probabilities",
        "share of test rows with the same class, mean over samples of rows", least=0.98,
    ),
    Claim(
        "median", "For numbers, the median is as good as the mean",
        "test squared error of the median over that of the mean, geometric mean over samples of data", 0.95, 1.05,
    ),
    Claim(
        "one_bad", "With one useless network among the nine, the median is better than the mean",
        "test squared error of the mean over that of the median, geometric mean over samples of data", least=1.0,
    ),
)  # fmt: skip
MEMBERS = 9


def run(lab: Lab) -> Answer:
    """Nine networks for classes, nine for numbers, and nine of which one has learnt permuted targets."""
    repeats, epochs = lab.pick(2, 3, 24), lab.pick(3, 100, 100)
    adam = {"name": "adam", "learning_rate": 0.005}
    recipe = wellfit.Recipe.plain(hidden=(32,), optimizer=adam, batch_size=32, epochs=epochs)
    X, y = digits()
    views = samples(repeats, len(y), 400, 600)
    population = wellfit.train(recipe, X, y, views=views, seeds=range(MEMBERS), **lab.options)
    singles = population.evaluate("test")["loss"].to_numpy().reshape(repeats, MEMBERS).mean(axis=1)
    errors: dict[Average, list[float]] = {"mean": [], "logits": [], "majority": []}
    same, gains = [], []
    for k, view in enumerate(views):
        bags = {name: bag(population, members=_of(k), average=name) for name in errors}
        chosen = {name: model.predict(X[view.test]) for name, model in bags.items()}
        for name in errors:
            errors[name].append((chosen[name] != y[view.test]).mean())
        same.append((chosen["logits"] == chosen["mean"]).mean())
        p = bags["mean"].predict_proba(X[view.test])
        gains.append(singles[k] - log_loss(y[view.test], p, labels=bags["mean"].labels))

    squared: dict[str, list[float]] = {"mean": [], "median": [], "mean, one bad": [], "median, one bad": []}
    for k in range(repeats):
        X, y = make_friedman1(1200, noise=1.0, random_state=k)
        bad = np.random.default_rng(k).permutation(y[:200])
        good = wellfit.train(recipe, X[:200], y[:200], seeds=range(MEMBERS), **lab.options)
        wrong = wellfit.train(recipe, X[:200], bad, seeds=[MEMBERS], **lab.options)
        each = np.array([member.predict(X[200:]) for member in (*good, *wrong)])
        for ending, nine in (("", each[:MEMBERS]), (", one bad", each[1:])):
            squared["mean" + ending].append(mean_squared_error(y[200:], nine.mean(axis=0)))
            squared["median" + ending].append(mean_squared_error(y[200:], np.median(nine, axis=0)))
        single = np.mean([mean_squared_error(y[200:], one) for one in each[:MEMBERS]])
        gains.append(single - squared["mean"][-1])

    found = {
        "convex": exact(min(gains)), "vote": difference(errors["majority"], errors["mean"]), "logits": mean_of(same),
        "median": ratio(squared["median"], squared["mean"]),
        "one_bad": ratio(squared["mean, one bad"], squared["median, one bad"]),
    }  # fmt: skip
    table = [
        {"target": target, "average": name, "error": float(np.mean(values))}
        for target, rows in (("classes: error rate", errors), ("numbers: squared error", squared))
        for name, values in rows.items()
    ]
    figure = bar_figure(
        ResultFrame(table[3:]), Axis("average", "how nine networks are averaged", scale="category"),
        Axis("error", "test squared error"), name="error-by-average",
        title="Mean and median of nine networks, and of nine of which one is useless.",
    )  # fmt: skip
    trained = f"{MEMBERS} networks on {repeats} samples of digits, {MEMBERS + 1} on {repeats} of Friedman's function"
    return Answer(table, found, (figure,), repeats * (2 * MEMBERS + 1), trained)


def _of(k: int) -> range:
    """The members of the k-th sample of rows."""
    return range(MEMBERS * k, MEMBERS * (k + 1))


EXPERIMENT = Experiment(
    "Mean, median, vote, and the mean before the softmax",
    "Nine networks predict a row. Their probabilities, their logits or their votes can be averaged, and of numbers the "
    "mean or the median taken. Does it matter which, and does it when one of the nine is useless?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.11", (1.5, 4.0, 32), run,
    "Both losses are convex in the prediction, so that an average loses at most what its members lose in the mean "
    "(Jensen). The median of nine is not moved by one that lies far off.",
)  # fmt: skip
