"""The scaling rule of dropout is an exact average over all masks: for a linear unit, and for softmax regression."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_diabetes, load_wine

import wellfit
from wellfit.figures import Axis, scatter_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, exact

CLAIMS = (
    Claim(
        "linear", "For a linear unit, scaling by the share that is kept gives the mean over all masks",
        "largest difference of the two, in standard deviations of the target", most=1e-5,
    ),
    Claim(
        "softmax", "For softmax regression it gives the normalised geometric mean of the probabilities",
        "largest difference of the two probabilities", most=1e-5,
    ),
    Claim(
        "arithmetic", "It does not give the arithmetic mean of the probabilities",
        "largest difference of the two probabilities", least=0.01,
    ),
    Claim(
        "forms", "Scaling by 1/keep in training (inverted) and by keep in evaluation (classic) train the same network",
        "largest difference of probabilities, the rates of weights matched by keep^2", most=1e-5,
    ),
)  # fmt: skip
KEEP = 0.5


def run(lab: Lab) -> Answer:
    """Networks without hidden layers, half of whose inputs are dropped: all 2^10 and 2^13 masks can be averaged."""
    slots = {"epochs": lab.pick(5, 20, 30), "batch_size": 32, "initialization": "zero"}
    inverted = wellfit.Recipe.plain(
        (), optimizer={"name": "sgd", "learning_rate": 0.1}, dropout={"input_rate": 1 - KEEP}, **slots
    )
    # Classic weights are 1/keep times as large, and their gradients keep times: the same steps need 1/keep^2 the rate.
    classic = inverted.vary(dropout__form="classic", optimizer__learning_rate=0.1 / KEEP**2, bias_rate=KEEP**2)
    X, y = load_diabetes(return_X_y=True)
    linear = wellfit.train(inverted, X, y, **lab.options)[0].model
    deviation = np.abs(linear.averaged(X, draws="all").mean - linear.predict(X)).max() / y.std()

    X, y = load_wine(return_X_y=True)
    softmax, other = (member.model for member in wellfit.train([inverted, classic], X, y, **lab.options))
    rule = softmax.predict_proba(X)
    averages = {name: softmax.averaged(X, draws="all", average=name).mean for name in ("geometric", "mean")}

    found = {
        "linear": exact(deviation),
        "softmax": exact(np.abs(averages["geometric"] - rule).max()),
        "arithmetic": exact(np.abs(averages["mean"] - rule).max()),
        "forms": exact(np.abs(other.predict_proba(X) - rule).max()),
    }
    names = {"geometric": "normalised geometric mean", "mean": "arithmetic mean"}
    points = [
        {"rule": float(p), "all masks": float(q), "average": names[name]}
        for name, average in averages.items() for p, q in zip(rule[:, 0], average[:, 0], strict=True)
    ]  # fmt: skip
    figure = scatter_figure(
        ResultFrame(points), Axis("rule", "probability by the scaling rule"),
        Axis("all masks", "average over 8,192 masks"),
        series="average", reference="equality", name="rule-against-masks",
        title="For softmax regression the rule is the normalised geometric mean over all masks.",
    )  # fmt: skip
    table = [{"average": key, "largest difference": one.mean} for key, one in found.items()]
    return Answer(table, found, (figure,), 3, "linear and softmax regression with dropout of inputs at 0.5")


EXPERIMENT = Experiment(
    "Dropout's scaling rule against the average over all masks",
    "A network with n units that may be dropped is 2^n networks that share weights. In evaluation no unit is dropped, "
    "and weights are scaled instead. Of which average over the 2^n networks is this exact, and where?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.12", (1.0, 1.5, 2.5), run,
    "The mean of a sum is the sum of means, so that for a linear unit the mean input is enough. The softmax of a mean "
    "of logits is the normalised geometric mean of softmaxes. With hidden layers the rule is an approximation.",
)  # fmt: skip
