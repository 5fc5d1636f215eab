"""The operations of a network's inputs: embeddings of numbers, columns that are passed on, tables of categories.

Each writes its own columns of what the node gives. The one that passes columns on comes last, so that it is first on
the way back, and sets the gradient to which the others add.
"""

from __future__ import annotations

from typing import Any

from wellfit.techniques.layout import FORWARD_SEAM
from wellfit.techniques.network import embedding_kernels as kernels
from wellfit.techniques.network import number_embedding_kernels as of_numbers
from wellfit.techniques.operations import NOWHERE, Builder


def put_embedding(program: Builder, node: Any) -> None:
    """The operations of the node "embed"."""
    recipe, encoding, x = program.recipe, program.encoding, program.wire(node.inputs[0])
    chosen, y = recipe.number_embedding, program.give(node, program.entering_gradient)
    raw = 0 if chosen.raw else len(encoding.centre)
    passed = [column for column in range(raw, encoding.width) if column not in encoding.index_columns]
    numbers = node.width - len(passed) - len(encoding.sizes.tables) * recipe.categories.embedding
    common = {"input": x.value, "input_width": encoding.width, "output_width": node.width}

    def columns_from(first: int) -> dict[str, Any]:
        gradient = y.gradient + first if y.gradient >= 0 else NOWHERE
        return {**common, "output": y.value + first, "output_gradient": gradient}

    if encoding.sizes.tables:
        _put_tables(program, node, columns_from(numbers + len(passed)), y.gradient >= 0)
    if numbers:
        _put_numbers(program, node, {**columns_from(0), "input_gradient": x.gradient}, y.gradient >= 0)
    program.emit(
        FORWARD_SEAM, kernels.pass_forward, kernels.pass_backward if x.gradient >= 0 else None, layer=node.name,
        columns=program.setting(*passed), count=len(passed), input_gradient=x.gradient, **columns_from(numbers),
    )  # fmt: skip


def _put_tables(program: Builder, node: Any, places: dict[str, Any], learns: bool) -> None:
    """A row of the table of each categorical column that has one."""
    table, heads, first = program.segment(node.arrays["categories"]), list[float](), 0
    sizes = program.encoding.sizes.tables
    for column, rows in zip(program.encoding.index_columns, sizes, strict=True):
        heads += [column, first, rows]
        first += rows
    program.emit(
        FORWARD_SEAM, kernels.lookup_forward, kernels.lookup_backward if learns else None, layer=node.name,
        tables=program.setting(*heads), count=len(sizes), size=table.shape[1], table=table.begin,
        frozen=int(table.frozen), **places,
    )  # fmt: skip


def _put_numbers(program: Builder, node: Any, places: dict[str, Any], reached: bool) -> None:
    """Features of each number, and a linear map for each where there is one. reached: by the gradient."""
    chosen: Any = node.technique
    bins = program.encoding.sizes.bins
    numbers = len(program.encoding.centre)
    features = [chosen.features(count) for count in (bins if len(bins) == numbers else (0,) * numbers)]
    needed = reached and (chosen.learns or places["input_gradient"] >= 0)
    if not chosen.size:
        _put_features(program, node, places, needed)
        return
    total = sum(features)
    f, f_gradient = program.buffer(total), program.buffer(total) if needed else NOWHERE
    _put_features(program, node, {**places, "output": f, "output_gradient": f_gradient, "output_width": total}, needed)
    heads: list[float] = [float(chosen.bends)]
    begin = weight = out = 0
    for count in features:
        if count:
            heads += [begin, count, weight, out]
            begin, weight, out = begin + count, weight + count * chosen.size, out + chosen.size
    weights = program.segment(node.arrays["map"])
    joined = {**places, "input": f, "input_gradient": f_gradient, "input_width": total}
    program.emit(
        FORWARD_SEAM, of_numbers.blocks_forward, of_numbers.blocks_backward if reached else None, layer=node.name,
        blocks=program.setting(*heads), size=chosen.size, count=sum(count > 0 for count in features),
        map=weights.begin, offset=program.segment(node.arrays["offset"]).begin, frozen=int(weights.frozen), **joined,
    )  # fmt: skip


def _put_features(program: Builder, node: Any, places: dict[str, Any], needed: bool) -> None:
    """Bins, or waves, of each number. needed: somebody asks for a gradient through them."""
    chosen: Any = node.technique
    numbers = len(program.encoding.centre)
    if chosen.name == "piecewise":
        heads, tables, begin, start = list[float](), list[float](), 0, 3 * numbers
        for low, over in program.bin_tables():
            heads += [begin, len(low), start + len(tables)]
            tables += [*low, *over]
            begin += len(low)
        program.emit(
            FORWARD_SEAM, of_numbers.piecewise_forward, of_numbers.piecewise_backward if needed else None,
            layer=node.name, bins=program.setting(*heads, *tables), numbers=numbers, **places,
        )  # fmt: skip
        return
    turns = program.segment(node.arrays["frequencies"])
    phases = program.segment(node.arrays["phases"]).begin if "phases" in node.arrays else NOWHERE
    program.emit(
        FORWARD_SEAM, of_numbers.periodic_forward, of_numbers.periodic_backward if needed else None, layer=node.name,
        turns=turns.begin, phases=phases, frozen=int(turns.frozen), frequencies=chosen.frequencies, numbers=numbers,
        scratch=program.buffer(chosen.features(0) * numbers), **places,
    )  # fmt: skip
