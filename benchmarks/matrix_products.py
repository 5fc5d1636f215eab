"""Nothing but the matrix products of the training step, on as many threads as there are cores.

What is left of a step when everything but its products takes no time: the floor the engine is measured against.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
from contest import cores
from numpy.typing import NDArray
from task import Net
from threadpoolctl import threadpool_limits

from wellfit.numerics.kernel import prepare_compiler
from wellfit.numerics.product import product, product_transposed, transposed_product
from wellfit.numerics.wide_product import is_wide, wide_product

VARIANTS = {"alone": "no learning: forward, dW and dX"}
Buffers = tuple[NDArray[np.float32], ...]


def member_choices(net: Net) -> tuple[int, ...]:
    """One for each thread."""
    return (cores(),)


@numba.njit(nogil=True)
def layer_products(x, w, dy, y, dw, dx, first):  # type: ignore[no-untyped-def]
    """The products of one layer: forward, gradient of the weights, gradient of the inputs but for the first layer."""
    if is_wide(x.shape[1], w.shape[1]):
        wide_product(x, False, w, False, y)
        wide_product(x, True, dy, False, dw)
        if not first:
            wide_product(dy, False, w, True, dx)
    else:
        product(x, w, y)
        transposed_product(x, dy, dw)
        if not first:
            product_transposed(dy, w, dx)


def layer_buffers(batch: int, inputs: int, outputs: int) -> Buffers:
    """Inputs, weights, gradient of the outputs; outputs, gradient of the weights and of the inputs."""
    random = np.random.default_rng(0)
    shapes = ((batch, inputs), (inputs, outputs), (batch, outputs))
    given = tuple(random.standard_normal(shape, dtype=np.float32) for shape in shapes)
    return given + tuple(
        np.empty(shape, np.float32) for shape in ((batch, outputs), (inputs, outputs), (batch, inputs))
    )


@numba.njit(nogil=True)
def steps_of_three_layers(a, b, c, steps):  # type: ignore[no-untyped-def]
    """Some steps of a network of three layers."""
    for _ in range(steps):
        layer_products(a[0], a[1], a[2], a[3], a[4], a[5], True)
        layer_products(b[0], b[1], b[2], b[3], b[4], b[5], False)
        layer_products(c[0], c[1], c[2], c[3], c[4], c[5], False)


class Contender:
    """A thread a core, each with its own matrices. `members` is the number of threads."""

    def __init__(self, net: Net, variant: str, members: int) -> None:
        prepare_compiler("float32")
        self.net, self.threads = net, members
        self.buffers = [[layer_buffers(net.batch, a, b) for a, b in net.layers] for _ in range(members)]
        self.limit = threadpool_limits(1)
        self.pool = ThreadPoolExecutor(members)

    def run(self, epochs: int) -> int:
        """As many products as some epochs of every member have; the number of steps they belong to."""
        steps = epochs * self.net.steps
        list(self.pool.map(lambda layers: steps_of_three_layers(*layers, steps), self.buffers))
        return steps * self.threads
