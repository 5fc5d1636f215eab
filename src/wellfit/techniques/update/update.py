"""The one update rule of all optimisers, compiled once for each set of slots (see `techniques.update.optimizer`)."""

from __future__ import annotations

import functools

import numpy as np

from wellfit.numerics.kernel import Kernel, fields, kernel
from wellfit.techniques.layout import PARAMETER_COUNT, TRAINED
from wellfit.techniques.team import ELEMENTS, part_of

# Where each coefficient stands in an optimiser's row of settings.
A1, B1, A2, B2, C1, C2, CG, SCALE, INSIDE, OUTSIDE = range(10)
COEFFICIENTS = 10


UPDATE = fields("begin end coefficients settings")


@functools.cache
def update_kernel(first: str, second: str, maximum: bool) -> Kernel:
    """The update rule with the slots an optimiser has; the tests on its flags are decided at compilation."""
    has_first, has_second = first != "none", second != "none"
    is_velocity, is_maximum, is_delta = first == "velocity", second == "maximum", second == "delta"
    second_slot = int(has_first)
    third_slot = second_slot + 1

    def update(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        first, last = part_of(row[UPDATE.end] - row[UPDATE.begin], ELEMENTS, clock)
        begin, end, count = row[UPDATE.begin] + first, row[UPDATE.begin] + last, clock[PARAMETER_COUNT]
        s = settings[row[UPDATE.coefficients] : row[UPDATE.coefficients] + COEFFICIENTS]
        a1, b1, a2, b2, c1, c2, cg = s[A1], s[B1], s[A2], s[B2], s[C1], s[C2], s[CG]
        scale, inside, outside = s[SCALE], s[INSIDE], s[OUTSIDE]
        rate_factor, shrink = settings[row[UPDATE.settings]], settings[row[UPDATE.settings] + 1]
        if is_velocity:
            b1 = b1 * rate_factor
        else:
            scale = scale * rate_factor
        w, g = parameters[begin:end], gradient[begin:end]
        m = state[begin:end]
        v = state[begin + second_slot * count : end + second_slot * count]
        u = state[begin + third_slot * count : end + third_slot * count]
        for i in range(end - begin):
            step = cg * g[i]
            if has_first:
                m[i] = a1 * m[i] + b1 * g[i]
                step = c1 * m[i] + cg * g[i]
            if is_maximum:
                v[i] = max(a2 * v[i], abs(g[i]))
                step = step / (v[i] + outside)
            elif has_second:
                v[i] = a2 * v[i] + b2 * g[i] * g[i]
                under = c2 * v[i]
                if maximum:
                    u[i] = max(under, u[i])  # in this order a NaN stays
                    under = u[i]
                step = step / (np.sqrt(under + inside) + outside)
                if is_delta:
                    step = step * np.sqrt(u[i] + inside)
                    u[i] = a2 * u[i] + b2 * step * step
            w[i] = w[i] - shrink * w[i] + scale * step

    update.__qualname__ = f"update.{first}-{second}{'-maximum' if maximum else ''}"
    return Kernel(update, UPDATE, shared=True)


LOOK_AHEAD = fields("coefficients")


@kernel(LOOK_AHEAD)
def look_ahead(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Nesterov's perturbation w + a v of the copy of the parameters at which the gradient is taken."""
    a = settings[row[LOOK_AHEAD.coefficients] + A1]
    for i in range(clock[TRAINED]):
        parameters[i] += a * state[i]
