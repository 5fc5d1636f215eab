"""What every contender of the speed contest trains: the networks, the settings and the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

LEARNING_RATE = 1e-3
DROPOUT = 0.1  # rate, after each hidden layer
DECAY = 0.01  # decoupled weight decay
CLIP = 1.0  # largest norm of a member's whole gradient


@dataclass(frozen=True)
class Net:
    """A ReLU network with softmax outputs, and the size of its mini-batches."""

    widths: tuple[int, ...]  # inputs, hidden layers, classes
    batch: int
    rows: int = 2048  # training rows, a multiple of every batch size: no contender meets a short batch
    validation_rows: int = 256

    @property
    def name(self) -> str:
        """Such as "64-64-64-10/64"."""
        return "-".join(map(str, self.widths)) + f"/{self.batch}"

    @property
    def steps(self) -> int:
        """Updates an epoch."""
        return self.rows // self.batch

    @property
    def layers(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each layer."""
        return list(zip(self.widths[:-1], self.widths[1:], strict=True))


NETS = (
    Net((20, 32, 32, 2), 32),
    Net((64, 64, 64, 10), 64),
    Net((100, 256, 256, 10), 256),
    Net((784, 1024, 1024, 10), 128),
)


class Contender(Protocol):
    """Something that trains networks. Made for one net and one variant, in a process of its own."""

    def run(self, epochs: int) -> int:
        """Train every member for some epochs; the number of member-steps made."""


def make_rows(net: Net) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Rows for one net, training rows first: normal columns, classes by a noisy linear teacher."""
    random = np.random.default_rng(0)
    rows = net.rows + net.validation_rows
    x = random.standard_normal((rows, net.widths[0]), dtype=np.float32)
    teacher = random.standard_normal((net.widths[0], net.widths[-1]))
    scores = x @ teacher / np.sqrt(net.widths[0])
    y = np.argmax(scores + 0.3 * random.standard_normal(scores.shape), axis=1)
    return x, y.astype(np.int64)
