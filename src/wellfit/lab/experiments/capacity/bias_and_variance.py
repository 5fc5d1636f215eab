"""Bias and variance by width: bias falls, variance rises up to about interpolation and falls beyond."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, difference
from wellfit.lab.base.data import digits

NOISE, ROWS = 0.15, 300  # share of labels drawn anew; rows of a training sample
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128)
CLAIMS = (
    Claim(
        "bias", "The bias falls with width",
        "squared bias at the smallest width minus at the largest, mean over repetitions", least=0.0,
    ),
    Claim(
        "rise", "The variance rises with width up to a peak",
        "variance at its peak minus at the smallest width, mean over repetitions; the peak is found on others",
        least=0.0,
    ),
    Claim(
        "fall", "Beyond the peak the variance falls with width",
        "variance at its peak minus at the largest width, mean over repetitions; the peak is found on others",
        least=0.0, published="Neal et al. 2018, MNIST: variance falls with width from 5 to 500 units",
    ),
    Claim(
        "error", "The widest network has the smallest error of all",
        "squared error at the best of the other widths, found on other repetitions, minus at the largest, mean over "
        "repetitions", least=0.0,
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Repetitions on digits, each with label noise, training samples and measuring rows of its own."""
    repeats, samples = lab.pick(4, 6, 16), lab.pick(3, 4, 6)
    widths, epochs = lab.pick((1, 8, 64), WIDTHS, WIDTHS), lab.pick(20, 200, 200)
    recipe = wellfit.Recipe.plain(
        hidden=(8,), optimizer={"name": "adam", "learning_rate": 0.01}, batch_size=50, epochs=epochs,
        stopping={"name": "none", "every": epochs},
    )  # fmt: skip
    X, y = digits()
    parts = {}
    for k in range(repeats):
        study = wellfit.studies.bias_variance(
            recipe, X, _noisy(y, k), values=widths, samples=samples, rows=ROWS, seeds=1, seed=1000 * k, **lab.options
        )
        squared = study.table.filter(study.table["loss"] == "squared error")
        parts[k] = squared.select("error", "bias", "variance").to_numpy()
    error, bias, variance = np.array(list(parts.values())).transpose(2, 0, 1)  # each (repetitions, widths)

    half = repeats // 2  # the first half says where, the other half how much
    peak = 1 + int(variance[:half, 1:-1].mean(axis=0).argmax())
    other = int(error[:half, :-1].mean(axis=0).argmin())
    error_there, bias_there, variance_there = error[half:], bias[half:], variance[half:]
    found = {
        "bias": difference(bias_there[:, 0], bias_there[:, -1]),
        "rise": difference(variance_there[:, peak], variance_there[:, 0]),
        "fall": difference(variance_there[:, peak], variance_there[:, -1]),
        "error": difference(error_there[:, other], error_there[:, -1]),
    }
    named = {"error": error, "squared bias": bias, "variance": variance}
    rows = [
        {"width": width, **{name: float(values[:, k].mean()) for name, values in named.items()}}
        for k, width in enumerate(widths)
    ]
    lines = [{"width": row["width"], "value": row[name], "part": name} for name in named for row in rows]
    figure = line_figure(
        ResultFrame(lines), Axis("width", "hidden units", scale="log"), Axis("value", "squared error of probabilities"),
        series="part", name="bias-variance", title="Squared bias, variance and their sum, by width.",
        marks=[(float(widths[peak]), "variance largest")],
    )  # fmt: skip
    networks = repeats * samples * len(widths)
    trained = f"{len(widths)} widths on {repeats * samples} samples of {ROWS} digits, 15 % of the labels drawn anew"
    return Answer(rows, found, (figure,), networks, trained)


def _noisy(y: np.ndarray, seed: int) -> np.ndarray:
    random = np.random.default_rng([seed, 3])
    return np.where(random.random(len(y)) < NOISE, random.integers(0, 10, len(y)), y)


EXPERIMENT = Experiment(
    "Bias and variance by width",
    "Networks of 1 to 128 units are trained on many samples of noisy digits. How do squared bias and variance change "
    "with width, and does the sum have a minimum between the ends?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 5.4.4; Neal et al. 2018", (1.5, 10.0, 33.0), run,
    "A narrow network cannot follow the digits, which is bias. At the width that just fits all rows there is about one "
    "network that does, and it depends on every noisy label; wider ones have many, and training finds a smooth one.",
)  # fmt: skip
