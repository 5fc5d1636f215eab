"""Operations: what techniques put at the seams of the training step, as values; and what they may ask while they do so.

A program is a list of operations. They are lowered to rows of integers last, when the compiled step takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.kernel import BACKWARD, FIRST_FIELD, FORWARD, SHARED_BACKWARD, SHARED_FORWARD, Kernel
from wellfit.techniques import layout as at

NOWHERE = -1  # of a place: there is none


@dataclass(frozen=True)
class Operation:
    """One call of a kernel at a seam.

    seam: one of `wellfit.techniques.layout`. technique: the family that put it there ("dropout"); "" for the network's
    skeleton. layer: the node of the layer plan, or the part of the parameters, that it works on. kernel: the only one,
    or the forward one. backward: run in the opposite order, or None.
    places: where in the workspace, the parameters and the settings lie what the kernels name in their `fields`, and the
        sizes of it, in floats.
    """

    seam: int
    kernel: Kernel
    backward: Kernel | None = None
    technique: str = ""
    layer: str = ""
    places: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = self.kernel.fields
        if set(named) != set(self.places):
            missing, unknown = set(named) - set(self.places), set(self.places) - set(named)
            raise TypeError(
                f"{self.kernel} reads {named}: missing are {missing or 'none'}, unknown {unknown or 'none'}."
            )
        if self.backward is not None and self.backward.fields != named:
            raise TypeError(f"{self.backward} and {self.kernel} read different fields.")

    def row(self, precision: str, length: int) -> NDArray[np.int64]:
        """The operation as integers, for the compiled step. length: of the longest row in the program."""
        row = np.zeros(length, np.int64)
        for kernel, called, shared in (
            (self.kernel, FORWARD, SHARED_FORWARD),
            (self.backward, BACKWARD, SHARED_BACKWARD),
        ):
            row[called] = 0 if kernel is None else kernel.address(precision)
            row[shared] = row[called] if kernel is not None and kernel.shared else 0
        for place, name in enumerate(self.kernel.fields):
            row[FIRST_FIELD + place] = self.places[name]
        return row


def lowered(operations: Sequence[Operation], precision: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows grouped by seam, each seam's in the order given; and each seam's first and end row (SEAMS, 2)."""
    ordered = sorted(operations, key=lambda operation: operation.seam)
    longest = FIRST_FIELD + max(len(operation.kernel.fields) for operation in ordered)
    rows = np.array([operation.row(precision, longest) for operation in ordered])
    seams = np.array([operation.seam for operation in ordered])
    bounds = [[np.searchsorted(seams, s), np.searchsorted(seams, s, side="right")] for s in range(at.SEAMS)]
    return rows, np.array(bounds, dtype=np.int64)


class Wire(NamedTuple):
    """What a node of the layer plan gives: where its values (rows, width) start in the workspace, and their gradient;
    NOWHERE, where nobody asks for the gradient.
    """

    value: int
    gradient: int
    width: int


class Builder(Protocol):
    """What a technique may ask of the program in which it puts its operations. Places are counted in floats."""

    recipe: Any  # wellfit.Recipe
    encoding: Any  # what the member makes of raw columns: `wellfit.tables.encoding.Encoding`
    kind: Any  # of the target: "binary", "classes", "labels", "numbers", "counts" or "tasks"
    outputs: int  # of the network
    segments: Any  # of the parameters: `wellfit.engines.contract.segments.Segment`
    trained: int  # how many floats of the parameters are trained
    precision: str  # "float32" or "float64"
    clock: NDArray[np.int64]
    inputs: int  # where the encoded inputs (rows, encoding.width) start in the workspace
    input_gradient: int  # where the gradient by them starts; NOWHERE: nobody asks for it
    entering_gradient: int  # where the gradient by the network's inputs starts
    scratch: int  # where a scratch buffer (rows, widest layer) starts in the workspace
    plan: Any  # the layer plan: `wellfit.engines.contract.layers.LayerPlan`
    optimizer_settings: int  # where the optimiser's coefficients start in the settings

    shrinkage: list[tuple[int, Any, Any]]  # decoupled decay: setting, strength, factor of the rate (None: without it)
    priors: list[int]  # settings that wait for the number of rows
    average_slot: int  # where the averaged parameters start in the state; NOWHERE: nothing is averaged

    def emit(
        self, seam: int, kernel: Any, backward: Any = None, *, layer: str = "", first: bool = False, **places: int
    ) -> None:
        """Add an operation. first: before all others at its seam."""

    def buffer(self, width: int, rows: int | None = None) -> int:
        """Reserve (rows, width) floats of the workspace; rows: default those of a batch."""

    def setting(self, *values: Any) -> int:
        """Add settings; one that carries a schedule follows it."""

    def paced(self, setting: int, values: Callable[[NDArray[np.float64], Any], NDArray[np.float64]]) -> None:
        """Let a setting follow values(updates t (count,), horizon) (count,)."""

    def coefficients_from(self, first: int) -> int:
        """Where the optimiser's coefficients start in the settings, for segments that train from a first update on."""

    def slot(self, copies_parameters: bool = False, size: int | None = None) -> int:
        """Reserve an array beside the parameters, of as many floats as are trained, or of at least `size`."""

    def segment(self, name: str) -> Any:
        """The segment of a name."""

    def runs(self, biases: bool, treatment: Callable[[Any], Any] = ...) -> list[tuple[int, int, Any]]:
        """Longest runs of neighbouring trained weights (and all else that is trained, if `biases`) that get one
        treatment: begin, end, treatment.
        """

    def give_again(self, node: Any, wire: Wire) -> None:
        """A node gives what it reads."""

    def trains(self, *layers: str) -> bool:
        """Whether any of these layers has a segment that is trained, so that gradients must reach it."""

    def adds(self, node: Any, name: str) -> bool:
        """Whether a node adds to the gradient of what it reads, instead of writing it."""

    def bin_tables(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Of each number the lower edges of its bins as the network sees numbers, and one over their widths."""

    def targets(self, soft: bool = False) -> tuple[int, int]:
        """Where the batch's targets start in the workspace, and how many columns they have. soft: with a column a
        class, as whoever changes them gradually asks.
        """

    def wire(self, name: str) -> Wire:
        """What a node of the layer plan has given."""

    def give(self, node: Any, gradient: int) -> Wire:
        """Reserve what a node gives; its gradient lies where said, NOWHERE, or in a buffer of its own (`buffer`)."""


def of_layer(strength: Any, layer: str) -> Any:
    """A layer's strength: the one of all layers, or of a list the layer's own. What comes before the first hidden layer
    counts to that.
    """
    if not isinstance(strength, tuple):
        return strength
    if layer == "input":
        return strength[0]
    return strength[int(layer[6:])] if layer.startswith("hidden") else strength[-1]
