"""Double descent by epoch: columns of different scales are learned one after the other, each with its own minimum."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, exact
from wellfit.lab.experiments.descent._made import mean_curves, peak_of
from wellfit.tables.arrays import View

ROWS, NEW, COLUMNS = 80, 500, 30  # that train, that measure; of each of the two scales
SMALL = 0.15  # the scale of the second half of the columns
CLAIMS = (
    Claim(
        "rise", "After a first minimum the error on new rows rises",
        "mean squared error at the peak minus at the least one before, both epochs found on other tables, mean over "
        "groups of tables", least=0.0,
    ),
    Claim(
        "descent", "Later it falls a second time",
        "mean squared error at the peak minus at the least one after, both epochs found on other tables, mean over "
        "groups of tables", least=0.0, published="Nakkiran et al. 2019: networks of sufficient size show it by epoch",
    ),
    Claim(
        "scaled", "With all columns on one scale the second fall is smaller",
        "second fall with two scales minus that with standardised columns, mean over groups of tables", least=0.0,
    ),
    Claim(
        "training", "The error on training rows never rises",
        "the largest rise of the mean squared error on training rows from one measurement to the next, in all runs",
        most=1e-6,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """A linear model by gradient descent from 0 on all rows, with columns as they are and standardised."""
    groups, each, epochs = lab.pick(4, 10, 16), lab.pick(1, 2, 4), lab.pick(1000, 4000, 4000)
    shared = {"initialization": "zero", "batch_size": ROWS, "epochs": epochs, "stopping": {"name": "none", "every": 10}}
    recipes = [
        wellfit.Recipe.plain(hidden=(), scaling=scaling, optimizer={"name": "sgd", "learning_rate": 0.02}, **shared)
        for scaling in ("none", "standard")
    ]
    view = View(np.arange(ROWS), np.arange(ROWS, ROWS + NEW))
    inside, outside = [], []
    for k in range(groups * each):
        X, y = _table(k)
        population = wellfit.train(recipes, X, y, views=view, kind="number", **lab.options)
        histories = [member.history for member in population]
        inside.append([history["training_error"].to_numpy() for history in histories])
        outside.append([history["validation_error"].to_numpy() for history in histories])
    epoch = histories[0]["epoch"].to_numpy()
    raw, scaled = (mean_curves(np.array(outside)[:, k], groups) for k in range(2))

    half = groups // 2  # the first half of the groups says when, the other half how much
    (first, top, second), (_, top_scaled, second_scaled) = (
        _places(curves[:half].mean(axis=0)) for curves in (raw, scaled)
    )
    fall = raw[half:, top] - raw[half:, second]
    found = {
        "rise": difference(raw[half:, top], raw[half:, first]),
        "descent": difference(raw[half:, top], raw[half:, second]),
        "scaled": difference(fall, scaled[half:, top_scaled] - scaled[half:, second_scaled]),
        "training": exact(np.diff(np.array(inside), axis=-1).max()),
    }
    shown = np.unique(np.geomspace(1, len(epoch), 50).astype(int)) - 1
    named = {"two scales": raw, "standardised": scaled, "two scales, training rows": np.array(inside)[:, 0]}
    lines = [
        {"epoch": float(epoch[k]), "error": float(curves[:, k].mean()), "columns": name}
        for name, curves in named.items() for k in shown
    ]  # fmt: skip
    rows = [
        {"epoch": float(epoch[k]), **{name: float(curves[:, k].mean()) for name, curves in named.items()}}
        for k in (0, first, top, second)
    ]
    figure = line_figure(
        ResultFrame(lines), Axis("epoch", "epoch", scale="log"), Axis("error", "mean squared error"), series="columns",
        name="error-by-epoch", title="Error by epoch, of columns of two scales and of the same columns standardised.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), 2 * groups * each, f"2 recipes on {groups * each} made tables of 80 rows")


def _places(curve: np.ndarray) -> tuple[int, int, int]:
    """The least place before the peak, the peak, and the least place after it."""
    top = peak_of(curve)
    return int(curve[:top].argmin()), top, top + int(curve[top:].argmin())


def _table(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns of scale 1 and of scale 0.15, which matter as much as each other, and normal noise."""
    random = np.random.default_rng([seed, 23])
    X, weights = random.normal(size=(ROWS + NEW, 2 * COLUMNS)), random.normal(0, 0.15, size=2 * COLUMNS)
    y = X @ weights + random.normal(size=len(X))
    return X * np.repeat([1.0, SMALL], COLUMNS), y


EXPERIMENT = Experiment(
    "Double descent by epoch",
    "A linear model is trained by gradient descent on columns of which half are seven times smaller than the others. "
    "The error on new rows falls, then rises: does it stay there?",
    CLAIMS, "Nakkiran et al. 2019, Deep double descent; Heckel & Yilmaz 2020, Early stopping in deep networks",
    (1.0, 5.0, 17.0), run,
    "Descent learns along large columns first. Their part of the error has its minimum and rises while they fit noise; "
    "the small columns come to theirs much later, and pull the sum down again. On one scale both minima coincide.",
)  # fmt: skip
