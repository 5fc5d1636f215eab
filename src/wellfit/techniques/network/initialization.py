"""Initialisation: the weights before the first update. Biases start at 0."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wellfit.numerics.blas import single_threaded_blas
from wellfit.numerics.random import INITIALIZATION, normal_array, purpose_key, uniform_array
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique

Array = NDArray[np.float64]


class Initialization(Technique):
    """Draws a weight matrix (fan_in, fan_out); a fresh stream of random numbers for each layer and seed."""

    title: ClassVar[str] = "Initialisation"
    seam: ClassVar[Seam] = "before training"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("does not move", "explodes")

    distribution: ClassVar[Literal["uniform", "normal"]] = "uniform"

    def scale(self, fan_in: int, fan_out: int) -> float:
        """Half the width of a uniform distribution, or the standard deviation of a normal one."""
        raise NotImplementedError

    def draw(self, fan_in: int, fan_out: int, seed_key: int, layer: int) -> Array:
        """A weight matrix of shape (fan_in, fan_out)."""
        count, key2 = fan_in * fan_out, int(purpose_key(INITIALIZATION, layer, 0, seed_key))
        scale = self.scale(fan_in, fan_out)
        if self.distribution == "normal":
            values = scale * normal_array(count, seed_key, key2)
        else:
            values = scale * (2 * uniform_array(count, seed_key, key2) - 1)
        return values.reshape(fan_in, fan_out)


@technique("initialization")
class Automatic(Initialization):
    """The initialisation that suits each layer's activation: He for ReLU's kin, Glorot for sigmoid, tanh and identity,
    LeCun for SELU.

    The output layer gets Glorot uniform.
    Cost: that of the one it chooses. When not: to compare initialisations; name one then.
    Source: the rule of Geron, "Hands-on machine learning", 2019, table 11-1.

    >>> from wellfit import Recipe
    >>> Recipe(activation="selu").activations()[0].initialization
    'lecun_normal'
    """

    heading: ClassVar[str] = "By the activation"

    name: Literal["auto"] = "auto"


@technique("initialization")
class ConstantWeights(Initialization):
    """Every weight the same number: units of a layer stay alike for ever (symmetry is not broken). To show, not to
    use. value: default 0.

    Cost: none. When not: to fit anything.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 8.4.

    >>> from wellfit import Recipe
    >>> Recipe(hidden=2, initialization={"name": "constant", "value": 0.5}).initialization.draw(1, 2, 0, 0).tolist()
    [[0.5, 0.5]]
    """

    equations: ClassVar[tuple[str, ...]] = (r"W_{ij} = \text{value}",)
    heading: ClassVar[str] = "One constant"
    helps: ClassVar[bool] = False

    name: Literal["constant"] = "constant"
    value: float = Field(default=0.0)

    def draw(self, fan_in: int, fan_out: int, seed_key: int, layer: int) -> Array:
        return np.full((fan_in, fan_out), self.value)


@technique("initialization")
class Zero(Initialization):
    """Every weight 0: all hidden units stay alike for ever. To show, not to use.

    Cost: none. When not: to fit anything with a hidden layer; a linear model may start there.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 8.4.

    >>> from wellfit import Recipe
    >>> Recipe(initialization="zero").initialization.draw(1, 2, 0, 0).tolist()
    [[0.0, 0.0]]
    """

    equations: ClassVar[tuple[str, ...]] = (r"W_{ij} = 0",)
    heading: ClassVar[str] = "All zero"
    helps: ClassVar[bool] = False

    name: Literal["zero"] = "zero"

    def draw(self, fan_in: int, fan_out: int, seed_key: int, layer: int) -> Array:
        return np.zeros((fan_in, fan_out))


@technique("initialization")
class Uniform(Initialization):
    """Every weight drawn alike: U(-r, r), whatever the size of the layer. r: at least 0, default 0.05.

    Cost: none. When not: in deep networks, for r knows nothing of the layers' widths.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 8.4.

    >>> from wellfit import Recipe
    >>> Recipe(initialization={"name": "uniform", "r": 0.1}).initialization.scale(50, 10)
    0.1
    """

    equations: ClassVar[tuple[str, ...]] = (r"W_{ij} \sim U(-r, r)",)
    heading: ClassVar[str] = "Uniform of a given width"
    helps: ClassVar[bool] = False

    name: Literal["uniform"] = "uniform"
    r: float = Field(default=0.05, ge=0.0)

    def scale(self, fan_in: int, fan_out: int) -> float:
        return self.r


@technique("initialization")
class Normal(Initialization):
    """Every weight drawn alike: N(0, sd^2), whatever the size of the layer. sd: at least 0, default 0.05.

    Cost: none. When not: in deep networks, for sd knows nothing of the layers' widths.
    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, 8.4.

    >>> from wellfit import Recipe
    >>> Recipe(initialization={"name": "normal", "sd": 0.1}).initialization.scale(50, 10)
    0.1
    """

    equations: ClassVar[tuple[str, ...]] = (r"W_{ij} \sim N(0, \text{sd}^2)",)
    heading: ClassVar[str] = "Normal of a given width"
    helps: ClassVar[bool] = False

    name: Literal["normal"] = "normal"
    sd: float = Field(default=0.05, ge=0.0)
    distribution: ClassVar[Literal["uniform", "normal"]] = "normal"

    def scale(self, fan_in: int, fan_out: int) -> float:
        return self.sd


@technique("initialization")
class FanInUniform(Initialization):
    """U(-1/sqrt(fan_in), 1/sqrt(fan_in)): the old rule, which shrinks signals from layer to layer (variance 1 / (3
    fan_in)).

    Cost: none. When not: in deep networks, whose signals vanish.
    Source: the heuristic that Glorot & Bengio, "Understanding the difficulty of training deep feedforward networks",
    2010, start from.

    >>> from wellfit import Recipe
    >>> Recipe(initialization="fan_in_uniform").initialization.scale(50, 10)
    0.141
    """

    equations: ClassVar[tuple[str, ...]] = (r"W_{ij} \sim U(-r, r), \quad r = \frac{1}{\sqrt{\text{fan}_{\text{in}}}}",)
    heading: ClassVar[str] = "Uniform by fan-in"
    helps: ClassVar[bool] = False

    name: Literal["fan_in_uniform"] = "fan_in_uniform"

    def scale(self, fan_in: int, fan_out: int) -> float:
        return 1 / math.sqrt(fan_in)


@technique("initialization")
class GlorotUniform(Initialization):
    """U(-r, r), r = gain sqrt(3 / fan_avg), fan_avg = (fan_in + fan_out) / 2: variance kept both ways, for odd
    activations.

    gain: above 0, default 1.
    Cost: none. When not: with ReLU and its kin, which halve the variance at each layer; He then.
    Source: Glorot & Bengio, "Understanding the difficulty of training deep feedforward networks", 2010.

    >>> from wellfit import Recipe
    >>> Recipe(initialization="glorot_uniform").initialization.scale(50, 10)
    0.316
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"W_{ij} \sim U(-r, r), \quad r = \text{gain} \sqrt{\frac{6}{\text{fan}_{\text{in}} + "
        r"\text{fan}_{\text{out}}}}",
    )
    heading: ClassVar[str] = "Glorot (Xavier), uniform"

    name: Literal["glorot_uniform"] = "glorot_uniform"
    gain: float = Field(default=1.0, gt=0.0)

    def scale(self, fan_in: int, fan_out: int) -> float:
        return self.gain * math.sqrt(6 / (fan_in + fan_out))


@technique("initialization")
class GlorotNormal(Initialization):
    """N(0, gain^2 / fan_avg), fan_avg = (fan_in + fan_out) / 2. gain: default 1.

    Cost: none. When not: with ReLU and its kin; He then.
    Source: Glorot & Bengio 2010.

    >>> from wellfit import Recipe
    >>> Recipe(initialization="glorot_normal").initialization.scale(50, 10)
    0.183
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"W_{ij} \sim N\left(0, \; \frac{2 \, \text{gain}^2}{\text{fan}_{\text{in}} + \text{fan}_{\text{out}}}\right)",
    )
    heading: ClassVar[str] = "Glorot (Xavier), normal"

    name: Literal["glorot_normal"] = "glorot_normal"
    gain: float = Field(default=1.0, gt=0.0)
    distribution: ClassVar[Literal["uniform", "normal"]] = "normal"

    def scale(self, fan_in: int, fan_out: int) -> float:
        return self.gain * math.sqrt(2 / (fan_in + fan_out))


class _He(Initialization):
    fan: Literal["in", "out", "avg"] = "in"

    def sd(self, fan_in: int, fan_out: int) -> float:
        """Square root of 2 / fan."""
        return math.sqrt(2 / {"in": fan_in, "out": fan_out, "avg": (fan_in + fan_out) / 2}[self.fan])


@technique("initialization")
class HeNormal(_He):
    """N(0, 2 / fan): keeps the variance through ReLU layers, which halve it. fan: "in" (default), "out" or "avg".

    Cost: none. When not: with sigmoid or tanh, which it drives into saturation; Glorot then.
    Source: He, Zhang, Ren & Sun, "Delving deep into rectifiers", 2015.

    >>> from wellfit import Recipe
    >>> Recipe(initialization="he_normal").initialization.scale(50, 10)
    0.2
    """

    equations: ClassVar[tuple[str, ...]] = (r"W_{ij} \sim N\left(0, \; \frac{2}{\text{fan}}\right)",)
    heading: ClassVar[str] = "He (Kaiming), normal"

    name: Literal["he_normal"] = "he_normal"
    distribution: ClassVar[Literal["uniform", "normal"]] = "normal"

    def scale(self, fan_in: int, fan_out: int) -> float:
        return self.sd(fan_in, fan_out)


@technique("initialization")
class HeUniform(_He):
    """U(-r, r), r = sqrt(3 s^2) with s^2 = 2 / fan. fan: "in" (default), "out" or "avg".

    Cost: none. When not: with sigmoid or tanh; Glorot then.
    Source: He et al. 2015.

    >>> from wellfit import Recipe
    >>> Recipe(initialization="he_uniform").initialization.scale(50, 10)
    0.346
    """

    equations: ClassVar[tuple[str, ...]] = (r"W_{ij} \sim U(-r, r), \quad r = \sqrt{\frac{6}{\text{fan}}}",)
    heading: ClassVar[str] = "He (Kaiming), uniform"

    name: Literal["he_uniform"] = "he_uniform"

    def scale(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(3) * self.sd(fan_in, fan_out)


@technique("initialization")
class Orthogonal(Initialization):
    """Columns (or rows, where there are fewer of them) at right angles, of length `gain`.

    A deep linear network of such layers keeps the length of every signal.

    The Q of a normal matrix's QR decomposition, signs chosen so that every direction is as likely. gain: above 0,
    default 1.
    Cost: one QR decomposition a layer, before training. When not: in very wide layers, where it takes long and a normal
    matrix is nearly orthogonal by itself.
    Source: Saxe, McClelland & Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks", 2014.

    >>> import numpy as np
    >>> from wellfit import Recipe
    >>> W = Recipe(initialization="orthogonal").initialization.draw(3, 3, 0, 0)
    >>> bool(np.allclose(W @ W.T, np.eye(3)))
    True
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"W^\top W = \text{gain}^2 \, I \quad (\text{or } W W^\top \text{ where } \text{fan}_{\text{in}} < "
        r"\text{fan}_{\text{out}})",
    )

    name: Literal["orthogonal"] = "orthogonal"
    gain: float = Field(default=1.0, gt=0.0)

    def draw(self, fan_in: int, fan_out: int, seed_key: int, layer: int) -> Array:
        tall, narrow = max(fan_in, fan_out), min(fan_in, fan_out)
        key2 = int(purpose_key(INITIALIZATION, layer, 0, seed_key))
        with single_threaded_blas():  # its sums must not depend on threads
            q, r = np.linalg.qr(normal_array(tall * narrow, seed_key, key2).reshape(tall, narrow))
        q = self.gain * q * np.sign(np.diag(r))
        return np.ascontiguousarray(q if fan_in >= fan_out else q.T)


@technique("initialization")
class LeCunNormal(Initialization):
    """N(0, 1 / fan_in): unit variance for linear layers and SELU.

    Cost: none. When not: with ReLU and its kin; He then.
    Source: LeCun et al., "Efficient BackProp", 1998.

    >>> from wellfit import Recipe
    >>> Recipe(initialization="lecun_normal").initialization.scale(50, 10)
    0.141
    """

    equations: ClassVar[tuple[str, ...]] = (r"W_{ij} \sim N\left(0, \; \frac{1}{\text{fan}_{\text{in}}}\right)",)
    heading: ClassVar[str] = "LeCun, normal"

    name: Literal["lecun_normal"] = "lecun_normal"
    distribution: ClassVar[Literal["uniform", "normal"]] = "normal"

    def scale(self, fan_in: int, fan_out: int) -> float:
        return 1 / math.sqrt(fan_in)


@technique("initialization")
class LeCunUniform(Initialization):
    """U(-r, r), r = sqrt(3 / fan_in).

    Cost: none. When not: with ReLU and its kin; He then.
    Source: LeCun et al. 1998.

    >>> from wellfit import Recipe
    >>> Recipe(initialization="lecun_uniform").initialization.scale(50, 10)
    0.245
    """

    equations: ClassVar[tuple[str, ...]] = (r"W_{ij} \sim U(-r, r), \quad r = \sqrt{\frac{3}{\text{fan}_{\text{in}}}}",)
    heading: ClassVar[str] = "LeCun, uniform"

    name: Literal["lecun_uniform"] = "lecun_uniform"

    def scale(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(3 / fan_in)
