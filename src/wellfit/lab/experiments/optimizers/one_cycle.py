"""The 1cycle schedule: the accuracy of a long training in a fraction of the epochs?"""

from __future__ import annotations

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.base.data import digits, mnist, samples

CLAIMS = (
    Claim(
        "same", "1cycle for a seventh of the epochs ends as well as a step schedule for all of them",
        "test error rate of the short 1cycle minus that of the long step schedule, mean over samples of rows",
        most=0.005, published="Smith 2018: MNIST, accuracy 99.25 % in 12 epochs of 1cycle, 99.00 % in 85 of steps",
    ),
    Claim(
        "short", "In the same few epochs 1cycle ends better than the step schedule",
        "test error rate of the short step schedule minus that of the short 1cycle, mean over samples of rows",
        least=0.0,
    ),
)  # fmt: skip
LONG, SHORT = 84, 12


def run(lab: Lab) -> Answer:
    """Momentum at a rate of 0.01 in steps of a tenth; 1cycle rises to ten times this rate and falls to almost 0."""
    X, y = digits() if lab.data is None else mnist(lab.data)[0]
    repeats, parts = lab.pick(2, 4, 16), lab.pick(7, 2, 1)
    size = 1200 if lab.data is None else 5000
    views = samples(repeats, len(y), size, 500 if lab.data is None else 5000)
    plain = wellfit.Recipe.plain(hidden=(64, 64), batch_size=32, optimizer={"name": "momentum", "learning_rate": 0.01})
    recipes = {
        f"steps, {LONG // parts} epochs": plain.vary(
            epochs=LONG // parts, schedule={"name": "step", "epochs": LONG // parts // 3}
        ),
        f"steps, {SHORT // parts or 1} epochs": plain.vary(
            epochs=SHORT // parts or 1, schedule={"name": "step", "epochs": SHORT // parts // 3 or 1}
        ),
        f"1cycle, {SHORT // parts or 1} epochs": plain.vary(
            {"epochs": SHORT // parts or 1, "schedule": "one_cycle", "optimizer.learning_rate": 0.1}
        ),
    }
    population = wellfit.train(list(recipes.values()), X, y, views=views, **lab.options)
    errors = population.evaluate("test")["error"].to_numpy().reshape(3, repeats)

    found = {"same": difference(errors[2], errors[0]), "short": difference(errors[1], errors[2])}
    rows = [
        {"schedule": name, "epoch": epoch, "loss": loss}
        for k, name in enumerate(recipes)
        for epoch, loss in population[k * repeats].history.select("epoch", "training_loss").rows()
    ]
    figure = line_figure(
        ResultFrame(rows), Axis("epoch", "epoch"), Axis("loss", "training loss of one network", scale="log"),
        series="schedule", name="losses", title="1cycle brings the loss down in a seventh of the epochs.",
    )  # fmt: skip
    table = [{"schedule": name, "test error": float(errors[k].mean())} for k, name in enumerate(recipes)]
    rows_of = "digits" if lab.data is None else "MNIST"
    return Answer(table, found, (figure,), len(population), f"3 recipes on {repeats} samples of {rows_of}")


EXPERIMENT = Experiment(
    "1cycle in a seventh of the epochs",
    "A network trains for 84 epochs while its rate falls in steps, another for 12 epochs of 1cycle, whose rate rises "
    "to a large one and falls to almost 0. Does the second end as well as the first?",
    CLAIMS, "Smith, A disciplined approach to neural network hyper-parameters, 2018", (0.5, 3.0, 20.0), run,
    "Large rates in the middle make fast progress, the rise before them keeps the start safe, and the fall after them "
    "settles what they leave unsettled.",
    data="MNIST in place of digits",
)  # fmt: skip
