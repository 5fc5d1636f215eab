"""The operations of a program, seam by seam."""

from __future__ import annotations

from typing import Any

from wellfit.arrays import TargetKind
from wellfit.engine.program import Layer, Program, layers_of, output_fan_in
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.techniques import layout as at
from wellfit.techniques import linear
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.dropout import dropout_backward, dropout_forward
from wellfit.techniques.loss import BINARY_KERNEL, REPORTED_FACTOR, Loss
from wellfit.techniques.penalty import KERNELS as PENALTY_KERNELS
from wellfit.techniques.schedule import Scheduled
from wellfit.techniques.update import COEFFICIENTS, look_ahead


def is_on(strength: Any) -> bool:
    """Whether a strength is anything but a constant 0."""
    return isinstance(strength, Scheduled) or strength != 0


def emit_network(program: Program, recipe: Recipe, x: int, inputs: int, outputs: int) -> tuple[int, int]:
    """Forward operations from the inputs to the raw outputs. Returns where the outputs and their gradient start."""
    layers = layers_of(recipe, inputs)
    widest = max([inputs, *(max(layer.fan_in, layer.units) for layer in layers), output_fan_in(recipe, inputs)])
    scratch = program.buffer(widest)
    h, gradient, width = x, -1, inputs
    if is_on(recipe.dropout.input_rate):
        h = _emit_dropout(program, recipe, recipe.dropout.input_rate, h, -1, inputs, salt=0)
        x = h
    for layer in layers:
        source, source_gradient, source_width = h, gradient, width
        if recipe.skip == "concatenate" and layer.index > 0:
            h, gradient = _emit_join(program, h, gradient, width, x, inputs)
        h, gradient = _emit_layer(program, recipe, layer, h, gradient, scratch)
        if recipe.skip == "residual" and layer.index > 0:
            h = _emit_residual(program, layer, h, gradient, source, source_gradient, source_width, scratch)
        width = layer.units
    if recipe.skip == "concatenate" and layers:
        h, gradient = _emit_join(program, h, gradient, width, x, inputs)
        width += inputs
    weight, bias = program.segment("output.weight"), program.segment("output.bias")
    z, z_gradient = program.buffer(outputs), program.buffer(outputs)
    _emit_linear(program, h, z, gradient, z_gradient, weight.shape, weight.begin, bias.begin, scratch, False)
    return z, z_gradient


def _emit_linear(
    program: Program, x: int, y: int, x_gradient: int, y_gradient: int, shape: Any, weight: int, bias: int,
    scratch: int, accumulate: bool,
) -> None:  # fmt: skip
    forward, backward = (k.address(program.precision) for k in (linear.linear_forward, linear.linear_backward))
    program.emit(
        at.FORWARD_SEAM, forward=forward, backward=backward, input=x, output=y, input_gradient=x_gradient,
        output_gradient=y_gradient, width_in=shape[0], width=shape[1], parameters=weight, parameters_2=bias,
        scratch=scratch, accumulate=int(accumulate),
    )  # fmt: skip


def _emit_layer(program: Program, recipe: Recipe, layer: Layer, h: int, gradient: int, scratch: int) -> tuple[int, int]:
    """linear -> normalise -> activate -> drop; the gradient of all four lies in one buffer, changed in place."""
    name = f"hidden{layer.index}"
    weight = program.segment(f"{name}.weight")
    bias = program.segment(f"{name}.bias").begin if layer.bias else -1
    z, z_gradient = program.buffer(layer.units), program.buffer(layer.units)
    residual = recipe.skip == "residual" and layer.index > 0
    _emit_linear(program, h, z, gradient, z_gradient, weight.shape, weight.begin, bias, scratch, residual)
    position = recipe.normalization.position
    if layer.normalised and position == "before":
        z = _emit_normalization(program, recipe, layer, z, z_gradient)
    activation = recipe.activations()[layer.index]
    forward, backward = (k.address(program.precision) for k in activation.kernels())
    h, where = program.buffer(layer.units), program.setting(activation.parameter())
    program.emit(
        at.FORWARD_SEAM, forward=forward, backward=backward, input=z, output=h, output_gradient=z_gradient,
        width_in=layer.units, width=layer.units, settings=where,
    )  # fmt: skip
    if layer.normalised and position == "after":
        h = _emit_normalization(program, recipe, layer, h, z_gradient)
    rate = recipe.dropout_rates()[layer.index]
    if is_on(rate):
        h = _emit_dropout(program, recipe, rate, h, z_gradient, layer.units, salt=layer.index + 1)
    return h, z_gradient


def _emit_normalization(program: Program, recipe: Recipe, layer: Layer, x: int, gradient: int) -> int:
    name, chosen, units = f"hidden{layer.index}", recipe.normalization, layer.units
    y = program.buffer(units)
    extra = program.buffer(units, rows=2) if chosen.has_statistics else program.buffer(2)
    statistics = program.segment(f"{name}.statistics").begin if chosen.has_statistics else -1
    settings = (chosen.momentum, chosen.epsilon) if chosen.has_statistics else (chosen.epsilon,)
    forward, backward = (k.address(program.precision) for k in chosen.kernels)
    program.emit(
        at.FORWARD_SEAM, forward=forward, backward=backward, input=x, output=y, output_gradient=gradient,
        width_in=units, width=units, parameters=program.segment(f"{name}.gain").begin,
        parameters_2=program.segment(f"{name}.shift").begin, settings=program.setting(*settings), extra=extra,
        statistics=statistics,
    )  # fmt: skip
    return y


def _emit_dropout(program: Program, recipe: Recipe, rate: Any, x: int, gradient: int, units: int, salt: int) -> int:
    y, mask = program.buffer(units), program.buffer(units)
    forward, backward = (k.address(program.precision) for k in (dropout_forward, dropout_backward))
    where = program.setting(rate, recipe.dropout.form == "classic")
    program.emit(
        at.FORWARD_SEAM, forward=forward, backward=backward if gradient >= 0 else 0, input=x, output=y,
        output_gradient=gradient, width_in=units, width=units, settings=where, extra=mask, salt=salt,
    )  # fmt: skip
    return y


def _emit_residual(
    program: Program, layer: Layer, h: int, gradient: int, source: int, source_gradient: int, width: int, scratch: int
) -> int:
    """h + source, or h + source P where widths differ. Runs before the layer's own backward, so it writes first."""
    other, other_gradient = source, source_gradient
    if layer.projection:
        other, other_gradient = program.buffer(layer.units), program.buffer(layer.units)
        segment = program.segment(f"hidden{layer.index}.projection")
        shape = (width, layer.units)
        _emit_linear(program, source, other, source_gradient, other_gradient, shape, segment.begin, -1, scratch, False)
    y = program.buffer(layer.units)
    forward, backward = (k.address(program.precision) for k in (linear.add_forward, linear.add_backward))
    program.emit(
        at.FORWARD_SEAM, forward=forward, backward=backward, input=h, input_2=other, output=y,
        output_gradient=gradient, input_2_gradient=other_gradient, width_in=layer.units, width=layer.units,
    )  # fmt: skip
    return y


def _emit_join(program: Program, h: int, gradient: int, width: int, x: int, inputs: int) -> tuple[int, int]:
    y, y_gradient = program.buffer(width + inputs), program.buffer(width + inputs)
    forward, backward = (k.address(program.precision) for k in (linear.join_forward, linear.join_backward))
    program.emit(
        at.FORWARD_SEAM, forward=forward, backward=backward, input=h, input_2=x, output=y, input_gradient=gradient,
        output_gradient=y_gradient, width_in=width, width_2=inputs, width=width + inputs,
    )  # fmt: skip
    return y, y_gradient


def resolve_loss(recipe: Recipe, kind: TargetKind) -> Loss:
    """The loss of a recipe for a kind of target.

    Raises:
        InputError: the loss does not suit the target.
    """
    name = recipe.loss.name
    if kind == "counts" and getattr(recipe.stopping, "relative", False):
        raise InputError(
            f"The stopping rule {recipe.stopping.name!r} divides by losses, and that of counts may be negative: "
            'use "patience".'
        )
    if name == "auto":
        automatic = {"numbers": "squared", "counts": "poisson", "labels": "multi_label"}
        return REGISTRY["loss"][automatic.get(kind, "cross_entropy")]()  # type: ignore[return-value]
    if kind not in recipe.loss.kinds:
        fits = ", ".join(n for n, cls in REGISTRY["loss"].items() if kind in cls.kinds)  # type: ignore[attr-defined]
        raise InputError(f"The loss {name!r} does not suit a target of kind {kind!r}; these do: {fits}.")
    return recipe.loss  # type: ignore[no-any-return]


def emit_loss(
    program: Program, recipe: Recipe, kind: TargetKind, outputs: int, z: int, gradient: int, units: Any
) -> None:
    """The data loss of the raw outputs and its gradient."""
    loss = resolve_loss(recipe, kind)
    chosen = BINARY_KERNEL if kind == "binary" else loss.kernel
    where = program.setting(loss.parameter(), REPORTED_FACTOR.get(loss.name, 1.0), *units)
    program.emit(
        at.LOSS_SEAM, forward=chosen.address(program.precision), input=z, output_gradient=gradient, width=outputs,
        settings=where,
    )  # fmt: skip


def runs_of(program: Program, roles: tuple[str, ...]) -> list[tuple[int, int]]:
    """Begin and end of the longest runs of neighbouring segments with the given roles."""
    runs: list[tuple[int, int]] = []
    for segment in program.segments:
        if segment.role in roles:
            touching = runs and segment.begin - runs[-1][1] < 16
            runs[-1:] = [(runs[-1][0], segment.end)] if touching else [*runs[-1:], (segment.begin, segment.end)]
    return runs


def emit_updates(program: Program, recipe: Recipe) -> None:
    """Penalties, clipping and the optimiser's update, with decoupled decay in it."""
    precision, everything = program.precision, ("weight", "bias", "gain")
    program.optimizer_settings = program.setting(*([0.0] * COEFFICIENTS))
    if recipe.optimizer.lookahead:
        address = look_ahead.address(precision)
        program.emit(at.PERTURB_SEAM, forward=address, settings=program.optimizer_settings)
    for name in ("l2", "l1"):
        penalty = getattr(recipe, name)
        if is_on(penalty.strength):
            where, address = program.setting(penalty.strength), PENALTY_KERNELS[name].address(precision)
            for begin, end in runs_of(program, everything if penalty.biases else ("weight",)):
                program.emit(at.PENALTY_SEAM, forward=address, parameters=begin, parameters_2=end, settings=where)
    if recipe.clipping.kernel is not None:
        where = program.setting(*recipe.clipping.limits())
        program.emit(at.CLIP_SEAM, forward=recipe.clipping.kernel.address(precision), settings=where)
    decay, address = recipe.weight_decay, recipe.optimizer.kernel().address(precision)
    for roles in (("weight",), ("bias", "gain")):
        decayed = is_on(decay.strength) and (decay.biases or roles == ("weight",))
        where = program.setting(1.0, 0.0)
        if decayed:
            program.shrinkage.append((where + 1, decay.strength, decay.with_rate))
        for begin, end in runs_of(program, roles):
            program.emit(
                at.UPDATE_SEAM, forward=address, parameters=begin, parameters_2=end,
                settings=program.optimizer_settings, settings_2=where,
            )  # fmt: skip
