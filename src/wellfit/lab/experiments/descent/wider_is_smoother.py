"""Beyond interpolation wider networks compute smoother functions."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, ratio
from wellfit.lab.experiments.descent._made import CLASSES, made

ROWS, NEW, NOISE = 500, 500, 0.15
WIDTHS = (32, 48, 96, 192, 384)
CLAIMS = (
    Claim(
        "gradient", "Of networks that fit all rows the widest has the smallest input gradient",
        "norm of the input gradient at width 32 over that at 384, geometric mean over made tables", least=1.0,
    ),
    Claim(
        "roughness", "And it is the least rough on lines between rows",
        "roughness at width 32 over that at 384, geometric mean over made tables", least=1.0,
    ),
    Claim(
        "flat", "And its loss rises least when its weights are disturbed",
        "rise of the training loss under weight noise of 5 % at width 32 over that at 384, geometric mean over made "
        "tables", least=1.0,
    ),
)  # fmt: skip
MEASURES = {
    "gradient": ("input_gradient", "norm of the input gradient"),
    "roughness": ("roughness", "roughness between rows"),
    "flat": ("rise_under_noise", "rise under weight noise"),
}


def run(lab: Lab) -> Answer:
    """Networks of one hidden layer that fit 500 rows with noisy labels, measured at their end."""
    repeats, widths = lab.pick(3, 5, 12), lab.pick((32, 96), WIDTHS, WIDTHS)
    recipe = wellfit.Recipe.plain(
        hidden=(24,), optimizer={"name": "momentum", "learning_rate": 0.05}, batch_size=50,
        epochs=lab.pick(20, 400, 400),
    )  # fmt: skip
    size = ROWS + NEW
    tables = [made(size, seed=k) for k in range(repeats)]
    X, y = np.concatenate([table[0] for table in tables]), np.concatenate([table[1] for table in tables])
    random, place = np.random.default_rng(31), np.arange(len(y)) % size
    noisy = np.where((place < ROWS) & (random.random(len(y)) < NOISE), random.integers(0, CLASSES, len(y)), y)
    folds = [(np.arange(ROWS) + k * size, np.arange(ROWS, size) + k * size) for k in range(repeats)]
    study = wellfit.studies.smoothness(
        recipe, X, noisy, slot="hidden", values=widths, folds=folds, seeds=1, kind="class", **lab.options
    )
    networks = study.details["networks"]
    found, lines = {}, []
    for key, (column, words) in MEASURES.items():
        values = {width: networks.filter(networks["recipe"] == f"{width}")[column].to_numpy() for width in widths}
        found[key] = ratio(values[widths[0]], values[widths[-1]])
        shares = {width: ratio(values[width], values[widths[0]]).mean for width in widths}
        lines += [{"width": width, "share": share, "measure": words} for width, share in shares.items()]
    kept = ["value", "input_gradient", "roughness", "rise_under_noise", "test_loss"]
    rows = study.table.select(kept).rename({"value": "width"}).to_dicts()
    figure = line_figure(
        ResultFrame(lines), Axis("width", "hidden units", scale="log"),
        Axis("share", f"in shares of its value at {widths[0]} units", scale="log"), series="measure",
        name="smoothness-by-width", title="Smoothness and flatness of networks that fit all their rows, by width.",
    )  # fmt: skip
    trained = f"{len(widths)} widths on {repeats} made tables of {ROWS} rows"
    return Answer(rows, found, (figure,), networks.height, trained)


EXPERIMENT = Experiment(
    "Wider networks are smoother",
    "Networks of 32 to 384 units all fit 500 rows, of which 15 % have a label drawn anew. Which of them changes most "
    "from input to input?",
    CLAIMS, "Nakkiran et al. 2019, Deep double descent; Belkin et al. 2019", (1.5, 12.0, 25.0), run,
    "Of the functions that fit all rows, a network that just can has hardly a choice. A wide one reaches a fit close "
    "to where it started, with small changes of many weights, and such functions are smooth.",
)  # fmt: skip
