"""Averages of several networks' outputs.

A row's average is computed from its own outputs alone, in float64, members added in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.tables.arrays import TargetKind

Average = Literal["mean", "logits", "majority", "median"]
Float64 = NDArray[np.float64]

AVERAGES: dict[TargetKind, tuple[Average, ...]] = {
    "binary": ("mean", "logits", "majority"),
    "classes": ("mean", "logits", "majority"),
    "labels": ("mean", "logits", "majority"),
    "numbers": ("mean", "median"),
    "counts": ("mean", "median"),
    "tasks": ("mean",),
}
_LEAST = 1e-300  # so that a probability of 0 has a logarithm


def check_average(average: Average, kind: TargetKind) -> None:
    """InputError where the average does not suit the kind of target."""
    if average not in AVERAGES[kind]:
        fits = ", ".join(AVERAGES[kind])
        raise InputError(f"Members for a target of kind {quoted(kind)} are averaged by {fits}; got {quoted(average)}.")


def normal_weights(weights: Sequence[float] | None, members: int) -> Float64:
    """Weights of the members that add up to 1; equal ones where none are given."""
    given = np.ones(members) if weights is None else np.asarray(weights, dtype=np.float64)
    if given.shape != (members,) or not np.isfinite(given).all() or (given < 0).any() or not given.sum() > 0:
        raise InputError(
            f"Members need one finite weight of 0 or more each, at least one above 0, for {members} members; "
            f"got weights of shape {given.shape}."
        )
    return np.asarray(given / given.sum())


def probabilities(logits: NDArray[Any], kind: TargetKind) -> Float64:
    """Probabilities from logits (..., outputs): one column a class, also for two; of yes for each of several labels."""
    z = logits.astype(np.float64)
    if kind == "classes":
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return np.asarray(e / e.sum(axis=-1, keepdims=True))
    if kind == "binary":
        z = np.concatenate([-z, z], axis=-1)
    e = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0, 1.0, e) / (1.0 + e))


def average_probabilities(logits: NDArray[Any], kind: TargetKind, average: Average, weights: Float64) -> Float64:
    """One probability from several members' logits (members, rows, outputs).

    "mean" averages probabilities, "logits" the logits, "majority" gives the share of votes.
    """
    if average == "logits":
        return probabilities(weighted_mean(logits.astype(np.float64), weights), kind)
    single = probabilities(logits, kind)
    return weighted_mean(_votes(single, kind) if average == "majority" else single, weights)


def _votes(single: Float64, kind: TargetKind) -> Float64:
    """1 where a member's choice lies, 0 elsewhere; the first of equally probable classes."""
    if kind == "labels":
        return (single > 0.5).astype(np.float64)
    return np.asarray(single.argmax(axis=-1)[..., None] == np.arange(single.shape[-1]), np.float64)


def average_logits(logits: NDArray[Any], kind: TargetKind, average: Average, weights: Float64) -> Float64:
    """Logits (rows, outputs) of the averaged probability; those of a single member are its own."""
    if len(logits) == 1 or average == "logits":
        return weighted_mean(logits.astype(np.float64), weights)
    p = average_probabilities(logits, kind, average, weights)
    if kind == "classes":
        return np.asarray(np.log(np.maximum(p, _LEAST)))
    no, yes = (p[:, :1], p[:, 1:]) if kind == "binary" else (1 - p, p)
    return np.asarray(np.log(np.maximum(yes, _LEAST)) - np.log(np.maximum(no, _LEAST)))


def average_numbers(numbers: NDArray[Any], average: Average, weights: Float64) -> Float64:
    """One number from several members' (members, rows, outputs)."""
    wide = numbers.astype(np.float64)
    return weighted_median(wide, weights) if average == "median" else weighted_mean(wide, weights)


def weighted_mean(values: Float64, weights: Float64) -> Float64:
    """Mean over the first axis, added in order; weights sum to 1."""
    if len(values) == 1:
        return np.asarray(values[0])
    total = np.zeros(values.shape[1:])
    for value, weight in zip(values, weights, strict=True):
        total += weight * value
    return total


def weighted_median(values: Float64, weights: Float64) -> Float64:
    """Median over the first axis: the middle of the smallest values with half, and above half, of the weight."""
    order = np.argsort(values, axis=0, kind="stable")
    ranked = np.take_along_axis(values, order, axis=0)
    below = np.cumsum(weights[order], axis=0)
    low = (below >= 0.5 - 1e-9).argmax(axis=0)[None]
    high = (below > 0.5 + 1e-9).argmax(axis=0)[None]
    pair = np.take_along_axis(ranked, low, axis=0), np.take_along_axis(ranked, high, axis=0)
    return np.asarray(((pair[0] + pair[1]) / 2)[0])
