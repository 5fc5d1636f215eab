"""Activations: the functions that make a network more than one linear map."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wellfit.numerics.elementary import constant, erf, exp, log1p, sigmoid, tanh
from wellfit.numerics.kernel import Kernel, helper
from wellfit.techniques.base import Technique, technique
from wellfit.techniques.layout import (
    EXTRA,
    FROZEN,
    INPUT,
    OUTPUT,
    OUTPUT_GRADIENT,
    PARAMETERS,
    PARAMETERS_2,
    ROWS,
    SETTINGS,
    WIDTH,
    WIDTH_2,
)


class Activation(Technique):
    """An activation h = f(z), applied to each unit. Gains and bounds are what initialisation and diagnosis need."""

    bounds: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    initialization: ClassVar[str] = "he_normal"
    learned: ClassVar[bool] = False  # its number is a parameter of the network
    value: ClassVar[Callable[[Any, Any], Any]]
    slope_of: ClassVar[Callable[[Any, Any, Any], Any]]
    formula: ClassVar[Callable[[Any, Any], Any]]

    def parameter(self) -> float:
        """The function's one number (a slope or alpha; where it is learned, its start), 0 if it has none."""
        return 0.0

    def learned_numbers(self, units: int) -> int:
        """How many numbers a layer of so many units learns."""
        return 0

    @classmethod
    def kernels(cls) -> tuple[Kernel, Kernel]:
        """The forward and the backward kernel."""
        return activation_kernels(cls)

    def __call__(self, z: NDArray[Any], parameter: Any = None) -> NDArray[np.float64]:
        """f(z) in float64 NumPy: for charts, prediction without compiled code, and as a reference.

        z: (..., units). parameter: the function's number, or a learned one for each unit; by default as it starts.
        """
        a = np.float64(self.parameter()) if parameter is None else np.asarray(parameter, np.float64)
        with np.errstate(over="ignore"):
            return np.asarray(type(self).formula(np.asarray(z, np.float64), a), np.float64)


@functools.cache
def activation_kernels(cls: type[Activation]) -> tuple[Kernel, Kernel]:
    """Loops over a buffer of (rows, units), made once for each activation from its two scalar functions."""
    value, slope_of = cls.value, cls.slope_of

    def forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        n = clock[ROWS] * row[WIDTH]
        z, h = work[row[INPUT] : row[INPUT] + n], work[row[OUTPUT] : row[OUTPUT] + n]
        a = settings[row[SETTINGS]]
        for i in range(n):
            h[i] = value(z[i], a)

    def backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        n = clock[ROWS] * row[WIDTH]
        z, h = work[row[INPUT] : row[INPUT] + n], work[row[OUTPUT] : row[OUTPUT] + n]
        g = work[row[OUTPUT_GRADIENT] : row[OUTPUT_GRADIENT] + n]  # in place: the input's gradient is the same buffer
        a = settings[row[SETTINGS]]
        for i in range(n):
            g[i] *= slope_of(z[i], h[i], a)

    for function in (forward, backward):
        function.__qualname__ = f"{cls.__name__}.{function.__name__}"
    return Kernel(forward), Kernel(backward)


@functools.cache
def parametric_kernels(cls: type[Activation], mixed: bool) -> tuple[Kernel, Kernel]:
    """As `activation_kernels`, with a learned number, a learned mix (1 - m) z + m f(z), or both.

    PARAMETERS: the learned numbers, one a layer, or one a unit where WIDTH_2 is 1. PARAMETERS_2: m, one a unit.
    EXTRA: f(z), where mixed. FROZEN: 1 the numbers, 2 the mix.
    """
    value, slope_of, learned = cls.value, cls.slope_of, cls.learned

    def forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        rows, units = clock[ROWS], row[WIDTH]
        a, one = settings[row[SETTINGS]], constant(1, work[0])
        mix = parameters[row[PARAMETERS_2] : row[PARAMETERS_2] + units]
        for i in range(rows):
            here = i * units
            z, h = work[row[INPUT] + here :], work[row[OUTPUT] + here :]
            f = work[row[EXTRA] + here :]
            for j in range(units):
                if learned:
                    a = parameters[row[PARAMETERS] + j * row[WIDTH_2]]
                if mixed:
                    f[j] = value(z[j], a)
                    h[j] = (one - mix[j]) * z[j] + mix[j] * f[j]
                else:
                    h[j] = value(z[j], a)

    def backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        rows, units = clock[ROWS], row[WIDTH]
        a, one, zero = settings[row[SETTINGS]], constant(1, work[0]), constant(0, work[0])
        mix = parameters[row[PARAMETERS_2] : row[PARAMETERS_2] + units]
        g_mix = gradient[row[PARAMETERS_2] : row[PARAMETERS_2] + units]
        g_a = gradient[row[PARAMETERS] : row[PARAMETERS] + 1 + (units - 1) * row[WIDTH_2]]
        moves, mixes = learned and row[FROZEN] & 1 == 0, mixed and row[FROZEN] & 2 == 0
        if moves:
            g_a[:] = zero
        if mixes:
            g_mix[:] = zero
        total = 0.0
        for i in range(rows):
            here = i * units
            z, g = work[row[INPUT] + here :], work[row[OUTPUT_GRADIENT] + here :]
            f = work[(row[EXTRA] if mixed else row[OUTPUT]) + here :]
            if mixes:
                for j in range(units):
                    g_mix[j] += g[j] * (f[j] - z[j])
            if moves:  # of f by its number: z below 0, else nothing
                along = zero
                for j in range(units):
                    part = zero if z[j] > zero else g[j] * z[j] * (mix[j] if mixed else one)
                    if row[WIDTH_2] == 1:
                        g_a[j] += part
                    along += part
                total += along
            for j in range(units):
                if learned:
                    a = parameters[row[PARAMETERS] + j * row[WIDTH_2]]
                if mixed:
                    g[j] *= one - mix[j] + mix[j] * slope_of(z[j], f[j], a)
                else:
                    g[j] *= slope_of(z[j], f[j], a)
        if moves and row[WIDTH_2] == 0:
            g_a[0] = total

    for function in (forward, backward):
        function.__qualname__ = f"{cls.__name__}.{'mixed' if mixed else 'learned'}.{function.__name__}"
    return Kernel(forward), Kernel(backward)


def _define(
    cls: type[Activation], value: Callable[..., Any], slope_of: Callable[..., Any], formula: Callable[..., Any]
) -> None:
    """value, slope_of: of one number, for the kernels. formula: the same as value, of a NumPy array."""
    cls.value, cls.slope_of = staticmethod(helper(value)), staticmethod(helper(slope_of))
    cls.formula = staticmethod(formula)


def _logistic(z: Any) -> Any:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def _share(z: Any) -> Any:
    from scipy.special import ndtr

    return ndtr(z)


def _leaky(z: Any, a: Any) -> Any:
    return np.where(z > 0, z, a * z)


def _bent(z: Any, a: Any) -> Any:
    return np.where(z > 0, z, a * np.expm1(np.minimum(z, 0.0)))


@technique("activation")
class Identity(Activation):
    """Identity: the layer stays linear.

    f(z) = z, f'(z) = 1. A stack of such layers is one linear map: use it to study initialisation, not to fit.
    Cost: none to speak of. When not: in hidden layers that are to learn more than a linear map.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 6.4.

    >>> from wellfit import Recipe
    >>> Recipe(activation="identity").activations()[0]([-1.0, 2.0]).tolist()
    [-1.0, 2.0]
    """

    name: Literal["identity"] = "identity"
    initialization: ClassVar[str] = "glorot_uniform"


_define(Identity, lambda z, a: z, lambda z, h, a: constant(1, z), lambda z, a: z)


@technique("activation")
class Sigmoid(Activation):
    """Logistic sigmoid: squashes to (0, 1).

    f(z) = 1 / (1 + exp(-z)), f' = f (1 - f) <= 1/4, so that gradients shrink at least fourfold a layer. Saturates on
    both sides; use it for outputs and history, not for deep hidden layers.
    Cost: one exponential a unit and row. When not: in deep hidden layers, whose gradients vanish.
    Source: Rumelhart, Hinton & Williams, "Learning representations by back-propagating errors", 1986.

    >>> from wellfit import Recipe
    >>> Recipe(activation="sigmoid").activations()[0]([-2.0, 0.0, 2.0]).tolist()
    [0.119, 0.5, 0.881]
    """

    name: Literal["sigmoid"] = "sigmoid"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    initialization: ClassVar[str] = "glorot_uniform"


_define(Sigmoid, lambda z, a: sigmoid(z), lambda z, h, a: h * (constant(1, h) - h), lambda z, a: _logistic(z))


@technique("activation")
class Tanh(Activation):
    """Hyperbolic tangent: squashes to (-1, 1) around 0.

    f(z) = tanh(z), f' = 1 - f^2 <= 1. Saturates; better than the sigmoid because its outputs are centred.
    Cost: one exponential a unit and row. When not: in deep hidden layers without normalisation, where it saturates.
    Source: LeCun, Bottou, Orr & Mueller, "Efficient BackProp", 1998.

    >>> from wellfit import Recipe
    >>> Recipe(activation="tanh").activations()[0]([-1.0, 0.0, 1.0]).tolist()
    [-0.762, 0.0, 0.762]
    """

    name: Literal["tanh"] = "tanh"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    initialization: ClassVar[str] = "glorot_uniform"


_define(Tanh, lambda z, a: tanh(z), lambda z, h, a: constant(1, h) - h * h, lambda z, a: np.tanh(z))


@technique("activation")
class ReLU(Activation):
    """Rectified linear unit: passes what is positive.

    f(z) = max(z, 0), f' = 1 for z > 0, else 0 (0 at 0). Cheapest; a unit whose z is never positive learns no more
    ("dead").
    Cost: one comparison a unit and row. When not: where many units die (high rates, large negative biases).
    Source: Nair & Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010.

    >>> from wellfit import Recipe
    >>> Recipe(activation="relu").activations()[0]([-1.0, 2.0]).tolist()
    [0.0, 2.0]
    """

    name: Literal["relu"] = "relu"
    bounds: ClassVar[tuple[float, float]] = (0.0, np.inf)


_define(
    ReLU,
    lambda z, a: max(z, constant(0, z)),
    lambda z, h, a: constant(1, z) if z > 0 else z * constant(0, z),
    lambda z, a: np.maximum(z, 0.0),
)


@technique("activation")
class LeakyReLU(Activation):
    """Leaky ReLU: a small slope for negative values keeps units alive.

    f(z) = z for z > 0, else slope * z. slope: in [0, 1), default 0.01.
    Cost: as ReLU's. When not: where zeros are wanted, for sparse activations.
    Source: Maas, Hannun & Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.

    >>> from wellfit import Recipe
    >>> Recipe(activation="leaky_relu").activations()[0]([-1.0, 2.0]).tolist()
    [-0.01, 2.0]
    """

    name: Literal["leaky_relu"] = "leaky_relu"
    slope: float = Field(default=0.01, ge=0.0, lt=1.0)

    def parameter(self) -> float:
        return self.slope


_define(LeakyReLU, lambda z, a: z if z > 0 else a * z, lambda z, h, a: constant(1, z) if z > 0 else a, _leaky)


@technique("activation")
class PReLU(Activation):
    """Parametric ReLU: the slope for negative values is learned.

    f(z) = z for z > 0, else a z, with the slope a a parameter of the network: df/da = z for z <= 0, else 0. a is
    shared by a layer, or each unit has its own (units,); it is neither penalised nor decayed unless biases are.

    slope: where a starts, at least 0 and below 1, default 0.25. per: "layer" (default, as in PyTorch) or "unit" (the
        paper's for channels).
    Cost: as leaky ReLU, and one more pass over the layer for the slope's gradient.
    Not for few rows with one slope a unit: the slopes fit too.

    >>> from wellfit import Recipe
    >>> Recipe(activation={"name": "prelu", "per": "unit"}).activations()[0].slope
    0.25

    Source: He, Zhang, Ren & Sun, "Delving deep into rectifiers", 2015.
    """

    name: Literal["prelu"] = "prelu"
    slope: float = Field(default=0.25, ge=0.0, lt=1.0)
    per: Literal["layer", "unit"] = "layer"
    learned: ClassVar[bool] = True

    def parameter(self) -> float:
        return self.slope

    def learned_numbers(self, units: int) -> int:
        return units if self.per == "unit" else 1


_define(PReLU, lambda z, a: z if z > 0 else a * z, lambda z, h, a: constant(1, z) if z > 0 else a, _leaky)


@technique("activation")
class ELU(Activation):
    """Exponential linear unit: smooth, negative values saturate at -alpha.

    f(z) = z for z > 0, else alpha (exp(z) - 1); f' = 1, else f + alpha. alpha: above 0, default 1.
    Cost: one exponential a unit and row. When not: where ReLU does as well and the last tenth of speed counts.
    Source: Clevert, Unterthiner & Hochreiter, "Fast and accurate deep network learning by ELUs", 2015.

    >>> from wellfit import Recipe
    >>> Recipe(activation="elu").activations()[0]([-1.0, 2.0]).tolist()
    [-0.632, 2.0]
    """

    name: Literal["elu"] = "elu"
    alpha: float = Field(default=1.0, gt=0.0)

    def parameter(self) -> float:
        return self.alpha


def _elu(z: Any, a: Any) -> Any:
    zero = constant(0, z)
    return max(z, zero) + a * (exp(min(z, zero)) - constant(1, z))


_define(ELU, _elu, lambda z, h, a: constant(1, z) if z > 0 else h + a, _bent)

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


@technique("activation")
class SELU(Activation):
    """Scaled ELU: chosen so that mean 0 and variance 1 are a fixed point from layer to layer.

    f(z) = s z for z > 0, else s alpha (exp(z) - 1); alpha = 1.67326, s = 1.05070. Wants LeCun initialisation.
    Cost: one exponential a unit and row. When not: with dropout, skip connections or other initialisations, which move
    the fixed point.
    Source: Klambauer, Unterthiner, Mayr & Hochreiter, "Self-normalizing neural networks", 2017.

    >>> from wellfit import Recipe
    >>> Recipe(activation="selu").activations()[0]([-1.0, 2.0]).tolist()
    [-1.111, 2.101]
    """

    name: Literal["selu"] = "selu"
    initialization: ClassVar[str] = "lecun_normal"


def _selu(z: Any, a: Any) -> Any:
    zero = constant(0, z)
    return constant(SELU_SCALE, z) * (max(z, zero) + constant(SELU_ALPHA, z) * (exp(min(z, zero)) - constant(1, z)))


def _selu_slope(z: Any, h: Any, a: Any) -> Any:
    return constant(SELU_SCALE, z) if z > 0 else h + constant(SELU_SCALE * SELU_ALPHA, z)


_define(SELU, _selu, _selu_slope, lambda z, a: SELU_SCALE * _bent(z, SELU_ALPHA))


def _softplus(z: Any, a: Any) -> Any:
    return max(z, constant(0, z)) + log1p(exp(-abs(z)))


@technique("activation")
class Softplus(Activation):
    """Softplus: a smooth ReLU.

    f(z) = log(1 + exp(z)), f'(z) = sigmoid(z).
    Cost: an exponential and a logarithm a unit and row. When not: as a better ReLU; it rarely is, and its units are
    never zero.
    Source: Dugas, Bengio, Belisle, Nadeau & Garcia, 2001.

    >>> from wellfit import Recipe
    >>> Recipe(activation="softplus").activations()[0]([-1.0, 0.0, 1.0]).tolist()
    [0.313, 0.693, 1.313]
    """

    name: Literal["softplus"] = "softplus"
    bounds: ClassVar[tuple[float, float]] = (0.0, np.inf)


_define(Softplus, _softplus, lambda z, h, a: sigmoid(z), lambda z, a: np.logaddexp(0.0, z))


@technique("activation")
class SiLU(Activation):
    """Sigmoid-weighted linear unit, also called swish.

    f(z) = z s(z) with s the sigmoid; f' = s + z s (1 - s).
    Cost: one exponential a unit and row. When not: where outputs must rise with inputs; it dips below 0 near z = -1.3.
    Source: Elfwing, Uchibe & Doya, 2017; Ramachandran, Zoph & Le, 2017.

    >>> from wellfit import Recipe
    >>> Recipe(activation="silu").activations()[0]([-1.0, 0.0, 1.0]).tolist()
    [-0.269, 0.0, 0.731]
    """

    name: Literal["silu"] = "silu"
    bounds: ClassVar[tuple[float, float]] = (-0.2785, np.inf)


def _silu_slope(z: Any, h: Any, a: Any) -> Any:
    s = sigmoid(z)
    return s + h * (constant(1, z) - s)


_define(SiLU, lambda z, a: z * sigmoid(z), _silu_slope, lambda z, a: z * _logistic(z))


@technique("activation")
class GELU(Activation):
    """Gaussian error linear unit, the exact form.

    f(z) = z P(z), P the normal distribution function (1 + erf(z / sqrt 2)) / 2; f' = P + z p(z), p the normal density.
    Cost: one exponential and a short polynomial a unit and row, twice in the backward pass. When not: where SiLU, which
    is close to it, does as well.
    Source: Hendrycks & Gimpel, "Gaussian error linear units", 2016.

    >>> from wellfit import Recipe
    >>> Recipe(activation="gelu").activations()[0]([-1.0, 0.0, 1.0]).tolist()
    [-0.159, 0.0, 0.841]
    """

    name: Literal["gelu"] = "gelu"
    bounds: ClassVar[tuple[float, float]] = (-0.17, np.inf)


def _normal_share(z: Any) -> Any:
    half = constant(0.5, z)
    return half + half * erf(z * constant(0.7071067811865476, z))


def _gelu(z: Any, a: Any) -> Any:
    return z * _normal_share(z)


def _gelu_slope(z: Any, h: Any, a: Any) -> Any:
    density = constant(0.3989422804014327, z) * exp(-z * z * constant(0.5, z))
    return _normal_share(z) + z * density


helper(_normal_share)
_define(GELU, _gelu, _gelu_slope, lambda z, a: z * _share(z))


@technique("activation")
class Mish(Activation):
    """Mish: smooth, not monotonic, a favourite for numbers.

    f(z) = z tanh(softplus(z)). With t = tanh(softplus(z)): f' = t + z (1 - t^2) sigmoid(z).
    Cost: one exponential a unit and row, two in the backward pass. When not: where SiLU, which is close to it, does as
    well.
    Source: Misra, "Mish: a self regularized non-monotonic activation function", 2019.

    >>> from wellfit import Recipe
    >>> Recipe(activation="mish").activations()[0]([-1.0, 0.0, 1.0]).tolist()
    [-0.303, 0.0, 0.865]
    """

    name: Literal["mish"] = "mish"
    bounds: ClassVar[tuple[float, float]] = (-0.3089, np.inf)


def _mish_gate(z: Any) -> Any:
    # tanh(log(1 + e^z)) = (n - 1) / (n + 1) with n = (1 + e^z)^2, written for the side on which e^z is at most 1.
    one, two, e = constant(1, z), constant(2, z), exp(-abs(z))
    top = one + two * e if z > 0 else e * (e + two)
    return top / (top + two * e * e) if z > 0 else top / (top + two)


def _mish_slope(z: Any, h: Any, a: Any) -> Any:
    t = _mish_gate(z)
    return t + z * (constant(1, z) - t * t) * sigmoid(z)


helper(_mish_gate)
_define(Mish, lambda z, a: z * _mish_gate(z), _mish_slope, lambda z, a: z * np.tanh(np.logaddexp(0.0, z)))
