"""Spread of one-hidden-layer networks by width on MNIST, beside the published logs; bias and variance beside them.

    python benchmarks/bias_variance.py --data ../shared/data --out bias_variance_runs

Networks 784-h-10 with ReLU, SGD at 0.1 with momentum 0.5, batches of 64, 10 epochs on all 60,000 training images,
pixels less 0.1307 and divided by 0.3081, weights drawn as PyTorch's linear layers draw them (biases begin at 0). Runs
of a width differ by the initial weights and the order of the batches alone. The published figures are those of the logs
of github.com/bradyneal/Bias-Variance in `bias_variance/neal_mnist_shallow.json` of --data: 20 runs a width, two jobs.
Each run's probabilities of the 10,000 test images are a file in --out, and what stands there is not trained again.

Printed by width: mean accuracy, its standard deviation over runs, and the mean share of test images on which one run of
two is right and the other wrong; then how the Brier score falls apart into bias^2 and variance, which with fixed
training images is from the seeds alone.
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from printing import print_markdown, print_table

import wellfit
from wellfit import View
from wellfit.statistics.decomposition import squared_terms, two_way
from wellfit.tables import read_idx

WIDTHS = (5, 10, 15, 25, 50, 100, 250, 500)
MEAN, SD = 0.1307, 0.3081  # of the pixels, from 0 to 1
PUBLISHED = Path("bias_variance") / "neal_mnist_shallow.json"


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with images/mnist and bias_variance")
    parser.add_argument("--out", type=Path, default=Path("bias_variance_runs"), help="folder of the runs")
    parser.add_argument("--runs", type=int, default=20, help="of each width (default 20, as published)")
    parser.add_argument("--widths", type=int, nargs="+", default=list(WIDTHS))
    parser.add_argument("--summary", action="store_true", help="print what stands in the folder, and train nothing")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    return parser.parse_args()


def load(folder: Path, part: str) -> tuple[Any, Any]:
    """Pixels (images, 784) as the networks see them, and digits."""
    images = np.asarray(read_idx(folder / "images" / "mnist" / f"{part}-images-idx3-ubyte.gz"), np.float32)
    digits = np.asarray(read_idx(folder / "images" / "mnist" / f"{part}-labels-idx1-ubyte.gz"))
    return ((images / 255 - MEAN) / SD).reshape(len(images), -1), digits


def recipe(width: int) -> wellfit.Recipe:
    """The published network and its training; nothing is measured on the way."""
    return wellfit.Recipe.plain(hidden=(width,)).vary(
        {
            "initialization": "fan_in_uniform",
            "optimizer": {"name": "momentum", "learning_rate": 0.1, "momentum": 0.5},
            "batch_size": 64,
            "epochs": 10,
            "scaling": "none",
            "stopping": {"name": "none", "every": 10**6},
        }
    )


def train_missing(options: argparse.Namespace) -> None:
    """Train the runs that have no file, all widths of a run before the next run."""
    options.out.mkdir(parents=True, exist_ok=True)
    missing = [
        (run, width) for run in range(options.runs) for width in options.widths
        if not run_file(options.out, width, run).exists()
    ]  # fmt: skip
    if not missing:
        return
    (X, y), (tested, _) = load(options.data, "train"), load(options.data, "t10k")
    for run, width in missing:
        started = time.process_time()
        population = wellfit.train(recipe(width), X, y, views=View(np.arange(len(y))), seeds=[run], kind="class")
        p = population[0].model.predict_proba(tested)
        seconds = time.process_time() - started
        np.savez_compressed(run_file(options.out, width, run), p=p.astype(np.float16), seconds=seconds)
        print(f"width {width}, run {run}: {population[0].status}, {seconds:.1f} core-seconds", flush=True)


def run_file(folder: Path, width: int, run: int) -> Path:
    """Where a run's probabilities stand."""
    return folder / f"width-{width}-run-{run}.npz"


def of_width(options: argparse.Namespace, width: int, digits: Any) -> dict[str, float]:
    """What the runs of a width show; {} where there are fewer than two."""
    files = [run_file(options.out, width, run) for run in range(options.runs)]
    found = [np.load(file) for file in files if file.exists()]
    if len(found) < 2:
        return {}
    p = np.stack([one["p"].astype(np.float64) for one in found])
    right = p.argmax(axis=2) == digits
    apart = [float((one != other).mean()) for one, other in combinations(right, 2)]
    terms, truth = two_way(p[None]), np.eye(10)[digits]
    brier = squared_terms(p, truth)
    return {
        "runs": len(found), "accuracy": float(right.mean()), "sd": float(right.mean(axis=1).std(ddof=1)),
        "apart": float(np.mean(apart)), "brier": float(brier.error.mean()), "bias": float(brier.bias.mean()),
        "variance": float(brier.variance.mean()), "seeds": float(terms.optimisation.mean()),
        "seconds": float(sum(float(one["seconds"]) for one in found)),
    }  # fmt: skip


def published(folder: Path) -> dict[int, dict[str, float]]:
    """The logs' figures of a width, of job 1, and how far the two jobs' means lie apart."""
    jobs: dict[int, list[dict[str, Any]]] = {}
    for one in json.loads((folder / PUBLISHED).read_text())["figures"]:
        jobs.setdefault(one["hidden_units"], []).append(one)
    return {
        width: {
            "accuracy": several[0]["test_accuracy_mean"], "sd": several[0]["test_accuracy_sd"],
            "apart": several[0]["pairwise_prediction_correctness_hamming"]["mean"],
            "jobs": float(np.ptp([one["test_accuracy_mean"] for one in several])),
        }
        for width, several in jobs.items()
    }  # fmt: skip


def main() -> None:
    """Train what is missing, then print ours beside theirs."""
    options = parse()
    if not options.summary:
        train_missing(options)
    digits, theirs = load(options.data, "t10k")[1], published(options.data)
    ours = {width: of_width(options, width, digits) for width in options.widths}
    spread, parts = [], []
    for width in [width for width in options.widths if ours[width]]:
        one, other = ours[width], theirs[width]
        spread.append(
            [str(width), str(int(one["runs"])),
             *(f"{100 * v['accuracy']:.2f} ({100 * v['sd']:.2f})" for v in (one, other)),
             f"{100 * other['jobs']:.2f}", f"{100 * one['apart']:.2f}", f"{100 * other['apart']:.2f}"]
        )  # fmt: skip
        parts.append([str(width), *(f"{one[name]:.4f}" for name in ("brier", "bias", "variance", "seeds"))])
    shown = print_markdown if options.markdown else print_table
    shown(
        "Accuracy in % (sd over runs), and share in % of images that one run of two has right and the other wrong",
        ["h", "runs", "ours", "published", "two jobs apart", "apart, ours", "apart, published"], spread,
    )  # fmt: skip
    shown("Brier score", ["h", "error", "bias^2", "variance (1/M)", "from seeds, unbiased"], parts)
    print(f"\n{sum(one.get('seconds', 0.0) for one in ours.values()) / 60:.1f} core-minutes")


if __name__ == "__main__":
    main()
