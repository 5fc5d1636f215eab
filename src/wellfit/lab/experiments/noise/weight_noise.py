"""Noise on the weights in training: a flatter minimum."""

from __future__ import annotations

import numpy as np
import polars as pl

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, ratio
from wellfit.lab.base.data import digits, samples

STRENGTHS = (0.0, 0.02, 0.05, 0.1)
CLAIMS = (
    Claim(
        "flatter", "Trained with noise on the weights, a network ends in a flatter minimum",
        "rise of the training loss where weights are moved by 5 % of their norm, with noise 0 minus that with 0.1, "
        "mean over samples of rows", least=0.0,
    ),
    Claim(
        "smoother", "and its function has a smaller slope",
        "norm of the input gradient with noise 0 over that with 0.1, geometric mean over samples of rows", least=1.0,
    ),
    Claim(
        "error", "It errs no more on new rows",
        "test error rate with noise 0.1 minus with 0, mean over samples of rows", most=0.01,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """The study of smoothness over standard deviations of the noise."""
    X, y = digits()
    repeats = lab.pick(2, 5, 10)
    recipe = wellfit.Recipe.plain(
        hidden=(64, 64), epochs=lab.pick(5, 40, 60), batch_size=32, optimizer={"name": "adam", "learning_rate": 0.002}
    )
    strengths = lab.pick((0.0, 0.1), STRENGTHS, STRENGTHS)
    views = samples(repeats, len(y), 400, 600)
    study = wellfit.studies.smoothness(
        recipe, X, y, slot="weight_noise.sd", values=strengths, folds=[(one.training, one.test) for one in views],
        seeds=1, metric="error", **lab.options,
    )  # fmt: skip
    networks = pl.DataFrame(study.details["networks"].to_dict(as_series=False))

    def measured(strength: float, column: str) -> np.ndarray:
        return networks.filter(pl.col("recipe") == f"{strength:g}").sort("fold")[column].to_numpy()

    found = {
        "flatter": difference(measured(0.0, "rise_under_noise"), measured(0.1, "rise_under_noise")),
        "smoother": ratio(measured(0.0, "input_gradient"), measured(0.1, "input_gradient")),
        "error": difference(measured(0.1, "test_loss"), measured(0.0, "test_loss")),
    }
    rows = [
        {"noise": strength, "rise of the loss": float(measured(strength, "rise_under_noise").mean()),
         "input gradient": float(measured(strength, "input_gradient").mean()),
         "test error": float(measured(strength, "test_loss").mean())}
        for strength in strengths
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("noise", "standard deviation of the noise on weights"),
        Axis("rise of the loss", "rise of the training loss where weights are moved by 5 %"), name="flatness",
        title="The more noise in training, the less the loss rises around the weights.",
    )  # fmt: skip
    trained = f"{len(strengths)} recipes on {repeats} samples of 400 digits"
    return Answer(rows, found, (figure, *study.figures), len(strengths) * repeats, trained)


EXPERIMENT = Experiment(
    "Noise on the weights",
    "At each update the gradient is taken at weights with fresh noise on them. What kind of minimum does training then "
    "end in: where does the loss rise less when the weights are moved?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.5", (0.3, 2.6, 6.0), run,
    "In expectation the noise adds its variance times the sum of second derivatives to the loss. Training then prefers "
    "regions where small changes of the weights change the output little.",
)  # fmt: skip
