"""The network: as wellfit.engines.compiled.network.numpy_forward.forward does it, in evaluation mode."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.folding import folded
from wellfit.engines.contract.losses import resolve_loss, task_loss
from wellfit.engines.contract.network import Network
from wellfit.errors import InputError
from wellfit.models.export.columns import Raw
from wellfit.models.export.encode import Weights, network_inputs
from wellfit.models.export.graph import Graph
from wellfit.recipe import Recipe
from wellfit.techniques.network.activation import Activation

f32 = np.float32


PARTS = re.compile(
    r"input\.(scale|frequencies|phases|map|offset|categories)|output(\.\d+(\.hidden\d+)?)?\.(weight|bias)"
    r"|hidden\d+\.(weight|projection|bias|slope|mix|gain|shift|statistics)"
)
KNOWN = {
    "scaling": ("none", "standard", "robust", "min_max", "quantile"),
    "number_embedding": ("none", "piecewise", "periodic", "periodic_bias"),
    "normalization": ("none", "batch", "layer"),
    "sharing": ("none", "tied_layers", "tied_units", "close_layers", "close_units"),
    "skip": ("none", "residual", "concatenate"),
}


def check_known(network: Network) -> None:
    """InputError where a network has something that nobody has written as operations."""
    for slot, names in KNOWN.items():
        chosen = getattr(network.recipe, slot)
        if getattr(chosen, "name", chosen) not in names:
            raise InputError(f"The {slot} {getattr(chosen, 'name', chosen)!r} cannot be exported to ONNX: use another.")
    for segment in network.segments:
        if not PARTS.fullmatch(segment.name):
            raise InputError(f"The learned part {segment.name!r} of a network cannot be exported to ONNX.")


def member_outputs(g: Graph, raw: Raw, network: Network) -> str:
    """A network's outputs (rows, outputs): logits, or numbers and counts in the target's units."""
    check_known(network)
    network = folded(network)
    weights, encoding = network.weights(), network.encoding
    x = network_inputs(g, raw, network.recipe, encoding, weights)
    z = forward(g, network.recipe, weights, x, len(encoding.tasks))
    if network.kind != "tasks":
        return _in_units(g, network, z, slice(None), network.kind, resolve_loss(network.recipe, network.kind).name)
    parts = []
    for task in encoding.tasks:
        own = g.op("Slice", z, *(np.array([at], np.int64) for at in (*task.outputs, 1)))
        loss = task_loss(network.recipe, task).name
        parts.append(_in_units(g, network, own, slice(*task.outputs), task.kind, loss))
    return g.join(parts)


def _in_units(g: Graph, network: Network, z: str, columns: slice, kind: str, loss: str) -> str:
    if kind not in ("numbers", "counts"):
        return z
    tables = network.encoding
    scale = tables.target_scale[columns].astype(f32)
    if loss == "poisson":
        return g.mul(g.op("Exp", z), scale)
    values = g.add(g.mul(z, scale), tables.target_centre[columns].astype(f32))
    return g.clip(values, tables.target_low[columns].astype(f32), tables.target_high[columns].astype(f32))


def forward(g: Graph, recipe: Recipe, weights: Weights, x: str, tasks: int) -> str:
    """Raw outputs (rows, outputs) from inputs (rows, inputs)."""
    rates = (recipe.dropout.input_rate, *recipe.dropout_rates())

    def drop(h: str, place: int) -> str:
        kept = recipe.dropout.kept_share(rates[place])
        return h if kept == 1 else g.mul(h, kept)

    if "input.scale" in weights:
        x = g.mul(x, weights["input.scale"])
    x = h = drop(x, 0)
    for k in range(len(recipe.hidden)):
        source = h
        if recipe.skip == "concatenate" and k > 0:
            h = g.join([h, x])
        h = drop(_layer(g, recipe, weights, k, h), k + 1)
        if recipe.skip == "residual" and k > 0:
            projection = weights.get(f"hidden{k}.projection")
            h = g.add(h, source if projection is None else g.op("MatMul", source, projection))
    if recipe.skip == "concatenate" and recipe.hidden:
        h = g.join([h, x])
    if tasks:
        return g.join([_head(g, recipe, weights, k, h) for k in range(tasks)])
    return g.op("Gemm", h, weights["output.weight"], weights["output.bias"])


def _head(g: Graph, recipe: Recipe, weights: Weights, k: int, h: str) -> str:
    """A task's outputs from the last shared layer."""
    for j in range(len(recipe.tasks.hidden)):
        name = f"output.{k}.hidden{j}"
        h = activate(g, recipe.tasks.activation, g.op("Gemm", h, weights[f"{name}.weight"], weights[f"{name}.bias"]))
    return g.op("Gemm", h, weights[f"output.{k}.weight"], weights[f"output.{k}.bias"])


def _layer(g: Graph, recipe: Recipe, weights: Weights, k: int, h: str) -> str:
    """linear -> normalise -> activate, or activate before normalising."""
    position = recipe.normalization.position if recipe.normalization.name != "none" else ""
    owner, units = f"hidden{recipe.sharing.owner(recipe.hidden, k)}", recipe.hidden[k]

    def untied(part: NDArray[np.float32]) -> NDArray[np.float32]:
        """Tied units, which have one column for a group of them, get a column each."""
        if part.shape[-1] == units:
            return part
        return np.repeat(part, recipe.sharing.group, axis=-1)[..., :units]

    W = untied(weights[f"{owner}.weight"])
    b = weights.get(f"{owner}.bias")
    z = g.op("MatMul", h, W) if b is None else g.op("Gemm", h, W, untied(b))
    if position == "before":
        z = _normalise(g, recipe, weights, k, z)
    f = activate(g, recipe.activations()[k], z, weights.get(f"hidden{k}.slope"))
    mix = weights.get(f"hidden{k}.mix")
    f = f if mix is None else g.add(g.mul(1 - mix, z), g.mul(mix, f))
    return _normalise(g, recipe, weights, k, f) if position == "after" else f


def _normalise(g: Graph, recipe: Recipe, weights: Weights, k: int, z: str) -> str:
    """Batch normalisation with its moving statistics, or layer normalisation.

    Not ONNX's LayerNormalization: runtimes take the variance as mean square minus squared mean, which cancels.
    """
    epsilon = f32(recipe.normalization.epsilon)
    gain, shift = weights[f"hidden{k}.gain"], weights[f"hidden{k}.shift"]
    if recipe.normalization.has_statistics:
        mean, variance = weights[f"hidden{k}.statistics"]
        return g.add(g.mul(gain, g.div(g.sub(z, mean), np.sqrt(variance + epsilon))), shift)
    units = f32(recipe.hidden[k])
    away = g.sub(z, g.div(g.total(z, 1, keep=True), units))
    spread = g.div(g.total(g.mul(away, away), 1, keep=True), units)
    return g.add(g.mul(gain, g.div(away, g.op("Sqrt", g.add(spread, epsilon)))), shift)


def activate(g: Graph, activation: Activation, z: str, learned: NDArray[np.float32] | None = None) -> str:
    """f(z). learned: the activation's number, or one for each unit, where it is a parameter of the network.

    Raises:
        InputError: nobody has written the activation as operations.
    """
    name = str(activation.name)  # type: ignore[attr-defined]
    if name not in ACTIVATIONS:
        raise InputError(f"The activation {name!r} cannot be exported to ONNX: train with another one.")
    a = np.full(1, activation.parameter(), f32) if learned is None else learned
    return ACTIVATIONS[name](g, z, a)


def _selu(g: Graph, z: str, a: NDArray[np.float32]) -> str:
    from wellfit.techniques.network.activation.smooth import SELU_ALPHA, SELU_SCALE

    return g.op("Selu", z, alpha=SELU_ALPHA, gamma=SELU_SCALE)


def _gelu(g: Graph, z: str, a: NDArray[np.float32]) -> str:
    bent = g.op("Erf", g.mul(z, f32(0.7071067811865476)))
    return g.mul(z, g.add(f32(0.5), g.mul(f32(0.5), bent)))


def _mish(g: Graph, z: str, a: NDArray[np.float32]) -> str:
    """z tanh(log(1 + exp(z))), from the side that does not overflow: with e = exp(-|z|) a quotient of squares."""
    e = g.op("Exp", g.op("Neg", g.op("Abs", z)))
    square, twice = g.mul(e, e), g.add(e, e)
    positive = g.op("Greater", z, f32(0))
    top = g.op("Where", positive, g.add(f32(1), twice), g.add(square, twice))
    rest = g.op("Where", positive, g.add(square, square), f32(2))
    return g.mul(z, g.div(top, g.add(top, rest)))


ACTIVATIONS: dict[str, Callable[[Graph, str, NDArray[np.float32]], str]] = {
    "identity": lambda g, z, a: z,
    "sigmoid": lambda g, z, a: g.op("Sigmoid", z),
    "tanh": lambda g, z, a: g.op("Tanh", z),
    "relu": lambda g, z, a: g.op("Relu", z),
    "leaky_relu": lambda g, z, a: g.op("PRelu", z, a),
    "prelu": lambda g, z, a: g.op("PRelu", z, a),
    "elu": lambda g, z, a: g.op("Elu", z, alpha=float(a[0])),
    "selu": _selu,
    "softplus": lambda g, z, a: g.op("Softplus", z),
    "silu": lambda g, z, a: g.mul(z, g.op("Sigmoid", z)),
    "gelu": _gelu,
    "mish": _mish,
}
