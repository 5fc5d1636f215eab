"""Double descent by width on MNIST-1D, beside the published test errors: 38 networks, clean and with label noise.

    python benchmarks/double_descent.py --data ../shared/data --out double_descent.jsonl

Networks 40-h-h-10 with ReLU, SGD at 0.01 with momentum 0.9, batches of 100, 500 epochs, weights drawn as PyTorch's
linear layers draw them (U(-1/sqrt(n), 1/sqrt(n)) of n inputs; biases begin at 0), on 4,000 training rows as they stand;
with noise, each training label is redrawn among the ten classes with probability 0.15, anew for each seed. The error is
that of 1,000 test rows with their true labels. Every line of the file of --out is a network: what stands there is not
trained again. A width is held where our mean is within twice the standard deviation over seeds, plus 1 point, of the
published figure (one network, 12,000 test rows).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from printing import print_markdown, print_table

import wellfit
from wellfit import View

WIDTHS = (2, 3, 4, 5, 7, 9, 12, 16, 21, 27, 36, 47, 61, 80, 104, 135, 177, 230, 300)
NOISES = (0.15, 0.0)
# Test error in per cent: the deep double descent notebook of github.com/greydanus/mnist1d.
PUBLISHED: dict[float, dict[int, float]] = {
    0.15: {2: 69.6, 4: 62.6, 9: 49.0, 16: 47.2, 27: 50.7, 47: 54.1, 61: 54.0, 104: 50.2, 177: 47.9, 300: 45.5},
    0.0: {9: 49.3, 27: 41.0, 36: 41.7, 104: 38.6, 300: 37.3},
}
ROOM = 1.0  # points beyond twice the spread over seeds


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds mnist1d.npz")
    parser.add_argument("--out", type=Path, default=Path("double_descent.jsonl"), help="a JSON line a network")
    parser.add_argument("--seeds", type=int, default=3, help="networks of each width (default 3)")
    parser.add_argument("--epochs", type=int, default=500, help="default 500, as published")
    parser.add_argument("--widths", type=int, nargs="+", default=list(WIDTHS))
    parser.add_argument("--summary", action="store_true", help="print what stands in the file, and train nothing")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    return parser.parse_args()


def recipe(width: int, epochs: int) -> wellfit.Recipe:
    """The published network and its training; errors are measured once, at the end."""
    return wellfit.Recipe.plain(hidden=(width, width)).vary(
        {
            "initialization": "fan_in_uniform",
            "optimizer": {"name": "momentum", "learning_rate": 0.01, "momentum": 0.9},
            "batch_size": 100,
            "epochs": epochs,
            "scaling": "none",
            "stopping": {"name": "none", "every": 40 * epochs},
        }
    )


def with_noise(y: Any, noise: float, seed: int) -> Any:
    """Labels of which each is redrawn among all classes with a probability."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(y)) < noise, rng.integers(0, 10, len(y)), y)


def line(data: Any, width: int, noise: float, seed: int, epochs: int) -> dict[str, Any]:
    """A network trained, and its errors in per cent."""
    started = time.process_time()
    labels = with_noise(data["y"], noise, seed)
    view = View(np.arange(len(labels)))
    population = wellfit.train(recipe(width, epochs), data["x"], labels, views=view, seeds=[seed])
    model = population[0].model
    wrong = {
        "training_error": model.predict(data["x"]) != labels,
        "test_error": model.predict(data["x_test"]) != data["y_test"],
    }
    return {
        "width": width, "noise": noise, "seed": seed, "epochs": epochs, "status": population[0].status,
        **{name: round(100 * float(np.mean(values)), 3) for name, values in wrong.items()},
        "core_seconds": round(time.process_time() - started, 2),
    }  # fmt: skip


def done(file: Path) -> list[dict[str, Any]]:
    """The networks that stand in the file."""
    return [json.loads(one) for one in file.read_text().splitlines()] if file.exists() else []


def train_missing(options: argparse.Namespace) -> None:
    """Train what the file does not hold, a line each as it ends."""
    with np.load(options.data / "mnist1d.npz") as file:
        data = dict(file)
    stands = {(one["width"], one["noise"], one["seed"], one["epochs"]) for one in done(options.out)}
    for seed in range(options.seeds):
        for noise in NOISES:
            for width in options.widths:
                if (width, noise, seed, options.epochs) not in stands:
                    one = line(data, width, noise, seed, options.epochs)
                    with options.out.open("a") as out:
                        out.write(json.dumps(one) + "\n")
                    print(" ".join(f"{name} {value}" for name, value in one.items()), flush=True)


def rows_of(lines: list[dict[str, Any]], noise: float) -> list[list[str]]:
    """A line a width: ours over seeds, the published figure, and whether it is held."""
    rows = []
    for width in sorted({one["width"] for one in lines if one["noise"] == noise}):
        found = [one for one in lines if (one["width"], one["noise"]) == (width, noise)]
        tested, trained = ([one[f"{part}_error"] for one in found] for part in ("test", "training"))
        spread = float(np.std(tested, ddof=1)) if len(tested) > 1 else float("nan")
        known = PUBLISHED[noise].get(width)
        off = "" if known is None else f"{np.mean(tested) - known:+.1f}"
        held = "" if known is None else "yes" if abs(np.mean(tested) - known) <= 2 * spread + ROOM else "NO"
        rows.append(
            [str(width), str(len(found)), f"{np.mean(trained):.1f}", f"{np.mean(tested):.1f}", f"{spread:.1f}",
             "" if known is None else f"{known:.1f}", off, held]
        )  # fmt: skip
    return rows


def main() -> None:
    """Train what is missing, then print both tables."""
    options = parse()
    if not options.summary:
        train_missing(options)
    lines = [one for one in done(options.out) if one["epochs"] == options.epochs]
    shown = print_markdown if options.markdown else print_table
    header = ["h", "seeds", "training error %", "test error %", "sd over seeds", "published", "off by", "held"]
    for noise in NOISES:
        title = f"Label noise {noise:.0%}" if noise else "Without label noise"
        shown(title, header, rows_of(lines, noise))
    print(f"\n{len(lines)} networks, {sum(one['core_seconds'] for one in lines) / 60:.1f} core-minutes")


if __name__ == "__main__":
    main()
