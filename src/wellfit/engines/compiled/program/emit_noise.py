"""The operations that change rows, targets and weights at random: noise, others' cells, mixed rows, soft labels."""

from __future__ import annotations

from typing import Any

from wellfit.engines.compiled.program.emit_updates import WEIGHTS
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.contract.segments import TRAINED_ROLES
from wellfit.errors import InputError
from wellfit.techniques import layout as at
from wellfit.techniques.rows.noise import add_input_noise, add_weight_noise
from wellfit.techniques.targets.label_changes import redraw_labels, smooth_labels
from wellfit.techniques.update.schedule import is_on


def emit_row_noise(program: Program, x: int) -> None:
    """What changes the inputs (rows, encoding.width) at x and leaves the targets: swap, cut-out, noise."""
    recipe, encoding = program.recipe, program.encoding
    width = encoding.width
    numbers = len(encoding.centre)
    if is_on(recipe.input_noise.sd) and numbers:
        where = program.setting(recipe.input_noise.sd, *(encoding.scale != 0))
        program.emit(
            at.AUGMENT_SEAM, add_input_noise, settings=where, input=x, width_in=numbers, width=width,
            extra=program.buffer(numbers),
        )  # fmt: skip


def emit_target_changes(program: Program, x: int) -> None:
    """Label noise, then mixed rows with their targets, then smoothing; classes become soft only where these ask."""
    recipe, clock = program.recipe, program.clock
    where, columns = int(clock[at.TARGETS]), int(clock[at.TARGET_COLUMNS])
    classes = program.outputs if program.kind == "classes" else 2
    if is_on(recipe.label_noise.probability):
        _refuse_quantities(program, "label_noise", "there are no classes to draw from: use input_noise")
        chance = program.setting(recipe.label_noise.probability)
        program.emit(at.TARGET_SEAM, redraw_labels, settings=chance, input=where, width=columns, width_2=classes)
    smooths = is_on(recipe.label_smoothing.eps)
    if smooths:
        _refuse_quantities(program, "label_smoothing", "a number has no other classes: use the loss huber, or noise")
    where, columns = program.targets(soft=smooths)
    if smooths:
        strength = program.setting(recipe.label_smoothing.eps, recipe.label_smoothing.form == "others")
        program.emit(at.TARGET_SEAM, smooth_labels, settings=strength, input=where, width=columns, width_2=classes)


def emit_weight_noise(program: Program) -> None:
    """One operation a segment: what lies between segments must stay 0."""
    noise = program.recipe.weight_noise
    if not is_on(noise.sd):
        return
    roles = TRAINED_ROLES if noise.biases else WEIGHTS
    where = program.setting(noise.sd, noise.relative)
    for number, segment in enumerate(program.segments):
        if segment.role in roles and not segment.frozen:
            ends: dict[str, Any] = {"parameters": segment.begin, "parameters_2": segment.end}
            program.emit(at.PERTURB_SEAM, add_weight_noise, settings=where, salt=number, **ends)


def _refuse_quantities(program: Program, slot: str, why: str) -> None:
    """InputError for a technique of labels where the target holds numbers or counts."""
    if program.kind in ("numbers", "counts", "tasks"):
        words = {"numbers": "a number", "counts": "a count", "tasks": "several tasks"}[program.kind]
        name = slot.replace("_", " ")
        raise InputError(f"The recipe asks for {name} ({slot}) with {words} as target, but {why}, or leave it out.")
