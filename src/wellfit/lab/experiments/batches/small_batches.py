"""Small batches and large ones at equal epochs: the error on new rows, and how far batches agree on the slope."""

from __future__ import annotations

import numpy as np
import polars as pl

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of
from wellfit.lab.base.data import digits, samples

SIZES = (8, 32, 128, 512)
CLAIMS = (
    Claim(
        "error", "With small batches the network errs less on new rows, though both fit all training rows",
        "test error rate with batches of 512 minus that with 8, mean over samples of rows", least=0.0,
        published="Keskar et al. 2017: 97.81 % right with large batches, 98.03 % with small ones",
    ),
    Claim(
        "fitted", "Both fit their training rows",
        "larger of the two training error rates, mean over samples of rows", most=0.01,
    ),
    Claim(
        "agree", "Before training, batches of 128 rows agree on the slope and batches of 8 much less",
        "cosine of the angle between gradients of two batches, 128 rows minus 8, mean over samples", least=0.2,
    ),
    Claim(
        "disagree", "In the course of training, batches come to disagree",
        "the cosine for batches of 32 before training minus after it, mean over samples", least=0.2,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """The same network with batches of four sizes, long enough that all fit."""
    X, y = digits()
    repeats, epochs = lab.pick(2, 4, 10), lab.pick(10, 100, 100)
    recipe = wellfit.Recipe.plain(hidden=(64, 64), epochs=epochs, optimizer={"name": "adam", "learning_rate": 0.002})
    recipes = [recipe.vary(batch_size=size) for size in SIZES]
    views = samples(repeats, len(y), 600, 800)
    population = wellfit.train(recipes, X, y, views=views, **lab.options)
    errors = {
        part: population.evaluate(part)["error"].to_numpy().reshape(len(SIZES), repeats)
        for part in ("test", "training")
    }
    agreement = pl.concat([_agreement(recipe, X, y, view, lab) for view in views[: lab.pick(2, 3, 4)]])

    def cosines(size: int, when: str) -> np.ndarray:
        return agreement.filter(pl.col("batch_size") == size, pl.col("network") == when)["cosine"].to_numpy()

    before, after = "before training", "after training"
    found = {
        "error": difference(errors["test"][-1], errors["test"][0]),
        "fitted": mean_of(np.maximum(errors["training"][0], errors["training"][-1])),
        "agree": difference(cosines(128, before), cosines(8, before)),
        "disagree": difference(cosines(32, before), cosines(32, after)),
    }
    rows = [
        {"batch size": size, "measured on": part, "error": float(errors[name][k].mean())}
        for name, part in (("training", "training rows"), ("test", "new rows")) for k, size in enumerate(SIZES)
    ]  # fmt: skip
    angles = [
        {"batch size": size, "network": when, "cosine": float(cosines(size, when).mean())}
        for when in (before, after) for size in (8, 32, 128)
    ]  # fmt: skip
    across = Axis("batch size", "rows of a batch", scale="log")
    figures = (
        line_figure(ResultFrame(rows), across, Axis("error", "error rate"), series="measured on", name="errors",
                    title="Error by batch size after as many epochs."),
        line_figure(ResultFrame(angles), across, Axis("cosine", "cosine between gradients of two batches"),
                    series="network", name="agreement", title="Larger batches agree more; all agree less at the end."),
    )  # fmt: skip
    trained = f"{len(SIZES)} recipes on {repeats} samples of 600 digits"
    return Answer(rows, found, figures, len(population), trained, details={"agreement": angles})


def _agreement(recipe: wellfit.Recipe, X: np.ndarray, y: np.ndarray, view: wellfit.View, lab: Lab) -> pl.DataFrame:
    """The study's table of cosines, for networks trained on the rows of a view."""
    own = np.concatenate([view.training, view.test[:100]])
    folds = [(np.arange(600), np.arange(600, 700))] * 2  # a study has two folds or more, and measures at the first
    study = wellfit.studies.batch_size(
        recipe.vary(epochs=lab.pick(5, 30, 30), batch_size=32), X[own], y[own], sizes=[8, 128], rates=[],
        folds=folds, seeds=1, **lab.options,
    )  # fmt: skip
    return pl.DataFrame(study.details["agreement"].to_dict(as_series=False))


EXPERIMENT = Experiment(
    "Small batches, large batches and new rows",
    "A network is trained for the same number of epochs with batches of 8 to 512 rows until it fits all training rows. "
    "With which does it do best on new rows, and how far do the gradients of two batches agree?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.1.3; Keskar et al. 2017", (1.2, 4.8, 11.0), run,
    "The gradient of a small batch is noisy, and the noise drives the weights out of minima that are narrow. At the "
    "beginning all rows pull the same way; at the end each batch pulls another way.",
)  # fmt: skip
