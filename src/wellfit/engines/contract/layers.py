"""The layer plan: what a recipe's network computes, as a list of nodes from the encoded input to the raw outputs.

It is the one description of the network. The compiled engine, the forward pass in NumPy, the export to ONNX, the cost
of a prediction and the layout of the parameters walk through it; none asks the recipe again what comes after what.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from wellfit.engines.contract.inputs import embedding_parts, embeds, network_inputs
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.tables.arrays import Task
from wellfit.tables.encoding import InputSizes
from wellfit.techniques.network.activation import Activation
from wellfit.techniques.update.schedule import is_on

Kind = Literal[
    "embed",  # numbers and categories become columns, the others are passed on
    "scale",  # times a learned scale a column
    "drop",  # dropout; in evaluation the identity, or times the share that classic dropout keeps
    "linear",  # x W + b
    "repeat",  # tied units: from a column a group to a column a unit
    "normalize",
    "activate",
    "penalize",  # the activity penalty reads what it is given; nobody reads it
    "add",  # the sum of two
    "join",  # all inputs side by side
]
ENCODED = "encoded"  # the name of the encoded input, from which everything starts
OUTPUT = "output"  # the name of the raw outputs


@dataclass(frozen=True)
class Part:
    """A learned array that a node has. role: one of `segments.ROLES`. rate: a factor of the learning rate."""

    name: str
    shape: tuple[int, ...]
    role: str
    rate: Any = 1.0


@dataclass(frozen=True)
class Node:
    """One operation on columns: a function of what other nodes give.

    name: of what it gives. inputs: names of the nodes it reads. width: columns it gives.
    layer: "input", "hidden0" and so on or "output": the layer whose learning rate and penalties it has.
    technique: the recipe's, with its settings, where one acts.
    arrays: what it uses of the network's arrays, by use ("weight", "bias", ...). parts: those of them that are laid out
        for it, all of them but the arrays of a layer that it is tied to.
    number: of the hidden layer, counted from 0; of dropout: 0 on the inputs, 1 on the first hidden layer.
    """

    name: str
    kind: Kind
    inputs: tuple[str, ...]
    width: int
    layer: str
    technique: Any = None
    arrays: dict[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class LayerPlan:
    """The nodes in the order in which they are computed. inputs: columns of the encoded input."""

    nodes: tuple[Node, ...]
    inputs: int

    __repr__ = short_repr

    def width(self, name: str) -> int:
        """Columns of what a node gives, or of the encoded input."""
        return self.inputs if name == ENCODED else self.node(name).width

    def node(self, name: str) -> Node:
        """The node of a name."""
        return self._by_name[name]

    @functools.cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @functools.cached_property
    def entering(self) -> str:
        """The name of the network's inputs: the encoded input embedded and scaled, before dropout."""
        return next((n.name for n in reversed(self.nodes) if n.kind in ("embed", "scale")), ENCODED)

    def readers(self, name: str) -> list[Node]:
        """The nodes that read what a node gives, in order."""
        return [node for node in self.nodes if name in node.inputs]

    def of_kind(self, *kinds: Kind) -> list[Node]:
        """The nodes of some kinds, in order."""
        return [node for node in self.nodes if node.kind in kinds]


def layer_plan(recipe: Recipe, sizes: InputSizes, outputs: int, tasks: Sequence[Task] = ()) -> LayerPlan:
    """The network of a recipe.

    sizes: of the encoded input, as `Encoding.sizes` tells them. outputs: raw outputs, of all tasks together.
    tasks: what a network with several heads predicts; each has a head, and the heads' outputs are joined.
    """
    writer = _Writer(recipe, sizes)
    x = writer.inputs()
    h = writer.hidden_layers(x)
    if tasks:
        writer.heads(h, tasks)
    else:
        writer.linear(OUTPUT, OUTPUT, h, outputs)
    return LayerPlan(tuple(writer.nodes), sizes.encoded)


class _Writer:
    """Appends nodes; each method returns the name of what the last one gives."""

    def __init__(self, recipe: Recipe, sizes: InputSizes) -> None:
        self.recipe, self.sizes = recipe, sizes
        self.nodes: list[Node] = []
        self.widths = {ENCODED: sizes.encoded}

    def node(self, name: str, kind: Kind, inputs: Sequence[str], width: int, layer: str, **more: Any) -> str:
        self.nodes.append(Node(name, kind, tuple(inputs), width, layer, **more))
        self.widths[name] = width
        return name

    def linear(
        self, name: str, layer: str, x: str, width: int, arrays: str = "", bias: bool = True, owner: str = ""
    ) -> str:
        """A dense layer. arrays: what its arrays' names begin with (default its name). owner: that of the layer that it
        is tied to.
        """
        arrays = arrays or name
        uses = {"weight": f"{owner or arrays}.weight"} | ({"bias": f"{owner or arrays}.bias"} if bias else {})
        parts = [Part(uses["weight"], (self.widths[x], width), "weight")]
        parts += [Part(uses["bias"], (width,), "bias", self.recipe.bias_rate.factor)] if bias else []
        owned = () if owner and owner != arrays else tuple(parts)
        return self.node(name, "linear", [x], width, layer, arrays=uses, parts=owned)

    def inputs(self) -> str:
        """Embeddings, the learned scale, dropout on the inputs."""
        recipe, x, width = self.recipe, ENCODED, network_inputs(self.recipe, self.sizes)
        if embeds(recipe, self.sizes):
            parts = [Part(name, shape, "embedding", rate) for name, shape, rate in embedding_parts(recipe, self.sizes)]
            arrays = {part.name.removeprefix("input."): part.name for part in parts}
            chosen = recipe.number_embedding
            x = self.node(
                "input.embed", "embed", [x], width, "input", technique=chosen, arrays=arrays, parts=tuple(parts)
            )
        if is_on(recipe.input_scale.rate):
            part = Part("input.scale", (width,), "scale", recipe.input_scale.rate)
            x = self.node(
                "input.scale",
                "scale",
                [x],
                width,
                "input",
                arrays={"scale": part.name},
                parts=(part,),
                technique=recipe.input_scale,
            )
        return self.drop(x, "input", recipe.dropout.input_rate, 0)

    def drop(self, x: str, layer: str, rate: Any, number: int) -> str:
        if not is_on(rate):
            return x
        technique = self.recipe.dropout.model_copy(update={"rate": rate})
        return self.node(f"{layer}.drop", "drop", [x], self.widths[x], layer, technique=technique, number=number)

    def hidden_layers(self, x: str) -> str:
        """The hidden layers with their skip connections."""
        skip, h = self.recipe.skip, x
        for k in range(len(self.recipe.hidden)):
            source = h
            if skip == "concatenate" and k > 0:
                h = self.join(f"hidden{k}.join", f"hidden{k}", [h, x])
            h = self.hidden_layer(k, h)
            if skip == "residual" and k > 0:
                h = self.residual(k, h, source)
        if skip == "concatenate" and self.recipe.hidden:
            h = self.join("output.join", OUTPUT, [h, x])
        return h

    def join(self, name: str, layer: str, inputs: Sequence[str]) -> str:
        return self.node(name, "join", inputs, sum(self.widths[x] for x in inputs), layer)

    def residual(self, k: int, h: str, source: str) -> str:
        """The layer's input is added, through a linear map without bias where widths differ."""
        layer, units = f"hidden{k}", self.widths[h]
        if self.widths[source] != units:
            name = f"{layer}.projection"
            part = Part(name, (self.widths[source], units), "weight")
            source = self.node(name, "linear", [source], units, layer, arrays={"weight": name}, parts=(part,))
        return self.node(f"{layer}.add", "add", [h, source], units, layer)

    def hidden_layer(self, k: int, x: str) -> str:
        """linear -> normalise -> activate -> drop, or activate before normalising."""
        recipe, layer, units = self.recipe, f"hidden{k}", self.recipe.hidden[k]
        chosen, sharing = recipe.normalization, recipe.sharing
        position = chosen.position if chosen.name != "none" else ""
        bias = not (chosen.name == "batch" and position == "before")
        columns, owner = sharing.columns(units), f"hidden{sharing.owner(recipe.hidden, k)}"
        z = self.linear(f"{layer}.linear", layer, x, columns, arrays=layer, bias=bias, owner=owner)
        if columns < units:
            z = self.node(f"{layer}.repeat", "repeat", [z], units, layer, technique=sharing)
        if position == "before":
            z = self.normalize(layer, z, units)
        h = self.activate(k, layer, z, units)
        if is_on(recipe.activity_strengths()[k]):
            technique = recipe.activity.model_copy(update={"strength": recipe.activity_strengths()[k]})
            self.node(f"{layer}.penalize", "penalize", [h], units, layer, technique=technique, number=k)
        if position == "after":
            h = self.normalize(layer, h, units)
        return self.drop(h, layer, recipe.dropout_rates()[k], k + 1)

    def normalize(self, layer: str, x: str, units: int) -> str:
        chosen = self.recipe.normalization
        parts = [Part(f"{layer}.gain", (units,), "gain"), Part(f"{layer}.shift", (units,), "gain")]
        if chosen.has_statistics:
            parts.append(Part(f"{layer}.statistics", (2, units), "statistic"))
        return self.node(
            f"{layer}.normalize",
            "normalize",
            [x],
            units,
            layer,
            technique=chosen,
            arrays=_uses(parts),
            parts=tuple(parts),
        )

    def activate(self, k: int, layer: str, z: str, units: int) -> str:
        activation: Activation = self.recipe.activations()[k]
        parts = []
        if activation.learned:
            parts.append(Part(f"{layer}.slope", (activation.learned_numbers(units),), "slope"))
        if is_on(self.recipe.activation_mix.rate):
            parts.append(Part(f"{layer}.mix", (units,), "slope", self.recipe.activation_mix.rate))
        return self.node(
            f"{layer}.activate", "activate", [z], units, layer, technique=activation, arrays=_uses(parts),
            parts=tuple(parts), number=k,
        )  # fmt: skip

    def heads(self, h: str, tasks: Sequence[Task]) -> str:
        """A head a task on the last shared layer; their outputs side by side."""
        ends, activation = [], self.recipe.tasks.activation
        for k, task in enumerate(tasks):
            x = h
            for j, units in enumerate(self.recipe.tasks.hidden):
                name = f"output.{k}.hidden{j}"
                z = self.linear(f"{name}.linear", OUTPUT, x, units, arrays=name)
                x = self.node(f"{name}.activate", "activate", [z], units, OUTPUT, technique=activation)
            ends.append(self.linear(f"output.{k}", OUTPUT, x, task.outputs[1] - task.outputs[0]))
        return self.join(OUTPUT, OUTPUT, ends)


def _uses(parts: Sequence[Part]) -> dict[str, str]:
    return {part.name.rpartition(".")[2]: part.name for part in parts}
