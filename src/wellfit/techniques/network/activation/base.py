"""What all activations share: their loops over a buffer, and the ones with numbers that are learned."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import Kernel, fields, helper
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique
from wellfit.techniques.layout import FORWARD_SEAM, ROWS
from wellfit.techniques.operations import Builder
from wellfit.techniques.team import ELEMENTS, part_of


class Activation(Technique):
    """An activation h = f(z), applied to each unit. Gains and bounds are what initialisation and diagnosis need."""

    title: ClassVar[str] = "Activations"
    seam: ClassVar[Seam] = "forward"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("does not move", "underfits")

    bounds: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    steady_slope: ClassVar[float] = 1.0  # f'(z) in its near-linear part
    initialization: ClassVar[str] = "he_normal"
    unit_cost: ClassVar[int] = 40  # of one unit in a prediction, as `wellfit.engines.contract.cost` counts
    learned: ClassVar[bool] = False  # its number is a parameter of the network
    value: ClassVar[Callable[[Any, Any], Any]]
    slope_of: ClassVar[Callable[[Any, Any, Any], Any]]
    formula: ClassVar[Callable[[Any, Any], Any]]

    def parameter(self) -> float:
        """The function's one number (a slope or alpha; where it is learned, its start), 0 if it has none."""
        return 0.0

    def learned_numbers(self, units: int) -> int:
        """How many numbers a layer of so many units learns."""
        return 0

    def forward(self, program: Builder, node: Any) -> None:
        z = program.wire(node.inputs[0])
        h = program.give(node, z.gradient)
        places = {
            "input": z.value, "output": h.value, "output_gradient": h.gradient, "width": node.width,
            "settings": program.setting(self.parameter()),
        }  # fmt: skip
        forward, backward = self.kernels()
        if node.arrays:
            slope, mix = (program.segment(node.arrays[use]) if use in node.arrays else None for use in ("slope", "mix"))
            forward, backward = parametric_kernels(type(self), mix is not None)
            places |= {
                "numbers": slope.begin if slope else 0, "mix": mix.begin if mix else 0,
                "unmixed": program.buffer(node.width), "by_unit": int(slope is not None and slope.shape[0] > 1),
                "frozen": int(slope is not None and slope.frozen) + 2 * int(mix is not None and mix.frozen),
            }  # fmt: skip
        program.emit(FORWARD_SEAM, forward, backward if z.gradient >= 0 else None, layer=node.name, **places)

    def onnx(self, graph: Any, z: str, a: NDArray[np.float32]) -> str:
        """f(z) in operations of ONNX: the name of the result.

        graph: a `wellfit.models.export.graph.Graph`. a: the function's number (1,), or a learned one for each unit.
        """
        raise InputError(f"The activation {type(self).__name__} cannot be exported to ONNX: train with another one.")

    @classmethod
    def kernels(cls) -> tuple[Kernel, Kernel]:
        """The forward and the backward kernel."""
        return activation_kernels(cls)

    def __call__(self, z: NDArray[Any], parameter: Any = None) -> NDArray[np.float64]:
        """f(z) in float64 NumPy: for charts, prediction without compiled code, and as a reference.

        z: (..., units). parameter: the function's number, or a learned one for each unit; by default as it starts.
        """
        a = np.float64(self.parameter()) if parameter is None else np.asarray(parameter, np.float64)
        with np.errstate(over="ignore"):
            return np.asarray(type(self).formula(np.asarray(z, np.float64), a), np.float64)


ACTIVATION = fields("input output output_gradient width settings")


@functools.cache
def activation_kernels(cls: type[Activation]) -> tuple[Kernel, Kernel]:
    """Loops over a buffer of (rows, units), made once for each activation from its two scalar functions."""
    value, slope_of = cls.value, cls.slope_of

    def forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        begin, end = part_of(clock[ROWS] * row[ACTIVATION.width], ELEMENTS, clock)
        z = work[row[ACTIVATION.input] + begin : row[ACTIVATION.input] + end]
        h = work[row[ACTIVATION.output] + begin : row[ACTIVATION.output] + end]
        a = settings[row[ACTIVATION.settings]]
        for i in range(end - begin):
            h[i] = value(z[i], a)

    def backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        begin, end = part_of(clock[ROWS] * row[ACTIVATION.width], ELEMENTS, clock)
        z = work[row[ACTIVATION.input] + begin : row[ACTIVATION.input] + end]
        h = work[row[ACTIVATION.output] + begin : row[ACTIVATION.output] + end]
        # In place: the input's gradient is the same buffer.
        g = work[row[ACTIVATION.output_gradient] + begin : row[ACTIVATION.output_gradient] + end]
        a = settings[row[ACTIVATION.settings]]
        for i in range(end - begin):
            g[i] *= slope_of(z[i], h[i], a)

    for function in (forward, backward):
        _named(function, f"{cls.__name__}.{function.__name__}", cls)
    return Kernel(forward, ACTIVATION, shared=True), Kernel(backward, ACTIVATION, shared=True)


LEARNED = fields("input output output_gradient width settings numbers mix unmixed by_unit frozen")


@functools.cache
def parametric_kernels(cls: type[Activation], mixed: bool) -> tuple[Kernel, Kernel]:
    """As `activation_kernels`, with a learned number, a learned mix (1 - m) z + m f(z), or both.

    numbers: the learned ones, one a layer, or one a unit where by_unit is 1. mix: m, one a unit. unmixed: f(z), where
    mixed. frozen: 1 the numbers, 2 the mix.
    """
    value, slope_of, learned = cls.value, cls.slope_of, cls.learned

    def forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        rows, units = clock[ROWS], row[LEARNED.width]
        a, one = settings[row[LEARNED.settings]], constant(1, work[0])
        mix = parameters[row[LEARNED.mix] : row[LEARNED.mix] + units]
        for i in range(rows):
            here = i * units
            z, h = work[row[LEARNED.input] + here :], work[row[LEARNED.output] + here :]
            f = work[row[LEARNED.unmixed] + here :]
            for j in range(units):
                if learned:
                    a = parameters[row[LEARNED.numbers] + j * row[LEARNED.by_unit]]
                if mixed:
                    f[j] = value(z[j], a)
                    h[j] = (one - mix[j]) * z[j] + mix[j] * f[j]
                else:
                    h[j] = value(z[j], a)

    def backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
        rows, units = clock[ROWS], row[LEARNED.width]
        a, one, zero = settings[row[LEARNED.settings]], constant(1, work[0]), constant(0, work[0])
        mix = parameters[row[LEARNED.mix] : row[LEARNED.mix] + units]
        g_mix = gradient[row[LEARNED.mix] : row[LEARNED.mix] + units]
        g_a = gradient[row[LEARNED.numbers] : row[LEARNED.numbers] + 1 + (units - 1) * row[LEARNED.by_unit]]
        moves, mixes = learned and row[LEARNED.frozen] & 1 == 0, mixed and row[LEARNED.frozen] & 2 == 0
        if moves:
            g_a[:] = zero
        if mixes:
            g_mix[:] = zero
        total = 0.0
        for i in range(rows):
            here = i * units
            z, g = work[row[LEARNED.input] + here :], work[row[LEARNED.output_gradient] + here :]
            f = work[(row[LEARNED.unmixed] if mixed else row[LEARNED.output]) + here :]
            if mixes:
                for j in range(units):
                    g_mix[j] += g[j] * (f[j] - z[j])
            if moves:  # of f by its number: z below 0, else nothing
                along = zero
                for j in range(units):
                    own = zero if z[j] > zero else g[j] * z[j] * (mix[j] if mixed else one)
                    if row[LEARNED.by_unit] == 1:
                        g_a[j] += own
                    along += own
                total += along
            for j in range(units):
                if learned:
                    a = parameters[row[LEARNED.numbers] + j * row[LEARNED.by_unit]]
                if mixed:
                    g[j] *= one - mix[j] + mix[j] * slope_of(z[j], f[j], a)
                else:
                    g[j] *= slope_of(z[j], f[j], a)
        if moves and row[LEARNED.by_unit] == 0:
            g_a[0] = total

    for function in (forward, backward):
        _named(function, f"{cls.__name__}.{'mixed' if mixed else 'learned'}.{function.__name__}", cls)
    return Kernel(forward, LEARNED), Kernel(backward, LEARNED)


def _named(function: Callable[..., None], name: str, cls: type[Activation]) -> None:
    """As if it stood in the activation's own module, whose source its machine code hangs on."""
    function.__qualname__, function.__module__ = name, cls.__module__


def define(
    cls: type[Activation], value: Callable[..., Any], slope_of: Callable[..., Any], formula: Callable[..., Any]
) -> None:
    """value, slope_of: of one number, for the kernels. formula: the same as value, of a NumPy array."""
    cls.value, cls.slope_of = staticmethod(helper(value)), staticmethod(helper(slope_of))
    cls.formula = staticmethod(formula)
