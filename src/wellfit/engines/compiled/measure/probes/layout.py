"""Where a program's probes read: places of buffers, parameters and slopes, and which quantities come of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.probes.reading import COMPARED, MOMENTS, NORM, QUANTILE_VALUES
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.compiled.step.step import BLOCK
from wellfit.engines.contract.layers import Node
from wellfit.engines.contract.probes import (
    ACTIVATIONS,
    LOSSES,
    NETWORK,
    NOISE,
    PREACTIVATIONS,
    SIGNAL,
    SIZES,
    STATISTICS,
    SYMMETRY,
    UNITS,
    Key,
)
from wellfit.engines.contract.segments import TRAINED_ROLES, aligned
from wellfit.numerics.kernel import FIRST_FIELD
from wellfit.reprs import short_repr
from wellfit.techniques import layout as at
from wellfit.techniques.network.activation import parametric_kernels
from wellfit.techniques.operations import Operation

Table = NDArray[np.int64]
ENDINGS = ("linear", "projection", "activate", "normalize", "embed", "scale", "repeat", "add", "join", "drop")
NO_LAYER = -1


@dataclass(frozen=True, eq=False)
class ProbeLayout:
    """What the compiled probes of a program read, a row of integers each. Quantities go by their place in `keys`.

    buffers (n, 4): MOMENTS or NORM, start, width, first quantity.
    arrays (n, 4): begin, end, first quantity of the layer or NO_LAYER, whether it is trained.
    symmetry (n, 5): of weights: begin, inputs, units, begin of the biases or -1, first quantity.
    network (3,): first quantities of the whole network's sizes, of the gradient's noise, of the losses.
    slopes (n, longest row): operations that write the slopes of activations. units (n, 4): of each of them where the
        slopes start, width, first counter, first quantity. steady (n,): the slope of its near-linear part.
    statistics (n, 5): of batch normalisation: start of what it reads, width, begin of the moving statistics, first
        counter, first quantity.
    work_size: of a workspace for evaluations that write slopes. counters, scratch: how many numbers these need.
    """

    program: Program
    keys: tuple[Key, ...]
    buffers: Table
    arrays: Table
    symmetry: Table
    network: Table
    slopes: Table
    units: Table
    steady: NDArray[Any]
    statistics: Table
    work_size: int
    counters: int
    scratch: int

    __repr__ = short_repr


def layer_of(name: str) -> str:
    """The layer that a node of the layer plan belongs to: "hidden0", "output", or of a head "output.0.hidden1"."""
    head, _, last = name.rpartition(".")
    return head if last in ENDINGS else name


def probe_layout(program: Program) -> ProbeLayout:
    """The layout of a program's probes."""
    writer = _Writer(program)
    layers: dict[str, list[Node]] = {}
    for node in program.plan.nodes:
        layers.setdefault(layer_of(node.name), []).append(node)
    writer.input_layer(layers.pop("input", []))
    for layer, nodes in layers.items():
        if any(node.kind == "linear" for node in nodes):
            writer.layer(layer, nodes)
    return writer.finish()


class _Writer:
    """Collects quantities and the places that they are read from."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.keys: list[Key] = []
        self.buffers: list[tuple[int, ...]] = []
        self.layer_sizes: dict[str, int] = {}  # by the name of a segment, the first quantity of its layer
        self.symmetry: list[tuple[int, ...]] = []
        self.slopes: list[Operation] = []
        self.units: list[tuple[int, ...]] = []
        self.steady: list[float] = []
        self.statistics: list[tuple[int, ...]] = []
        self.work_size, self.counters = aligned(program.work_size), 0
        self.scratch = QUANTILE_VALUES

    def quantities(self, layer: str, names: Sequence[str]) -> int:
        """Add quantities of a layer; returns the place of the first."""
        self.keys += [(layer, name) for name in names]
        return len(self.keys) - len(names)

    def input_layer(self, nodes: list[Node]) -> None:
        """The network's inputs, and the weights of their embeddings."""
        wire = self.program.wire(self.program.plan.entering)
        self.sizes("input", [node for node in nodes if node.kind == "embed"])
        if wire.width:
            self.buffers.append((MOMENTS, wire.value, wire.width, self.quantities("input", ACTIVATIONS)))

    def layer(self, layer: str, nodes: list[Node]) -> None:
        """A dense layer, with all that belongs to it."""
        linear = next(node for node in nodes if node.kind == "linear" and not node.name.endswith(".projection"))
        self.sizes(layer, [node for node in nodes if node.kind == "linear"])
        activations = [node for node in nodes if node.kind == "activate"]
        read = activations[0].inputs[0] if activations else linear.name
        z = self.program.wire(read)
        self.buffers.append((MOMENTS, z.value, z.width, self.quantities(layer, PREACTIVATIONS)))
        for node in activations:
            h = self.program.wire(node.name)
            self.buffers.append((MOMENTS, h.value, h.width, self.quantities(layer, ACTIVATIONS)))
        signal, wire = self.quantities(layer, SIGNAL), self.program.wire(linear.name)
        if wire.gradient >= 0:
            self.buffers.append((NORM, wire.gradient, wire.width, signal))
        if activations:
            self.incoming(layer, linear)
        for node in activations:
            self.slope(layer, node)
        for node in nodes:
            if node.kind == "normalize" and "statistics" in node.arrays:
                self.moving(layer, node)

    def sizes(self, layer: str, nodes: list[Node]) -> None:
        """Norms of a layer's weights: matrices and embeddings that are its own."""
        own = [part.name for node in nodes for part in node.parts if part.role in ("weight", "embedding")]
        if own:
            self.layer_sizes |= dict.fromkeys(own, self.quantities(layer, SIZES))

    def incoming(self, layer: str, linear: Node) -> None:
        """How alike the units' incoming weights are."""
        weight = self.program.segment(linear.arrays["weight"])
        bias = self.program.segment(linear.arrays["bias"]).begin if "bias" in linear.arrays else -1
        inputs, units = weight.shape
        if units > 1 and inputs:
            self.symmetry.append((weight.begin, inputs, units, bias, self.quantities(layer, SYMMETRY)))
            compared = min(units, COMPARED)
            self.scratch = max(self.scratch, inputs * compared + compared * units + units)

    def slope(self, layer: str, node: Node) -> None:
        """The operation that writes f'(z): the activation's own backward kernel on a gradient of ones."""
        there = self.program.at_seam(at.FORWARD_SEAM)
        forward = next(one for one in there if one.layer == node.name)
        technique, width = node.technique, node.width
        cls: Any = type(technique)
        kernels = parametric_kernels(cls, "mix" in node.arrays) if node.arrays else technique.kernels()
        places = dict(forward.places) | {"output_gradient": self.work_size}
        if "frozen" in places:
            places["frozen"] = 3  # neither a learned slope nor a mix is to get a gradient
        self.slopes.append(Operation(at.FORWARD_SEAM, kernels[0], kernels[1], layer=node.name, places=places))
        self.units.append((self.work_size, width, self.counters, self.quantities(layer, UNITS)))
        self.steady.append(technique.steady_slope)
        self.work_size += aligned(BLOCK * width)
        self.counters += 3 * width

    def moving(self, layer: str, node: Node) -> None:
        """Moving statistics of batch normalisation beside those of what it reads."""
        x = self.program.wire(node.inputs[0])
        begin = self.program.segment(node.arrays["statistics"]).begin
        self.statistics.append((x.value, x.width, begin, self.counters, self.quantities(layer, STATISTICS)))
        self.counters += 1 + 2 * x.width

    def finish(self) -> ProbeLayout:
        """The layout, with what is measured over the whole network."""
        network = [self.quantities(NETWORK, names) for names in (SIZES, NOISE, LOSSES)]
        arrays = [
            (s.begin, s.end, self.layer_sizes.get(s.name, NO_LAYER), int(not s.frozen))
            for s in self.program.segments
            if s.role in TRAINED_ROLES
        ]
        precision = self.program.precision
        longest = max((FIRST_FIELD + len(one.kernel.fields) for one in self.slopes), default=FIRST_FIELD)
        rows = [one.row(precision, longest) for one in self.slopes]
        return ProbeLayout(
            self.program, tuple(self.keys), _table(self.buffers, 4), _table(arrays, 4), _table(self.symmetry, 5),
            np.array(network, np.int64), _table(rows, longest), _table(self.units, 4),
            np.array(self.steady, precision), _table(self.statistics, 5), self.work_size, self.counters, self.scratch,
        )  # fmt: skip


def _table(rows: Sequence[Any], columns: int) -> Table:
    return np.array(rows, np.int64).reshape(len(rows), columns)
