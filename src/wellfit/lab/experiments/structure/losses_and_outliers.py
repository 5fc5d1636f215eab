"""Squared, Huber, absolute and quantile loss on a target with gross errors."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, Figure, line_figure, scatter_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of, ratio
from wellfit.lab.base.data import apart
from wellfit.statistics.intervals import SHARE

DATA, SHARES = 200, (0.0, 0.05, 0.1, 0.2)
LOSSES = ("squared", "huber", "absolute")
CLAIMS = (
    Claim(
        "outliers", "With one gross error in ten, the absolute loss errs less on clean rows than the squared loss",
        "squared distance from the true function, squared loss over absolute loss, geometric mean over samples of rows",
        least=2.0,
    ),
    Claim(
        "huber", "So does Huber's loss",
        "squared distance from the true function, squared loss over Huber's, geometric mean over samples of rows",
        least=2.0,
    ),
    Claim(
        "clean", "Without gross errors the squared loss errs least",
        "squared distance from the true function, absolute loss minus squared loss, mean over samples of rows",
        least=0.0,
    ),
    Claim(
        "quantile", "The quantile loss at 0.9 predicts what nine targets in ten stay below",
        "share of new targets below the prediction, mean over samples of rows", least=0.85, most=0.95,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Linear networks on a linear target with noise of sd 1; gross errors of about 20 in a share of the rows."""
    repeats = lab.pick(2, 16, 48)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(repeats * (DATA + 200), 5))
    true = X.sum(axis=1)
    clean = true + rng.normal(size=len(X))
    drawn, gross = rng.random(len(X)), 20 * rng.normal(1.0, 0.3, len(X))
    views = apart(repeats, DATA, 200)
    plain = wellfit.Recipe.plain(
        (), batch_size="all", optimizer={"name": "adam", "learning_rate": 0.02}, schedule="linear",
        epochs=lab.pick(300, 1000, 1000), stopping={"name": "none", "every": 500},
    )  # fmt: skip
    recipes = [plain.vary(loss=loss) for loss in (*LOSSES, {"name": "quantile", "quantile": 0.9})]
    distance, below, fits = {}, [], []
    for share in SHARES:
        y = clean + np.where(drawn < share, gross, 0.0)
        population = wellfit.train(recipes, X, y, views=views, **lab.options)
        predicted = [member.predict(X[member.view.test]) for member in population]
        error = [np.mean((z - true[member.view.test]) ** 2) for z, member in zip(predicted, population, strict=True)]
        first = [(name, true[views[0].test[:60]], predicted[k * repeats][:60]) for k, name in enumerate(LOSSES)]
        fits.append(_fits(first))
        distance[share] = np.reshape(error, (len(recipes), repeats))
        if share == 0:
            tests = [clean[view.test] for view in views]
            below = [float((t < z).mean()) for t, z in zip(tests, predicted[-repeats:], strict=True)]

    found = {
        "outliers": ratio(distance[0.1][0], distance[0.1][2]), "huber": ratio(distance[0.1][0], distance[0.1][1]),
        "clean": difference(distance[0.0][2], distance[0.0][0]), "quantile": mean_of(below, SHARE),
    }  # fmt: skip
    rows = [
        {"gross errors": share, "loss": loss, "distance": distance[share][k].mean()}
        for share in SHARES for k, loss in enumerate(LOSSES)
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("gross errors", "share of rows with a gross error", format=".0%"),
        Axis("distance", "squared distance from the true function", scale="log"), series="loss", name="outliers",
        title="Gross errors pull the squared loss far off, the others a little.",
    )  # fmt: skip
    pulled = with_slider(
        fits, SHARES, name="predictions", label="share of rows with a gross error", shown=2,
        title="New rows of one sample: gross errors pull up the squared loss, Huber's less, the absolute loss least.",
    )  # fmt: skip
    trained = f"4 losses at {len(SHARES)} shares of gross errors on {repeats} samples of {DATA} made rows"
    return Answer(rows, found, (figure, pulled), 4 * len(SHARES) * repeats, trained)


def _fits(fits: list[tuple[str, np.ndarray, np.ndarray]]) -> Figure:
    """Predictions against the true function. fits: of each loss its name, true values and predictions."""
    points = [
        {"true": float(t), "predicted": float(p), "loss": name}
        for name, true, predicted in fits for t, p in zip(true, predicted, strict=True)
    ]  # fmt: skip
    across, up = Axis("true", "true function", ends=(-8, 12)), Axis("predicted", "prediction", ends=(-8, 12))
    return scatter_figure(ResultFrame(points), across, up, series="loss", reference="equality", name="one", title="")


EXPERIMENT = Experiment(
    "Losses and outliers",
    "In a few rows the target is far too large by a slip. Linear networks are trained with the squared, the absolute "
    "and Huber's loss. Which of them comes nearest to the true function, with slips and without?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 6.2.1; Huber 1964", (0.5, 6.2, 20), run,
    "The squared loss fits the mean, which a few large errors move; its slope grows with the error. The absolute loss "
    "fits the median and pulls equally hard however far a target is off.",
)  # fmt: skip
