"""Gradients of batches at one network: how far they lie from that of all rows, and how far they agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.full_gradient import full_gradient
from wellfit.engines.compiled.measure.gradient_noise import gradient_noise
from wellfit.engines.contract.network import Network
from wellfit.tables.arrays import Arrays, Target

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
MOST_ROWS = 2000  # from which batches are drawn
DRAWS, BATCHES = 200, 12


class Gradients(NamedTuple):
    """What was measured at one network: rows of tables.

    noise: batch_size, replacement, measured, uncertainty, expected. agreement: batch_size, batches, cosine, expected.
    """

    noise: list[dict[str, Any]]
    agreement: list[dict[str, Any]]


def batch_gradients(
    network: Network, arrays: Arrays, target: Target, rows: Int64, sizes: Sequence[int], seed: int
) -> Gradients:
    """Noise and agreement of the gradients of batches of some sizes.

    network: as it is evaluated, without dropout. rows: (rows,) from which batches are drawn, each of weight 1; of more
    than 2,000 a sample. sizes: of batches. seed: of what is drawn.
    """
    rng = np.random.default_rng([seed, 0xBA7C])
    chosen = np.sort(rng.choice(rows, min(len(rows), MOST_ROWS), replace=False))
    fitting = [size for size in sizes if size <= len(chosen)]
    found = gradient_noise(network, arrays, target, chosen, fitting, DRAWS, seed)
    noise = [
        {"batch_size": one.batch_size, "replacement": one.replacement, "measured": one.measured,
         "uncertainty": one.uncertainty, "expected": one.expected}
        for one in found
    ]  # fmt: skip
    whole = full_gradient(network, arrays, target, chosen).gradient
    variance = {one.batch_size: one.expected**2 * one.batch_size for one in found if one.replacement}
    agreement = []
    for size in fitting:
        order = rng.permutation(chosen)
        parts = [order[k : k + size] for k in range(0, min(len(order), BATCHES * size) - size + 1, size)]
        if len(parts) > 1:
            each = np.stack([full_gradient(network, arrays, target, part).gradient for part in parts])
            agreement.append({"batch_size": size, "batches": len(parts), "cosine": mean_cosine(each),
                              "expected": expected_cosine(whole, variance[size], size, len(chosen))})  # fmt: skip
    return Gradients(noise, agreement)


def mean_cosine(gradients: Float64) -> float:
    """The mean cosine of the angle between two of several gradients (gradients, parameters); NaN where one is 0."""
    norms = np.linalg.norm(gradients, axis=1)
    if not norms.all():
        return float("nan")
    unit = gradients / norms[:, None]
    pairs = unit @ unit.T
    return float(pairs[np.triu_indices(len(pairs), 1)].mean())


def expected_cosine(gradient: Float64, variance: float, size: int, rows: int) -> float:
    """The cosine to expect of two batches without common rows.

    Their gradients have in common the gradient g of all rows. Each has noise besides, of squared length
    s^2 (N - m) / (m (N - 1)), and since they have no common rows the inner product of both is -s^2 / (N - 1). For many
    parameters the cosine is about (|g|^2 - s^2 / (N - 1)) / (|g|^2 + s^2 (N - m) / (m (N - 1))).

    gradient: g (parameters,). variance: s^2, of the rows' gradients, summed over parameters. size: m. rows: N.
    """
    signal = float(gradient @ gradient)
    total = signal + variance * (rows - size) / (size * max(rows - 1, 1))
    return (signal - variance / max(rows - 1, 1)) / total if total > 0 else float("nan")
