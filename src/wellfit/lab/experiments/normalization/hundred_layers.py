"""A network of 100 layers: does it train with batch normalisation alone?"""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "without", "Without batch normalisation 100 layers learn next to nothing",
        "error rate on the training rows, where guessing has 0.9, mean over samples of rows", least=0.8,
    ),
    Claim(
        "with", "With batch normalisation 100 layers learn",
        "error rate on the training rows, mean over samples of rows", most=0.5,
    ),
    Claim(
        "shallow", "A network of 3 layers learns without it",
        "error rate on the training rows, mean over samples of rows", most=0.1,
    ),
)  # fmt: skip
NETWORKS = {"100 layers": (100, "none"), "100 layers, batch normalisation": (100, "batch"), "3 layers": (3, "none")}


def run(lab: Lab) -> Answer:
    """Layers of 30 logistic units with weights from U(-1/sqrt n, 1/sqrt n), trained by Adam."""
    X, y = digits()
    repeats, epochs = lab.pick(2, 2, 5), lab.pick(1, 15, 25)
    recipes = [
        wellfit.Recipe.plain(
            hidden=(30,) * depth, activation="sigmoid", normalization=normalization, initialization="fan_in_uniform",
            batch_size=50, epochs=epochs, optimizer={"name": "adam", "learning_rate": 0.001},
        )
        for depth, normalization in NETWORKS.values()
    ]  # fmt: skip
    views = samples(repeats, len(y), 1000, 300)
    population = wellfit.train(recipes, X, y, views=views, **lab.options)
    curves = np.array([member.history["training_error"].to_numpy() for member in population])
    curves = curves.reshape(len(NETWORKS), repeats, -1)

    found = {key: mean_of(curves[k, :, -1]) for k, key in enumerate(("without", "with", "shallow"))}
    rows = [
        {"network": name, "epoch": epoch + 1, "error": float(curves[k, :, epoch].mean())}
        for k, name in enumerate(NETWORKS) for epoch in range(curves.shape[2])
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("epoch", "epoch"), Axis("error", "error rate on training rows", ends=(0.0, 1.0)),
        series="network", name="hundred-layers",
        title="100 layers of logistic units, with and without batch normalisation.",
    )  # fmt: skip
    test = population.evaluate("test")["error"].to_numpy().reshape(-1, repeats).mean(axis=1)
    table = [{"network": name, "test error": float(error)} for name, error in zip(NETWORKS, test, strict=True)]
    return Answer(table, found, (figure,), len(population), f"3 recipes on {repeats} samples of digits")


EXPERIMENT = Experiment(
    "A network of 100 layers",
    "Networks of 100 layers of logistic units start with the common weights from U(-1/sqrt n, 1/sqrt n). Does the "
    "one without batch normalisation learn anything, and the one with it?",
    CLAIMS, "Ioffe & Szegedy, Batch normalization, 2015", (1.5, 8.0, 40.0), run,
    "A logistic layer with these weights makes the differences between rows several times smaller, so that after 100 "
    "layers nothing of a row is left. "
    "Batch normalisation gives each layer's signal a variance of 1 again.",
)  # fmt: skip
