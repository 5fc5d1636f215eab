"""A product of 100 random matrices grows or shrinks by a constant factor a layer, which their spread sets."""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of

WIDTH = 512
FLOAT32 = float(np.finfo(np.float32).max)
# The six products: the spread of a standard normal or U(-1, 1) entry, and what each layer does besides.
CASES = {
    "N(0, 1)": ("normal", 1.0, False), "sd 0.01": ("normal", 0.01, False), "U(-1, 1)": ("uniform", 1.0, False),
    "Xavier": ("normal", WIDTH**-0.5, False), "Xavier, ReLU": ("normal", WIDTH**-0.5, True),
    "Kaiming, ReLU": ("normal", (2 / WIDTH) ** 0.5, True),
}  # fmt: skip
EXPECTED = {
    "N(0, 1)": WIDTH**0.5, "sd 0.01": 0.01 * WIDTH**0.5, "U(-1, 1)": (WIDTH / 3) ** 0.5, "Xavier": 1.0,
    "Xavier, ReLU": 0.5**0.5, "Kaiming, ReLU": 1.0,
}  # fmt: skip
NAMES = ("normal", "small", "uniform", "xavier", "xavier_relu", "kaiming_relu")
SENTENCES = (
    "With N(0, 1) each layer multiplies by 22.6", "With standard deviation 0.01 each layer multiplies by 0.226",
    "With U(-1, 1) each layer multiplies by 13.06", "With Xavier's weights each layer keeps the size",
    "With Xavier's weights and ReLU each layer multiplies by 0.707",
    "With Kaiming's weights and ReLU each layer keeps the size",
)  # fmt: skip
CLAIMS = (
    *(
        Claim(
            key, sentence, f"factor a layer over {expected:.4g}, geometric mean over 100 layers, mean over seeds",
            least=0.97, most=1.03,
        )
        for key, sentence, expected in zip(NAMES, SENTENCES, EXPECTED.values(), strict=True)
    ),
    Claim(
        "float32", "With N(0, 1) the product leaves the range of float32 at about layer 28",
        "first layer whose root mean square is beyond 3.4e38, mean over seeds", least=26, most=31,
    ),
)  # fmt: skip


def sizes(rng: np.random.Generator, kind: str, spread: float, relu: bool, layers: int) -> list[float]:
    """The logarithm of the root mean square of x after each of the layers; x starts as N(0, 1)."""
    x, size, found = rng.standard_normal(WIDTH, np.float32), 0.0, []
    for _ in range(layers):
        shape = (WIDTH, WIDTH)
        W = rng.standard_normal(shape, np.float32) if kind == "normal" else 2 * rng.random(shape, np.float32) - 1
        x = spread * (W @ x)
        x = np.maximum(x, 0) if relu else x
        now = float(np.sqrt((x**2).mean()))
        size, x = size + np.log(now), x / now  # kept as a logarithm, beyond what float32 holds
        found.append(size)
    return found


def run(lab: Lab) -> Answer:
    """A vector goes through 100 matrices of each kind."""
    layers, seeds = lab.pick(30, 100, 100), lab.pick(2, 2, 7)
    rows: list[dict[str, Any]] = []
    found = {}
    for key, (name, case) in zip(NAMES, CASES.items(), strict=True):
        logs = np.array(
            [sizes(np.random.default_rng([seed, NAMES.index(key)]), *case, layers) for seed in range(seeds)]
        )
        # From the second layer on: the first one reads a vector of its own kind.
        factors = np.exp((logs[:, -1] - logs[:, 0]) / (layers - 1))
        found[key] = mean_of(factors / EXPECTED[name])
        mean = logs.mean(axis=0) / np.log(10)
        rows += [{"weights": name, "layer": k + 1, "power of ten": float(mean[k])} for k in range(layers)]
        if key == "normal":
            found["float32"] = mean_of((logs > np.log(FLOAT32)).argmax(axis=1) + 1)
    figure = line_figure(
        ResultFrame([row for row in rows if row["layer"] % 2 == 1]), Axis("layer", "matrices multiplied"),
        Axis("power of ten", "root mean square, power of ten"), series="weights", name="products",
        title="Only weights of the right spread keep the size of the signal over 100 layers.",
    )  # fmt: skip
    table = [{"weights": name, "expected factor": EXPECTED[name], "found over expected": found[key].mean}
             for key, name in zip(NAMES, CASES, strict=True)]  # fmt: skip
    return Answer(table, found, (figure,))


EXPERIMENT = Experiment(
    "Products of 100 random matrices",
    "A vector of 512 numbers is multiplied by 100 random matrices of 512 x 512, one after another. With entries from "
    "N(0, 1), from U(-1, 1), or with standard deviation 0.01: does it grow, shrink or stay, and by how much a layer?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.2.5; Glorot & Bengio 2010; He et al. 2015",
    (1.0, 3.0, 10.0), run,
    "A sum of n products with entries of variance s^2 has n s^2 times the variance. ReLU halves the mean square, which "
    "Kaiming's variance of 2/n makes up for.",
)  # fmt: skip
