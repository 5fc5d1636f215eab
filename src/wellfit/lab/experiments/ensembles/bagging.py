"""Bagging: networks trained on bootstrap samples and averaged, on the three functions of Friedman."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_friedman1, make_friedman2, make_friedman3
from sklearn.metrics import mean_squared_error

import wellfit
from wellfit.figures import Axis, bar_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio
from wellfit.models.ensemble import bag
from wellfit.tables import bootstrap, make_target
from wellfit.tables.arrays import View

# Noise as in Breiman 1996: a third of the signal's variance in the second and third.
FUNCTIONS = {
    "Friedman 1": (make_friedman1, 1.0, "11.4 to 6.2"),
    "Friedman 2": (make_friedman2, 125.0, "30,800 to 21,700"),
    "Friedman 3": (make_friedman3, 0.1, "0.0403 to 0.0249"),
}
CLAIMS = (
    *(
        Claim(
            name, f"Bagging lowers the squared error on {name}",
            "test squared error of one network on all training rows over that of the bag, geometric mean over samples "
            "of data", least=1.0, published=f"Breiman 1996, regression trees: {figures}",
        )
        for name, (_, _, figures) in FUNCTIONS.items()
    ),
    Claim(
        "out_of_bag", "The out-of-bag estimate is near the error on new rows",
        "out-of-bag squared error of the bag over that on new rows, geometric mean over all samples of data", 0.8, 1.25,
        published="Breiman 1996: near that of a test set as large as the training set",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """On 200 rows, as Breiman took: one network on all of them, and a bag of networks on bootstrap samples."""
    repeats, size = lab.pick(2, 3, 8), lab.pick(5, 10, 20)
    recipe = wellfit.Recipe.plain(
        hidden=(64, 64), optimizer={"name": "adam", "learning_rate": 0.005}, batch_size=32, epochs=lab.pick(3, 150, 150)
    )
    one: dict[str, list[float]] = {name: [] for name in FUNCTIONS}
    bagged: dict[str, list[float]] = {name: [] for name in FUNCTIONS}
    estimates: dict[str, list[float]] = {name: [] for name in FUNCTIONS}
    for name, (make, noise, _) in FUNCTIONS.items():
        for k in range(repeats):
            X, y = make(1200, noise=noise, random_state=k)
            training, new = slice(0, 200), slice(200, 1200)
            drawn = bootstrap(make_target(y[training]), size, seed=k, part="test")
            single = wellfit.train(recipe, X[training], y[training], views=View(np.arange(200)), **lab.options)[0]
            bag_members = wellfit.train(recipe, X[training], y[training], views=drawn, **lab.options)
            one[name].append(mean_squared_error(y[new], single.predict(X[new])))
            bagged[name].append(mean_squared_error(y[new], bag(bag_members).predict(X[new])))
            estimates[name].append(wellfit.out_of_bag(bag_members).error.mean)

    found = {name: ratio(one[name], bagged[name]) for name in FUNCTIONS}
    every = [np.concatenate(list(errors.values())) for errors in (estimates, bagged)]
    found["out_of_bag"] = ratio(*every)
    table = [
        {"data": name, "one network": float(np.mean(one[name])), "bag": float(np.mean(bagged[name])),
         "out-of-bag estimate": float(np.mean(estimates[name])), "Breiman's trees": published}
        for name, (_, _, published) in FUNCTIONS.items()
    ]  # fmt: skip
    bars = [
        {"data": name, "prediction": kind, "error": ratio(errors[name], one[name]).mean}
        for name in FUNCTIONS
        for kind, errors in (("one network", one), ("bag", bagged), ("out-of-bag estimate", estimates))
    ]  # fmt: skip
    figure = bar_figure(
        ResultFrame(bars), Axis("data", "data", scale="category"),
        Axis("error", "squared error over that of one network"),
        series="prediction", name="bagging",
        title="A bag of networks against one network on all rows.",
    )  # fmt: skip
    trained = f"one network and {size} on bootstrap samples, for {repeats} samples of each function"
    return Answer(table, found, (figure,), 3 * repeats * (size + 1), trained)


EXPERIMENT = Experiment(
    "Bagging on Friedman's functions",
    "A network that overfits 200 rows is replaced by 20, each of which sees only about 126 of them. Their mean is "
    "predicted. Is it better or worse than the one network that saw all rows, and by how much?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.11; Breiman, Bagging predictors, 1996",
    (0.6, 10, 45), run,
    "Each network is a little worse for the rows it missed, but their errors differ, and the part that differs "
    "averages out. Each row is out of about a third of the bags, which measures the bag without further rows.",
)  # fmt: skip
