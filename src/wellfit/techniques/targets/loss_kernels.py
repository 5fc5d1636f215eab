"""The kernels of the data losses: the loss of each row, its gradient by the outputs, and the sums that are reported."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from wellfit.numerics.elementary import constant, exp, log1p, sigmoid
from wellfit.numerics.kernel import Kernel, fields, helper, kernel
from wellfit.techniques.layout import (
    DIFFERENTIATING,
    ERROR,
    LOSS,
    MODE,
    OBJECTIVE,
    ROWS,
    TARGETS,
    TRAINING,
    WEIGHT,
    WEIGHTS,
)

OUTPUTS = fields("outputs output_gradient width settings")


@functools.cache
def columnwise(value_and_slope: Any, error: Any, power: int, log_link: bool = False) -> Kernel:
    """A kernel for losses that treat each output alone; the row's loss is the mean over its outputs.

    value_and_slope(z, y, a) gives the loss as minimised and its slope; error(z, y, a) the error. Losses of numbers
    are reported in the target's units: times unit^power (power 2 for squares), with unit in settings.
    """

    def loss(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        rows, outputs = clock[ROWS], row[OUTPUTS.width]
        z = work[row[OUTPUTS.outputs] : row[OUTPUTS.outputs] + rows * outputs]
        y = work[clock[TARGETS] : clock[TARGETS] + rows * outputs]
        g = work[row[OUTPUTS.output_gradient] : row[OUTPUTS.output_gradient] + rows * outputs]
        w = work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
        a, reported = settings[row[OUTPUTS.settings]], np.float64(settings[row[OUTPUTS.settings] + 1])
        total = np.float64(0)
        for i in range(rows):
            total += np.float64(w[i])
        for i in range(rows):
            for j in range(outputs):
                k = i * outputs + j
                v, slope = value_and_slope(z[k], y[k], a)
                weight = np.float64(w[i]) / outputs
                if clock[MODE] >= DIFFERENTIATING:
                    g[k] = slope * constant(weight / total, slope)
                if clock[MODE] > TRAINING:
                    continue
                unit = np.float64(settings[row[OUTPUTS.settings] + 2 + j])
                wrong = np.float64(error(z[k], y[k], a))
                sums[OBJECTIVE] += weight * np.float64(v)
                sums[LOSS] += weight * reported * np.float64(v) * (unit * unit if power == 2 else unit)
                if log_link:  # counts are divided by their mean: the loss of the count itself differs by y log(mean)
                    sums[LOSS] -= weight * unit * np.float64(y[k]) * np.log(unit)
                sums[ERROR] += weight * wrong * unit * unit
        if clock[MODE] <= TRAINING:
            sums[WEIGHT] += total

    loss.__qualname__ = f"columnwise.{value_and_slope.__name__}"
    return Kernel(loss, OUTPUTS)


@helper
def squared(z: Any, y: Any, a: Any) -> Any:
    """Half the squared difference, and its slope."""
    d = z - y
    return constant(0.5, z) * d * d, d


@helper
def absolute(z: Any, y: Any, a: Any) -> Any:
    """The absolute difference, and its slope."""
    d = z - y
    return abs(d), (constant(1, z) if d > 0 else (constant(-1, z) if d < 0 else d))


@helper
def huber(z: Any, y: Any, a: Any) -> Any:
    """Huber's loss with delta a, and its slope."""
    d = z - y
    size, half = abs(d), constant(0.5, z)
    value = half * d * d if size <= a else a * (size - half * a)
    return value, min(max(d, -a), a)


@helper
def pinball(z: Any, y: Any, a: Any) -> Any:
    """The quantile loss with quantile a, and its slope."""
    d, one = z - y, constant(1, z)
    return (one - a) * d if d > 0 else -a * d, (one - a if d > 0 else (-a if d < 0 else d))


@helper
def binary(z: Any, y: Any, a: Any) -> Any:
    """Cross-entropy of a logit and a target in [0, 1], and its slope."""
    return max(z, constant(0, z)) - z * y + log1p(exp(-abs(z))), sigmoid(z) - y


@helper
def poisson(z: Any, y: Any, a: Any) -> Any:
    """Poisson loss of a log rate, and its slope."""
    rate = exp(z)
    return rate - y * z, rate - y


@helper
def squared_difference(z: Any, y: Any, a: Any) -> Any:
    """The squared difference."""
    return (z - y) * (z - y)


@helper
def wrong_side(z: Any, y: Any, a: Any) -> Any:
    """1 where the logit is on the wrong side of 0."""
    return constant(1, z) if (z > 0) != (y > constant(0.5, y)) else constant(0, z)


@helper
def squared_difference_of_rate(z: Any, y: Any, a: Any) -> Any:
    """The squared difference of rate and count."""
    return (exp(z) - y) * (exp(z) - y)


@helper
def largest(z: Any) -> Any:
    """The largest of the logits of a row, and the first class that has it."""
    top, best = z[0], 0
    for j in range(len(z)):
        if z[j] > top:
            top, best = z[j], j
    return top, best


@helper
def exponentials(g: Any) -> None:
    """g <- exp(g). Of all rows in one loop: a row of few classes by itself would fill no vector."""
    for k in range(len(g)):
        g[k] = exp(g[k])


@kernel(OUTPUTS)
def softmax_cross_entropy(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Gradient (softmax(z) - onehot(y)) w / sum w; the largest logit is taken off first, so that nothing overflows."""
    rows, classes = clock[ROWS], row[OUTPUTS.width]
    targets, w = work[clock[TARGETS] : clock[TARGETS] + rows], work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    z = work[row[OUTPUTS.outputs] : row[OUTPUTS.outputs] + rows * classes]
    g = work[row[OUTPUTS.output_gradient] : row[OUTPUTS.output_gradient] + rows * classes]
    total, loss, wrong = np.float64(0), np.float64(0), np.float64(0)
    for i in range(rows):
        first, label, weight = i * classes, np.int64(targets[i]), np.float64(w[i])
        top, best = largest(z[first : first + classes])
        for j in range(classes):
            g[first + j] = z[first + j] - top
        total += weight
        loss -= weight * np.float64(g[first + label])
        wrong += weight * (best != label)
    exponentials(g)
    for i in range(rows):
        of_row, weight = g[i * classes : (i + 1) * classes], np.float64(w[i])
        denominator = constant(0, of_row[0])
        for j in range(classes):
            denominator += of_row[j]
        if clock[MODE] <= TRAINING:
            loss += weight * np.log(np.float64(denominator))
        if clock[MODE] >= DIFFERENTIATING:
            share = constant(weight / total, denominator)
            factor = share / denominator
            for j in range(classes):
                of_row[j] *= factor
            of_row[np.int64(targets[i])] -= share
    if clock[MODE] <= TRAINING:
        sums[LOSS] += loss
        sums[OBJECTIVE] += loss
        sums[ERROR] += wrong
        sums[WEIGHT] += total


SOFT = fields("outputs soft_targets output_gradient width")


@kernel(SOFT)
def soft_cross_entropy(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Cross-entropy of soft targets t (rows, classes) in training, -sum_j t_j log softmax(z)_j; gradient
    (softmax(z) - t) w / sum w. Outside training, and for the error, the class index counts.
    """
    rows, classes = clock[ROWS], row[SOFT.width]
    targets, w = work[clock[TARGETS] : clock[TARGETS] + rows], work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    z = work[row[SOFT.outputs] : row[SOFT.outputs] + rows * classes]
    t = work[row[SOFT.soft_targets] : row[SOFT.soft_targets] + rows * classes]
    g = work[row[SOFT.output_gradient] : row[SOFT.output_gradient] + rows * classes]
    total, loss, wrong = np.float64(0), np.float64(0), np.float64(0)
    for i in range(rows):
        first, label, weight = i * classes, np.int64(targets[i]), np.float64(w[i])
        if clock[MODE] < TRAINING:
            t[first : first + classes] = constant(0, z[0])
            t[first + label] = constant(1, z[0])
        top, best = largest(z[first : first + classes])
        of_row = np.float64(0)
        for j in range(classes):
            g[first + j] = z[first + j] - top
            of_row -= np.float64(t[first + j]) * np.float64(g[first + j])
        total += weight
        loss += weight * of_row
        wrong += weight * (best != label)
    exponentials(g)
    for i in range(rows):
        of_row, target = g[i * classes : (i + 1) * classes], t[i * classes : (i + 1) * classes]
        weight, denominator = np.float64(w[i]), constant(0, of_row[0])
        for j in range(classes):
            denominator += of_row[j]
        if clock[MODE] <= TRAINING:
            whole = np.float64(0)
            for j in range(classes):
                whole += np.float64(target[j])
            loss += weight * whole * np.log(np.float64(denominator))
        if clock[MODE] >= DIFFERENTIATING:
            share = constant(weight / total, denominator)
            factor = share / denominator
            for j in range(classes):
                of_row[j] *= factor
            for j in range(classes):
                of_row[j] -= share * target[j]
    if clock[MODE] <= TRAINING:
        sums[LOSS] += loss
        sums[OBJECTIVE] += loss
        sums[ERROR] += wrong
        sums[WEIGHT] += total
