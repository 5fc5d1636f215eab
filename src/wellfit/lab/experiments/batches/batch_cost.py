"""What larger batches cost: time a row, memory, and whether powers of two are quicker."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np

import wellfit
from wellfit.figures import Axis, line_figure
from wellfit.frames import ResultFrame
from wellfit.lab.base import Answer, Claim, Experiment, Lab, mean_of, ratio

CLAIMS = (
    Claim(
        "row", "A row takes less than half the time in batches of 64 that it takes alone",
        "processor time of an epoch with batches of 1 over that with 64, geometric mean over repeats", least=2.0,
    ),
    Claim(
        "large", "Beyond some hundred rows a row takes no less time",
        "processor time with batches of 256 over that with 2,048, geometric mean over repeats", least=0.7, most=1.2,
    ),
    Claim(
        "powers", "Batches of 64, a power of two, take less time a row than batches of 65",
        "processor time with batches of 65 over that with 64, geometric mean over repeats", least=1.0,
        published="Goodfellow et al. 2016, 8.1.3: powers of 2 are common, for GPUs are quicker with them",
    ),
    Claim(
        "memory", "Memory for a batch grows as its rows",
        "what batches of 8,192 rows take more than those of 4,096, over what those of 6,144 do; mean over widths",
        least=1.8, most=2.2,
    ),
)  # fmt: skip
SIZES = (1, 8, 64, 65, 256, 2048)


def run(lab: Lab) -> Answer:
    """An epoch with batches of each size, in turn, on one thread; and the most memory that a training run takes."""
    count = 8192
    X = np.random.default_rng(0).normal(size=(count, 20))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    recipe = wellfit.Recipe.plain(hidden=(64, 64), epochs=1)
    view = wellfit.View(np.arange(count), np.arange(0), np.arange(0))

    def train(size: int, hidden: tuple[int, ...], budget: int | None = None) -> None:
        wellfit.train(recipe.vary(batch_size=size, hidden=hidden), X, y, views=view, budget=budget)

    for size in SIZES:
        train(size, (64, 64), 1)  # what is compiled and read once
    repeats = lab.pick(2, 6, 30)
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(repeats):
        for size in SIZES:
            start = time.process_time()
            train(size, (64, 64))
            seconds[size].append(time.process_time() - start)
    widths = lab.pick((64, 96), (64, 96, 128, 192), (64, 96, 128, 192, 256, 320))
    growth = []
    for width in widths:
        least, half, most = (_memory(partial(train, size, (width,), 2)) for size in (4096, 6144, 8192))
        growth.append((most - least) / (half - least))
    found = {
        "row": ratio(seconds[1], seconds[64]), "large": ratio(seconds[256], seconds[2048]),
        "powers": ratio(seconds[65], seconds[64]), "memory": mean_of(growth),
    }  # fmt: skip
    rows = [
        {"batch size": size, "microseconds a row": 1e6 * float(np.median(seconds[size])) / count} for size in SIZES
    ]  # fmt: skip
    figure = line_figure(
        ResultFrame(rows), Axis("batch size", "rows of a batch", scale="log"),
        Axis("microseconds a row", "processor time a row", "µs", scale="log"), name="time-by-batch",
        title="A row takes less time in a larger batch, up to some hundred rows.",
    )  # fmt: skip
    remark = "Times are those of the machine that ran this, with the evaluation at the end of the epoch."
    trained = f"{len(SIZES)} sizes of batches, {repeats} times in turn, and {len(widths)} widths for memory"
    return Answer(rows, found, (figure,), repeats * len(SIZES), trained, (remark,))


def _memory(work: Callable[[], None]) -> int:
    """The most bytes that NumPy and Python hold at a time while something runs."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


EXPERIMENT = Experiment(
    "Time and memory by batch size",
    "An epoch takes as many rows whatever the size of the batches. With which size is it done soonest, does a power of "
    "two help, and what does it cost in memory?",
    CLAIMS, "Goodfellow, Bengio & Courville, Deep Learning, 8.1.3", (1.2, 3.0, 10.0), run,
    "Each update has fixed costs, and products of matrices are quicker for many rows at once, until the processor is "
    "busy. All activations of a batch are kept for the backward pass, so that memory grows with its rows.",
)  # fmt: skip
