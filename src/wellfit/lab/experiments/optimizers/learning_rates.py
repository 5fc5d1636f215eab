"""A learning rate that is too low, one that is too high, and those between."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure, with_slider
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, exact
from wellfit.lab.base.data import digits, samples

CLAIMS = (
    Claim(
        "limit", "On a quadratic of curvature 1 descent arrives below a rate of 2 and runs away above it",
        "share of 40 rates from 0.1 to 4 at which it does so", least=0.999,
    ),
    Claim(
        "low", "A network trained at too low a rate ends with a higher test error than one at a good rate",
        "test error rate at the lowest of the rates minus at the middle one, mean over samples of rows", least=0.05,
    ),
    Claim(
        "high", "A network trained at too high a rate ends with a higher test error than one at a good rate",
        "test error rate at the highest of the rates minus at the middle one, mean over samples of rows", least=0.05,
    ),
)  # fmt: skip
RATES = (0.0003, 0.001, 0.003, 0.01, 0.1, 0.3, 1.0, 2.0, 4.0)
MIDDLE = RATES.index(0.1)


def arrives(rate: float) -> bool:
    """Whether gradient descent on w^2 / 2 comes nearer to 0."""
    recipe = wellfit.Recipe.plain(optimizer={"name": "sgd", "learning_rate": rate})
    path = wellfit.optimize(lambda w: float(w[0] ** 2 / 2), [1.0], recipe, updates=50, gradient=lambda w: w)
    return bool(abs(path.points[-1, 0]) < 0.5)


def run(lab: Lab) -> Answer:
    """A quadratic at 40 rates, and networks on samples of digits at 9."""
    tried = np.linspace(0.15, 4.05, 40)
    right = [arrives(float(rate)) == (rate < 2) for rate in tried]
    X, y = digits()
    repeats, epochs = lab.pick(2, 4, 12), lab.pick(4, 20, 40)
    plain = wellfit.Recipe.plain(hidden=(64, 64), epochs=epochs, batch_size=32)
    recipes = [plain.vary(optimizer={"name": "sgd", "learning_rate": rate}) for rate in RATES]
    population = wellfit.train(recipes, X, y, views=samples(repeats, len(y), 600, 400), **lab.options)
    errors = population.evaluate("test")["error"].to_numpy().reshape(len(RATES), repeats)
    errors = np.where(np.isnan(errors), 0.9, errors)  # one that diverged guesses

    found = {
        "limit": exact(np.mean(right)), "low": difference(errors[0], errors[MIDDLE]),
        "high": difference(errors[-1], errors[MIDDLE]),
    }  # fmt: skip
    figures = []
    for k, rate in enumerate(RATES):
        history = population[k * repeats].history
        figures.append(
            line_figure(
                {"epoch": history["epoch"], "loss": history["running_loss"]}, Axis("epoch", "epoch", ends=(0, epochs)),
                Axis("loss", "training loss", ends=(0, 4)), name=f"rate-{k}", title=f"Training at a rate of {rate}.",
            )
        )  # fmt: skip
    curves = with_slider(
        figures, RATES, name="curves", label="learning rate", shown=MIDDLE,
        title="The training loss of one network at each learning rate.",
    )  # fmt: skip
    rows = [{"learning rate": rate, "test error": float(errors[k].mean())} for k, rate in enumerate(RATES)]
    line = line_figure(
        {key: [row[key] for row in rows] for key in rows[0]}, Axis("learning rate", "learning rate", scale="log"),
        Axis("test error", "test error rate, mean"), name="errors", title="Test errors by learning rate.",
    )  # fmt: skip
    return Answer(rows, found, (curves, line), len(population), f"9 recipes on {repeats} samples of digits")


EXPERIMENT = Experiment(
    "Too low, too high, and right",
    "One network is trained at learning rates from 0.0003 to 4. What does its training loss look like at the lowest, "
    "at the highest, and at a good rate, and above which rate does descent on a quadratic run away?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 11.4.1; 4.3", (0.4, 2.0, 9.0), run,
    "On a quadratic of curvature c each update multiplies the distance from the minimum by 1 - lr c, which is below 1 "
    "in size where lr < 2 / c. A rate far below that wastes most of the updates.",
)  # fmt: skip
