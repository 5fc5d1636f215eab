"""The operations that change rows, targets and weights at random: noise, others' cells, mixed rows, soft labels."""

from __future__ import annotations

from typing import Any

from wellfit.engines.compiled.program.emit_updates import WEIGHTS
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.contract.segments import TRAINED_ROLES
from wellfit.errors import InputError
from wellfit.techniques import layout as at
from wellfit.techniques.rows.cells import cut_cells_out, swap_cells
from wellfit.techniques.rows.mixing import cut_and_mix_rows, mix_rows
from wellfit.techniques.rows.noise import add_input_noise, add_weight_noise
from wellfit.techniques.targets.label_changes import redraw_labels, smooth_labels, write_out_classes
from wellfit.techniques.update.schedule import is_on


def emit_row_noise(program: Program, x: int) -> None:
    """What changes the inputs (rows, encoding.width) at x and leaves the targets: swap, cut-out, noise."""
    recipe, encoding = program.recipe, program.encoding
    width = encoding.width
    if is_on(recipe.swap.probability):
        _refuse_pixels(program, "swap")
        _refuse_quantities(program, "swap", "rows without one class have no others of it: use input_noise or cutout")
        where, copy = program.setting(recipe.swap.probability), program.buffer(width)
        common = {"settings": where, "input": x, "width": width, "extra": copy}
        program.emit(at.AUGMENT_SEAM, swap_cells, **common, **_cells(program))
    if is_on(recipe.cutout.probability):
        where, centre = program.setting(recipe.cutout.probability), program.buffer(width, rows=1)
        common = {"settings": where, "input": x, "width": width, "extra": centre}
        program.emit(at.AUGMENT_SEAM, cut_cells_out, **common, **_cells(program))
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
    smooths, mixes = is_on(recipe.label_smoothing.eps), is_on(recipe.mixup.alpha) or is_on(recipe.cutmix.alpha)
    if smooths:
        _refuse_quantities(program, "label_smoothing", "a number has no other classes: use the loss huber, or noise")
    if program.kind == "classes" and (smooths or mixes):
        program.soft_targets = program.buffer(classes)
        program.emit(at.TARGET_SEAM, write_out_classes, input=where, output=program.soft_targets, width=classes)
        where, columns = program.soft_targets, classes
    _emit_mixing(program, x, where, columns)
    if smooths:
        strength = program.setting(recipe.label_smoothing.eps, recipe.label_smoothing.form == "others")
        program.emit(at.TARGET_SEAM, smooth_labels, settings=strength, input=where, width=columns, width_2=classes)


def _emit_mixing(program: Program, x: int, targets: int, columns: int) -> None:
    recipe, encoding = program.recipe, program.encoding
    common = {"input": x, "width": encoding.width, "input_2": targets, "width_2": columns}
    mixing = [chosen for chosen in (recipe.mixup, recipe.cutmix) if is_on(chosen.alpha)]
    if program.kind == "tasks" and mixing:
        raise InputError(
            f"{mixing[0].family} mixes two rows' labels, and of several tasks some are missing: leave it out."
        )
    if is_on(recipe.mixup.alpha):
        where, first = _share(program, recipe.mixup), program.buffer(encoding.width + columns, rows=1)
        runs = {"settings_2": program.setting(*encoding.mixable.ravel()), "width_in": len(encoding.mixable)}
        program.emit(at.TARGET_SEAM, mix_rows, settings=where, extra=first, **runs, **common)
    if is_on(recipe.cutmix.alpha):
        _refuse_pixels(program, "cutmix")
        where, first = _share(program, recipe.cutmix), program.buffer(encoding.width + columns, rows=1)
        program.emit(at.TARGET_SEAM, cut_and_mix_rows, settings=where, extra=first, **_cells(program), **common)


def _share(program: Program, chosen: Any) -> int:
    """The settings that a share is drawn by."""
    return program.setting(chosen.alpha, chosen.draw == "row")


def _cells(program: Program) -> dict[str, int]:
    """How many cells a row has, and where their bounds start in `settings`, written once; -1: each is one column."""
    cells = program.encoding.cells
    if len(cells) < program.encoding.width and program.cells < 0:
        program.cells = program.setting(*cells.ravel())
    return {"width_in": len(cells), "settings_2": program.cells}


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


def _refuse_pixels(program: Program, slot: str) -> None:
    """InputError for a technique of a table's cells where rows are images."""
    if program.encoding.image is not None:
        raise InputError(f"{slot} takes single cells of a table, and these rows are images: use mixup or augmentation.")


def _refuse_quantities(program: Program, slot: str, why: str) -> None:
    """InputError for a technique of labels where the target holds numbers or counts."""
    if program.kind in ("numbers", "counts", "tasks"):
        words = {"numbers": "a number", "counts": "a count", "tasks": "several tasks"}[program.kind]
        name = slot.replace("_", " ")
        raise InputError(f"The recipe asks for {name} ({slot}) with {words} as target, but {why}, or leave it out.")
