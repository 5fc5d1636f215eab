"""What an evaluation each epoch costs beside the updates, and what passes over a layer's units would save as one.

    python benchmarks/evaluation.py [--repetitions 40] [--passes]

Processor time of one member on one thread, in one process: with an evaluation each epoch, with one at the end, and
set-up alone, in turn. Of each the tenth percentile over the repetitions, for other work on the machine only ever adds.
The floor is the forward products of the evaluated rows and nothing else. --passes: instead, ReLU and dropout of a layer
as separate passes over its units and as one.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from printing import number, print_table
from task import CLIP, DECAY, DROPOUT, LEARNING_RATE, NETS, Net, make_rows

STUDY = Net((20, 64, 64, 2), 64, rows=1800, validation_rows=200)
SECONDS = 0.06  # of updates in one run, about
BLOCK = 64  # rows that are evaluated at a time


def least(runs: Mapping[str, Callable[[], Any]], repetitions: int) -> dict[str, float]:
    """Processor seconds of each, the tenth percentile of repetitions in turn."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repetitions):
        for name, run in runs.items():
            start = time.process_time()
            run()
            taken[name].append(time.process_time() - start)
    return {name: float(np.percentile(times, 10)) for name, times in taken.items()}


def training(net: Net, epochs: int, evaluations: bool, updates: int) -> Callable[[], Any]:
    """A training run of so many updates at most, with an evaluation each epoch or with one at the end."""
    import wellfit

    x, y = make_rows(net)
    steps = -(-net.rows // net.batch)
    recipe = wellfit.Recipe(
        hidden=net.widths[1:-1], activation="relu", dropout=DROPOUT, weight_decay=DECAY, batch_size=net.batch,
        clipping={"name": "norm", "limit": CLIP}, optimizer={"name": "adam", "learning_rate": LEARNING_RATE},
        epochs=epochs, scaling="standard", schedule="constant",
        stopping={"name": "best", "every": steps if evaluations else epochs * steps},
    )  # fmt: skip
    view = wellfit.View(np.arange(net.rows), np.arange(net.rows, len(x)))
    return lambda: wellfit.train(recipe, x, y, views=view, kind="class", budget=updates)


def forward_products(net: Net, times: int) -> Callable[[], Any]:
    """The forward products of the rows of so many evaluations: as many training rows as validation rows, in blocks."""
    from matrix_products import layer_buffers

    from wellfit.numerics.kernel import compiled_loop
    from wellfit.numerics.product import product

    @compiled_loop("T[:,:]", "T[:,:]", "T[:,:]", "int64")
    def repeat(x, w, y, times):  # type: ignore[no-untyped-def]
        for _ in range(times):
            product(x, w, y)

    layers = [layer_buffers(BLOCK, inputs, outputs) for inputs, outputs in net.layers]
    blocks = round(times * 2 * net.validation_rows / BLOCK)
    compiled = repeat.for_precision("float32")
    return lambda: [compiled(x, w, y, blocks) for x, w, _, y, _, _ in layers]


def share_of_evaluation(net: Net, repetitions: int) -> list[str]:
    """A line of the table."""
    steps = -(-net.rows // net.batch)
    training(net, 2, True, 2 * steps)()  # compiles, or loads
    trial = least({"few": training(net, 4, False, 4 * steps), "one": training(net, 4, False, 1)}, 5)
    epochs = int(np.clip(SECONDS / max((trial["few"] - trial["one"]) / 4, 1e-5), 4, 400))
    runs = {
        "with": training(net, epochs, True, epochs * steps), "without": training(net, epochs, False, epochs * steps),
        "one": training(net, epochs, False, 1), "floor": forward_products(net, epochs),
    }  # fmt: skip
    took = {name: seconds / epochs * 1e6 for name, seconds in least(runs, repetitions).items()}
    updates, evaluation = took["without"] - took["one"], took["with"] - took["without"]
    return [
        f"{net.name}, {net.rows} + {net.validation_rows} rows", number(updates), number(evaluation),
        f"{evaluation / updates:.1%}", number(took["floor"]), f"{took['floor'] / updates:.1%}",
    ]  # fmt: skip


def passes(width: int, rows: int, repetitions: int) -> list[str]:
    """Microseconds of a layer's ReLU and dropout, forward and backward, as separate passes and as one each."""
    from wellfit.numerics.elementary import constant
    from wellfit.numerics.kernel import compiled_loop

    @compiled_loop("T[:]", "T[:]", "T[:]", "T[:]", "T[:]", "int64")
    def apart(z, h, mask, y, g, times):  # type: ignore[no-untyped-def]
        for _ in range(times):
            for i in range(len(z)):
                h[i] = max(z[i], constant(0, z[i]))
            for i in range(len(z)):
                y[i] = h[i] * mask[i]
            for i in range(len(z)):
                g[i] *= mask[i]
            for i in range(len(z)):
                g[i] = g[i] if z[i] > 0 else constant(0, z[i])

    @compiled_loop("T[:]", "T[:]", "T[:]", "T[:]", "T[:]", "int64")
    def together(z, h, mask, y, g, times):  # type: ignore[no-untyped-def]
        for _ in range(times):
            for i in range(len(z)):
                h[i] = max(z[i], constant(0, z[i]))
                y[i] = h[i] * mask[i]
            for i in range(len(z)):
                g[i] = g[i] * mask[i] if z[i] > 0 else constant(0, z[i])

    random, times = np.random.default_rng(0), max(5_000_000 // (rows * width), 20)
    buffers = [random.standard_normal(rows * width).astype(np.float32) for _ in range(5)]
    loops = {"apart": apart.for_precision("float32"), "together": together.for_precision("float32")}
    runs = {name: lambda loop=loop: loop(*buffers, times) for name, loop in loops.items()}
    for run in runs.values():
        run()
    took = {name: seconds / times * 1e6 for name, seconds in least(runs, repetitions).items()}
    saved = took["apart"] - took["together"]
    return [f"{rows} rows, {width} units", number(took["apart"]), number(took["together"]), number(saved)]


def main() -> None:
    """Print one of the two tables."""
    parser = argparse.ArgumentParser(description="What an evaluation each epoch costs.")
    parser.add_argument("--repetitions", type=int, default=40)
    parser.add_argument("--passes", action="store_true", help="ReLU and dropout as separate passes and as one instead")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.passes:
        lines = [passes(net.widths[1], net.batch, given.repetitions) for net in NETS[:3]]
        print_table("ReLU and dropout of one layer, us", ["layer", "apart", "as one", "saved"], lines)
        return
    lines = [share_of_evaluation(net, given.repetitions) for net in (*NETS[:3], STUDY)]
    header = ["network, batch", "updates", "evaluation", "share", "its products", "their share"]
    print_table("Processor time of an epoch, us", header, lines)


if __name__ == "__main__":
    os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")})
    main()
