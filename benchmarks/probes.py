"""What probes cost: the same networks trained with and without them, in interleaved pairs, by processor time.

    python benchmarks/probes.py [--quick] [--pairs 25] [--every 400]

A pair trains one network twice, once without and once with probes at the default distance, in changing order,
evaluation of each epoch included. Printed is the lower quartile of the processor times with probes over that without,
minus 1, with its standard error (bootstrap over pairs): load from elsewhere lengthens runs and shortens none. The same
of two runs without probes shows what the machine adds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import wellfit
from wellfit.engines.compiled.run.training_run import train_run
from wellfit.engines.contract.budget import Budget
from wellfit.tables import holdout, make_target

AIM = 3.0  # per cent


@dataclass(frozen=True)
class Net:
    """inputs, hidden layers and classes; rows of a mini-batch and in training; epochs of one run."""

    inputs: int
    hidden: tuple[int, ...]
    classes: int
    batch: int
    rows: int
    epochs: int

    def __str__(self) -> str:
        sizes = "-".join(map(str, (self.inputs, *self.hidden, self.classes)))
        return f"{sizes}, batches of {self.batch}, {self.rows:,} rows"


NETS = (
    Net(20, (32, 32), 2, 32, 300, 300),
    Net(20, (32, 32), 2, 32, 2_000, 60),
    Net(20, (32, 32), 2, 32, 20_000, 6),
    Net(64, (64, 64), 10, 64, 300, 300),
    Net(64, (64, 64), 10, 64, 2_000, 60),
    Net(64, (64, 64), 10, 64, 20_000, 6),
    Net(100, (256, 256), 10, 256, 2_000, 30),
    Net(100, (256, 256), 10, 256, 20_000, 4),
)


def seconds_of(net: Net, probes: bool | int, seed: int) -> float:
    """Processor seconds of one run."""
    random = np.random.default_rng(0)
    X = random.normal(size=(net.rows, net.inputs)).astype(np.float32)
    y = np.arange(net.rows) % net.classes
    recipe = wellfit.Recipe(
        hidden=net.hidden, batch_size=net.batch, epochs=net.epochs, optimizer="adam", dropout=0.1, stopping="best"
    )
    view = holdout(make_target(y), share=0.15)
    run = wellfit.train(recipe, X, y, views=view, seeds=seed, budget=0, probes=probes).engine
    begun = time.process_time()
    train_run(run, Budget())
    return time.process_time() - begun


def cost(net: Net, probes: bool | int, pairs: int) -> tuple[float, float]:
    """Cost in per cent, and its standard error."""
    seconds = np.zeros((pairs, 2))  # without, with
    for pair in range(pairs):
        for side in (0, 1) if pair % 2 else (1, 0):
            seconds[pair, side] = seconds_of(net, probes if side else False, pair)
    random = np.random.default_rng(0)
    drawn = [quotient(seconds[random.integers(0, pairs, pairs)]) for _ in range(500)]
    return quotient(seconds), float(np.std(drawn))


def quotient(seconds: np.ndarray) -> float:
    """Of the lower quartiles of processor times (pairs, 2), minus 1, in per cent."""
    plain, probed = np.quantile(seconds, 0.25, axis=0)
    return float(100 * (probed / plain - 1))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=25, help="of runs of each network (default 25)")
    parser.add_argument("--every", type=int, help="updates between two probes (default: the package's)")
    parser.add_argument("--quick", action="store_true", help="7 pairs")
    given = parser.parse_args(arguments)
    pairs = 7 if given.quick else given.pairs
    print(f"{'network':<48} {'cost of probes, %':>18} {'of nothing, %':>18}")
    for net in NETS:
        seconds_of(net, True, 0), seconds_of(net, False, 0)
        (value, error), (nothing, doubt) = cost(net, given.every or True, pairs), cost(net, False, pairs)
        held = "" if value <= AIM else f"   above {AIM:g}"
        print(f"{str(net):<48} {value:>9.1f} +- {error:4.1f} {nothing:>10.1f} +- {doubt:4.1f}{held}", flush=True)


if __name__ == "__main__":
    main()
