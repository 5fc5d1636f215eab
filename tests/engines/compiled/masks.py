"""What a member draws at random, recomputed in NumPy from the documented rules: its row order and its dropout masks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.random import SHUFFLE, bits_array, purpose_key, seed_key
from wellfit.recipe import Recipe
from wellfit.techniques.network.dropout import DROPOUT


def epoch_order(seed: int, epoch: int, rows: int) -> NDArray[np.int64]:
    """The order in which an epoch deals the view's rows: Fisher and Yates from the end, bounded by multiply-shift."""
    key1 = seed_key(seed)
    bits = bits_array(rows, key1, int(purpose_key(SHUFFLE, 0, epoch, key1))).astype(np.uint64)
    order = np.arange(rows)
    for i in range(rows - 1, 0, -1):
        j = int((bits[i] * np.uint64(i + 1)) >> np.uint64(32))
        order[[i, j]] = order[[j, i]]
    return order


def dealt_rows(seed: int, epoch: int, rows: int, replacement: bool = False) -> NDArray[np.int64]:
    """The rows that an epoch deals: in shuffled order, or drawn with replacement from the same bits."""
    if not replacement:
        return epoch_order(seed, epoch, rows)
    key1 = seed_key(seed)
    bits = bits_array(rows, key1, int(purpose_key(SHUFFLE, 0, epoch, key1))).astype(np.uint64)
    return ((bits * np.uint64(rows)) >> np.uint64(32)).astype(np.int64)


def batch_rows(seed: int, update: int, rows: int, batch: int, per_epoch: int) -> NDArray[np.int64]:
    """Positions, among the view's training rows, of the mini-batch of an update."""
    epoch, number = divmod(update, per_epoch)
    order = epoch_order(seed, epoch, rows)
    return order[number * batch :] if number == per_epoch - 1 else order[number * batch : (number + 1) * batch]


def threshold(rate: float) -> int:
    """Sixteen-bit draws below this number drop their unit."""
    return int(rate * 65536 + 0.5)


def dropout_mask(rate: float, rows: int, units: int, seed: int, salt: int, update: int) -> NDArray[np.float64]:
    """1 kept, 0 dropped, (rows, units): low halves serve the first half of the buffer, high halves the second."""
    n = rows * units
    half = (n + 1) // 2
    key1 = seed_key(seed)
    bits = bits_array(half, key1, int(purpose_key(DROPOUT, salt, update, key1)))
    draws = np.concatenate([bits & np.uint32(0xFFFF), (bits >> np.uint32(16))[: n - half]])
    return (draws >= threshold(rate)).astype(np.float64).reshape(rows, units)


def masks_of(recipe: Recipe, inputs: int, rows: int, seed: int, update: int) -> dict[str, NDArray[np.float64]]:
    """Masks by the names of tests/reference/network.py; rates that are plain numbers only."""
    wanted = [("input", recipe.dropout.input_rate, inputs, 0)]
    wanted += [(f"hidden{k}", rate, recipe.hidden[k], k + 1) for k, rate in enumerate(recipe.dropout_rates())]
    return {name: dropout_mask(rate, rows, units, seed, salt, update) for name, rate, units, salt in wanted if rate}
