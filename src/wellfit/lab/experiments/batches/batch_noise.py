"""The noise of a mini-batch's gradient falls with the root of its size, and its price rises with the size."""

from __future__ import annotations

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of, ratio

SMALL, LARGE = 100, 10_000
CLAIMS = (
    Claim(
        "law", "The gradient of m rows drawn with replacement lies s / sqrt(m) from that of all rows",
        "measured distance (root mean square over batches) over s / sqrt(m), mean over networks and sizes", 0.97, 1.03,
    ),
    Claim(
        "without", "Drawn without replacement it lies s / sqrt(m) sqrt((N - m) / (N - 1)) from it",
        "the same without replacement", least=0.97, most=1.03,
    ),
    Claim(
        "hundredfold", "A hundred times as many rows make the gradient ten times as exact, not a hundred times",
        f"standard error at {SMALL} rows over that at {LARGE:,}, drawn with replacement, geometric mean over networks",
        least=9.0, most=11.0, published="Goodfellow et al. 2016, 8.1.3: 100 against 10,000 examples, a factor of 10",
    ),
)  # fmt: skip


def run(lab: Lab) -> Answer:
    """Linear models on made rows, each with a sample of its own; batches are drawn at its weights."""
    networks, draws, rows = lab.pick(2, 4, 10), lab.pick(20, 40, 80), LARGE
    sizes = [1, 10, SMALL, 1000, LARGE]
    recipe = wellfit.Recipe.plain(hidden=(8,), epochs=1, batch_size=100)
    found = []
    for k in range(networks):
        X, y = _made(np.random.default_rng(k), rows)
        view = wellfit.View(np.arange(rows), np.arange(0), np.arange(0))
        member = wellfit.train(recipe, X, y, views=view, seeds=k, **lab.options)[0]
        noise = member.gradient_noise(sizes, draws=draws, most_rows=rows, seed=k)
        found += [{"network": k, **row} for row in noise.iter_rows(named=True)]

    def ratios(replacement: bool) -> list[float]:
        # All rows without replacement are no sample: there both distances are 0.
        chosen = [row for row in found if row["replacement"] == replacement and row["expected"] > 0]
        return [
            float(np.mean([row["measured"] / row["expected"] for row in chosen if row["network"] == k]))
            for k in range(networks)
        ]

    def distances(size: int, column: str = "measured") -> list[float]:
        return [row[column] for row in found if row["replacement"] and row["batch_size"] == size]

    answers = {
        "law": mean_of(ratios(True)), "without": mean_of(ratios(False)),
        "hundredfold": ratio(distances(SMALL), distances(LARGE)),
    }  # fmt: skip
    table = [
        {"batch size": size, "line": line, "distance": float(np.mean(distances(size, column)))}
        for line, column in (("measured", "measured"), ("s / sqrt(m)", "expected")) for size in sizes
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(table), Axis("batch size", "rows of a batch", scale="log"),
        Axis("distance", "distance from the gradient of all rows", scale="log"), series="line", name="noise",
        title="Ten times more exact gradients cost a hundred times as many rows.",
    )  # fmt: skip
    return Answer(table, answers, (figure,), networks, f"one recipe on {networks} samples of {rows:,} made rows")


def _made(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of 5 normal columns, and a class that depends on two of them."""
    X = rng.normal(size=(rows, 5))
    return X, (X[:, 0] * X[:, 1] + 0.5 * rng.normal(size=rows) > 0).astype(int)


EXPERIMENT = Experiment(
    "Noise of the gradient by batch size",
    "The gradient is computed on 100 rows, or on 10,000, at a hundred times the price. How much more exact is it?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.1.3", (0.2, 0.7, 4.0), run,
    "The mean of m independent rows has the standard error s / sqrt(m). Returns diminish: small batches buy more "
    "updates for the same price.",
)  # fmt: skip
