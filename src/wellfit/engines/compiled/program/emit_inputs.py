"""The operations on a mini-batch before the network sees it: encode, augment, targets, perturb."""

from __future__ import annotations

import numpy as np

from wellfit.engines.compiled.program.emit_images import emit_images
from wellfit.engines.compiled.program.emit_noise import emit_row_noise, emit_target_changes, emit_weight_noise
from wellfit.engines.compiled.program.program import Program
from wellfit.tables.encoding import Encoding
from wellfit.techniques import layout as at
from wellfit.techniques.rows import scaling
from wellfit.techniques.update.schedule import is_on
from wellfit.techniques.update.sharpness import climb
from wellfit.techniques.update.update import look_ahead


def emit_inputs(program: Program) -> int:
    """What makes inputs and targets of raw columns, and what changes them. Returns where the inputs start in `work`."""
    x = _emit_encoding(program)
    _emit_augmentation(program, x)
    emit_target_changes(program, x)
    _emit_perturbation(program)
    return x


def _emit_augmentation(program: Program, x: int) -> None:
    """What changes the encoded inputs (rows, encoding.width) at x, in training only."""
    if program.encoding.image is not None:
        emit_images(program, x, program.encoding.image)
    emit_row_noise(program, x)


def _emit_perturbation(program: Program) -> None:
    """What moves the copy of the parameters at which the gradient is taken."""
    if program.recipe.optimizer.lookahead:
        program.emit(at.PERTURB_SEAM, look_ahead, settings=program.optimizer_settings)
    radius = program.recipe.sharpness.radius
    if is_on(radius):
        program.clock[at.GRADIENT_FIRST] = 1
        program.emit(at.PERTURB_SEAM, climb, settings=program.setting(radius))
    emit_weight_noise(program)


def _emit_encoding(program: Program) -> int:
    encoding = program.encoding
    width, numbers, categories = encoding.width, len(encoding.centre), len(encoding.units)
    raw_numbers, raw_codes = program.buffer(numbers), program.buffer(categories)
    sparse_columns = sum(len(factor) for factor in encoding.factors)
    raw_sparse = program.buffer(sparse_columns)
    program.clock[[at.RAW_NUMBERS, at.RAW_CODES, at.RAW_SPARSE]] = raw_numbers, raw_codes, raw_sparse
    x = program.buffer(max(width, 1))
    common = {"input": raw_numbers, "output": x, "width_in": numbers, "width": width}
    if numbers and encoding.knots.shape[1]:
        at_knots = program.setting(*encoding.scores, *encoding.knots.ravel())
        knots = encoding.knots.shape[1]
        program.emit(at.ENCODE_SEAM, scaling.quantile_numbers, settings=at_knots, extra=knots, **common)
    elif numbers:
        table, clips = program.setting(*encoding.centre, *encoding.scale), int(encoding.smooth_clip)
        program.emit(at.ENCODE_SEAM, scaling.encode_numbers, settings=table, width_2=clips, **common)
    column = numbers
    if len(encoding.marked):
        marked = program.setting(*encoding.marked)
        common["output"] = x + column
        program.emit(at.ENCODE_SEAM, scaling.mark_missing, settings=marked, width_2=len(encoding.marked), **common)
        column += len(encoding.marked)
    if sum(encoding.units):
        _emit_categories(program, encoding, raw_codes, x, column)
        column += sum(encoding.units)
    _emit_sparse(program, encoding, raw_sparse, x, column, sparse_columns)
    if program.kind in ("numbers", "counts"):
        table = program.setting(*encoding.target_centre, *(1 / encoding.target_scale))
        where, columns = int(program.clock[at.TARGETS]), int(program.clock[at.TARGET_COLUMNS])
        program.emit(at.ENCODE_SEAM, scaling.scale_targets, settings=table, input=where, width=columns)
    if program.kind == "tasks":
        _scale_tasks(program)
    return x


def _scale_tasks(program: Program) -> None:
    """Targets of numbers and counts in their own units; a missing label stays NaN."""
    encoding = program.encoding
    centre: list[float] = []
    scale: list[float] = []
    for task in encoding.tasks:
        columns = task.columns[1] - task.columns[0]
        plain = task.kind not in ("numbers", "counts")
        centre += [0.0] * columns if plain else encoding.target_centre[slice(*task.outputs)].tolist()
        scale += [1.0] * columns if plain else (1 / encoding.target_scale[slice(*task.outputs)]).tolist()
    table, where = program.setting(*centre, *scale), int(program.clock[at.TARGETS])
    program.emit(at.ENCODE_SEAM, scaling.scale_targets, settings=table, input=where, width=len(centre))


def _emit_categories(program: Program, encoding: Encoding, raw_codes: int, x: int, column: int) -> None:
    heads, maps = [], []
    begin = 4 * len(encoding.units)
    for places, units, table_rows in zip(encoding.places, encoding.units, encoding.tables, strict=True):
        heads += [column, -1 if table_rows else units, len(places), begin]
        maps.append(places)
        column, begin = column + units, begin + len(places)
    table = program.setting(*heads, *np.concatenate(maps))
    sizes = {"width_in": len(encoding.units), "width": encoding.width}
    program.emit(at.ENCODE_SEAM, scaling.encode_categories, settings=table, input=raw_codes, output=x, **sizes)


def _emit_sparse(program: Program, encoding: Encoding, raw: int, x: int, column: int, columns: int) -> None:
    begin = 0
    for factor, kind in zip(encoding.factors, encoding.sparse_kinds, strict=True):
        table = program.setting(*factor)
        sizes = {"width_in": len(factor), "width": encoding.width, "extra": columns, "width_2": int(kind == "text")}
        program.emit(
            at.ENCODE_SEAM, scaling.encode_sparse, settings=table, input=raw + begin, output=x + column, **sizes
        )
        begin, column = begin + len(factor), column + len(factor)
