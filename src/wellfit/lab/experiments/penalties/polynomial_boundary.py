"""Polynomial logistic regression at the penalties 10, 1 and 0: the boundary becomes wiggly as the penalty goes."""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import PolynomialFeatures

import wellfit
from wellfit.figures import Axis, Points, heat_figure, with_slider
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, ratio
from wellfit.lab.base.data import apart
from wellfit.lab.experiments.penalties._made import ring

ROWS, DEGREE, PENALTIES = 100, 6, (10.0, 1.0, 0.0)
CLAIMS = (
    Claim(
        "norm", "The penalty 10 makes the weights at least ten times as small as no penalty",
        "norm of the weights at penalty 0 over that at 10, mean over samples of rows", least=10.0,
    ),
    Claim(
        "length", "The boundary between the classes is shorter with the penalty 1 than without",
        "length of the boundary at penalty 0 over that at 1, mean over samples of rows", least=1.0,
    ),
    Claim(
        "training", "The training error is higher at the penalty 10 than without a penalty",
        "training error rate at penalty 10 minus that at 0, mean over samples of rows", least=0.0,
    ),
    Claim(
        "gap", "The gap between test and training error is smaller at the penalty 10 than without a penalty",
        "gap of the error rates at penalty 0 minus that at 10, mean over samples of rows", least=0.0,
    ),
    Claim(
        "test", "The test error is lower at the penalty 1 than without a penalty",
        "test error rate at penalty 0 minus that at 1, mean over samples of rows", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """All products of two columns up to degree 6; the penalty counts beside a sum over the rows, hence / ROWS."""
    repeats = lab.pick(2, 16, 60)
    products = PolynomialFeatures(DEGREE, include_bias=False)
    plane, y = ring(repeats * (ROWS + 400))
    X = products.fit_transform(plane)
    plain = wellfit.Recipe.plain(
        (), batch_size="all", optimizer={"name": "adam", "learning_rate": 0.05}, epochs=lab.pick(300, 3000, 3000),
        stopping={"name": "none", "every": 500},
    )  # fmt: skip
    recipes = [plain.vary(l2=penalty / ROWS) for penalty in PENALTIES]
    population = wellfit.train(recipes, X, y, views=apart(repeats, ROWS, 400), **lab.options)
    training, test = (population.evaluate(part)["error"].to_numpy().reshape(3, -1) for part in ("training", "test"))

    ticks = (np.arange(40) + 0.5) / 20 - 1
    grid = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    predicted = [member.predict(products.transform(grid)).astype(int).reshape(40, 40) for member in population]
    # The share of neighbours of different classes, times the spacing: the length in units of a column.
    length = [float((abs(np.diff(z, axis=0)).sum() + abs(np.diff(z, axis=1)).sum()) / 20) for z in predicted]
    norm = [float(np.linalg.norm(member.model.networks[0].weights()["output.weight"])) for member in population]
    lengths, norms = np.reshape(length, (3, -1)), np.reshape(norm, (3, -1))

    found = {
        "norm": ratio(norms[2], norms[0]), "length": ratio(lengths[2], lengths[1]),
        "training": difference(training[0], training[2]), "test": difference(test[2], test[1]),
        "gap": difference(test[2] - training[2], test[0] - training[0]),
    }  # fmt: skip
    rows = [
        {"penalty": penalty, "weight norm": norms[k].mean(), "boundary length": lengths[k].mean(),
         "training error": training[k].mean(), "test error": test[k].mean()}
        for k, penalty in enumerate(PENALTIES)
    ]  # fmt: skip
    points = Points(
        {"first": plane[:ROWS, 0], "second": plane[:ROWS, 1], "class": [str(one) for one in y[:ROWS]]},
        "first", "second", "class",
    )  # fmt: skip
    coarse = grid.reshape(40, 40, 2)[::2, ::2].reshape(-1, 2)
    regions = [
        heat_figure(
            {"first": coarse[:, 0], "second": coarse[:, 1],
             "class": predicted[k * repeats][::2, ::2].ravel().astype(str)},
            Axis("first", "first column"), Axis("second", "second column"), Axis("class", "class", scale="category"),
            name="boundary", title="The regions of the classes.", points=points,
        )
        for k in range(len(PENALTIES))
    ]  # fmt: skip
    figure = with_slider(
        regions, PENALTIES, name="boundaries", label="penalty", shown=2,
        title="The smaller the penalty, the more the boundary follows single rows.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), len(population), f"3 recipes on {repeats} samples of {ROWS} made rows")


EXPERIMENT = Experiment(
    "Decision boundaries by penalty",
    "Logistic regression reads all products of two columns up to degree 6. Its L2 penalty is 10, 1 or 0. What does the "
    "boundary between the classes look like each time, and which one errs least on new rows?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 5.2.2 and 7.1.1", (0.4, 4, 15.9), run,
    "Without a penalty large weights of opposite signs bend the boundary around rows that are labelled wrongly. A "
    "penalty makes such weights cost more than the rows are worth.",
)  # fmt: skip
