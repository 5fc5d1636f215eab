"""JAX, many members of one shape at once: jit(vmap(scan)), a whole epoch and its evaluation in one compiled call.

Each process (one a core) trains its own batch of members. Adam is written out, so that nothing but JAX is needed.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax
import jax.numpy as jnp
from jax import Array
from task import CLIP, DECAY, DROPOUT, LEARNING_RATE, Net, make_rows

VARIANTS = {"with": "dropout, decay, clipping, stopping", "bare": "Adam alone"}
Tree = Any  # a list of (weights, bias), one a layer


def member_choices(net: Net) -> tuple[int, ...]:
    """Numbers of members worth trying, the likeliest first; the fastest is used."""
    return {32: (128, 16), 64: (64, 8, 1), 256: (8, 2)}.get(net.widths[1], (1, 2))


def initial(net: Net, key: Array) -> Tree:
    """Weights and biases of one member."""
    keys = jax.random.split(key, len(net.layers))
    pairs = zip(keys, net.layers, strict=True)
    return [(jax.random.normal(k, (a, b)) * (2 / a) ** 0.5, jnp.zeros(b)) for k, (a, b) in pairs]


def loss(layers: Tree, x: Array, y: Array, key: Array | None) -> Array:
    """Mean cross-entropy; a key switches dropout on."""
    for weights, bias in layers[:-1]:
        x = jax.nn.relu(x @ weights + bias)
        if key is not None:
            key, own = jax.random.split(key)
            x = jnp.where(jax.random.bernoulli(own, 1 - DROPOUT, x.shape), x / (1 - DROPOUT), 0.0)
    weights, bias = layers[-1]
    log_probabilities = jax.nn.log_softmax(x @ weights + bias)
    return -jnp.take_along_axis(log_probabilities, y[:, None], axis=1).mean()


def clip(gradient: Tree) -> Tree:
    """Bring the norm of the gradient to CLIP where it is larger."""
    norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradient)))
    return jax.tree.map(lambda g: g * jnp.minimum(1.0, CLIP / norm), gradient)


def adam(state: Tree, gradient: Tree, decay: float) -> Tree:
    """One update of Adam with decoupled decay."""
    layers, first, second, t = state
    t = t + 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
    rate, spread = LEARNING_RATE / (1 - 0.9**t), 1 / jnp.sqrt(1 - 0.999**t)
    layers = jax.tree.map(
        lambda p, m, v: (1 - LEARNING_RATE * decay) * p - rate * m / (jnp.sqrt(v) * spread + 1e-8),
        layers, first, second,
    )  # fmt: skip
    return layers, first, second, t


def epoch(net: Net, techniques: bool, data: tuple[Array, ...], member: Tree, key: Array) -> Tree:
    """An epoch of one member, its evaluation, and the best weights kept."""
    x, y, validation_x, validation_y = data
    state, best, best_loss = member
    deal, drop = jax.random.split(key)

    def step(state: Tree, rows_and_key: tuple[Array, Array]) -> tuple[Tree, None]:
        rows, own = rows_and_key
        gradient = jax.grad(loss)(state[0], x[rows], y[rows], own if techniques else None)
        return adam(state, clip(gradient) if techniques else gradient, DECAY if techniques else 0.0), None

    batches = jax.random.permutation(deal, net.rows).reshape(net.steps, net.batch)
    state, _ = jax.lax.scan(step, state, (batches, jax.random.split(drop, net.steps)))
    if techniques:
        now = loss(state[0], validation_x, validation_y, None)
        best = jax.tree.map(lambda b, p: jnp.where(now < best_loss, p, b), best, state[0])
        best_loss = jnp.minimum(best_loss, now)
    return state, best, best_loss


class Contender:
    """Members as stacked arrays; training goes on from run to run."""

    def __init__(self, net: Net, variant: str, members: int) -> None:
        self.net, self.members = net, members
        x, y = map(jnp.asarray, make_rows(net))
        data = (x[: net.rows], y[: net.rows], x[net.rows :], y[net.rows :])
        self.keys = jax.random.split(jax.random.key(0), members)
        layers = jax.vmap(partial(initial, net))(self.keys)
        zeros = jax.tree.map(jnp.zeros_like, layers)
        state = (layers, zeros, zeros, jnp.zeros(members))
        self.stacked = (state, layers, jnp.full(members, jnp.inf, jnp.float32))
        self.epoch = jax.jit(jax.vmap(partial(epoch, net, variant == "with", data)))

    def run(self, epochs: int) -> int:
        """Train all members for some epochs; the number of member-steps made."""
        for _ in range(epochs):
            self.keys = jax.vmap(lambda key: jax.random.split(key)[0])(self.keys)
            self.stacked = self.epoch(self.stacked, self.keys)
        jax.block_until_ready(self.stacked)
        return epochs * self.net.steps * self.members
