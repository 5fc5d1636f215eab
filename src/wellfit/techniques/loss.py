"""Data losses: the weighted mean over the batch of what a wrong output costs."""

from __future__ import annotations

import functools
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from wellfit.numerics.elementary import constant, exp, log1p, sigmoid
from wellfit.numerics.kernel import Kernel, helper, kernel
from wellfit.techniques.base import Technique, technique
from wellfit.techniques.layout import (
    DIFFERENTIATING,
    ERROR,
    INPUT,
    INPUT_2,
    LOSS,
    MODE,
    OBJECTIVE,
    OUTPUT_GRADIENT,
    ROWS,
    SETTINGS,
    TARGETS,
    TRAINING,
    WEIGHT,
    WEIGHTS,
    WIDTH,
)


class Loss(Technique):
    """What the program needs of a loss: the targets it suits, its kernel and its number (delta, quantile)."""

    name: str
    kinds: ClassVar[tuple[str, ...]] = ()
    kernel: ClassVar[Kernel]

    def parameter(self) -> float:
        """The loss's one number, 0 if it has none."""
        return 0.0


@technique("loss")
class AutomaticLoss(Loss):
    """The loss that suits the target: cross-entropy for classes, multi-label for several yes/no answers, squared for
    numbers, Poisson for counts.

    Cost: that of the one it chooses. When not: where another question is asked than the mean or the probability (a
    median, a quantile).
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 6.2.

    >>> from wellfit import Recipe
    >>> Recipe(loss="auto").loss.name
    'auto'
    """

    name: Literal["auto"] = "auto"
    kinds: ClassVar[tuple[str, ...]] = ("binary", "classes", "labels", "numbers", "counts")


@technique("loss")
class SquaredError(Loss):
    """Squared error: reported as the mean of (z - y)^2 in the target's units, minimised with 1/2 on the scaled one.

    Cost: none to speak of. When not: with gross errors in the target, which it follows; Huber or absolute then.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 6.2.1.

    >>> from wellfit import Recipe
    >>> Recipe(loss="squared").loss.kinds
    ('numbers', 'counts')
    """

    name: Literal["squared"] = "squared"
    kinds: ClassVar[tuple[str, ...]] = ("numbers", "counts")


@technique("loss")
class AbsoluteError(Loss):
    """Absolute error abs(z - y): fits the median; slope sign(z - y), 0 at 0.

    Cost: none to speak of. When not: where the mean is asked for; its slope does not shrink near the goal, so let the
    rate fall.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 6.2.1.

    >>> from wellfit import Recipe
    >>> Recipe(loss="absolute").loss.kinds
    ('numbers', 'counts')
    """

    name: Literal["absolute"] = "absolute"
    kinds: ClassVar[tuple[str, ...]] = ("numbers", "counts")


@technique("loss")
class Huber(Loss):
    """Huber's loss: d^2 / 2 up to delta, then delta (abs(d) - delta / 2); d = z - y. Reported in the target's units.

    delta: above 0, default 1, in standard deviations of the target.
    Cost: none to speak of. When not: where large errors are real and matter; squared then.
    Source: Huber, 1964.

    >>> from wellfit import Recipe
    >>> Recipe(loss={"name": "huber", "delta": 2}).loss.delta
    2.0
    """

    name: Literal["huber"] = "huber"
    delta: float = Field(default=1.0, gt=0.0)
    kinds: ClassVar[tuple[str, ...]] = ("numbers", "counts")

    def parameter(self) -> float:
        return self.delta


@technique("loss")
class Quantile(Loss):
    """Quantile ("pinball") loss: q (y - z) where y > z, else (1 - q)(z - y): fits the q-quantile.

    quantile: q, in (0, 1), default 0.5.
    Cost: none to speak of. When not: where a mean is asked for; and one network gives one quantile.
    Source: Koenker & Bassett, 1978.

    >>> from wellfit import Recipe
    >>> Recipe(loss={"name": "quantile", "quantile": 0.9}).loss.quantile
    0.9
    """

    name: Literal["quantile"] = "quantile"
    quantile: float = Field(default=0.5, gt=0.0, lt=1.0)
    kinds: ClassVar[tuple[str, ...]] = ("numbers", "counts")

    def parameter(self) -> float:
        return self.quantile


@technique("loss")
class CrossEntropy(Loss):
    """Cross-entropy in nats: -log P(y). Softmax over one output a class; one output and the sigmoid for two classes.

    Cost: one exponential a class and row. When not: where a row may have several answers; multi-label then.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 6.2.2.

    >>> from wellfit import Recipe
    >>> Recipe(loss="cross_entropy").loss.kinds
    ('binary', 'classes')
    """

    name: Literal["cross_entropy"] = "cross_entropy"
    kinds: ClassVar[tuple[str, ...]] = ("binary", "classes")


@technique("loss")
class MultiLabel(Loss):
    """Mean over labels of the binary cross-entropy in nats, for several yes/no answers a row.

    Cost: an exponential and a logarithm a label and row. When not: where exactly one answer is true; cross-entropy
    then.
    Source: Nam, Kim, Loza Mencia, Gurevych & Fuernkranz, "Large-scale multi-label text classification", 2014.

    >>> from wellfit import Recipe
    >>> Recipe(loss="multi_label").loss.kinds
    ('labels', 'binary')
    """

    name: Literal["multi_label"] = "multi_label"
    kinds: ClassVar[tuple[str, ...]] = ("labels", "binary")


@technique("loss")
class Poisson(Loss):
    """Poisson with log link: exp(z) - y z, the constant log(y!) left out. For counts; needs y >= 0.

    Cost: one exponential an output and row. When not: where counts vary much more than their mean; squared on their
    logarithm then.
    Source: McCullagh & Nelder, "Generalized linear models", 1989.

    >>> from wellfit import Recipe
    >>> Recipe(loss="poisson").loss.kinds
    ('counts',)
    """

    name: Literal["poisson"] = "poisson"
    kinds: ClassVar[tuple[str, ...]] = ("counts",)


@functools.cache
def columnwise(value_and_slope: Any, error: Any, power: int, log_link: bool = False) -> Kernel:
    """A kernel for losses that treat each output alone; the row's loss is the mean over its outputs.

    value_and_slope(z, y, a) gives the loss as minimised and its slope; error(z, y, a) the error. Losses of numbers
    are reported in the target's units: times unit^power (power 2 for squares), with unit in settings.
    """

    def loss(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        rows, outputs = clock[ROWS], row[WIDTH]
        z = work[row[INPUT] : row[INPUT] + rows * outputs]
        y = work[clock[TARGETS] : clock[TARGETS] + rows * outputs]
        g = work[row[OUTPUT_GRADIENT] : row[OUTPUT_GRADIENT] + rows * outputs]
        w = work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
        a, reported = settings[row[SETTINGS]], np.float64(settings[row[SETTINGS] + 1])
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
                unit = np.float64(settings[row[SETTINGS] + 2 + j])
                wrong = np.float64(error(z[k], y[k], a))
                sums[OBJECTIVE] += weight * np.float64(v)
                sums[LOSS] += weight * reported * np.float64(v) * (unit * unit if power == 2 else unit)
                if log_link:  # counts are divided by their mean: the loss of the count itself differs by y log(mean)
                    sums[LOSS] -= weight * unit * np.float64(y[k]) * np.log(unit)
                sums[ERROR] += weight * wrong * unit * unit
        if clock[MODE] <= TRAINING:
            sums[WEIGHT] += total

    loss.__qualname__ = f"columnwise.{value_and_slope.__name__}"
    return Kernel(loss)


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


@kernel
def softmax_cross_entropy(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Gradient (softmax(z) - onehot(y)) w / sum w; the largest logit is taken off first, so that nothing overflows."""
    rows, classes = clock[ROWS], row[WIDTH]
    targets, w = work[clock[TARGETS] : clock[TARGETS] + rows], work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    total = np.float64(0)
    for i in range(rows):
        total += np.float64(w[i])
    for i in range(rows):
        z = work[row[INPUT] + i * classes : row[INPUT] + (i + 1) * classes]
        g = work[row[OUTPUT_GRADIENT] + i * classes : row[OUTPUT_GRADIENT] + (i + 1) * classes]
        top, best = z[0], 0
        for j in range(classes):
            if z[j] > top:
                top, best = z[j], j
        denominator = constant(0, top)
        for j in range(classes):
            g[j] = exp(z[j] - top)
            denominator += g[j]
        label = np.int64(targets[i])
        loss = np.log(np.float64(denominator)) - np.float64(z[label] - top)
        if clock[MODE] <= TRAINING:
            sums[LOSS] += np.float64(w[i]) * loss
            sums[OBJECTIVE] += np.float64(w[i]) * loss
            sums[ERROR] += np.float64(w[i]) * (best != label)
        if clock[MODE] >= DIFFERENTIATING:
            share = constant(np.float64(w[i]) / total, top)
            factor = share / denominator
            for j in range(classes):
                g[j] *= factor
            g[label] -= share
    if clock[MODE] <= TRAINING:
        sums[WEIGHT] += total


@kernel
def soft_cross_entropy(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Cross-entropy of soft targets t (rows, classes) at INPUT_2 in training, -sum_j t_j log softmax(z)_j; gradient
    (softmax(z) - t) w / sum w. Outside training, and for the error, the class index counts.
    """
    rows, classes = clock[ROWS], row[WIDTH]
    targets, w = work[clock[TARGETS] : clock[TARGETS] + rows], work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    total = np.float64(0)
    for i in range(rows):
        total += np.float64(w[i])
    for i in range(rows):
        z = work[row[INPUT] + i * classes : row[INPUT] + (i + 1) * classes]
        t = work[row[INPUT_2] + i * classes : row[INPUT_2] + (i + 1) * classes]
        g = work[row[OUTPUT_GRADIENT] + i * classes : row[OUTPUT_GRADIENT] + (i + 1) * classes]
        label = np.int64(targets[i])
        if clock[MODE] < TRAINING:
            t[:] = constant(0, z[0])
            t[label] = constant(1, z[0])
        top, best = z[0], 0
        for j in range(classes):
            if z[j] > top:
                top, best = z[j], j
        denominator = constant(0, top)
        for j in range(classes):
            g[j] = exp(z[j] - top)
            denominator += g[j]
        if clock[MODE] <= TRAINING:
            log_denominator, loss = np.log(np.float64(denominator)), np.float64(0)
            for j in range(classes):
                loss += np.float64(t[j]) * (log_denominator - np.float64(z[j] - top))
            sums[LOSS] += np.float64(w[i]) * loss
            sums[OBJECTIVE] += np.float64(w[i]) * loss
            sums[ERROR] += np.float64(w[i]) * (best != label)
        if clock[MODE] >= DIFFERENTIATING:
            share = constant(np.float64(w[i]) / total, top)
            factor = share / denominator
            for j in range(classes):
                g[j] *= factor
            for j in range(classes):
                g[j] -= share * t[j]
    if clock[MODE] <= TRAINING:
        sums[WEIGHT] += total


SquaredError.kernel = columnwise(squared, squared_difference, 2)
AbsoluteError.kernel = columnwise(absolute, squared_difference, 1)
Huber.kernel = columnwise(huber, squared_difference, 2)
Quantile.kernel = columnwise(pinball, squared_difference, 1)
CrossEntropy.kernel = softmax_cross_entropy
MultiLabel.kernel = columnwise(binary, wrong_side, 1)
Poisson.kernel = columnwise(poisson, squared_difference_of_rate, 1, log_link=True)
BINARY_KERNEL = MultiLabel.kernel
REPORTED_FACTOR = {"squared": 2.0}  # reported without the 1/2 it is minimised with
