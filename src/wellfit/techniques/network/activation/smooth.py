"""Activations that bend: ELU and what came after it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wellfit.numerics.elementary import constant, erf, exp, log1p, sigmoid
from wellfit.numerics.kernel import helper
from wellfit.techniques.base import Symptom, technique
from wellfit.techniques.network.activation.base import Activation, define
from wellfit.techniques.network.activation.classic import logistic


def _share(z: Any) -> Any:
    from scipy.special import ndtr

    return ndtr(z)


def _bent(z: Any, a: Any) -> Any:
    return np.where(z > 0, z, a * np.expm1(np.minimum(z, 0.0)))


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

    equations: ClassVar[tuple[str, ...]] = (
        r"f(z) = \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & \text{else} \end{cases}",
    )
    heading: ClassVar[str] = "ELU, the exponential linear unit"

    name: Literal["elu"] = "elu"
    alpha: float = Field(default=1.0, gt=0.0)
    unit_cost: ClassVar[int] = 20

    def parameter(self) -> float:
        return self.alpha

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        return str(graph.op("Elu", z, alpha=float(a[0])))


def _elu(z: Any, a: Any) -> Any:
    zero = constant(0, z)
    return max(z, zero) + a * (exp(min(z, zero)) - constant(1, z))


define(ELU, _elu, lambda z, h, a: constant(1, z) if z > 0 else h + a, _bent)

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

    equations: ClassVar[tuple[str, ...]] = (
        r"f(z) = s \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & \text{else} \end{cases} \quad \alpha = "
        r"1.67326, \; s = 1.05070",
    )
    heading: ClassVar[str] = "SELU, the scaled ELU"
    symptoms: ClassVar[tuple[Symptom, ...]] = ("does not move", "explodes", "underfits")

    name: Literal["selu"] = "selu"
    bounds: ClassVar[tuple[float, float]] = (-SELU_SCALE * SELU_ALPHA, np.inf)
    steady_slope: ClassVar[float] = SELU_SCALE
    initialization: ClassVar[str] = "lecun_normal"
    unit_cost: ClassVar[int] = 22

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        return str(graph.op("Selu", z, alpha=SELU_ALPHA, gamma=SELU_SCALE))


def _selu(z: Any, a: Any) -> Any:
    zero = constant(0, z)
    return constant(SELU_SCALE, z) * (max(z, zero) + constant(SELU_ALPHA, z) * (exp(min(z, zero)) - constant(1, z)))


def _selu_slope(z: Any, h: Any, a: Any) -> Any:
    return constant(SELU_SCALE, z) if z > 0 else h + constant(SELU_SCALE * SELU_ALPHA, z)


define(SELU, _selu, _selu_slope, lambda z, a: SELU_SCALE * _bent(z, SELU_ALPHA))


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

    equations: ClassVar[tuple[str, ...]] = (r"f(z) = \log(1 + e^z)",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("underfits",)

    name: Literal["softplus"] = "softplus"
    bounds: ClassVar[tuple[float, float]] = (0.0, np.inf)
    unit_cost: ClassVar[int] = 43

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        return str(graph.op("Softplus", z))


define(Softplus, _softplus, lambda z, h, a: sigmoid(z), lambda z, a: np.logaddexp(0.0, z))


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

    equations: ClassVar[tuple[str, ...]] = (r"f(z) = \frac{z}{1 + e^{-z}}",)
    heading: ClassVar[str] = "SiLU (swish)"

    name: Literal["silu"] = "silu"
    bounds: ClassVar[tuple[float, float]] = (-0.2785, np.inf)
    unit_cost: ClassVar[int] = 24

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        return str(graph.mul(z, graph.op("Sigmoid", z)))


def _silu_slope(z: Any, h: Any, a: Any) -> Any:
    s = sigmoid(z)
    return s + h * (constant(1, z) - s)


define(SiLU, lambda z, a: z * sigmoid(z), _silu_slope, lambda z, a: z * logistic(z))


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

    equations: ClassVar[tuple[str, ...]] = (
        r"f(z) = \frac{z}{2} \left(1 + \operatorname{erf} \frac{z}{\sqrt{2}}\right)",
    )
    heading: ClassVar[str] = "GELU"

    name: Literal["gelu"] = "gelu"
    bounds: ClassVar[tuple[float, float]] = (-0.17, np.inf)
    unit_cost: ClassVar[int] = 38

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        half = np.float32(0.5)
        bent = graph.op("Erf", graph.mul(z, np.float32(0.7071067811865476)))
        return str(graph.mul(z, graph.add(half, graph.mul(half, bent))))


def _normal_share(z: Any) -> Any:
    half = constant(0.5, z)
    return half + half * erf(z * constant(0.7071067811865476, z))


def _gelu(z: Any, a: Any) -> Any:
    return z * _normal_share(z)


def _gelu_slope(z: Any, h: Any, a: Any) -> Any:
    density = constant(0.3989422804014327, z) * exp(-z * z * constant(0.5, z))
    return _normal_share(z) + z * density


helper(_normal_share)
define(GELU, _gelu, _gelu_slope, lambda z, a: z * _share(z))


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

    equations: ClassVar[tuple[str, ...]] = (r"f(z) = z \tanh\left(\log(1 + e^z)\right)",)

    name: Literal["mish"] = "mish"
    bounds: ClassVar[tuple[float, float]] = (-0.3089, np.inf)
    unit_cost: ClassVar[int] = 33

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        # z tanh(log(1 + exp(z))), from the side that does not overflow: with e = exp(-|z|) a quotient of squares.
        e = graph.op("Exp", graph.op("Neg", graph.op("Abs", z)))
        square, twice = graph.mul(e, e), graph.add(e, e)
        positive = graph.op("Greater", z, np.float32(0))
        top = graph.op("Where", positive, graph.add(np.float32(1), twice), graph.add(square, twice))
        rest = graph.op("Where", positive, graph.add(square, square), np.float32(2))
        return str(graph.mul(z, graph.div(top, graph.add(top, rest))))


def _mish_gate(z: Any) -> Any:
    # tanh(log(1 + e^z)) = (n - 1) / (n + 1) with n = (1 + e^z)^2, written for the side on which e^z is at most 1.
    one, two, e = constant(1, z), constant(2, z), exp(-abs(z))
    top = one + two * e if z > 0 else e * (e + two)
    return top / (top + two * e * e) if z > 0 else top / (top + two)


def _mish_slope(z: Any, h: Any, a: Any) -> Any:
    t = _mish_gate(z)
    return t + z * (constant(1, z) - t * t) * sigmoid(z)


helper(_mish_gate)
define(Mish, lambda z, a: z * _mish_gate(z), _mish_slope, lambda z, a: z * np.tanh(np.logaddexp(0.0, z)))
