"""The classic activations: the line, the two sigmoid curves, and those made of two lines."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wellfit.numerics.elementary import constant, sigmoid, tanh
from wellfit.techniques.base import Symptom, technique
from wellfit.techniques.network.activation.base import Activation, define


def logistic(z: Any) -> Any:
    """The sigmoid of a NumPy array."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def _leaky(z: Any, a: Any) -> Any:
    return np.where(z > 0, z, a * z)


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

    equations: ClassVar[tuple[str, ...]] = (r"f(z) = z, \quad f'(z) = 1",)
    helps: ClassVar[bool] = False

    name: Literal["identity"] = "identity"
    initialization: ClassVar[str] = "glorot_uniform"
    unit_cost: ClassVar[int] = 4

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        return z


define(Identity, lambda z, a: z, lambda z, h, a: constant(1, z), lambda z, a: z)


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

    equations: ClassVar[tuple[str, ...]] = (r"f(z) = \frac{1}{1 + e^{-z}}, \quad f' = f (1 - f)",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("underfits",)

    name: Literal["sigmoid"] = "sigmoid"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    steady_slope: ClassVar[float] = 0.25
    initialization: ClassVar[str] = "glorot_uniform"
    unit_cost: ClassVar[int] = 24

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        return str(graph.op("Sigmoid", z))


define(Sigmoid, lambda z, a: sigmoid(z), lambda z, h, a: h * (constant(1, h) - h), lambda z, a: logistic(z))


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

    equations: ClassVar[tuple[str, ...]] = (r"f(z) = \tanh z, \quad f' = 1 - f^2",)
    heading: ClassVar[str] = "tanh, the hyperbolic tangent"
    symptoms: ClassVar[tuple[Symptom, ...]] = ("underfits",)

    name: Literal["tanh"] = "tanh"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    initialization: ClassVar[str] = "glorot_uniform"
    unit_cost: ClassVar[int] = 37

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        return str(graph.op("Tanh", z))


define(Tanh, lambda z, a: tanh(z), lambda z, h, a: constant(1, h) - h * h, lambda z, a: np.tanh(z))


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

    equations: ClassVar[tuple[str, ...]] = (r"f(z) = \max(z, 0)",)
    heading: ClassVar[str] = "ReLU, the rectified linear unit"

    name: Literal["relu"] = "relu"
    bounds: ClassVar[tuple[float, float]] = (0.0, np.inf)
    unit_cost: ClassVar[int] = 4

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        return str(graph.op("Relu", z))


define(
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

    equations: ClassVar[tuple[str, ...]] = (
        r"f(z) = \begin{cases} z & z > 0 \\ \text{slope} \cdot z & \text{else} \end{cases}",
    )

    name: Literal["leaky_relu"] = "leaky_relu"
    slope: float = Field(default=0.01, ge=0.0, lt=1.0)
    unit_cost: ClassVar[int] = 4

    def parameter(self) -> float:
        return self.slope

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        return str(graph.op("PRelu", z, a))


define(LeakyReLU, lambda z, a: z if z > 0 else a * z, lambda z, h, a: constant(1, z) if z > 0 else a, _leaky)


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

    equations: ClassVar[tuple[str, ...]] = (
        r"f(z) = \begin{cases} z & z > 0 \\ a z & \text{else} \end{cases} \quad a \text{ learned}",
    )

    name: Literal["prelu"] = "prelu"
    slope: float = Field(default=0.25, ge=0.0, lt=1.0)
    per: Literal["layer", "unit"] = "layer"
    learned: ClassVar[bool] = True
    unit_cost: ClassVar[int] = 30

    def parameter(self) -> float:
        return self.slope

    def learned_numbers(self, units: int) -> int:
        return units if self.per == "unit" else 1

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        return str(graph.op("PRelu", z, a))


define(PReLU, lambda z, a: z if z > 0 else a * z, lambda z, h, a: constant(1, z) if z > 0 else a, _leaky)
