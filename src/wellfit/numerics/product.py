"""A matrix product in which a row's result never depends on the rows beside it, at the speed of a BLAS.

A BLAS cuts rows into tiles of several sizes and adds differently in each, so that a row's last bits depend on its
place. Here every element is one chain of multiply-adds over k = 0, 1, ... in one accumulator, whatever tile it lies in:
tiles may overlap, and their sizes may follow the processor, without changing a bit. A tile of 6 rows by two vectors
keeps its 12 accumulators, the two vectors of W and one number of X in the 16 vector registers of AVX2.
"""

from __future__ import annotations

from typing import Any

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import OPTIONS, on_first_compile

TILE_ROWS = 6


def rowwise_product(x: Any, w: Any, y: Any) -> None:
    """Y = X W, with X (rows, fan_in), W (fan_in, fan_out), all C-contiguous; every row by the same additions in the
    same order.
    """
    y[:] = constant(0, y[0, 0])
    for k in range(x.shape[1]):
        y += x[:, k : k + 1] * w[k]


def vector_lanes() -> int:
    """How many float32 one vector register of this processor holds, 8 at least."""
    import llvmlite.binding

    return 16 if llvmlite.binding.get_host_cpu_features().get("avx512f", False) else 8


@on_first_compile
def _register() -> None:
    from numba.extending import overload

    # Without leave to reorder sums: the chain is the guarantee.
    options = OPTIONS | {"fastmath": {"contract"}}
    overload(rowwise_product, jit_options=options, inline="never")(lambda x, w, y: _compiled_product())


def _compiled_product() -> Any:
    """The compiled form: panels of columns, the widest tiles first, rows from top to bottom.

    The last tile of a panel and the last panel overlap those before. Fewer columns than a tile take narrower ones;
    fewer rows, element by element.
    """
    lanes = vector_lanes()
    wide, narrow, eight = 2 * lanes, lanes, 8
    by_two, by_one, by_eight, by_single = (_panel(_tile(TILE_ROWS, columns)) for columns in (wide, narrow, eight, 1))
    element = _tile(1, 1)

    def product(x, w, y):  # type: ignore[no-untyped-def]
        rows, columns = y.shape
        if rows < TILE_ROWS:
            for i in range(rows):
                for j in range(columns):
                    element(x, i, w, j, y)
        elif columns >= wide:
            for j in range(0, columns, wide):
                by_two(x, w, min(j, columns - wide), y)
        elif columns >= narrow:
            for j in range(0, columns, narrow):
                by_one(x, w, min(j, columns - narrow), y)
        elif columns >= eight:
            for j in range(0, columns, eight):
                by_eight(x, w, min(j, columns - eight), y)
        else:
            for j in range(columns):
                by_single(x, w, j, y)

    return product


def _panel(tile: Any) -> Any:
    """All rows, TILE_ROWS at least, of the tile's columns from j on."""
    import numba

    @numba.njit(error_model="numpy", fastmath={"contract"})
    def panel(x, w, j, y):  # type: ignore[no-untyped-def]
        rows = y.shape[0]
        for i in range(0, rows, TILE_ROWS):
            tile(x, min(i, rows - TILE_ROWS), w, j, y)

    return panel


def _tile(rows: int, columns: int) -> Any:
    """The product's elements of rows i, i + 1, ... and columns j, j + 1, ...: accumulators in vector registers."""
    from numba import types
    from numba.extending import intrinsic

    lanes = min(columns, vector_lanes())

    @intrinsic
    def tile(typing, x, i, w, j, y):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            i, j = arguments[1], arguments[3]
            x, w, y = (context.make_array(signature.args[k])(context, builder, arguments[k]) for k in (0, 2, 4))
            _Tile(builder, context.get_value_type(signature.args[0].dtype), lanes).generate(
                rows, columns // lanes, (x, w, y), (i, j)
            )
            return context.get_dummy_value()

        return types.void(x, i, w, j, y), generate

    return tile


class _Tile:
    """Writes one tile's instructions."""

    def __init__(self, builder: Any, scalar: Any, lanes: int) -> None:
        from llvmlite import ir
        from numba.core import cgutils

        self.builder, self.lanes, self.ir, self.cgutils = builder, lanes, ir, cgutils
        self.vector = ir.VectorType(scalar, lanes)
        bits = 32 if isinstance(scalar, ir.FloatType) else 64
        self.alignment = bits // 8  # rows may start anywhere
        chain = ir.FunctionType(self.vector, [self.vector] * 3)
        name = f"llvm.fmuladd.v{lanes}f{bits}"
        self.multiply_add = cgutils.get_or_insert_function(builder.module, chain, name)

    def generate(self, rows: int, vectors: int, arrays: Any, start: Any) -> None:
        """For each k: vectors of W's row k, and for each row of X its number k, spread over a vector."""
        builder, (x, w, y), (i, j) = self.builder, arrays, start
        fan_in, fan_out = (self.cgutils.unpack_tuple(builder, array.shape)[1] for array in (x, w))
        sums = [[self.cgutils.alloca_once(builder, self.vector) for _ in range(vectors)] for _ in range(rows)]
        for place in sum(sums, []):
            builder.store(self.ir.Constant(self.vector, [0.0] * self.lanes), place)
        line = i.type
        x_rows = [builder.gep(x.data, [builder.mul(builder.add(i, line(r)), fan_in)]) for r in range(rows)]
        with self.cgutils.for_range(builder, fan_in) as loop:
            here = builder.add(builder.mul(loop.index, fan_out), j)
            weights = [self.load(w.data, builder.add(here, line(v * self.lanes))) for v in range(vectors)]
            for r in range(rows):
                number = self.spread(builder.load(builder.gep(x_rows[r], [loop.index])))
                for v in range(vectors):
                    total = builder.call(self.multiply_add, [number, weights[v], builder.load(sums[r][v])])
                    builder.store(total, sums[r][v])
        for r in range(rows):
            begin = builder.add(builder.mul(builder.add(i, line(r)), fan_out), j)
            for v in range(vectors):
                place = builder.gep(y.data, [builder.add(begin, line(v * self.lanes))])
                stored = builder.store(builder.load(sums[r][v]), builder.bitcast(place, self.vector.as_pointer()))
                stored.align = self.alignment

    def load(self, data: Any, place: Any) -> Any:
        """A vector that starts at a place of an array."""
        pointer = self.builder.bitcast(self.builder.gep(data, [place]), self.vector.as_pointer())
        loaded = self.builder.load(pointer)
        loaded.align = self.alignment
        return loaded

    def spread(self, number: Any) -> Any:
        """A vector that holds one number in every lane."""
        ir = self.ir
        nothing, index = ir.Constant(self.vector, ir.Undefined), ir.IntType(32)
        first = self.builder.insert_element(nothing, number, index(0))
        lanes = ir.Constant(ir.VectorType(index, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(first, nothing, lanes)
