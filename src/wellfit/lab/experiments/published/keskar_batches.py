"""Small and large batches on MNIST, after Keskar et al. 2017."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import mnist
from wellfit.lab.experiments.published._resumable import trained

PUBLISHED = "Keskar et al. 2017, network F1: 98.03 % right with batches of 256, 97.81 % with 10 % of the rows"
CLAIMS = (
    Claim(
        "small", "With batches of 256 rows the network does better on new rows than with a tenth of all rows",
        "test accuracy with small batches minus with large ones, in points, mean over seeds", 0.0, published=PUBLISHED,
    ),
    Claim(
        "fitted", "though both fit their training rows",
        "smaller of both accuracies on training rows, in percent, mean over seeds", least=99.0,
        published="99.66 % and 99.92 % in training",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """784-512x5-10 with Adam, normalised, with small and large batches for the same number of epochs."""
    training, test = mnist(lab.data)
    rows, seeds = lab.pick(400, 2000, 10_000), list(range(lab.pick(2, 3, 5)))
    width, epochs = lab.pick(32, 128, 512), lab.pick(2, 10, 15)
    chosen = np.random.default_rng(0).permutation(len(training.y))[:rows]
    X, y = np.concatenate([training.X[chosen], test.X]), np.concatenate([training.y[chosen], test.y])
    view = wellfit.View(np.arange(rows), np.arange(0), rows + np.arange(len(test.y)))
    small = lab.pick(64, 256, 256)
    sizes = {f"{small} rows": small, "10 % of the rows": rows // 10}
    recipe = wellfit.Recipe.plain(
        hidden=(width,) * 5, normalization="batch", epochs=epochs, scaling="none",
        optimizer={"name": "adam", "learning_rate": 0.001},
    )  # fmt: skip
    recipes = [recipe.vary(batch_size=size) for size in sizes.values()]
    population = trained(lab, "batches", recipes, X, y, view, seeds)
    right = {
        part: 100 * (1 - population.evaluate(part)["error"].to_numpy().reshape(len(recipes), len(seeds)))
        for part in ("training", "test")
    }
    found = {
        "small": difference(right["test"][0], right["test"][1]), "fitted": mean_of(right["training"].min(axis=0)),
    }  # fmt: skip
    table = [
        {"batch": name, "training accuracy": float(right["training"][k].mean()),
         "test accuracy": float(right["test"][k].mean()), "published": (98.03, 97.81)[k]}
        for k, name in enumerate(sizes)
    ]  # fmt: skip
    lines = [
        {"epoch": row["epoch"], "accuracy": 100 * (1 - row["training_error"]),
         "batch": list(sizes)[row["member"] // len(seeds)]}
        for row in population.history.iter_rows(named=True) if row["member"] % len(seeds) == 0
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(lines), Axis("epoch", "epoch"), Axis("accuracy", "training accuracy", "%"), series="batch",
        name="training-accuracy", title="Training accuracy by epoch, with small and with large batches.",
    )  # fmt: skip
    words = f"{len(recipes)} recipes from {len(seeds)} seeds on {rows:,} rows of MNIST"
    remark = (
        f"The paper trains on all 60,000 rows until the loss no longer falls, with large batches of 6,000; here it is "
        f"{rows:,} rows and {epochs} epochs, so that all accuracies are lower."
    )
    return Answer(table, found, (figure,), len(population), words, (remark,))


EXPERIMENT = Experiment(
    "Keskar et al. 2017: small and large batches on MNIST",
    "A network of five layers of 512 units is trained with Adam, with batches of 256 rows or of a tenth of all rows. "
    "Both fit the training rows. Which is right more often on new ones, and by how many points?",
    CLAIMS, "Keskar, Mudigere, Nocedal, Smelyanskiy & Tang 2017; Goodfellow, Bengio & Courville, Deep Learning, 8.1.3",
    (5.0, 30.0, 400.0), run,
    "Large batches end in sharper minima, small ones in flatter ones, says the paper; others found that the gap "
    "closes where large batches are given as many updates.",
    data="needs MNIST: images/mnist with the four idx files", published=True,
)  # fmt: skip
