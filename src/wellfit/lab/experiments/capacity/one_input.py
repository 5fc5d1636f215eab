"""Three networks on one input: one too small, one of the right size, one too large."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, Figure, line_figure, with_slider
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.experiments.capacity._curve import GRID, curve, truth
from wellfit.tables.arrays import View

SIZES = {"no hidden layer": (), "6 units": (6,), "2 x 128 units": (128, 128)}
SAMPLES = 6  # whose fits are drawn
CLAIMS = (
    Claim(
        "underfit", "A network that is too small has the larger error on training rows and on new rows",
        "squared error without a hidden layer minus that with 6 units, the smaller of the differences on training and "
        "new rows, mean over samples", least=0.0,
    ),
    Claim(
        "memorises", "A network that is too large fits its training rows better than one of the right size",
        "squared error on training rows with 6 units minus with 2 x 128, mean over samples", least=0.0,
    ),
    Claim(
        "overfit", "A network that is too large has a larger error on new rows than one of the right size",
        "squared error on new rows with 2 x 128 units minus with 6, mean over samples", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks of three sizes on samples of 20 noisy rows of a sine; new rows measure."""
    repeats, epochs = lab.pick(3, 10, 30), lab.pick(300, 3000, 3000)
    shared = {"activation": "tanh", "batch_size": 20, "epochs": epochs, "stopping": {"name": "none", "every": epochs}}
    recipes = [
        wellfit.Recipe.plain(hidden=hidden, optimizer={"name": "adam", "learning_rate": 0.01}, **shared)
        for hidden in SIZES.values()
    ]
    view = View(np.arange(20), test=np.arange(20, 320))
    training, new, fits = [], [], []
    for k in range(repeats):
        x, y = curve(320, seed=k)
        population = wellfit.train(recipes, x, y, views=view, seeds=k, kind="number", **lab.options)
        training.append(population.evaluate("training")["error"].to_numpy())
        new.append(population.evaluate("test")["error"].to_numpy())
        if k < SAMPLES:
            fits.append([member.model.predict(GRID[:, None]) for member in population])

    (line, right, large), (line_new, right_new, large_new) = np.transpose(training), np.transpose(new)
    found = {
        "underfit": difference(np.minimum(line - right, line_new - right_new), np.zeros(repeats)),
        "memorises": difference(right, large),
        "overfit": difference(large_new, right_new),
    }
    rows = [
        {"network": name, "training error": float(inside), "error on new rows": float(outside)}
        for name, inside, outside in zip(SIZES, np.mean(training, axis=0), np.mean(new, axis=0), strict=True)
    ]
    lines = [
        {"x": float(x), "value": float(value), "line": line}
        for line, values in zip((*SIZES, "true function"), (*fits[0], truth(GRID)), strict=True)
        for x, value in zip(GRID, values, strict=True)
    ]
    figure = line_figure(
        ResultFrame(lines), Axis("x", "input"), Axis("value", "prediction"), series="line",
        name="fits", title="Three networks trained on the same 20 noisy rows.",
    )  # fmt: skip
    trained = f"3 sizes of network on {repeats} samples of 20 rows"
    clipped = "A network's predictions never leave the range of its training targets."
    return Answer(rows, found, (figure, _by_size(np.array(fits))), 3 * repeats, trained, (clipped,))


def _by_size(fits: np.ndarray) -> Figure:
    """Fits to several samples, of one size at a time. fits (samples, sizes, inputs)."""
    names = [f"sample {k}" for k in range(len(fits))]
    figures = []
    for of_size in fits.transpose(1, 0, 2):
        lines = [
            {"x": float(x), "value": float(value), "fit": name}
            for name, fit in zip((*names, "true function"), (*of_size, truth(GRID)), strict=True)
            for x, value in zip(GRID, fit, strict=True)
        ]  # fmt: skip
        figures.append(line_figure(
            ResultFrame(lines), Axis("x", "input"), Axis("value", "prediction"), series="fit", name="fits", title="",
            faint=names,
        ))  # fmt: skip
    title = f"Fits to {len(fits)} samples of 20 rows: a line misses all alike, a large network follows each of them."
    return with_slider(figures, list(SIZES), name="fits-by-size", title=title, label="network", shown=1)


EXPERIMENT = Experiment(
    "Too small, right and too large on one input",
    "A straight line, a network of 6 units and one of 2 x 128 units are trained on 20 noisy rows of a sine. Which of "
    "them is best on its training rows, and which on new rows?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 5.2", (0.5, 3.0, 10.0), run,
    "A straight line cannot follow the sine, so that both errors are large. The large network has weights enough to "
    "follow the noise of its rows, which new rows do not repeat.",
)  # fmt: skip
