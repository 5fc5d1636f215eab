"""A dense network in PyTorch float64, built from a plain description; gradients by autograd.

Conventions: y = x @ W + b, W (fan_in, fan_out). A hidden layer is linear -> normalise -> activate -> dropout
(position "before" the activation) or linear -> activate -> normalise -> dropout ("after"). Its bias is left out where
batch normalisation comes right after the linear part. Skip connections: "residual" adds the layer's input to its
result, after dropout, through a linear projection without bias where widths differ; the first hidden layer begins the
stream and has none, nor has the output. "concatenate" appends the network's input, as the first layer sees it, to the
input of every later layer, the output layer included: [h, x].

Parameters, for layer l counted from 0: "hidden{l}.weight", ".bias", ".gain", ".shift", ".slope" (PReLU, one a layer or
a unit), ".mix" (one a unit: (1 - mix) z + mix f(z)), ".projection"; "output.weight", "output.bias"; "input.scale" (one
an input, which is multiplied by it before its dropout). Moving statistics: "hidden{l}.mean", "hidden{l}.variance".
Masks, 1 kept and 0 dropped: "input" (rows, inputs) and "hidden{l}" (rows, units).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

Arrays = Mapping[str, NDArray[Any]]

PLAIN = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "selu": functional.selu,
    "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),
    "silu": functional.silu,
    "gelu": functional.gelu,
    "mish": functional.mish,
}


@dataclass(frozen=True)
class Description:
    """A network in words: `activation` one name or one a hidden layer; `rates` one dropout rate a hidden layer."""

    inputs: int
    hidden: tuple[int, ...]
    outputs: int
    activation: str | tuple[str, ...] = "relu"
    normalization: str = "none"  # "batch", "layer"
    position: str = "before"  # "after"
    skip: str = "none"  # "residual", "concatenate"
    rates: tuple[float, ...] = ()
    input_rate: float = 0.0
    activity: tuple[float, ...] = ()  # strengths of the activity penalty, one a hidden layer
    dropout_form: str = "inverted"  # "classic": multiplied by the share kept at test time instead
    epsilon: float = 1e-5
    momentum: float = 0.1  # the share of the NEW batch in the moving statistics
    slope: float = 0.01  # leaky ReLU
    alpha: float = 1.0  # ELU
    slopes: tuple[str, ...] = ()  # of each layer's PReLU: "layer" (also where not said) or "unit"
    mixed: bool = False
    scaled: bool = False
    owners: tuple[int, ...] = ()  # of each hidden layer the one whose weights it uses; (): itself
    group: int = 1  # neighbouring units that share incoming weights and bias
    embedding: Any = None  # see embeddings.py; then x holds encoded columns, and `inputs` is what becomes of them

    def activation_of(self, layer: int) -> str:
        return self.activation if isinstance(self.activation, str) else self.activation[layer]

    def rate_of(self, layer: int) -> float:
        return self.rates[layer] if self.rates else 0.0

    def owner(self, layer: int) -> int:
        return self.owners[layer] if self.owners else layer

    def has_bias(self, layer: int) -> bool:
        return not (self.normalization == "batch" and self.position == "before")


def shapes(d: Description) -> dict[str, tuple[int, ...]]:
    """Every parameter's name and shape, layer by layer."""
    found: dict[str, tuple[int, ...]] = {}
    width, appended = d.inputs, 0
    for layer, units in enumerate(d.hidden):
        name = f"hidden{layer}"
        if d.owner(layer) == layer:
            found[f"{name}.weight"] = (width + appended, -(-units // d.group))
        if d.has_bias(layer) and d.owner(layer) == layer:
            found[f"{name}.bias"] = (-(-units // d.group),)
        if d.normalization != "none":
            found[f"{name}.gain"] = found[f"{name}.shift"] = (units,)
        if d.activation_of(layer) == "prelu":
            found[f"{name}.slope"] = (units if d.slopes and d.slopes[layer] == "unit" else 1,)
        if d.mixed:
            found[f"{name}.mix"] = (units,)
        if d.skip == "residual" and layer > 0 and width != units:
            found[f"{name}.projection"] = (width, units)
        width, appended = units, d.inputs if d.skip == "concatenate" else 0
    found["output.weight"] = (width + appended, d.outputs)
    found["output.bias"] = (d.outputs,)
    if d.scaled:
        found["input.scale"] = (d.inputs,)
    return found | (d.embedding.shapes if d.embedding else {})


def moving_start(d: Description) -> dict[str, NDArray[np.float64]]:
    """Moving statistics before the first batch: mean 0, variance 1; empty without batch normalisation."""
    found: dict[str, NDArray[np.float64]] = {}
    for layer, units in enumerate(d.hidden if d.normalization == "batch" else ()):
        found[f"hidden{layer}.mean"], found[f"hidden{layer}.variance"] = np.zeros(units), np.ones(units)
    return found


def is_penalised(name: str) -> bool:
    """Weights are; biases, gains, shifts and slopes are not."""
    return name.endswith((".weight", ".projection"))


class Forward:
    """One pass over a batch. `moving` is replaced, not changed, by what a training pass adds to it."""

    def __init__(
        self, d: Description, p: Mapping[str, Tensor], moving: Mapping[str, Tensor], masks: Mapping[str, Tensor],
        weights: Tensor, training: bool,
    ) -> None:  # fmt: skip
        self.d, self.p, self.masks, self.weights, self.training = d, p, masks, weights, training
        self.moving = dict(moving)
        self.penalty: Tensor | float = 0.0

    def __call__(self, x: Tensor) -> Tensor:
        d = self.d
        x = d.embedding(x, self.p) if d.embedding else x
        x = h = self.drop(x * self.p["input.scale"] if d.scaled else x, "input", d.input_rate)
        for layer in range(len(d.hidden)):
            entering = torch.cat([h, x], dim=1) if d.skip == "concatenate" and layer > 0 else h
            result = self.block(entering, layer)
            if d.skip == "residual" and layer > 0:
                projection = self.p.get(f"hidden{layer}.projection")
                result = result + (h if projection is None else h @ projection)
            h = result
        if d.skip == "concatenate" and d.hidden:
            h = torch.cat([h, x], dim=1)
        return h @ self.p["output.weight"] + self.p["output.bias"]

    def block(self, h: Tensor, layer: int) -> Tensor:
        name = f"hidden{layer}"
        owner = f"hidden{self.d.owner(layer)}"
        z = h @ self.p[f"{owner}.weight"]
        if self.d.has_bias(layer):
            z = z + self.p[f"{owner}.bias"]
        if self.d.group > 1:
            z = z.repeat_interleave(self.d.group, dim=1)[:, : self.d.hidden[layer]]
        if self.d.position == "before":
            result = self.watched(self.activate(self.normalise(z, name), layer), layer)
        else:
            result = self.normalise(self.watched(self.activate(z, layer), layer), name)
        return self.drop(result, name, self.d.rate_of(layer))

    def watched(self, h: Tensor, layer: int) -> Tensor:
        """The same activations, whose sizes are penalised: lambda times the weighted mean over rows of their sums."""
        if self.d.activity:
            rows = h.abs().sum(dim=1)
            self.penalty = self.penalty + self.d.activity[layer] * (self.weights * rows).sum() / self.weights.sum()
        return h

    def activate(self, z: Tensor, layer: int) -> Tensor:
        if not self.d.mixed:
            return self.bend(z, layer)
        mix = self.p[f"hidden{layer}.mix"]
        return (1 - mix) * z + mix * self.bend(z, layer)

    def bend(self, z: Tensor, layer: int) -> Tensor:
        activation = self.d.activation_of(layer)
        if activation == "leaky_relu":
            return functional.leaky_relu(z, self.d.slope)
        if activation == "elu":
            return functional.elu(z, self.d.alpha)
        if activation == "prelu":
            return functional.prelu(z, self.p[f"hidden{layer}.slope"])
        return PLAIN[activation](z)

    def normalise(self, z: Tensor, name: str) -> Tensor:
        if self.d.normalization == "none":
            return z
        if self.d.normalization == "layer":
            mean, variance = z.mean(dim=1, keepdim=True), z.var(dim=1, unbiased=False, keepdim=True)
        elif self.training:
            mean, variance = self.batch_moments(z, name)
        else:
            mean, variance = self.moving[f"{name}.mean"], self.moving[f"{name}.variance"]
        scaled = (z - mean) / torch.sqrt(variance + self.d.epsilon)
        return scaled * self.p[f"{name}.gain"] + self.p[f"{name}.shift"]

    def batch_moments(self, z: Tensor, name: str) -> tuple[Tensor, Tensor]:
        """Weighted mean and biased variance; the moving variance takes the unbiased one where W is 2 or more."""
        w, total = self.weights[:, None], float(self.weights.sum())
        mean = (w * z).sum(dim=0) / total
        variance = (w * (z - mean) ** 2).sum(dim=0) / total
        correction = total / (total - 1) if total >= 2 else 1.0
        for key, new in ((f"{name}.mean", mean), (f"{name}.variance", variance * correction)):
            self.moving[key] = (1 - self.d.momentum) * self.moving[key] + self.d.momentum * new.detach()
        return mean, variance

    def drop(self, h: Tensor, name: str, rate: float) -> Tensor:
        if rate == 0.0:
            return h
        if self.training:
            kept = h * self.masks[name]
            return kept / (1 - rate) if self.d.dropout_form == "inverted" else kept
        return h * (1 - rate) if self.d.dropout_form == "classic" else h


def rows_of_loss(name: str, z: Tensor, y: Tensor, settings: Mapping[str, float]) -> Tensor:
    """Each row's reported loss, by PyTorch's own functions; see losses.py for the names."""
    if name == "cross_entropy":
        return functional.cross_entropy(z, y, reduction="none")
    y = y.double().reshape(z.shape)
    if name == "squared":
        each = functional.mse_loss(z, y, reduction="none")
    elif name == "absolute":
        each = functional.l1_loss(z, y, reduction="none")
    elif name == "huber":
        each = functional.huber_loss(z, y, reduction="none", delta=settings.get("delta", 1.0))
    elif name == "quantile":
        q = settings.get("quantile", 0.5)
        each = q * torch.relu(y - z) + (1 - q) * torch.relu(z - y)
    elif name == "poisson":
        each = functional.poisson_nll_loss(z, y, log_input=True, full=False, reduction="none")
    else:
        each = functional.binary_cross_entropy_with_logits(z, y, reduction="none")
    return each.mean(dim=1)


@dataclass(frozen=True)
class Result:
    """loss: reported, without penalties; objective: what is minimised; gradients: of the objective, by parameter."""

    outputs: NDArray[np.float64]
    loss: float
    objective: float
    gradients: dict[str, NDArray[np.float64]]
    moving: dict[str, NDArray[np.float64]] = field(default_factory=dict)


def tensors(arrays: Arrays | None) -> dict[str, Tensor]:
    return {name: torch.tensor(array, dtype=torch.float64) for name, array in (arrays or {}).items()}


def predict(d: Description, parameters: Arrays, x: NDArray[Any], moving: Arrays | None = None) -> NDArray[np.float64]:
    """Outputs in evaluation mode, (rows, outputs)."""
    forward = Forward(d, tensors(parameters), tensors(moving), {}, torch.ones(len(x)).double(), training=False)
    return np.asarray(forward(torch.tensor(x, dtype=torch.float64)).numpy())


def train_pass(
    d: Description,
    parameters: Arrays,
    x: NDArray[Any],
    y: NDArray[Any],
    loss: str,
    *,
    weights: NDArray[Any] | None = None,
    moving: Arrays | None = None,
    masks: Arrays | None = None,
    l2: float = 0.0,
    l1: float = 0.0,
    loss_settings: Mapping[str, float] | None = None,
) -> Result:
    """Loss, objective and gradients of one mini-batch in training mode, with the masks given.

    The objective is the minimised loss + (l2 / 2) sum w^2 + l1 sum abs(w) over weights that are penalised + the
    activity penalty.
    """
    p = {name: tensor.requires_grad_() for name, tensor in tensors(parameters).items()}
    w = torch.ones(len(x)).double() if weights is None else torch.tensor(weights, dtype=torch.float64)
    forward = Forward(d, p, tensors(moving if moving is not None else moving_start(d)), tensors(masks), w, True)
    outputs = forward(torch.tensor(x, dtype=torch.float64))
    reported = (w * rows_of_loss(loss, outputs, torch.as_tensor(y), loss_settings or {})).sum() / w.sum()
    objective = reported * (0.5 if loss == "squared" else 1.0)
    for name, values in p.items():
        if is_penalised(name):
            objective = objective + 0.5 * l2 * (values**2).sum() + l1 * values.abs().sum()
    objective = objective + forward.penalty
    slopes = torch.autograd.grad(objective, list(p.values()))
    return Result(
        outputs=outputs.detach().numpy(),
        loss=reported.item(),
        objective=objective.item(),
        gradients={name: slope.numpy() for name, slope in zip(p, slopes, strict=True)},
        moving={name: value.numpy() for name, value in forward.moving.items()},
    )
