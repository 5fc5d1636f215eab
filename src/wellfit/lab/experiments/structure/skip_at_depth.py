"""Skip connections: with depth a plain network trains worse, one with skips does not."""

from __future__ import annotations

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.base.data import digits, samples

DEPTHS, SKIPS = (2, 5, 15, 40), ("none", "residual", "concatenate")
CLAIMS = (
    Claim(
        "plain", "Without skips 40 layers fit the training rows worse than 2",
        "training loss (nats) of 40 layers minus that of 2, mean over samples of rows", least=0.1,
        published="He et al. 2016, CIFAR-10: plain networks of 56 layers fit worse than of 20, residual ones better",
    ),
    Claim(
        "residual", "With residual connections 40 layers fit as well as 2",
        "training loss (nats) of 40 layers minus that of 2, mean over samples of rows", most=0.05,
    ),
    Claim(
        "helps", "At 40 layers residual connections lower the test error",
        "test error rate without minus with, mean over samples of rows", least=0.0,
    ),
    Claim(
        "shallow", "At 2 layers they hardly matter",
        "test error rate without minus with, mean over samples of rows", least=-0.02, most=0.02,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks of 32 units a layer with batch normalisation, ever deeper; the same descent for all."""
    X, y = digits()
    repeats = lab.pick(2, 3, 8)
    recipes = [
        wellfit.Recipe.plain(
            (32,) * depth, skip=skip, normalization="batch", epochs=lab.pick(5, 30, 40), batch_size=32,
            optimizer={"name": "adam", "learning_rate": 0.001},
        )
        for skip in SKIPS for depth in DEPTHS
    ]  # fmt: skip
    population = wellfit.train(recipes, X, y, views=samples(repeats, len(y), 600, 600), **lab.options)
    shape = (len(SKIPS), len(DEPTHS), repeats)
    training = population.evaluate("training")["loss"].to_numpy().reshape(shape)
    test = population.evaluate("test")["error"].to_numpy().reshape(shape)
    found = {
        "plain": difference(training[0, -1], training[0, 0]), "residual": difference(training[1, -1], training[1, 0]),
        "helps": difference(test[0, -1], test[1, -1]), "shallow": difference(test[0, 0], test[1, 0]),
    }  # fmt: skip
    rows = [
        {"skips": skip, "hidden layers": depth, "training loss": training[k, j].mean(), "test error": test[k, j].mean()}
        for k, skip in enumerate(SKIPS) for j, depth in enumerate(DEPTHS)
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("hidden layers", "hidden layers", scale="log"),
        Axis("training loss", "training loss", "nats", scale="log"), series="skips", name="depth",
        title="Without skips deep networks fit their training rows worse.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), len(population), f"12 recipes on {repeats} samples of 600 digits")


EXPERIMENT = Experiment(
    "Skip connections and depth",
    "Networks of 2 to 40 hidden layers with batch normalisation are trained by the same descent. A deeper one can "
    "express what a shallower one can. Does it fit the training rows as well, without and with connections that skip "
    "layers?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.7.5; He et al. 2016", (1.2, 6.9, 26), run,
    "Through many layers the gradient of a plain network comes out distorted, and descent does not find the weights "
    "that pass the input on. A residual layer passes it on from the start and learns a change of it.",
)  # fmt: skip
