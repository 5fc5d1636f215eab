"""Adversarial training: rows moved against the gradient are trained on as well."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of, ratio
from wellfit.lab.experiments.adversarial._images import PLAIN, images
from wellfit.statistics.intervals import SHARE

CLAIMS = (
    Claim(
        "restores", "Adversarial training at least halves the error on adversarial rows",
        "error rate on moved test rows of the plain network over that of the adversarially trained one, geometric mean "
        "over samples of rows", least=2.0,
        published="Goodfellow et al. 2014, MNIST, 0.25: 89.4 % to 17.9 %",
    ),
    Claim(
        "clean", "It also lowers the error on the rows as they are",
        "test error rate of the plain network minus that of the adversarially trained one, mean over samples of rows",
        least=0.0, published="Goodfellow et al. 2014, MNIST: 0.94 % to 0.84 %",
    ),
    Claim(
        "noise", "Training on rows with random signs of the same size does less",
        "error rate on moved test rows with noise in training over that with adversarial training, geometric mean over "
        "samples of rows", least=1.0,
        published="Goodfellow et al. 2014, MNIST: 86.2 % with random signs (90.4 % with uniform noise)",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """The same network trained on rows as they are, with noise, and with adversarial rows besides."""
    (X, y), views, epsilon = images(lab, repeats=8)
    plain = PLAIN.vary(epochs=lab.pick(5, 60, 100))
    recipes = {
        "plain": plain,
        "noisy": plain.vary(input_noise=epsilon),  # of the size of a step in every pixel
        "adversarial": plain.vary(adversarial={"epsilon": epsilon, "low": 0.0, "high": 1.0}),
    }
    population = wellfit.train(list(recipes.values()), X, y, views=views, **lab.options)
    sizes = [epsilon * share for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    errors = np.array(
        [[member.robust_error(size, part="test", low=0.0, high=1.0) for size in sizes] for member in population]
    ).reshape(len(recipes), len(views), len(sizes))

    usual, noisy, trained = errors
    least = 0.5 / len(views[0].test)  # so that no error has a logarithm
    found = {
        "restores": ratio(usual[:, -1] + least, trained[:, -1] + least),
        "clean": difference(usual[:, 0], trained[:, 0]),
        "noise": ratio(noisy[:, -1] + least, trained[:, -1] + least),
    }
    rows = [
        {"moved by": size, "training": name, "error": band.mean, "low": band.low, "high": band.high}
        for name, values in zip(recipes, errors, strict=True)
        for size, error in zip(sizes, values.T, strict=True) for band in [mean_of(error, SHARE)]
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("moved by", "largest change of a pixel (from 0 to 1)"),
        Axis("error", "test error rate"), series="training", low="low", high="high", name="error-by-step",
        title="Trained on adversarial rows, the network withstands them; noise does not do the same.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), len(population), f"3 recipes on {len(views)} samples of rows")


EXPERIMENT = Experiment(
    "Adversarial training",
    "A network is trained on its rows and on the same rows moved against the gradient. What becomes of its errors on "
    "moved rows and on rows as they are, and would random noise of the same size have done the same?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.13; Goodfellow et al. 2014", (0.6, 5.0, 30), run,
    "The moved rows are those on which the network is weakest; to answer them rightly it must stay nearly constant "
    "around each row. Random noise seldom points in the harmful direction.",
    data="MNIST in place of digits",
)  # fmt: skip
