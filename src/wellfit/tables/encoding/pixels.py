"""The scaling of pixels: one centre and one factor for all pixels of a channel, fitted on a member's training rows.

A table's columns are scaled one by one. An image's pixels are not: augmentation moves the picture, so that a pixel that
is 0 in all training images (a border) must stay an input, and all pixels must keep one unit.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.tables.arrays import Image
from wellfit.techniques.rows.scaling import Scaling

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

_PIECE = 1 << 20  # values that are read together
_SAMPLE = 1 << 17  # values that show roughly where a quantile lies
_AROUND = 0.01  # the share of values on each side of it that are sorted
_WORDS = 1 << 16


def fit_pixels(
    numbers: Float32, rows: Int64, weight: Float64, image: Image, scaling: Scaling
) -> tuple[Float64, Float64]:
    """Centre and factor (values of an image,) each, equal within a channel; the factor of a constant channel is 0.

    numbers: (all rows, values of an image). rows: those to fit on; weight: (len(rows),), a weight k counts as k rows.

    Raises:
        InputError: the scaling is one of single columns.
    """
    if scaling.name == "quantile":
        raise InputError(
            "Quantile scaling transforms each column by itself, and an image's pixels are scaled alike: use standard, "
            "robust, min_max or none."
        )
    centre, factor = np.zeros(image[2]), np.ones(image[2])
    for channel in range(image[2] if scaling.name != "none" else 0):
        pixels = _Pixels(numbers, rows, weight, image[2], channel)
        low, high = pixels.range()
        centre[channel], factor[channel] = low, 0.0
        if low < high:
            centre[channel], factor[channel] = _centre_and_factor(pixels, low, high, scaling.name)
    values = image[0] * image[1]
    return np.tile(centre, values), np.tile(factor, values)


def _centre_and_factor(pixels: _Pixels, low: float, high: float, method: str) -> tuple[float, float]:
    if method == "min_max":
        return low, 1 / (high - low)
    if method == "standard":
        mean = pixels.mean()
        return mean, 1 / float(np.sqrt(pixels.mean_square(mean)))
    first, median, third = pixels.quantiles(np.array([0.25, 0.5, 0.75]))
    return median, 1 / (third - first if third > first else (high - low) / 2)


class _Pixels:
    """All pixels of a channel in some rows, read piece by piece so that no copy of them is needed."""

    def __init__(self, numbers: Float32, rows: Int64, weight: Float64, channels: int, channel: int) -> None:
        self.numbers, self.rows, self.weight = numbers, rows, weight
        self.places = slice(channel, None, channels)
        self.equal = bool(weight.min() == weight.max())
        self.count = numbers.shape[1] // channels
        self.total = float(weight.sum()) * self.count

    def pieces(self) -> Iterator[tuple[Float32, Float64]]:
        """Some rows' pixels (rows, pixels) and the rows' weights (rows,)."""
        step = max(1, _PIECE // self.count)
        for begin in range(0, len(self.rows), step):
            part = slice(begin, begin + step)
            yield self.numbers[self.rows[part], self.places], self.weight[part]

    def range(self) -> tuple[float, float]:
        """The least and the greatest value."""
        ends = [(piece.min(), piece.max()) for piece, _ in self.pieces()]
        return float(min(low for low, _ in ends)), float(max(high for _, high in ends))

    def mean(self) -> float:
        """The weighted mean."""
        total = 0.0
        for piece, w in self.pieces():
            total += float(w @ piece.sum(axis=1, dtype=np.float64))
        return float(total / self.total)

    def mean_square(self, centre: float) -> float:
        """The weighted mean of squared distances from a centre."""
        total = 0.0
        for piece, w in self.pieces():
            away = piece.astype(np.float64) - centre
            total += float(w @ np.einsum("ij,ij->i", away, away))
        return float(total / self.total)

    def quantiles(self, q: Float64) -> list[float]:
        """The smallest values at which the weights' cumulative share reaches q, without sorting them all."""
        found = self._quantiles_near_a_sample(q) if self.equal else None
        return self._quantiles_by_bits(q) if found is None else found

    def _quantiles_near_a_sample(self, q: Float64) -> list[float] | None:
        """Of equal weights: values between two quantiles of a sample are sorted, those outside counted. None where the
        sample misled.
        """
        some = self.rows[:: max(1, len(self.rows) * self.count // _SAMPLE)]
        sample = np.sort(self.numbers[some, self.places], axis=None)
        shares = np.array([q - _AROUND, q + _AROUND])
        lows, highs = sample[np.clip(np.rint(shares * len(sample)).astype(np.int64), 0, len(sample) - 1)]
        whole = len(self.rows) * self.count
        ranks = np.clip(np.ceil(q * whole * (1 - 1e-12)).astype(np.int64) - 1, 0, whole - 1)
        counts, between = np.zeros((len(q), 4), np.int64), [[] for _ in q]  # type: tuple[Int64, list[list[Float32]]]
        for piece, _ in self.pieces():
            for k, (low, high) in enumerate(zip(lows, highs, strict=True)):
                above, below = piece > low, piece < high
                inside = piece[above & below]
                between[k].append(inside)
                less, many = np.count_nonzero(piece < low), piece.size - np.count_nonzero(above)
                counts[k] += less, many, many + len(inside), np.count_nonzero(piece <= high)
        found = []
        for rank, (least, low_end, high_begin, end), low, high, values in zip(
            ranks, counts, lows, highs, between, strict=True
        ):
            if not least <= rank < end:
                return None
            inner = np.sort(np.concatenate(values))[rank - low_end] if low_end <= rank < high_begin else high
            found.append(float(low if rank < low_end else inner) + 0.0)
        return found

    def _quantiles_by_bits(self, q: Float64) -> list[float]:
        """First the upper half of a value's bits is counted, then the lower half among those with the upper half that
        was found.
        """
        upper = sum((self._counted(keys >> 16, w) for keys, w in self._keys()), np.zeros(_WORDS))
        cumulative = np.cumsum(upper)
        wanted = q * cumulative[-1] * (1 - 1e-12)
        tops = np.searchsorted(cumulative, wanted, side="left")
        found = []
        for top, share in zip(tops.tolist(), wanted.tolist(), strict=True):
            lower = np.zeros(_WORDS)
            for keys, w in self._keys():
                inside = (keys >> 16) == top
                lower += np.bincount(
                    keys[inside] & (_WORDS - 1), np.broadcast_to(w[:, None], keys.shape)[inside], _WORDS
                )
            below = cumulative[top - 1] if top else 0.0
            bottom = min(
                int(np.searchsorted(below + np.cumsum(lower), share, side="left")), int(lower.nonzero()[0][-1])
            )
            found.append(_value_of(top << 16 | bottom))
        return found

    def _keys(self) -> Iterator[tuple[Int64, Float64]]:
        """Whole numbers in the order of the values: a float's bits, turned over where it is negative."""
        for piece, w in self.pieces():
            bits = (piece + np.float32(0)).view(np.uint32).astype(np.int64)  # + 0 makes one zero of two
            yield np.where(bits >> 31, 0xFFFFFFFF - bits, bits + 0x80000000), w

    def _counted(self, words: Int64, w: Float64) -> Float64:
        each = None if self.equal else np.repeat(w, words.shape[1])
        counts = np.bincount(words.ravel(), each, _WORDS).astype(np.float64)
        return counts * w[0] if self.equal else counts


def _value_of(key: int) -> float:
    bits = key - 0x80000000 if key >= 0x80000000 else 0xFFFFFFFF - key
    return float(np.array(bits, np.uint32).view(np.float32))
