"""Whether a change of the source changes the speed of training: two source trees, trained in turn in pairs.

    python benchmarks/versions.py OTHER/src [--pairs 15] [--seconds 1.0] [--same]

Both trees train the same members through `wellfit.train` on one thread. Each run has a process of its own, for where
memory lies in a process alone moves small nets by some percent; the order within a pair alternates. What is compared is
processor time an update, compilation left out; the interval is that of the mean logarithm of the pairs' ratios
(Student's t). --same: this tree against itself, which shows what the machine's noise alone does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
import warnings
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from printing import print_table
from task import CLIP, DECAY, DROPOUT, LEARNING_RATE, NETS, Net, make_rows

HERE = Path(__file__).resolve().parents[1] / "src"
PARTS = 200_000  # updates at most in one run


def train_on_request(tree: str, net: Net, orders: Connection) -> None:
    """In a process of its own: answers each number of updates by the processor seconds that they took."""
    sys.path.insert(0, tree)
    import wellfit

    assert Path(wellfit.__file__).is_relative_to(tree), "another installation comes first"
    warnings.simplefilter("ignore")
    x, y = make_rows(net)
    recipe = wellfit.Recipe(
        hidden=net.widths[1:-1], activation="relu", dropout=DROPOUT, weight_decay=DECAY, batch_size=net.batch,
        clipping={"name": "norm", "limit": CLIP}, optimizer={"name": "adam", "learning_rate": LEARNING_RATE},
        epochs=1_000_000, scaling="standard", schedule="constant",
    )  # fmt: skip
    view = wellfit.View(np.arange(net.rows), np.arange(net.rows, len(x)))
    while updates := orders.recv():
        start = time.process_time()
        wellfit.train(recipe, x, y, views=view, kind="class", budget=updates)
        orders.send(time.process_time() - start)


def run_once(tree: Path, net: Net, updates: int | None, seconds: float) -> tuple[int, float]:
    """Updates, and the processor seconds of each. updates: None for as many as take about so many seconds."""
    context = multiprocessing.get_context("spawn")
    orders, theirs = context.Pipe()
    process = context.Process(target=train_on_request, args=(str(tree.resolve()), net, theirs), daemon=True)
    process.start()

    def measure(many: int) -> float:
        orders.send(many)
        return float(orders.recv())

    measure(50)  # compiles, or loads
    if updates is None:
        once = (measure(400) - measure(1)) / 400
        updates = int(min(max(seconds / max(once, 1e-6), 100), PARTS))
    taken = measure(updates)
    orders.send(0)
    process.join()
    return updates, taken / updates


def compare(net: Net, trees: tuple[Path, Path], pairs: int, seconds: float) -> tuple[float, float, float, float]:
    """Microseconds an update of the first tree, the ratio of first to second, and its 95 % interval."""
    from scipy import stats

    updates, _ = run_once(trees[0], net, None, seconds)
    times = np.zeros((pairs, 2))
    for k in range(pairs):
        for j in (0, 1) if k % 2 == 0 else (1, 0):
            times[k, j] = run_once(trees[j], net, updates, seconds)[1]
    logs = np.log(times[:, 0] / times[:, 1])
    half = stats.t.ppf(0.975, pairs - 1) * logs.std(ddof=1) / np.sqrt(pairs)
    low, ratio, high = np.exp([logs.mean() - half, logs.mean(), logs.mean() + half])
    return float(np.median(times[:, 0]) * 1e6), float(ratio), float(low), float(high)


def main() -> None:
    """Compare on the three smaller nets of the speed contest."""
    parser = argparse.ArgumentParser(description="Speed of training of this source tree against another's.")
    parser.add_argument("other", type=Path, help="the other tree's src folder")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1.0, help="of one run, about")
    parser.add_argument("--same", action="store_true", help="this tree against itself instead")
    given: Any = parser.parse_args()
    trees = (HERE, HERE if given.same else given.other)
    rows = []
    for net in NETS[:3]:
        micro, ratio, low, high = compare(net, trees, given.pairs, given.seconds)
        rows.append([net.name, f"{micro:.1f}", f"{ratio:.3f}", f"{low:.3f} to {high:.3f}"])
    title = "This tree against itself" if given.same else "This tree against the other"
    print_table(title, ["net", "us/update", "ratio", "95 % interval"], rows)


if __name__ == "__main__":
    os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")})
    main()
