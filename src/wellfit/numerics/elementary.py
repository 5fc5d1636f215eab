"""exp, tanh, erf, sigmoid and log(1 + x) that LLVM can vectorise.

The functions of the C library are called one number at a time, which makes ELU 2.5 times slower than ReLU. In float32
these are short polynomials (coefficients after Cephes, S. L. Moshier 1992, and Abramowitz & Stegun 1964; relative error
below 3e-7; erf: absolute error below 5e-7); in float64 they are the C library's, so that gradient tests see exact
functions. NaN gives NaN.
"""

from __future__ import annotations

import math
from typing import Any

from wellfit.numerics.kernel import OPTIONS, helper, on_first_compile


def constant(value: Any, like: Any) -> Any:
    """A number in the precision of another: a bare 0.5 would turn float32 arithmetic into float64."""
    return type(like)(value)


def exp(x: Any) -> Any:
    """e to the power x; saturates at 1.6e38 above 88 and at 1.2e-38 below -87 in float32."""
    return math.exp(min(x, 709.0)) if x == x else x


def tanh(x: Any) -> Any:
    """Hyperbolic tangent."""
    return math.tanh(x)


def erf(x: Any) -> Any:
    """Error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return math.erf(x)


def log1p(x: Any) -> Any:
    """log(1 + x) for x in [0, 1]."""
    return math.log1p(x)


def cosine_of_turns(x: Any) -> Any:
    """cos(2 pi x)."""
    return math.cos(2.0 * math.pi * (x - math.floor(x))) if math.isfinite(x) else math.nan


def sine_of_turns(x: Any) -> Any:
    """sin(2 pi x)."""
    return math.sin(2.0 * math.pi * (x - math.floor(x))) if math.isfinite(x) else math.nan


@helper
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), from the side that does not overflow."""
    e = exp(-abs(x))
    one = constant(1, x)
    return (one if x >= 0 else e) / (one + e)


@on_first_compile
def _register() -> None:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic, overload

    @intrinsic
    def power_of_two(typing, n):  # type: ignore[no-untyped-def]
        """2^n for an int32 between -126 and 127, by writing the exponent's bits."""

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            int32 = ir.IntType(32)
            bits = builder.shl(builder.add(arguments[0], int32(127)), int32(23))
            return builder.bitcast(bits, ir.FloatType())

        return types.float32(types.int32), generate

    @overload(constant, jit_options=OPTIONS)
    def overload_constant(value, like):  # type: ignore[no-untyped-def]
        cast = like
        return lambda value, like: cast(value)

    single, double = _single(power_of_two), {exp: math.exp, tanh: math.tanh, erf: math.erf, log1p: math.log1p}
    double |= {cosine_of_turns: _double_turns(math.cos), sine_of_turns: _double_turns(math.sin)}
    for function, exact in double.items():

        def choose(x, _single=single[function], _exact=exact):  # type: ignore[no-untyped-def]
            return _single if x == types.float32 else lambda x: _exact(x)

        overload(function, jit_options=OPTIONS, inline="never")(_with_plain_signature(choose))


def _double_turns(function: Any) -> Any:
    import numba
    import numpy as np

    exact = numba.njit(lambda x: function(6.283185307179586 * (x - np.floor(x))))
    return exact


def _with_plain_signature(choose: Any) -> Any:
    return lambda x: choose(x)


def _single(power_of_two: Any) -> dict[Any, Any]:
    import numpy as np

    f = np.float32
    low, high, log2e, ln2_high, ln2_low = f(-87.3), f(88.0), f(1.44269504), f(0.693359375), f(-2.12194440e-4)
    zero, half, one, two, limit = f(0), f(0.5), f(1), f(2), f(0.625)
    e0, e1, e2 = f(1.9875691500e-4), f(1.3981999507e-3), f(8.3334519073e-3)
    e3, e4 = f(4.1665795894e-2), f(1.6666665459e-1)
    t0, t1, t2 = f(-5.70498872745e-3), f(2.06390887954e-2), f(-5.37397155531e-2)
    t3, t4 = f(1.33314422036e-1), f(-3.33332819422e-1)
    p0, a1, a2, a3 = f(0.3275911), f(0.254829592), f(-0.284496736), f(1.421413741)
    a4, a5 = f(-1.453152027), f(1.061405429)
    third, fifth, seventh, ninth = f(1 / 3), f(1 / 5), f(1 / 7), f(1 / 9)
    eleventh, thirteenth = f(1 / 11), f(1 / 13)

    def exp32(x):  # type: ignore[no-untyped-def]
        clamped = min(max(x, low), high)
        whole = np.floor(clamped * log2e + half)
        r = clamped - whole * ln2_high - whole * ln2_low
        polynomial = ((((e0 * r + e1) * r + e2) * r + e3) * r + e4) * r + half
        scale = power_of_two(np.int32(whole if x == x else zero))
        return (polynomial * r * r + r + one) * scale

    def tanh32(x):  # type: ignore[no-untyped-def]
        size = abs(x)
        z = x * x
        near = ((((t0 * z + t1) * z + t2) * z + t3) * z + t4) * z * x + x
        far = one - two / (exp(size + size) + one)
        return near if size < limit else (far if x > zero else -far)

    def erf32(x):  # type: ignore[no-untyped-def]
        t = one / (one + p0 * abs(x))  # Abramowitz and Stegun 7.1.26: one formula for all x, so that it vectorises
        tail = ((((a5 * t + a4) * t + a3) * t + a2) * t + a1) * t * exp(-x * x)
        return one - tail if x > zero else tail - one

    def log1p32(x):  # type: ignore[no-untyped-def]
        s = x / (two + x)  # log(1 + x) = 2 atanh(s), s at most 1/3: no logarithm and no loss near 0
        z = s * s
        series = (((((thirteenth * z + eleventh) * z + ninth) * z + seventh) * z + fifth) * z + third) * z + one
        return two * s * series

    s0, s1, s2, s3 = f(6.2831853072), f(-41.341702240), f(81.605249277), f(-76.705859753)
    s4, s5, quarter = f(42.058693945), f(-15.094642577), f(0.25)

    def cosine32(x):  # type: ignore[no-untyped-def]
        r = abs(x - np.floor(x + half))
        z = quarter - r
        q = z * z
        return (((((s5 * q + s4) * q + s3) * q + s2) * q + s1) * q + s0) * z

    def sine32(x):  # type: ignore[no-untyped-def]
        r = x - np.floor(x + half)
        z = quarter - abs(quarter - abs(r))
        q = z * z
        size = (((((s5 * q + s4) * q + s3) * q + s2) * q + s1) * q + s0) * z
        return size if r > zero else -size

    return {
        exp: exp32, tanh: tanh32, erf: erf32, log1p: log1p32, cosine_of_turns: cosine32, sine_of_turns: sine32
    }  # fmt: skip
