"""The operations between the encoded input and the first layer: embeddings, the learned scale."""

from __future__ import annotations

from typing import Any

from wellfit.engines.compiled.program.program import Program
from wellfit.engines.contract.inputs import bins_of, embeds, passed_columns
from wellfit.engines.numpy.embed import bin_tables
from wellfit.techniques import layout as at
from wellfit.techniques.network import embedding_kernels, number_embedding_kernels
from wellfit.techniques.network.learned import scale_backward, scale_forward
from wellfit.techniques.update.schedule import is_on


def emit_embedding(program: Program, x: int, wanted: bool) -> tuple[int, int]:
    """From encoded inputs at x to the network's inputs. Returns where they and their gradient start (-1: none).

    wanted: whether somebody asks for the gradient by the encoded input, `program.input_gradient`.
    """
    recipe, encoding = program.recipe, program.encoding
    scaled = is_on(recipe.input_scale.rate)
    embedded = embeds(recipe, encoding.sizes)
    gradient = program.buffer(program.entering) if wanted or program.trains("input") else -1
    if wanted:
        program.input_gradient = program.buffer(encoding.width) if embedded else gradient
    if embedded:
        x = _emit_parts(program, x, gradient, wanted)
    if scaled:
        x = _emit_scale(program, x, gradient)
    return x, gradient


def _emit_scale(program: Program, x: int, gradient: int) -> int:
    """The learned scale of the inputs; their gradient lies in one buffer, changed in place."""
    width, scale = program.entering, program.segment("input.scale")
    y = program.buffer(width)
    backward = scale_backward if gradient >= 0 else None
    program.emit(
        at.FORWARD_SEAM, scale_forward, backward, input=x, output=y, output_gradient=gradient, width_in=width,
        width=width, parameters=scale.begin, frozen=int(scale.frozen),
    )  # fmt: skip
    return y


def _emit_parts(program: Program, x: int, gradient: int, wanted: bool) -> int:
    """Each part writes its columns; the last one is the first on the way back (see `techniques.network.embedding`)."""
    recipe, encoding = program.recipe, program.encoding
    y = program.buffer(program.entering)
    passed = passed_columns(recipe.number_embedding, encoding)
    numbers = program.entering - len(passed) - len(encoding.sizes.tables) * recipe.categories.embedding
    common = {
        "input": x,
        "input_gradient": program.input_gradient,
        "width_in": encoding.width,
        "width": program.entering,
    }

    def place(column: int) -> dict[str, int]:
        return {**common, "output": y + column, "output_gradient": gradient + column if gradient >= 0 else -1}

    if encoding.sizes.tables:
        _emit_tables(program, place(numbers + len(passed)), gradient >= 0)
    if numbers:
        _emit_numbers(program, place(0), gradient >= 0, wanted)
    forward, backward = embedding_kernels.KERNELS["pass"]
    program.emit(
        at.FORWARD_SEAM, forward, backward if wanted else None, settings=program.setting(*passed), width_2=len(passed),
        **place(numbers),
    )  # fmt: skip
    return y


def _emit_tables(program: Program, common: dict[str, int], learns: bool) -> None:
    table, heads, first = program.segment("input.categories"), list[float](), 0
    for column, rows in zip(program.encoding.index_columns, program.encoding.sizes.tables, strict=True):
        heads += [column, first, rows]
        first += rows
    forward, backward = embedding_kernels.KERNELS["lookup"]
    program.emit(
        at.FORWARD_SEAM, forward, backward if learns else None, settings=program.setting(*heads),
        extra=table.shape[1], width_2=len(program.encoding.sizes.tables), parameters=table.begin,
        frozen=int(table.frozen), **common,
    )  # fmt: skip


def _emit_numbers(program: Program, common: dict[str, int], learns: bool, wanted: bool) -> None:
    """Features of each number, and a linear map for each where there is one."""
    chosen = program.recipe.number_embedding
    features = [chosen.features(count) for count in bins_of(program.encoding.sizes)]
    if not chosen.size:
        _emit_features(program, common, learns and (chosen.learns or wanted))
        return
    total = sum(features)
    needed = learns and (chosen.learns or wanted)
    f, f_gradient = program.buffer(total), program.buffer(total) if needed else -1
    apart: dict[str, int] = {**common, "output": f, "output_gradient": f_gradient, "width": total}
    _emit_features(program, apart, needed)
    heads: list[float] = [float(chosen.bends)]
    begin = weight = out = 0
    for count in features:
        if count:
            heads += [begin, count, weight, out]
            begin, weight, out = begin + count, weight + count * chosen.size, out + chosen.size
    forward, backward = number_embedding_kernels.KERNELS["blocks"]
    weights = program.segment("input.map")
    joined: dict[str, Any] = {**common, "input": f, "input_gradient": f_gradient, "width_in": total}
    program.emit(
        at.FORWARD_SEAM, forward, backward if learns else None, settings=program.setting(*heads), extra=chosen.size,
        width_2=sum(count > 0 for count in features), parameters=weights.begin,
        parameters_2=program.segment("input.offset").begin, frozen=int(weights.frozen), **joined,
    )  # fmt: skip


def _emit_features(program: Program, common: dict[str, int], learns: bool) -> None:
    chosen, encoding = program.recipe.number_embedding, program.encoding
    name = "piecewise" if chosen.name == "piecewise" else "periodic"
    forward, backward = number_embedding_kernels.KERNELS[name]
    columns: dict[str, int] = {"width_2": len(encoding.centre)}
    if chosen.name == "piecewise":
        heads, tables, begin, start = list[float](), list[float](), 0, 3 * len(encoding.centre)
        for low, over in bin_tables(encoding):
            heads += [begin, len(low), start + len(tables)]
            tables += [*low, *over]
            begin += len(low)
        columns["settings"] = program.setting(*heads, *tables)
    else:
        frequencies = program.segment("input.frequencies")
        columns |= {"parameters": frequencies.begin, "frozen": int(frequencies.frozen), "extra": chosen.frequencies}
        if chosen.name == "periodic_bias":
            columns["parameters_2"] = program.segment("input.phases").begin
        columns["scratch"] = program.buffer(chosen.features(0) * len(encoding.centre))
    program.emit(at.FORWARD_SEAM, forward, backward if learns else None, **columns, **common)
