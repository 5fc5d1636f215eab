"""A regularisation cocktail: many techniques at moderate strength together, beside each alone."""

from __future__ import annotations

from typing import Any

import wellfit
from wellfit.figures import Axis, interval_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio
from wellfit.lab.base.data import samples
from wellfit.lab.experiments.practice._noisy import noisy_digits

TECHNIQUES: dict[str, dict[str, Any]] = {
    "dropout": {"dropout": 0.3},
    "weight decay": {"weight_decay": 0.1},
    "input noise": {"input_noise": 0.2},
    "label smoothing": {"label_smoothing": 0.05},
    "mixup": {"mixup": 0.3},
    "residual layers": {"skip": "residual"},
    "averaged weights": {"averaging": "ema"},
    "early stopping": {"stopping": "best"},
}
KADRA = "Kadra et al. 2021, 40 tables: a cocktail beats a plain network on nearly all, and each technique alone"
CLAIMS = (
    Claim(
        "plain", "All techniques together lower the test loss of a plain network",
        "test loss of the plain network over that of all together, geometric mean over samples of rows", least=1.0,
        published=KADRA,
    ),
    Claim(
        "best", "They lower it more than the best one alone",
        "test loss of the best single technique over that of all together, geometric mean over samples of rows",
        least=1.0, published=KADRA,
    ),
    Claim(
        "error", "They lower the error rate too",
        "test error rate of the plain network over that of all together, geometric mean over samples of rows",
        least=1.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Eight techniques at a usual strength, alone and together, on few digits with wrong labels; nothing is tuned."""
    X, y = noisy_digits()
    repeats = lab.pick(2, 5, 12)
    plain = wellfit.Recipe.plain(
        (128, 128), batch_size=16, epochs=lab.pick(6, 120, 150), optimizer={"name": "adam", "learning_rate": 0.001}
    )
    together = {slot: value for one in TECHNIQUES.values() for slot, value in one.items()}
    recipes = {"nothing": plain, **{name: plain.vary(one) for name, one in TECHNIQUES.items()}}
    recipes["all together"] = plain.vary(together)
    views = samples(repeats, len(y), 200, 1000, validation=75)
    population = wellfit.train(list(recipes.values()), X, y, views=views, **lab.options)
    measured = population.evaluate()
    loss, error = (
        dict(zip(recipes, measured[column].to_numpy().reshape(len(recipes), -1), strict=True))
        for column in ("loss", "error")
    )
    best = min(TECHNIQUES, key=lambda name: loss[name].mean())
    found = {
        "plain": ratio(loss["nothing"], loss["all together"]), "best": ratio(loss[best], loss["all together"]),
        "error": ratio(error["nothing"], error["all together"]),
    }  # fmt: skip
    rows = []
    for name in recipes:
        beside = ratio(loss[name], loss["nothing"])
        rows.append({"technique": name, "test loss": loss[name].mean(), "test error": error[name].mean(),
                     "beside plain": beside.mean, "low": beside.low, "high": beside.high})  # fmt: skip
    figure = interval_figure(
        ResultFrame(rows[1:]), Axis("beside plain", "test loss over that of the plain network"), "technique",
        low="low", high="high", zero=1.0, name="losses", title="Each technique alone, and all together.",
    )  # fmt: skip
    remarks = (f"The best single technique, {best}, was chosen on the same test rows, which favours it.",)
    return Answer(
        rows,
        found,
        (figure,),
        len(population),
        f"10 recipes on {repeats} samples of 200 digits, a tenth with a random label",
        remarks,
    )


EXPERIMENT = Experiment(
    "A cocktail of regularisation",
    "Eight techniques of regularisation are added to a plain network, one at a time and then all at once, each at a "
    "usual strength. Do they get in each other's way, or is the mixture better than the best of them?",
    CLAIMS, "Kadra, Lindauer, Hutter & Grabocka 2021; Goodfellow, Bengio & Courville, chapter 7", (0.3, 7.8, 25), run,
    "The techniques act in different places: on rows, targets, units, weights and time. What one leaves over another "
    "can still take away, as long as their sum does not make the network too stiff.",
)  # fmt: skip
