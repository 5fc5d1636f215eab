"""Averaging at test time over what was random in training: moved images, noisy inputs, noisy weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import log_loss

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.base.data import digits, samples

SOURCES: dict[str, dict[str, Any]] = {
    "augmentation": {"augmentation": {"translation": 0.12, "rotation": 10}},
    "input_noise": {"input_noise": 0.1},
    "weight_noise": {"weight_noise": 0.05},
}
CLAIMS = tuple(
    Claim(
        name, f"Predictions averaged over {words} are better than that of the row as it is",
        "test loss (nats) of the plain prediction minus that of the average over draws, mean over samples of rows",
        least=0.0,
    )
    for name, words in (
        ("augmentation", "moved and turned images"), ("input_noise", "noise on the inputs"),
        ("weight_noise", "noise on the weights"),
    )
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A network for each kind of noise in training; the same noise is drawn anew at test time, and averaged over."""
    X, y = digits()
    images = X.reshape(-1, 8, 8)
    views = samples(lab.pick(2, 3, 10), len(y), 400, 600)
    plain = wellfit.Recipe.plain(
        hidden=(64,), optimizer={"name": "adam", "learning_rate": 0.003}, batch_size=32, scaling="none",
        epochs=lab.pick(3, 150, 200),
    )  # fmt: skip
    counts = lab.pick((1, 4), (1, 4, 16), (1, 4, 16, 64))
    population = wellfit.train([plain.vary(slots) for slots in SOURCES.values()], images, y, views=views, **lab.options)

    losses = np.empty((len(SOURCES), len(views), len(counts) + 1))
    for member, (source, k) in zip(population, np.ndindex(len(SOURCES), len(views)), strict=True):
        test, model = member.view.test, member.model
        predictions = [model.predict_proba(images[test])]
        predictions += [model.averaged(images[test], list(SOURCES)[source], draws=n).mean for n in counts]
        losses[source, k] = [log_loss(y[test], p, labels=model.labels) for p in predictions]

    found = {name: difference(losses[i, :, 0], losses[i, :, -1]) for i, name in enumerate(SOURCES)}
    rows = [
        {"draws": n, "drawn": name.replace("_", " "), "loss": float((losses[i, :, j + 1] / losses[i, :, 0]).mean())}
        for i, name in enumerate(SOURCES) for j, n in enumerate(counts)
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("draws", "draws averaged", scale="log"),
        Axis("loss", "test loss over that of the plain prediction"), series="drawn", name="loss-by-draws",
        title="One draw is worse than the row as it is; an average of many can be better.",
    )  # fmt: skip
    table = [
        {"drawn": name.replace("_", " "), "plain prediction": float(losses[i, :, 0].mean()),
         **{f"{n} draws": float(losses[i, :, j + 1].mean()) for j, n in enumerate(counts)}}
        for i, name in enumerate(SOURCES)
    ]  # fmt: skip
    return Answer(table, found, (figure,), len(population), f"3 recipes on {len(views)} samples of digits")


EXPERIMENT = Experiment(
    "Averages at test time over noise and moved images",
    "A network was trained on images that were moved, on noisy inputs, or with noisy weights. At test time the same "
    "noise can be drawn again and the predictions averaged. Is that better than predicting the row as it is?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 7.12 and 7.5", (0.4, 6.0, 25), run,
    "The training objective is the expected loss over the noise, so that the average over the noise is what was "
    "trained. A single draw adds its noise to the prediction.",
)  # fmt: skip
