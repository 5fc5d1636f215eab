"""Double descent by width: the error peaks where the training rows are just fitted, and falls again beyond."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference, mean_of, ratio
from wellfit.lab.experiments.descent._made import made, mean_curves, mnist1d, peak_of

NOISE = 0.15
PUBLISHED = (2, 4, 9, 16, 27, 47, 61, 104, 177, 300)
SLOW = {"name": "momentum", "learning_rate": 0.01}
WIDTHS = (1, 2, 4, 6, 8, 12, 16, 20, 24, 32, 48, 64, 96, 192)
CLAIMS = (
    Claim(
        "place", "The peak lies within a factor of 1.5 of the first width with a training error of 0",
        "width with the highest error between two lower ones over the first width with training error 0, mean curves "
        "of groups of tables, geometric mean over groups", least=1 / 1.5, most=1.5,
        published="Greydanus 2020, MNIST-1D with 15 % label noise: peak at 47 units, training error 0 from 61 on",
    ),
    Claim(
        "rise", "With label noise the test error rises before the peak",
        "test error rate at the peak minus at the best narrower width, both found on other tables, mean over groups of "
        "tables", least=0.0, published="the same: 47.2 % at 16 units, 54.1 % at the peak",
    ),
    Claim(
        "descent", "Beyond the peak the test error falls a second time",
        "test error rate at the peak, found on other tables, minus at the largest width, mean over groups of tables",
        least=0.0, published="the same: 54.1 % at the peak, 45.5 % at 300 units",
    ),
    Claim(
        "noise", "Label noise makes the second descent larger",
        "fall of the test error rate from the peak's width to the largest with label noise minus that without, mean "
        "over groups of tables", least=0.0, published="the same without noise: 41.7 % at 36 units, 37.3 % at 300",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Networks of one hidden layer on made tables of 500 rows, with true labels and with noisy ones."""
    groups, each = lab.pick(4, 6, 8), lab.pick(1, 1, 2)
    widths, epochs = lab.pick((2, 36, 40, 48), WIDTHS, WIDTHS), lab.pick(50, 500, 500)
    recipe = wellfit.Recipe.plain(
        hidden=(8,), optimizer={"name": "momentum", "learning_rate": 0.05}, batch_size=50, epochs=epochs
    )
    if lab.data is not None:  # the published networks, rows and epochs; a table is then a seed
        groups, each, widths = lab.pick(4, 4, 6), 1, lab.pick((2, 36, 40, 48), PUBLISHED, PUBLISHED)
        recipe = recipe.vary(hidden=(8, 8), batch_size=100, epochs=lab.pick(1, 100, 500), optimizer=SLOW)
    learned = 500 if lab.data is None else 4000
    training, clean, noisy = [], [], []
    for k in range(groups * each):
        X, y = made(1500, seed=k) if lab.data is None else mnist1d(lab.data)
        table = wellfit.studies.double_descent(
            recipe, X, y, values=widths, label_noise=(0.0, NOISE), effective=False,
            folds=np.where(np.arange(len(y)) < learned, 1, 0), seeds=1, seed=k, **lab.options,
        ).table  # fmt: skip
        clean += [table.filter(table["noise"] == 0)["test_error"].to_numpy()]
        noisy += [table.filter(table["noise"] == NOISE)["test_error"].to_numpy()]
        training += [table.filter(table["noise"] == NOISE)["training_error"].to_numpy()]
    inside, outside, true = (mean_curves(np.array(curves), groups) for curves in (training, noisy, clean))

    fitted = [widths[int((curve == 0).argmax())] if (curve == 0).any() else widths[-1] for curve in inside]
    half = groups // 2  # the first half says where the peak is, the other half how high
    peak = peak_of(outside[:half].mean(axis=0))
    before = int(outside[:half, :peak].mean(axis=0).argmin())
    fall = outside[half:, peak] - outside[half:, -1]
    found = {
        "place": ratio([widths[peak_of(curve)] for curve in outside], fitted),
        "rise": difference(outside[half:, peak], outside[half:, before]),
        "descent": mean_of(fall),
        "noise": difference(fall, true[half:, peak] - true[half:, -1]),
    }
    named = {"training error": inside, "test error": outside, "test error without noise": true}
    rows = [
        {"width": width, **{name: float(curves[:, k].mean()) for name, curves in named.items()}}
        for k, width in enumerate(widths)
    ]
    lines = [{"width": row["width"], "error": row[name], "measured": name} for name in named for row in rows]
    first = min(row["width"] for row in [*rows[1:], rows[-1]] if row["training error"] == 0 or row is rows[-1])
    figure = line_figure(
        ResultFrame(lines), Axis("width", "hidden units", scale="log"), Axis("error", "error rate"),
        series="measured", name="error-by-width", marks=[(float(first), "training error 0")],
        title="Training and test error by width, 15 % of the training labels drawn anew.",
    )  # fmt: skip
    networks = 2 * groups * each * len(widths)
    return Answer(rows, found, (figure,), networks, f"{len(widths)} widths on {groups * each} tables of {learned} rows")


EXPERIMENT = Experiment(
    "Double descent by width",
    "Networks of 1 to 192 units are trained to the end on 500 rows, of which 15 % have a label drawn anew. At which "
    "width is the error on new rows largest, and what happens when networks become wider still?",
    CLAIMS, "Belkin et al. 2019; Nakkiran et al. 2019, Deep double descent", (1.0, 15.0, 60.0), run,
    "A network that can just fit all rows has to bend its function at every noisy label, and there is about one way to "
    "do so. A wider network has many, and training finds one that bends it in the label's neighbourhood alone.",
    "MNIST-1D in place of made tables (mnist1d.npz)",
)  # fmt: skip
