"""The fast gradient sign method on MNIST: adversarial training lowers the error on adversarial rows, and on others."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of, ratio
from wellfit.lab.base.data import mnist
from wellfit.lab.experiments.published._resumable import trained
from wellfit.statistics.intervals import SHARE
from wellfit.tables.arrays import View

EPSILON = 0.25  # of pixels from 0 to 1
CLAIMS = (
    Claim(
        "attack", "A step of 0.25 against the gradient makes the plain network err on most rows",
        "error rate of the plain network on moved test rows, mean over seeds", least=0.5,
        published="Goodfellow et al. 2014: 89.4 %",
    ),
    Claim(
        "restores", "Adversarial training at least halves the error on adversarial rows",
        "error rate on moved test rows of the plain network over that of the adversarially trained one, geometric mean "
        "over seeds", least=2.0, published="Goodfellow et al. 2014: 89.4 % to 17.9 %",
    ),
    Claim(
        "clean", "It also lowers the error on the rows as they are",
        "test error in % of the plain network minus that of the adversarially trained one, mean over seeds", least=0.0,
        published="Goodfellow et al. 2014: 0.94 % to 0.84 %",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """The same network trained on rows as they are, and half on rows moved against its gradient."""
    training, test = mnist(lab.data)
    rows, tests, seeds = lab.pick(300, 5000, 60_000), lab.pick(300, 10_000, 10_000), lab.pick(2, 3, 4)
    X, y = np.concatenate([training.X[:rows], test.X[:tests]]), np.concatenate([training.y[:rows], test.y[:tests]])
    view = View(np.arange(rows), test=np.arange(rows, rows + tests))
    plain = wellfit.Recipe.plain(
        hidden=lab.pick((32,), (256, 256), (512, 512)), optimizer="adam", schedule="linear", batch_size=256,
        scaling="none", dropout=0.2, epochs=lab.pick(2, 20, 20),
    )  # fmt: skip
    recipes = {"plain": plain, "adversarial": plain.vary(adversarial=EPSILON)}
    population = trained(lab, "fast-gradient-sign", list(recipes.values()), X, y, view, seeds=range(seeds))

    sizes = [EPSILON * share for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    errors = np.array([[member.robust_error(size, part="test") for size in sizes] for member in population])
    usual, hardened = errors.reshape(2, seeds, len(sizes))
    found = {
        "attack": mean_of(usual[:, -1], SHARE), "restores": ratio(usual[:, -1], hardened[:, -1]),
        "clean": difference(100 * usual[:, 0], 100 * hardened[:, 0]),
    }  # fmt: skip
    table = [
        {"moved by": size, "training": name, "error": one.mean, "low": one.low, "high": one.high}
        for name, values in (("plain", usual), ("adversarial", hardened))
        for size, error in zip(sizes, values.T, strict=True) for one in [mean_of(error, SHARE)]
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(table), Axis("moved by", "step against the gradient (pixels from 0 to 1)"),
        Axis("error", "test error rate"), series="training", low="low", high="high", name="error-by-step",
        title="Test error on rows moved against the gradient.",
    )  # fmt: skip
    words = f"2 recipes from {seeds} seeds on {rows:,} rows, {plain.epochs} epochs"
    return Answer(table, found, (figure,), len(population), words, remarks=(
        "The published network is of maxout units; these are of ReLU. Seeds vary the start and the order of the rows.",
    ))  # fmt: skip


EXPERIMENT = Experiment(
    "MNIST: the fast gradient sign method",
    "Every pixel of MNIST's test rows is moved by 0.25 against the gradient of a network that errs on one row in a "
    "hundred. On how many does it err then, and on how many after adversarial training?",
    CLAIMS, "Goodfellow, Shlens & Szegedy, Explaining and harnessing adversarial examples, 2014", (2, 60, 1400), run,
    "A step in the direction of the gradient's sign is the worst one of its size for a linear function, and networks "
    "of ReLU are nearly linear around a row. To train on such rows asks for small gradients there.",
    data="needs MNIST; goes on where it was interrupted", published=True,
)  # fmt: skip
