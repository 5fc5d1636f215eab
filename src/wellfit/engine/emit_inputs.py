"""The operations that make a network's inputs and targets of raw columns."""

from __future__ import annotations

import numpy as np

from wellfit.arrays import TargetKind
from wellfit.encoding import Encoding
from wellfit.engine.program import Program
from wellfit.techniques import layout as at
from wellfit.techniques import scaling


def emit_inputs(program: Program, encoding: Encoding, kind: TargetKind, target_columns: int) -> int:
    """Raw columns to the network's inputs, targets to their scale. Returns where the inputs start in `work`."""
    precision, width = program.precision, encoding.width
    numbers, categories = len(encoding.centre), len(encoding.units)
    raw_numbers, raw_codes = program.buffer(numbers), program.buffer(categories)
    sparse_columns = sum(len(factor) for factor in encoding.factors)
    raw_sparse = program.buffer(sparse_columns)
    program.clock[[at.RAW_NUMBERS, at.RAW_CODES, at.RAW_SPARSE]] = raw_numbers, raw_codes, raw_sparse
    x = program.buffer(max(width, 1))
    common = {"input": raw_numbers, "output": x, "width_in": numbers, "width": width}
    if numbers and encoding.knots.shape[1]:
        at_knots = program.setting(*encoding.scores, *encoding.knots.ravel())
        quantile = scaling.quantile_numbers.address(precision)
        knots = encoding.knots.shape[1]
        program.emit(at.ENCODE_SEAM, forward=quantile, settings=at_knots, extra=knots, **common)
    elif numbers:
        table = program.setting(*encoding.centre, *encoding.scale)
        address = scaling.encode_numbers.address(precision)
        program.emit(at.ENCODE_SEAM, forward=address, settings=table, width_2=int(encoding.smooth_clip), **common)
    column = numbers
    if len(encoding.marked):
        marked = program.setting(*encoding.marked)
        common["output"] = x + column
        address = scaling.mark_missing.address(precision)
        program.emit(at.ENCODE_SEAM, forward=address, settings=marked, width_2=len(encoding.marked), **common)
        column += len(encoding.marked)
    if sum(encoding.units):
        _emit_categories(program, encoding, raw_codes, x, column)
        column += sum(encoding.units)
    _emit_sparse(program, encoding, raw_sparse, x, column, sparse_columns)
    if kind in ("numbers", "counts"):
        table = program.setting(*encoding.target_centre, *(1 / encoding.target_scale))
        address = scaling.scale_targets.address(precision)
        where = int(program.clock[at.TARGETS])
        program.emit(at.ENCODE_SEAM, forward=address, settings=table, input=where, width=target_columns)
    return x


def _emit_categories(program: Program, encoding: Encoding, raw_codes: int, x: int, column: int) -> None:
    heads, maps = [], []
    begin = 4 * len(encoding.units)
    for places, units in zip(encoding.places, encoding.units, strict=True):
        heads += [column, units, len(places), begin]
        maps.append(places)
        column, begin = column + units, begin + len(places)
    table = program.setting(*heads, *np.concatenate(maps))
    sizes = {"width_in": len(encoding.units), "width": encoding.width}
    address = scaling.encode_categories.address(program.precision)
    program.emit(at.ENCODE_SEAM, forward=address, settings=table, input=raw_codes, output=x, **sizes)


def _emit_sparse(program: Program, encoding: Encoding, raw: int, x: int, column: int, columns: int) -> None:
    begin = 0
    for factor, kind in zip(encoding.factors, encoding.sparse_kinds, strict=True):
        table = program.setting(*factor)
        sizes = {"width_in": len(factor), "width": encoding.width, "extra": columns, "width_2": int(kind == "text")}
        address = scaling.encode_sparse.address(program.precision)
        program.emit(at.ENCODE_SEAM, forward=address, settings=table, input=raw + begin, output=x + column, **sizes)
        begin, column = begin + len(factor), column + len(factor)
