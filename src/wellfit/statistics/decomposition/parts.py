"""The variance of predictions by its two sources, the training sample and the seed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


class TwoWay(NamedTuple):
    """What the variance of one network's prediction on new samples and seeds is made of, in each row (rows,).

    sampling: of the mean over seeds, from sample to sample. optimisation: from seed to seed on the same sample. Both
    are unbiased, so that their sum may differ a little from a variance with 1/M, and `sampling` may come out below 0
    where it is small. NaN where a single sample, or a single seed, cannot tell.
    """

    sampling: Float64
    optimisation: Float64


def two_way(predicted: Any) -> TwoWay:
    """The two parts of the variance, of several networks on every training sample, no two of them from one seed.

    With S samples and K seeds each, optimisation is the variance over the seeds of a sample, with 1/(K - 1), averaged
    over samples. The variance of the samples' means, with 1/(S - 1), holds a K-th of it, which is taken out: the rest
    is sampling.

    predicted: (samples, seeds, rows, columns) numbers or probabilities; the parts of several columns are added up.

    Source: the analysis of variance with random effects; Neal et al., "A modern take on the bias-variance tradeoff in
    neural networks", 2018, for the two parts.

    >>> parts = two_way([[[[0.0]], [[2.0]]], [[[10.0]], [[12.0]]]])
    >>> parts.sampling.tolist(), parts.optimisation.tolist()
    ([49.0], [2.0])
    """
    h = np.asarray(predicted, np.float64)
    samples, seeds, rows, _ = h.shape
    unknown = np.full(rows, np.nan)
    if seeds < 2:
        return TwoWay(unknown, unknown.copy())
    optimisation = h.var(axis=1, ddof=1).mean(axis=0).sum(axis=-1)
    if samples < 2:
        return TwoWay(unknown, optimisation)
    between = h.mean(axis=1).var(axis=0, ddof=1).sum(axis=-1)
    return TwoWay(between - optimisation / seeds, optimisation)
