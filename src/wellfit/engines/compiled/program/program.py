"""A recipe compiled to a program: a list of operations, segments of parameters, and where everything lies."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.network.embedding import embedding_segments, embedding_start, network_inputs
from wellfit.engines.compiled.program.layers import head_layers, layers_of, output_fan_in
from wellfit.recipe import Recipe
from wellfit.tables.arrays import TargetKind, Task
from wellfit.tables.encoding import Encoding, InputSizes
from wellfit.techniques import layout as at
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.network.initialization import Automatic, GlorotUniform
from wellfit.techniques.update.layer_rates import times
from wellfit.techniques.update.schedule import Schedule, Scheduled
from wellfit.techniques.update.update import COEFFICIENTS

ALIGNMENT = 16  # floats: 64 bytes, where a cache line and a vector register start


# Parts of one role are treated alike, and lie side by side so that one pass over memory updates them. Statistics are
# not trained, and come last. Penalties and decay touch weights, unless they are asked to take all that is trained.
ROLES = ("weight", "embedding", "bias", "gain", "slope", "scale", "statistic")
TRAINED_ROLES = ROLES[:-1]


@dataclass(frozen=True)
class Segment:
    """A named part of the flat parameter vector.

    layer: "hidden0", "hidden1", ..., "output", or "input" for what comes before the first layer. rate: a factor of the
    learning rate, which may carry a schedule; a constant 0: frozen. waits: its first update; before it, it is frozen.
    """

    name: str
    shape: tuple[int, ...]
    role: str  # one of ROLES
    begin: int
    rate: Any = 1.0
    waits: int = 0

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.begin + math.prod(self.shape)

    @property
    def layer(self) -> str:
        """The part of the network it belongs to: its name up to the first dot."""
        return self.name.split(".")[0]

    @property
    def frozen(self) -> bool:
        """Whether it is never updated."""
        return not is_on(self.rate)


def is_on(strength: Any) -> bool:
    """Whether a strength, or one of a list, is anything but a constant 0."""
    if isinstance(strength, tuple):
        return any(is_on(one) for one in strength)
    return isinstance(strength, Scheduled) or strength != 0


@dataclass
class Program:
    """What the compiled step runs for one recipe, encoding and batch capacity. Offsets are in floats."""

    recipe: Recipe
    encoding: Encoding
    kind: TargetKind
    outputs: int  # of the network
    capacity: int  # rows that the buffers hold
    precision: str
    rows: list[tuple[int, NDArray[np.int64]]] = field(default_factory=list)  # (seam, operation)
    settings: list[float] = field(default_factory=list)
    strengths: list[tuple[int, float, Schedule]] = field(default_factory=list)  # scheduled: (setting, value, schedule)
    segments: list[Segment] = field(default_factory=list)
    work_size: int = 0
    inputs: int = 0  # where the encoded inputs (rows, encoding.width) start in `work`
    input_gradient: int = -1  # where the gradient by them starts, -1: nobody asks for it
    entering: int = 0  # columns that the first layer sees
    entering_gradient: int = -1  # where the gradient by them starts, -1: nobody asks for it
    cells: int = -1  # where the bounds of the table's cells start in `settings`, -1: each is one column
    soft_targets: int = -1  # where the classes' targets (rows, classes) start, -1: class indices are enough
    output: int = 0  # where the network's raw outputs start in `work`
    # Decoupled decay: (setting, strength, the segment's factor of the learning rate; None: without the rate).
    shrinkage: list[tuple[int, Any, Any]] = field(default_factory=list)
    priors: list[int] = field(default_factory=list)  # settings that wait for the number of rows
    optimizer_settings: int = 0
    late_settings: dict[int, int] = field(default_factory=dict)  # of segments that wait: first update, their settings
    trained: int = 0
    parameter_count: int = 0
    slots: int = 0  # arrays of `trained` floats that the optimiser and others keep in `state`
    copies: list[int] = field(default_factory=list)  # slots that start as a copy of the parameters
    unlike: list[int] = field(default_factory=list)  # slots that are not laid out like the parameters
    average_slot: int = -1  # where the averaged parameters start in `state`; -1: nothing is averaged
    # Settings that a technique computes itself: (setting, its values at updates t (count,) of a horizon).
    paced: list[tuple[int, Callable[[NDArray[np.float64], Any], NDArray[np.float64]]]] = field(default_factory=list)
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

    def slot(self, copies_parameters: bool = False, size: int | None = None) -> int:
        """Reserve an array beside the parameters, of as many floats as are trained. Returns where it starts in `state`.

        It starts at 0, or as a copy of the initial parameters; kernels find its length in clock[PARAMETER_COUNT].
        size: at least so many floats instead.
        """
        if copies_parameters:
            self.copies.append(self.slots)
        first, self.slots = self.slots, self.slots + (1 if size is None else -(-size // self.trained))
        if size is not None:
            self.unlike += range(first, self.slots)
        return first * self.trained

    def emit(self, seam: int, forward: Any, backward: Any = None, **columns: int) -> None:
        """Add an operation: its kernels, and columns by their lower-case names in wellfit.techniques.layout, the others
        0.
        """
        row = np.zeros(at.COLUMNS, np.int64)
        row[[at.INPUT_GRADIENT, at.INPUT_2_GRADIENT, at.PARAMETERS_2]] = -1
        row[at.FORWARD] = forward.address(self.precision)
        row[at.BACKWARD] = 0 if backward is None else backward.address(self.precision)
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

    def trains(self, *layers: str) -> bool:
        """Whether any of these layers has a segment that is trained, so that gradients must reach it."""
        return any(s.role in TRAINED_ROLES and not s.frozen for s in self.segments if s.layer in layers)

    def coefficients_from(self, first: int) -> int:
        """Where the optimiser's coefficients start, for segments that train from a first update on."""
        if first == 0:
            return self.optimizer_settings
        if first not in self.late_settings:
            self.late_settings[first] = self.setting(*([0.0] * COEFFICIENTS))
        return self.late_settings[first]


def _aligned(n: int) -> int:
    return -(-n // ALIGNMENT) * ALIGNMENT


def make_segments(
    recipe: Recipe, sizes: InputSizes, outputs: int, tasks: Sequence[Task] = ()
) -> tuple[list[Segment], int, int]:
    """Segments grouped by role and rate, so that runs of equal treatment are long; how many floats are trained,
    and all.

    sizes: of the encoded input, as `Encoding.sizes` tells them. tasks: what a network with several heads predicts.
    """
    inputs = network_inputs(recipe, sizes)
    wanted: list[tuple[str, tuple[int, ...], str, Any]] = []

    def want(name: str, shape: tuple[int, ...], role: str, rate: Any = 1.0) -> None:
        of_layer = recipe.layer_rates.of(name.split(".")[0], len(recipe.hidden))
        power = recipe.fan_in_rate.power if role == "weight" else 0.0
        wanted.append((name, shape, role, times(of_layer, times(rate, shape[0] ** -power))))

    for name, shape, rate in embedding_segments(recipe, sizes):
        want(name, shape, "embedding", rate)
    if is_on(recipe.input_scale.rate):
        want("input.scale", (inputs,), "scale", recipe.input_scale.rate)
    bias_rate = recipe.bias_rate.factor
    for layer, activation in zip(layers_of(recipe, inputs), recipe.activations(), strict=True):
        name = f"hidden{layer.index}"
        if layer.owner == layer.index:
            want(f"{name}.weight", (layer.fan_in, layer.columns), "weight")
        if layer.projection:
            want(f"{name}.projection", (layer.fan_in, layer.units), "weight")
        if layer.bias and layer.owner == layer.index:
            want(f"{name}.bias", (layer.columns,), "bias", bias_rate)
        if activation.learned:
            want(f"{name}.slope", (activation.learned_numbers(layer.units),), "slope")
        if is_on(recipe.activation_mix.rate):
            want(f"{name}.mix", (layer.units,), "slope", recipe.activation_mix.rate)
        if layer.normalised:
            want(f"{name}.gain", (layer.units,), "gain")
            want(f"{name}.shift", (layer.units,), "gain")
        if layer.normalised and recipe.normalization.has_statistics:
            want(f"{name}.statistics", (2, layer.units), "statistic")
    for name, fan_in, units in head_layers(recipe, output_fan_in(recipe, inputs), outputs, tasks):
        want(f"{name}.weight", (fan_in, units), "weight")
        want(f"{name}.bias", (units,), "bias", bias_rate)
    rates = list(dict.fromkeys(str(rate) for *_, rate in wanted))
    wanted.sort(key=lambda entry: (ROLES.index(entry[2]), rates.index(str(entry[3]))))
    segments, end, trained = [], 0, 0
    for name, shape, role, rate in wanted:
        segments.append(Segment(name, shape, role, end, rate))
        end = _aligned(segments[-1].end)
        trained = trained if role == "statistic" else end
    return segments, trained, end


def _waiting(segment: Segment, first: int, update: int) -> Segment:
    return replace(segment, waits=first, rate=segment.rate if update >= first else 0.0)


def initial_parameters(
    recipe: Recipe, sizes: InputSizes, segments: list[Segment], size: int, seed_key: int
) -> NDArray[np.float64]:
    """Weights by the recipe's initialisation; gains, scales, mixes and moving variances 1; learned slopes as their
    activation says; everything else 0.
    """
    parameters = np.zeros(size)
    activations = recipe.activations()
    for number, segment in enumerate(s for s in segments if s.role == "weight"):
        layer = segment.name.split(".")[0]
        chosen = recipe.initialization
        if isinstance(chosen, Automatic):
            if ".hidden" in segment.name:
                chosen = REGISTRY["initialization"][recipe.tasks.activation.initialization]()
            elif layer == "output" or segment.name.endswith("projection"):
                chosen = GlorotUniform()
            else:
                chosen = REGISTRY["initialization"][activations[int(layer[6:])].initialization]()
        weights = chosen.draw(*segment.shape, seed_key, number)
        parameters[segment.begin : segment.end] = weights.ravel()
    for segment in segments:
        if segment.role == "embedding":
            drawn = embedding_start(recipe, sizes, segment.name, segment.shape, seed_key)
            parameters[segment.begin : segment.end] = drawn
        if segment.name.endswith((".gain", ".scale", ".mix")):
            parameters[segment.begin : segment.end] = 1.0
        if segment.name.endswith(".slope"):
            parameters[segment.begin : segment.end] = activations[int(segment.layer[6:])].parameter()
        if segment.role == "statistic":
            parameters[segment.begin + segment.shape[1] : segment.end] = 1.0
    return parameters


def target_columns(kind: TargetKind, outputs: int, encoding: Encoding) -> int:
    """Columns of a target's values."""
    if kind == "tasks":
        return encoding.tasks[-1].columns[1]
    return 1 if kind in ("binary", "classes") else outputs


def compile_program(
    recipe: Recipe, encoding: Encoding, kind: TargetKind, outputs: int, capacity: int, precision: str = "float32",
    waits: Mapping[str, int] | None = None, update: int = 0,
) -> Program:  # fmt: skip
    """The program of a recipe for batches of up to `capacity` rows, seam by seam.

    waits: the first update of layers that train later than from the start; before it, as `update` tells, their program
    is that of frozen layers.
    """
    from wellfit.engines.compiled.program import emit_inputs, emit_loss, emit_network, emit_updates

    program = Program(recipe, encoding, kind, outputs, capacity, precision)
    segments, program.trained, program.parameter_count = make_segments(recipe, encoding.sizes, outputs, encoding.tasks)
    program.segments = [_waiting(segment, (waits or {}).get(segment.layer, 0), update) for segment in segments]
    program.entering = network_inputs(recipe, encoding.sizes)
    program.slots = recipe.optimizer.slot_count()
    clock = program.clock
    clock[[at.TRAINED, at.PARAMETER_COUNT]] = program.trained, program.trained
    clock[[at.SAMPLING, at.DROPS_LAST]] = recipe.sampling.replacement, recipe.sampling.drop_last
    clock[at.TARGET_COLUMNS] = target_columns(kind, outputs, encoding)
    clock[at.TARGETS] = program.buffer(int(clock[at.TARGET_COLUMNS]))
    clock[at.WEIGHTS] = program.buffer(1)
    program.optimizer_settings = program.setting(*([0.0] * COEFFICIENTS))
    x = emit_inputs.emit_inputs(program)
    program.inputs = x
    z, gradient = emit_network.emit_network(program, x)
    program.output = z
    if kind != "tasks":  # whose heads have their losses
        emit_loss.emit_loss(program, z, gradient)
    emit_updates.emit_updates(program)
    return program
