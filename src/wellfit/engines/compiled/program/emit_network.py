"""The operations of the network: from the encoded inputs through the layers to the raw outputs."""

from __future__ import annotations

from typing import Any

from wellfit.engines.compiled.program.emit_embedding import emit_embedding
from wellfit.engines.compiled.program.emit_sharing import emit_spread, parts_used_again
from wellfit.engines.compiled.program.layers import Layer, layers_of, output_fan_in
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.contract.segments import Segment
from wellfit.techniques import layout as at
from wellfit.techniques.network import linear
from wellfit.techniques.network.activation import parametric_kernels
from wellfit.techniques.network.dropout import dropout_backward, dropout_forward
from wellfit.techniques.network.normalization import fixed_backward, fixed_forward
from wellfit.techniques.network.sharing import add_again, nothing, set_aside
from wellfit.techniques.penalties.activity import activity_backward, activity_forward
from wellfit.techniques.rows.adversarial import attack_backward, attack_forward
from wellfit.techniques.update.schedule import is_on


def emit_network(program: Program, x: int) -> tuple[int, int]:
    """Forward operations from the inputs to the raw outputs. Returns where the outputs and their gradient start."""
    recipe, width, outputs, encoded = program.recipe, program.entering, program.outputs, x
    x, program.entering_gradient = emit_embedding(program, encoded, wants_input_gradient(program))
    _emit_attack(program, encoded)
    layers = layers_of(recipe, width)
    widest = max([width, *(max(layer.fan_in, layer.units) for layer in layers), output_fan_in(recipe, width)])
    scratch = program.buffer(widest)
    if is_on(recipe.dropout.input_rate):
        x = _emit_dropout(program, recipe.dropout.input_rate, x, program.entering_gradient, width, salt=0)
    h, gradient = _emit_hidden(program, layers, x, scratch)
    if recipe.skip == "concatenate" and layers:
        h, gradient = _emit_join(program, h, gradient, layers[-1].units, x, first_backwards=True)
    if program.kind == "tasks":
        from wellfit.engines.compiled.program.emit_tasks import emit_heads  # which builds on this module

        return emit_heads(program, h, gradient, scratch), -1
    weight, bias = program.segment("output.weight"), program.segment("output.bias")
    z, z_gradient = program.buffer(outputs), program.buffer(outputs)
    emit_linear(program, h, z, gradient, z_gradient, weight, bias, scratch)
    return z, z_gradient


def wants_input_gradient(program: Program) -> bool:
    """Whether something needs the gradient of the loss by the encoded input."""
    return is_on(program.recipe.adversarial.epsilon)


def _emit_attack(program: Program, x: int) -> None:
    """What changes the encoded inputs at x against the network, once their gradient is known."""
    chosen, width = program.recipe.adversarial, program.encoding.width
    if is_on(chosen.epsilon):
        program.clock[at.ATTACKS] = chosen.steps + chosen.random_start
        program.emit(
            at.ATTACK_SEAM, attack_forward, attack_backward, input=x, output_gradient=program.input_gradient,
            width=width, width_2=len(program.encoding.centre), settings=program.setting(*chosen.settings()),
            extra=program.buffer(width), input_2=program.buffer(program.trained, rows=1),
        )  # fmt: skip


def _emit_hidden(program: Program, layers: list[Layer], x: int, scratch: int) -> tuple[int, int]:
    """The hidden layers with their skip connections. Returns where the last one's output and its gradient start."""
    skip, width = program.recipe.skip, program.entering
    h, gradient, joined = x, program.entering_gradient, skip == "concatenate" and bool(layers)
    for layer in layers:
        source, source_gradient, source_width = h, gradient, width
        if skip == "concatenate" and layer.index > 0:
            h, gradient = _emit_join(program, h, gradient, width, x, first_backwards=False)
        # A gradient to which a connection has already written, backwards, is added to.
        adds = (skip == "residual" and layer.index > 0) or (joined and layer.index == 0)
        h, gradient = _emit_layer(program, layer, h, gradient, scratch, adds)
        if skip == "residual" and layer.index > 0:
            h = _emit_residual(program, layer, h, gradient, source, source_gradient, source_width, scratch)
        width = layer.units
    return h, gradient


def emit_linear(
    program: Program, x: int, y: int, x_gradient: int, y_gradient: int, weight: Segment, bias: Segment | None,
    scratch: int, adds: bool = False,
) -> None:  # fmt: skip
    """A dense layer from x to y. adds: its gradient by x is added to what is there."""
    backward = linear.linear_backward if y_gradient >= 0 else None
    program.emit(
        at.FORWARD_SEAM, linear.linear_forward, backward, input=x, output=y, input_gradient=x_gradient,
        output_gradient=y_gradient, width_in=weight.shape[0], width=weight.shape[1], parameters=weight.begin,
        parameters_2=-1 if bias is None else bias.begin, scratch=scratch, accumulate=int(adds),
        frozen=int(weight.frozen) + 2 * int(bias is not None and bias.frozen),
    )  # fmt: skip


def _emit_layer(program: Program, layer: Layer, h: int, gradient: int, scratch: int, adds: bool) -> tuple[int, int]:
    """linear -> normalise -> activate -> drop; the gradient of all four lies in one buffer, changed in place.

    Where neither this layer nor what lies below it is trained, there is no backward pass: the gradient is then -1.
    """
    recipe, name = program.recipe, f"hidden{layer.index}"
    owner = f"hidden{layer.owner}"
    weight, bias = program.segment(f"{owner}.weight"), program.segment(f"{owner}.bias") if layer.bias else None
    z = program.buffer(layer.columns)
    z_gradient = program.buffer(layer.columns) if gradient >= 0 or program.trains(name, owner) else -1
    again = parts_used_again(program, layer, (weight, bias)) if z_gradient >= 0 else []
    for columns in again:
        program.emit(at.FORWARD_SEAM, nothing, add_again, **columns)
    emit_linear(program, h, z, gradient, z_gradient, weight, bias, scratch, adds)
    for columns in again:
        program.emit(at.FORWARD_SEAM, nothing, set_aside, **columns)
    if layer.columns < layer.units:
        z, z_gradient = emit_spread(program, layer, z, z_gradient)
    position = recipe.normalization.position
    if layer.normalised and position == "before":
        z = _emit_normalization(program, layer, z, z_gradient)
    h = _emit_activation(program, layer, z, z_gradient)
    _emit_activity(program, layer, h, z_gradient)
    if layer.normalised and position == "after":
        h = _emit_normalization(program, layer, h, z_gradient)
    rate = recipe.dropout_rates()[layer.index]
    if is_on(rate):
        h = _emit_dropout(program, rate, h, z_gradient, layer.units, salt=layer.index + 1)
    return h, z_gradient


def _emit_activation(program: Program, layer: Layer, z: int, gradient: int) -> int:
    activation, units = program.recipe.activations()[layer.index], layer.units
    h, where = program.buffer(units), program.setting(activation.parameter())
    common = {"input": z, "output": h, "output_gradient": gradient, "width_in": units, "width": units}
    mixed = is_on(program.recipe.activation_mix.rate)
    if not (activation.learned or mixed):
        forward, backward = activation.kernels()
        program.emit(at.FORWARD_SEAM, forward, backward if gradient >= 0 else None, settings=where, **common)
        return h
    slope = program.segment(f"hidden{layer.index}.slope") if activation.learned else None
    mix = program.segment(f"hidden{layer.index}.mix") if mixed else None
    forward, backward = parametric_kernels(type(activation), mixed)
    program.emit(
        at.FORWARD_SEAM, forward, backward if gradient >= 0 else None, settings=where, extra=program.buffer(units),
        parameters=slope.begin if slope else 0, parameters_2=mix.begin if mix else 0,
        width_2=int(slope is not None and slope.shape[0] > 1),
        frozen=int(slope is not None and slope.frozen) + 2 * int(mix is not None and mix.frozen), **common,
    )  # fmt: skip
    return h


def _emit_activity(program: Program, layer: Layer, h: int, gradient: int) -> None:
    strength = program.recipe.activity_strengths()[layer.index]
    if is_on(strength):
        program.emit(
            at.FORWARD_SEAM, activity_forward, activity_backward if gradient >= 0 else None, input=h,
            output_gradient=gradient, width=layer.units, settings=program.setting(strength),
        )  # fmt: skip


def _emit_normalization(program: Program, layer: Layer, x: int, gradient: int) -> int:
    name, chosen, units = f"hidden{layer.index}", program.recipe.normalization, layer.units
    y, frozen = program.buffer(units), program.segment(f"{name}.gain").frozen
    extra = program.buffer(units, rows=2) if chosen.has_statistics else program.buffer(2)
    statistics = program.segment(f"{name}.statistics").begin if chosen.has_statistics else -1
    settings = (chosen.momentum, chosen.epsilon) if chosen.has_statistics else (chosen.epsilon,)
    forward, backward = (fixed_forward, fixed_backward) if frozen and chosen.has_statistics else chosen.kernels
    program.emit(
        at.FORWARD_SEAM, forward, backward if gradient >= 0 else None, input=x, output=y,
        output_gradient=gradient, width_in=units, width=units,
        parameters=program.segment(f"{name}.gain").begin, parameters_2=program.segment(f"{name}.shift").begin,
        settings=program.setting(*settings), extra=extra, statistics=statistics, frozen=int(frozen),
    )  # fmt: skip
    return y


def _emit_dropout(program: Program, rate: Any, x: int, gradient: int, units: int, salt: int) -> int:
    y, mask = program.buffer(units), program.buffer(units)
    where = program.setting(rate, program.recipe.dropout.form == "classic")
    program.emit(
        at.FORWARD_SEAM, dropout_forward, dropout_backward if gradient >= 0 else None, input=x, output=y,
        output_gradient=gradient, width_in=units, width=units, settings=where, extra=mask, salt=salt,
    )  # fmt: skip
    return y


def _emit_residual(
    program: Program, layer: Layer, h: int, gradient: int, source: int, source_gradient: int, width: int, scratch: int
) -> int:
    """h + source, or h + source P where widths differ. Runs before the layer's own backward, so it writes first."""
    other, other_gradient = source, source_gradient
    if layer.projection:
        other, other_gradient = program.buffer(layer.units), program.buffer(layer.units) if gradient >= 0 else -1
        segment = program.segment(f"hidden{layer.index}.projection")
        emit_linear(program, source, other, source_gradient, other_gradient, segment, None, scratch)
    y, backward = program.buffer(layer.units), linear.add_backward if other_gradient >= 0 else None
    program.emit(
        at.FORWARD_SEAM, linear.add_forward, backward, input=h, input_2=other, output=y,
        output_gradient=gradient, input_2_gradient=other_gradient, width_in=layer.units, width=layer.units,
    )  # fmt: skip
    return y


def _emit_join(program: Program, h: int, gradient: int, width: int, x: int, first_backwards: bool) -> tuple[int, int]:
    """[h, x] side by side. Of all that write the gradient by x, the last join comes first on the way back."""
    inputs = program.entering
    y, y_gradient = program.buffer(width + inputs), program.buffer(width + inputs) if gradient >= 0 else -1
    backward = linear.join_backward if gradient >= 0 else None
    program.emit(
        at.FORWARD_SEAM, linear.join_forward, backward, input=h, input_2=x, output=y,
        input_gradient=gradient, input_2_gradient=program.entering_gradient, output_gradient=y_gradient, width_in=width,
        width_2=inputs, width=width + inputs, accumulate=int(not first_backwards),
    )  # fmt: skip
    return y, y_gradient
