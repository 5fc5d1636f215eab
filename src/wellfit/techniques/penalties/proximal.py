"""L1's soft threshold after each optimiser's step, compiled once for each set of slots."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import Kernel, fields
from wellfit.techniques.layout import CONSTRAIN_SEAM, PARAMETER_COUNT
from wellfit.techniques.operations import Builder, of_layer
from wellfit.techniques.update.schedule import is_on
from wellfit.techniques.update.update import A2, B1, B2, C2, CG, COEFFICIENTS, INSIDE, OUTSIDE, SCALE

SHRINK = fields("begin end coefficients settings")


@functools.cache
def shrink_kernel(first: str, second: str, maximum: bool) -> Kernel:
    """w <- sign(w) max(abs(w) - lr_t lambda / d, 0), d what the update rule has just divided this weight's step by.

    d is computed again from the slots that the update left: the same numbers, but for AdaDelta's numerator, whose
    value before the update follows from that after it. settings: the run's rate factor and lambda.
    """
    has_second, is_velocity = second != "none", first == "velocity"
    is_maximum, is_delta = second == "maximum", second == "delta"
    second_slot = int(first != "none")
    third_slot = second_slot + 1

    def shrink(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        begin, end, count = row[SHRINK.begin], row[SHRINK.end], clock[PARAMETER_COUNT]
        s = settings[row[SHRINK.coefficients] : row[SHRINK.coefficients] + COEFFICIENTS]
        a2, b2, c2, cg, inside, outside = s[A2], s[B2], s[C2], s[CG], s[INSIDE], s[OUTSIDE]
        rate_factor, strength = settings[row[SHRINK.settings]], settings[row[SHRINK.settings] + 1]
        threshold = strength * rate_factor * abs(s[B1] if is_velocity else s[SCALE])
        zero = constant(0, strength)
        w, g = parameters[begin:end], gradient[begin:end]
        m = state[begin:end]
        v = state[begin + second_slot * count : end + second_slot * count]
        u = state[begin + third_slot * count : end + third_slot * count]
        for i in range(end - begin):
            reach = threshold
            if is_maximum:
                reach = threshold / (v[i] + outside)
            elif has_second:
                divisor = np.sqrt((u[i] if maximum else c2 * v[i]) + inside) + outside
                reach = threshold / divisor
                if is_delta:
                    step = cg * g[i] / divisor
                    reach *= np.sqrt((u[i] + a2 * inside) / (a2 + b2 * step * step))
            moved = w[i]
            size = max(abs(moved) - reach, zero)  # in this order a NaN stays
            w[i] = size if moved > zero else -size
            if is_velocity:  # as a gradient would have entered it
                m[i] += w[i] - moved

    shrink.__qualname__ = f"shrink.{first}-{second}{'-maximum' if maximum else ''}"
    return Kernel(shrink, SHRINK)


def put_shrinkage(program: Builder, l1: Any) -> None:
    """The soft threshold of proximal L1, right after the update whose divisors it shares."""
    kernel = shrink_kernel(*program.recipe.optimizer.slots)

    def treatment(part: Any) -> tuple[Any, Any, int]:
        return part.rate, of_layer(l1.strength, part.layer), part.waits

    for begin, end, (rate, strength, first) in program.runs(l1.biases, treatment):
        if is_on(strength):
            program.emit(
                CONSTRAIN_SEAM, kernel, begin=begin, end=end, coefficients=program.coefficients_from(first),
                settings=program.setting(rate, strength),
            )  # fmt: skip
