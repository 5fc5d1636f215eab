"""The dense layer and the two ways of joining layers: kernels of the network's skeleton, which every recipe has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, helper, kernel
from wellfit.numerics.product import product, product_plus, product_transposed, transposed_product
from wellfit.numerics.wide_product import is_wide, wide_product
from wellfit.techniques.layout import FORWARD_SEAM, MODE, PART, PREDICTING, ROWS
from wellfit.techniques.network.sharing import add_again, nothing, parts_used_again, set_aside
from wellfit.techniques.operations import NOWHERE, Builder, Wire
from wellfit.techniques.team import COLUMNS, ELEMENTS, INPUTS, part_of


@helper
def matrix(buffer: Any, start: Any, rows: Any, columns: Any) -> Any:
    """A (rows, columns) view of a flat buffer."""
    return buffer[start : start + rows * columns].reshape(rows, columns)


LINEAR = fields("input output input_gradient output_gradient fan_in units weight bias frozen accumulates scratch")


@kernel(LINEAR, shared=True)
def linear_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Y = X W + b, with X (rows, fan_in), W (fan_in, fan_out). Threads share the units."""
    rows, fan_in, fan_out = clock[ROWS], row[LINEAR.fan_in], row[LINEAR.units]
    y = matrix(work, row[LINEAR.output], rows, fan_out)
    x, w = matrix(work, row[LINEAR.input], rows, fan_in), matrix(parameters, row[LINEAR.weight], fan_in, fan_out)
    if clock[MODE] != PREDICTING and is_wide(fan_in, fan_out):
        wide_forward(x, w, y, row, parameters, clock)
        return
    begin, end = part_of(fan_out, COLUMNS, clock)
    if row[LINEAR.bias] >= 0:
        product_plus(x, w, parameters[row[LINEAR.bias] : row[LINEAR.bias] + fan_out], y, begin, end)
    else:
        product(x, w, y, begin, end)


@helper
def wide_forward(x: Any, w: Any, y: Any, row: Any, parameters: Any, clock: Any) -> None:
    """Y = X W + b by a BLAS, whose bits hang on the whole of the matrices: one thread computes it."""
    if clock[PART] > 0:
        return
    wide_product(x, False, w, False, y)
    if row[LINEAR.bias] >= 0:
        b = parameters[row[LINEAR.bias] : row[LINEAR.bias] + y.shape[1]]
        for i in range(y.shape[0]):
            for j in range(y.shape[1]):
                y[i, j] += b[j]


@kernel(LINEAR, shared=True)
def linear_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """dW = X' dY, db = column sums of dY, dX = dY W'. Threads share the inputs, and the units for the biases."""
    rows, fan_in, fan_out = clock[ROWS], row[LINEAR.fan_in], row[LINEAR.units]
    g = matrix(work, row[LINEAR.output_gradient], rows, fan_out)
    x = matrix(work, row[LINEAR.input], rows, fan_in)
    wide = is_wide(fan_in, fan_out)
    if row[LINEAR.frozen] & 1 == 0:
        dw = matrix(gradient, row[LINEAR.weight], fan_in, fan_out)
        if not wide:
            begin, end = part_of(fan_in, INPUTS, clock)
            transposed_product(x, g, dw, begin, end)
        elif clock[PART] == 0:
            wide_product(x, True, g, False, dw)
    if row[LINEAR.frozen] & 2 == 0 and row[LINEAR.bias] >= 0:
        gb = gradient[row[LINEAR.bias] : row[LINEAR.bias] + fan_out]
        begin, end = part_of(fan_out, COLUMNS, clock)
        gb[begin:end] = constant(0, gb[0])
        for i in range(rows):
            for j in range(np.uint64(begin), np.uint64(end)):
                gb[j] += g[i, j]
    if row[LINEAR.input_gradient] >= 0:
        w = matrix(parameters, row[LINEAR.weight], fan_in, fan_out)
        place = row[LINEAR.input_gradient] if row[LINEAR.accumulates] == 0 else row[LINEAR.scratch]
        dx, gx = matrix(work, place, rows, fan_in), matrix(work, row[LINEAR.input_gradient], rows, fan_in)
        begin, end = part_of(fan_in, COLUMNS, clock)
        if not wide:
            product_transposed(g, w, dx, begin, end)
        elif clock[PART] == 0:
            wide_product(g, False, w, True, dx)
            begin, end = 0, fan_in
        else:
            begin = end
        if row[LINEAR.accumulates]:
            for i in range(rows):
                for j in range(np.uint64(begin), np.uint64(end)):
                    gx[i, j] += dx[i, j]


ADD = fields("input other output output_gradient other_gradient width accumulates")


@kernel(ADD, shared=True)
def add_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Residual connection: the sum of two buffers of one width."""
    begin, end = part_of(clock[ROWS] * row[ADD.width], ELEMENTS, clock)
    a, b = work[row[ADD.input] + begin : row[ADD.input] + end], work[row[ADD.other] + begin : row[ADD.other] + end]
    y = work[row[ADD.output] + begin : row[ADD.output] + end]
    for i in range(end - begin):
        y[i] = a[i] + b[i]


@kernel(ADD, shared=True)
def add_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """The first input's gradient is the output's own buffer; the second gets a copy or a sum."""
    begin, end = part_of(clock[ROWS] * row[ADD.width], ELEMENTS, clock)
    g = work[row[ADD.output_gradient] + begin : row[ADD.output_gradient] + end]
    gb = work[row[ADD.other_gradient] + begin : row[ADD.other_gradient] + end]
    if row[ADD.accumulates] == 0:
        for i in range(end - begin):
            gb[i] = g[i]
    else:
        for i in range(end - begin):
            gb[i] += g[i]


JOIN = fields("input other output input_gradient other_gradient output_gradient width other_width accumulates")


@kernel(JOIN)
def join_forward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Concatenation: [A, B] side by side."""
    rows, first, second = clock[ROWS], row[JOIN.width], row[JOIN.other_width]
    a, b = matrix(work, row[JOIN.input], rows, first), matrix(work, row[JOIN.other], rows, second)
    y = matrix(work, row[JOIN.output], rows, first + second)
    for i in range(rows):
        y[i, :first] = a[i]
        y[i, first:] = b[i]


@kernel(JOIN)
def join_backward(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """A's gradient is written; B's, where somebody asks for it, written or added to."""
    rows, first, second = clock[ROWS], row[JOIN.width], row[JOIN.other_width]
    g = matrix(work, row[JOIN.output_gradient], rows, first + second)
    ga = matrix(work, row[JOIN.input_gradient], rows, first)
    for i in range(rows):
        ga[i] = g[i, :first]
    if row[JOIN.other_gradient] >= 0:
        gb = matrix(work, row[JOIN.other_gradient], rows, second)
        for i in range(rows):
            for j in range(second):
                gb[i, j] = g[i, first + j] if row[JOIN.accumulates] == 0 else gb[i, j] + g[i, first + j]


def put_linear(program: Builder, node: Any) -> None:
    """A dense layer; its gradient has a buffer of its own, where it or anything below it is trained."""
    x, weight = program.wire(node.inputs[0]), program.segment(node.arrays["weight"])
    bias = program.segment(node.arrays["bias"]) if "bias" in node.arrays else None
    reached = x.gradient >= 0 or program.trains(node.layer, weight.layer) or node.layer == "output"
    y = program.give(node, program.buffer(node.width) if reached else NOWHERE)
    again = parts_used_again(program, node, (weight, bias)) if reached else []
    for places in again:
        program.emit(FORWARD_SEAM, nothing, add_again, layer=node.name, **places)
    program.emit(
        FORWARD_SEAM, linear_forward, linear_backward if reached else None, layer=node.name, input=x.value,
        output=y.value, input_gradient=x.gradient, output_gradient=y.gradient, fan_in=weight.shape[0],
        units=weight.shape[1], weight=weight.begin, bias=NOWHERE if bias is None else bias.begin,
        frozen=int(weight.frozen) + 2 * int(bias is not None and bias.frozen),
        accumulates=int(program.adds(node, node.inputs[0])), scratch=program.scratch,
    )  # fmt: skip
    for places in again:
        program.emit(FORWARD_SEAM, nothing, set_aside, layer=node.name, **places)


def put_add(program: Builder, node: Any) -> None:
    """h + other. On the way back it comes before the layer's own operations, so it writes first."""
    h, other = (program.wire(name) for name in node.inputs)
    y = program.give(node, h.gradient)
    program.emit(
        FORWARD_SEAM, add_forward, add_backward if other.gradient >= 0 else None, layer=node.name, input=h.value,
        other=other.value, output=y.value, output_gradient=y.gradient, other_gradient=other.gradient, width=node.width,
        accumulates=int(program.adds(node, node.inputs[1])),
    )  # fmt: skip


def put_join(program: Builder, node: Any) -> None:
    """All inputs side by side, two at a time. Outputs of heads, which end here, get no gradient from it."""
    wires = [program.wire(name) for name in node.inputs]
    first, ends = wires[0], node.name == "output"
    for k, (name, second) in enumerate(zip(node.inputs[1:], wires[1:], strict=True)):
        width, last = first.width + second.width, k == len(wires) - 2
        reached = first.gradient >= 0 and not ends
        gradient = program.buffer(width) if reached else NOWHERE
        y = program.give(node, gradient) if last else Wire(program.buffer(width), gradient, width)
        program.emit(
            FORWARD_SEAM, join_forward, join_backward if reached else None, layer=node.name, input=first.value,
            other=second.value, output=y.value, input_gradient=first.gradient, other_gradient=second.gradient,
            output_gradient=gradient, width=first.width, other_width=second.width,
            accumulates=int(program.adds(node, name)),
        )  # fmt: skip
        first = y
    if len(wires) == 1:
        program.give_again(node, first)


# What puts the operations of nodes in which no technique acts, by their kind.
SKELETON: dict[str, Callable[[Builder, Any], None]] = {"linear": put_linear, "add": put_add, "join": put_join}
