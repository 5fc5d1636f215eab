"""A recipe compiled to a program: a list of operations, segments of parameters, and where everything lies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.arrays import TargetKind
from wellfit.encoding import Encoding
from wellfit.recipe import Recipe
from wellfit.techniques import layout as at
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.initialization import Automatic, GlorotUniform
from wellfit.techniques.schedule import Schedule, Scheduled

ALIGNMENT = 16  # floats: 64 bytes, where a cache line and a vector register start


@dataclass(frozen=True)
class Segment:
    """A named part of the flat parameter vector."""

    name: str
    shape: tuple[int, ...]
    role: str  # "weight", "bias", "gain" or "statistic"
    begin: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.begin + int(np.prod(self.shape))


@dataclass
class Program:
    """What the compiled step runs for one recipe, encoding and batch capacity. Offsets are in floats."""

    capacity: int  # rows that the buffers hold
    precision: str
    rows: list[tuple[int, NDArray[np.int64]]] = field(default_factory=list)  # (seam, operation)
    settings: list[float] = field(default_factory=list)
    strengths: list[tuple[int, float, Schedule]] = field(default_factory=list)  # scheduled: (setting, value, schedule)
    segments: list[Segment] = field(default_factory=list)
    work_size: int = 0
    output: int = 0  # where the network's raw outputs start in `work`
    shrinkage: list[tuple[int, Any, bool]] = field(default_factory=list)  # (setting, strength, times the rate)
    optimizer_settings: int = 0
    trained: int = 0
    parameter_count: int = 0
    clock: NDArray[np.int64] = field(default_factory=lambda: np.zeros(at.CLOCK_SIZE, np.int64))

    def buffer(self, width: int, rows: int | None = None) -> int:
        """Reserve (rows, width) floats of the workspace."""
        begin = self.work_size
        self.work_size = _aligned(begin + (rows or self.capacity) * width)
        return begin

    def setting(self, *values: Any) -> int:
        """Add settings; a scheduled strength is noted, and starts at its value."""
        begin = len(self.settings)
        for value in values:
            if isinstance(value, Scheduled):
                self.strengths.append((len(self.settings), value.value, value.schedule))
                value = value.value
            self.settings.append(float(value))
        return begin

    def emit(self, seam: int, **columns: int) -> None:
        """Add an operation; columns by their lower-case names in wellfit.techniques.layout, the others 0."""
        row = np.zeros(at.COLUMNS, np.int64)
        row[[at.INPUT_GRADIENT, at.PARAMETERS_2]] = -1
        for name, value in columns.items():
            row[getattr(at, name.upper())] = value
        self.rows.append((seam, row))

    def operations(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The operations grouped by seam, and each seam's first and end operation."""
        ordered = sorted(self.rows, key=lambda entry: entry[0])
        table = np.array([row for _, row in ordered])
        seams = np.array([seam for seam, _ in ordered])
        bounds = [[np.searchsorted(seams, s), np.searchsorted(seams, s, side="right")] for s in range(at.SEAMS)]
        return table, np.array(bounds, dtype=np.int64)

    def segment(self, name: str) -> Segment:
        """The segment of a name."""
        return next(s for s in self.segments if s.name == name)


def _aligned(n: int) -> int:
    return -(-n // ALIGNMENT) * ALIGNMENT


@dataclass(frozen=True)
class Layer:
    """Sizes of one hidden layer: inputs (joined ones included), units, and what it has."""

    index: int
    fan_in: int
    units: int
    bias: bool
    normalised: bool
    projection: bool


def layers_of(recipe: Recipe, inputs: int) -> list[Layer]:
    """The hidden layers of a recipe for a number of encoded inputs."""
    layers, width = [], inputs
    normalised = recipe.normalization.name != "none"
    bias = not (recipe.normalization.name == "batch" and recipe.normalization.position == "before")
    for k, units in enumerate(recipe.hidden):
        fan_in = width + (inputs if recipe.skip == "concatenate" and k > 0 else 0)
        projection = recipe.skip == "residual" and k > 0 and units != width
        layers.append(Layer(k, fan_in, units, bias, normalised, projection))
        width = units
    return layers


def output_fan_in(recipe: Recipe, inputs: int) -> int:
    """Inputs of the output layer."""
    if not recipe.hidden:
        return inputs
    return recipe.hidden[-1] + (inputs if recipe.skip == "concatenate" else 0)


def make_segments(recipe: Recipe, inputs: int, outputs: int) -> tuple[list[Segment], int, int]:
    """Segments grouped by role, so that runs of equal treatment are long; how many floats are trained, and all."""
    wanted: list[tuple[str, tuple[int, ...], str]] = []
    for layer in layers_of(recipe, inputs):
        name = f"hidden{layer.index}"
        wanted.append((f"{name}.weight", (layer.fan_in, layer.units), "weight"))
        if layer.projection:
            wanted.append((f"{name}.projection", (layer.fan_in, layer.units), "weight"))
        if layer.bias:
            wanted.append((f"{name}.bias", (layer.units,), "bias"))
        if layer.normalised:
            wanted += [(f"{name}.gain", (layer.units,), "gain"), (f"{name}.shift", (layer.units,), "gain")]
        if layer.normalised and recipe.normalization.has_statistics:
            wanted.append((f"{name}.statistics", (2, layer.units), "statistic"))
    wanted.append(("output.weight", (output_fan_in(recipe, inputs), outputs), "weight"))
    wanted.append(("output.bias", (outputs,), "bias"))
    segments, end, trained = [], 0, 0
    for role in ("weight", "bias", "gain", "statistic"):
        for name, shape, its_role in wanted:
            if its_role == role:
                segments.append(Segment(name, shape, role, end))
                end = _aligned(segments[-1].end)
        trained = trained if role == "statistic" else end
    return segments, trained, end


def initial_parameters(recipe: Recipe, segments: list[Segment], size: int, seed_key: int) -> NDArray[np.float64]:
    """Weights by the recipe's initialisation, gains 1, moving variances 1, everything else 0."""
    parameters = np.zeros(size)
    activations = recipe.activations()
    for number, segment in enumerate(s for s in segments if s.role == "weight"):
        layer = segment.name.split(".")[0]
        chosen = recipe.initialization
        if isinstance(chosen, Automatic):
            if layer == "output" or segment.name.endswith("projection"):
                chosen = GlorotUniform()
            else:
                chosen = REGISTRY["initialization"][activations[int(layer[6:])].initialization]()
        weights = chosen.draw(*segment.shape, seed_key, number)
        parameters[segment.begin : segment.end] = weights.ravel()
    for segment in segments:
        if segment.name.endswith(".gain"):
            parameters[segment.begin : segment.end] = 1.0
        if segment.role == "statistic":
            parameters[segment.begin + segment.shape[1] : segment.end] = 1.0
    return parameters


def compile_program(
    recipe: Recipe, encoding: Encoding, kind: TargetKind, outputs: int, capacity: int, precision: str = "float32"
) -> Program:
    """The program of a recipe for batches of up to `capacity` rows."""
    from wellfit.engine.emit import emit_loss, emit_network, emit_updates
    from wellfit.engine.emit_inputs import emit_inputs

    program = Program(capacity=capacity, precision=precision)
    program.segments, program.trained, program.parameter_count = make_segments(recipe, encoding.width, outputs)
    program.clock[[at.TRAINED, at.PARAMETER_COUNT]] = program.trained, program.trained
    target_columns = 1 if kind in ("binary", "classes") else outputs
    program.clock[at.TARGET_COLUMNS] = target_columns
    program.clock[at.TARGETS] = program.buffer(target_columns)
    program.clock[at.WEIGHTS] = program.buffer(1)
    x = emit_inputs(program, encoding, kind, target_columns)
    z, gradient = emit_network(program, recipe, x, encoding.width, outputs)
    program.output = z
    emit_loss(program, recipe, kind, outputs, z, gradient, encoding.target_scale)
    emit_updates(program, recipe)
    return program
