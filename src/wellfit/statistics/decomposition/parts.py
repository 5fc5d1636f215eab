"""The variance of predictions by its two sources, the training sample and the seed: the two-way estimator."""

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
    """The two parts of the variance, of networks trained on every sample from every seed.

    With S samples, K seeds and h_sk = m + a_s + b_k + e_sk, the variance of the samples' means holds a K-th of the
    interaction e, which is taken out: sampling = (MS_samples - MS_interaction) / K. Optimisation is what differs inside
    a sample, b and e together: its plain variance over seeds, with 1/(K - 1), is that.

    predicted: (samples, seeds, rows, columns) numbers or probabilities; the parts of several columns are added up.

    Source: the two-way analysis of variance with random effects; Neal et al., "A modern take on the bias-variance
    tradeoff in neural networks", 2018, for the two parts.

    >>> parts = two_way([[[[0.0]], [[2.0]]], [[[10.0]], [[12.0]]]])
    >>> parts.sampling.tolist(), parts.optimisation.tolist()
    ([50.0], [2.0])
    """
    h = np.asarray(predicted, np.float64)
    samples, seeds, rows, _ = h.shape
    unknown = np.full(rows, np.nan)
    if seeds < 2:
        return TwoWay(unknown, unknown.copy())
    optimisation = h.var(axis=1, ddof=1).mean(axis=0).sum(axis=-1)
    if samples < 2:
        return TwoWay(unknown, optimisation)
    by_sample, by_seed = h.mean(axis=1, keepdims=True), h.mean(axis=0, keepdims=True)
    left = h - by_sample - by_seed + h.mean(axis=(0, 1), keepdims=True)
    interaction = (left**2).sum(axis=(0, 1)) / ((samples - 1) * (seeds - 1))
    between = by_sample[:, 0].var(axis=0, ddof=1)
    return TwoWay((between - interaction / seeds).sum(axis=-1), optimisation)
