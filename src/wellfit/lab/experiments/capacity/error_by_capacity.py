"""Errors against width, beside a constant, a linear model and the nearest neighbour."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, exact

ROWS, NEW = 100, 300
WIDTHS = (1, 3, 6, 12, 24, 64, 256)
CLAIMS = (
    Claim(
        "left", "A network of one unit has a larger error on new rows than one of the best width",
        "root mean squared error on new rows at width 1 minus at the width that is best on other made tables, mean "
        "over made tables", least=0.0,
    ),
    Claim(
        "right", "A network of 64 units has a larger error on new rows than one of the best width",
        "root mean squared error on new rows at width 64 minus at that width, mean over made tables", least=0.0,
    ),
    Claim(
        "training", "On training rows the error of 64 units is the smaller one",
        "root mean squared error on training rows at that width minus at width 64, mean over made tables", least=0.0,
    ),
    Claim(
        "memory", "The nearest neighbour makes no error on its training rows",
        "its largest root mean squared error on training rows, over all made tables", most=1e-6,
    ),
    Claim(
        "gap", "The nearest neighbour's gap between new rows and training rows is larger than that of the best width",
        "its gap of root mean squared errors minus that of a network of that width, mean over made tables", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks of several widths on made tables of 100 noisy rows; 300 new rows of each measure."""
    repeats, epochs = lab.pick(4, 12, 40), lab.pick(200, 2000, 2000)
    X, y, folds = _tables(repeats)
    recipe = wellfit.Recipe.plain(
        hidden=(6,), activation="tanh", optimizer={"name": "adam", "learning_rate": 0.01}, batch_size=ROWS,
        epochs=epochs, stopping={"name": "none", "every": epochs},
    )  # fmt: skip
    study = wellfit.studies.capacity(
        recipe, X, y, widths=lab.pick((1, 6, 64), WIDTHS, WIDTHS), folds=folds, seeds=1, kind="number", **lab.options
    )
    networks, simple = study.details["networks"], study.details["simple"]
    inside, outside = (
        {int(name): rows[f"{part}_loss"].to_numpy() for (name,), rows in networks.group_by("recipe")}
        for part in ("training", "test")
    )
    nearest = simple.filter(simple["predictor"] == "1-nearest-neighbour")
    gap = (nearest["test_loss"] - nearest["training_loss"]).to_numpy()
    half = repeats // 2  # the first half of the tables says which width is best, the other half by how much
    best = min((width for width in outside if 1 < width < 64), key=lambda width: outside[width][:half].mean())
    found = {
        "left": difference(outside[1][half:], outside[best][half:]),
        "right": difference(outside[64][half:], outside[best][half:]),
        "training": difference(inside[best][half:], inside[64][half:]),
        "memory": exact(nearest["training_loss"].max()),
        "gap": difference(gap[half:], (outside[best] - inside[best])[half:]),
    }
    kept = ["size", "parameters", "training_loss", "test_loss"]
    rows = study.table.select(kept).to_dicts()
    lines = [
        {"width": row["width"], "error": row[f"{part}_loss"], "measured on": words}
        for part, words in (("training", "training rows"), ("test", "new rows"))
        for row in study.table.to_dicts() if row["width"] is not None
    ]  # fmt: skip
    neighbour = [row for row in rows if row["size"] == "1-nearest-neighbour"][0]
    lines += [
        {"width": width, "error": neighbour["test_loss"], "measured on": "nearest neighbour, new rows"}
        for width in (1, lines[-1]["width"])
    ]
    figure = line_figure(
        ResultFrame(lines), Axis("width", "hidden units", scale="log"), Axis("error", "root mean squared error"),
        series="measured on", name="error-by-width", title="Errors on training rows and on new rows, by width.",
    )  # fmt: skip
    return Answer(rows, found, (figure,), networks.height, f"{len(inside)} widths on {repeats} made tables of 100 rows")


def _tables(count: int) -> tuple[np.ndarray, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """Tables below one another: three inputs, and a target of which about half is noise."""
    random, size = np.random.default_rng(5), ROWS + NEW
    X = random.normal(size=(count * size, 3))
    y = np.sin(1.5 * X[:, 0]) + X[:, 1] * X[:, 2] + random.normal(size=len(X))
    ends = [(np.arange(ROWS) + k * size, np.arange(ROWS, size) + k * size) for k in range(count)]
    return X, y, ends


EXPERIMENT = Experiment(
    "Error against capacity",
    "Networks of 1 to 256 units are trained to the end on 100 noisy rows. At which width is the error on new rows "
    "smallest, and where does the nearest neighbour stand, which keeps all its training rows?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 5.2", (0.5, 5.5, 17.0), run,
    "To the left of the smallest error the network cannot follow the function, to the right it follows the noise. The "
    "nearest neighbour repeats its rows, noise included: its training error says nothing of new rows.",
)  # fmt: skip
