"""A recipe compiled to a program: a list of operations, segments of parameters, and where everything lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.layers import LayerPlan, Node
from wellfit.engines.contract.segments import ALIGNMENT, TRAINED_ROLES, Segment, aligned
from wellfit.engines.numpy.embed import bin_tables
from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.tables.arrays import TargetKind
from wellfit.tables.encoding import Encoding
from wellfit.techniques import layout as at
from wellfit.techniques.operations import NOWHERE, Operation, Wire, lowered
from wellfit.techniques.targets.label_changes import write_out_classes
from wellfit.techniques.update.schedule import Schedule, Scheduled
from wellfit.techniques.update.update import COEFFICIENTS

WEIGHTS = ("weight",)


@dataclass
class Program:
    """What the compiled step runs for one recipe, encoding and batch capacity. Offsets are in floats."""

    recipe: Recipe
    encoding: Encoding
    kind: TargetKind
    outputs: int  # of the network
    capacity: int  # rows that the buffers hold
    precision: str
    operations: list[Operation] = field(default_factory=list)  # those of one seam in the order in which they run
    technique: str = ""  # whose operations are being put in
    settings: list[float] = field(default_factory=list)
    strengths: list[tuple[int, float, Schedule]] = field(default_factory=list)  # scheduled: (setting, value, schedule)
    segments: list[Segment] = field(default_factory=list)
    work_size: int = 0
    inputs: int = 0  # where the encoded inputs (rows, encoding.width) start in `work`
    input_gradient: int = -1  # where the gradient by them starts, -1: nobody asks for it
    entering_gradient: int = -1  # where the gradient by them starts, -1: nobody asks for it
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
    followers: list[tuple[int, Callable[[NDArray[np.float64], Any], NDArray[np.float64]]]] = field(default_factory=list)
    plan: LayerPlan = field(default_factory=lambda: LayerPlan((), 0))
    wires: dict[str, Wire] = field(default_factory=dict)  # what the nodes of the plan give
    scratch: int = 0  # where a scratch buffer (rows, widest layer) starts in `work`
    clock: NDArray[np.int64] = field(default_factory=lambda: np.zeros(at.CLOCK_SIZE, np.int64))

    __repr__ = short_repr

    def buffer(self, width: int, rows: int | None = None) -> int:
        """Reserve (rows, width) floats of the workspace."""
        begin = self.work_size
        self.work_size = aligned(begin + (rows or self.capacity) * width)
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

    def paced(self, setting: int, values: Callable[[NDArray[np.float64], Any], NDArray[np.float64]]) -> None:
        """Let a setting follow values(updates t (count,), horizon) (count,)."""
        self.followers.append((setting, values))

    def emit(
        self, seam: int, kernel: Any, backward: Any = None, *, layer: str = "", first: bool = False, **places: int
    ) -> None:
        """Add an operation. first: before all others at its seam. places: by the names that the kernel declares."""
        operation = Operation(seam, kernel, backward, self.technique, layer, places)
        self.operations.insert(0 if first else len(self.operations), operation)

    def lowered(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The operations as rows of integers grouped by seam, and each seam's first and end row (SEAMS, 2)."""
        return lowered(self.operations, self.precision)

    def at_seam(self, seam: int) -> list[Operation]:
        """The operations at a seam, in the order in which they run."""
        return [operation for operation in self.operations if operation.seam == seam]

    def wire(self, name: str) -> Wire:
        """What a node of the layer plan has given."""
        return self.wires[name]

    def give(self, node: Node, gradient: int = NOWHERE) -> Wire:
        """Reserve what a node gives. gradient: where its gradient lies."""
        self.wires[node.name] = Wire(self.buffer(node.width), gradient, node.width)
        return self.wires[node.name]

    def give_again(self, node: Node, wire: Wire) -> None:
        """A node that gives what it reads."""
        self.wires[node.name] = wire

    def adds(self, node: Node, name: str) -> bool:
        """Whether a node adds to the gradient of what it reads: another node, which comes after it and so before it on
        the way back, has then written there.
        """
        writers = [reader for reader in self.plan.readers(name) if reader.kind in ("embed", "linear", "join", "add")]
        return writers[-1] is not node

    def bin_tables(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Of each number the lower edges of its bins as the network sees numbers, and one over their widths."""
        return bin_tables(self.encoding)

    def targets(self, soft: bool = False) -> tuple[int, int]:
        """Where the batch's targets start in the workspace, and how many columns they have.

        soft: with a column a class. They are written out where somebody asks for it first.
        """
        if self.kind == "classes" and soft and self.soft_targets < 0:
            self.soft_targets = self.buffer(self.outputs)
            where = int(self.clock[at.TARGETS])
            write_out_classes(self, where, self.soft_targets)
        if self.soft_targets >= 0:
            return self.soft_targets, self.outputs
        return int(self.clock[at.TARGETS]), int(self.clock[at.TARGET_COLUMNS])

    def runs(
        self, biases: bool, treatment: Callable[[Segment], Any] = lambda segment: None
    ) -> list[tuple[int, int, Any]]:
        """Longest runs of neighbouring trained weights (and all else that is trained, if `biases`) that get one
        treatment: begin, end, treatment.

        Frozen segments are left out. Gaps between segments, which hold zeros, lie inside a run.
        """
        runs: list[tuple[int, int, Any]] = []
        for segment in self.segments:
            if segment.role not in (TRAINED_ROLES if biases else WEIGHTS) or segment.frozen:
                continue
            treated = treatment(segment)
            begin, end, before = runs[-1] if runs else (0, 0, None)
            if runs and segment.begin - end < ALIGNMENT and str(before) == str(treated):
                runs[-1] = (begin, segment.end, treated)
            else:
                runs.append((segment.begin, segment.end, treated))
        return runs

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
