"""The instructions that matrix products are made of: a tile of sums in vector registers, and small transposes.

Written for LLVM directly, for a compiler may not keep the sums of a loop in registers. Places in memory are addresses
as integers; distances and positions are counted in elements.
"""

from __future__ import annotations

import functools
from typing import Any

from wellfit.numerics.kernel import on_first_compile


def many_registers() -> bool:
    """Whether this processor has 32 vector registers of 16 float32 (AVX-512), not 16 of 8."""
    import llvmlite.binding
    from numba.core import config

    if config.CPU_FEATURES is not None:
        return "+avx512f" in config.CPU_FEATURES
    return bool(llvmlite.binding.get_host_cpu_features().get("avx512f", False))


def vector_lanes() -> int:
    """How many float32 one vector register of this processor holds, 8 at least."""
    return 16 if many_registers() else 8


def tile_rows() -> int:
    """Rows of a tile: its sums, two vectors of B and one number of A take 15 of 16 registers, or 19 of 32."""
    return 8 if many_registers() else 6


@functools.cache
def tile(scalar: Any, height: int, lanes: int, vectors: int) -> Any:
    """C = start + A B for some rows of A and one or two vectors of columns of B.

    a: where A's first element lies, the distance of its rows, and of its columns. rows: the first, and the last that
    there is, which is taken again where the tile is higher. depth: columns of A. b: where the first vector lies, the
    distance of B's rows, and of the second vector from the first; likewise start, and c, which is written.
    """
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    @intrinsic
    def function(typing, a, rows, depth, b, start, c):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            parts = [
                cgutils.unpack_tuple(builder, value) if isinstance(kind, types.BaseTuple) else value
                for kind, value in zip(signature.args, arguments, strict=True)
            ]
            _Tile(builder, context.get_value_type(scalar), lanes).sum(height, vectors, *parts)
            return context.get_dummy_value()

        return types.void(a, rows, depth, b, start, c), generate

    return function


class _Tile:
    """Writes the instructions of one tile."""

    def __init__(self, builder: Any, scalar: Any, lanes: int) -> None:
        from llvmlite import ir
        from numba.core import cgutils

        self.builder, self.scalar, self.lanes, self.ir, self.cgutils = builder, scalar, lanes, ir, cgutils
        self.vector = ir.VectorType(scalar, lanes)
        bits = 32 if isinstance(scalar, ir.FloatType) else 64
        self.size = bits // 8  # of an element, and the alignment: rows may start anywhere
        chain = ir.FunctionType(self.vector, [self.vector] * 3)
        self.multiply_add = cgutils.get_or_insert_function(builder.module, chain, f"llvm.fmuladd.v{lanes}f{bits}")

    def sum(self, height: int, vectors: int, a: Any, rows: Any, depth: Any, b: Any, start: Any, c: Any) -> None:
        """For each k: the vectors of B's row k, and for each row of A its number k, spread over a vector."""
        (a, a_row, a_column), (i, last), (b, b_row, b_second) = a, rows, b
        (start, start_row, start_second), (c, c_row, c_second) = start, c
        builder, zero = self.builder, self.ir.Constant(i.type, 0)
        rows = [self.smaller(builder.add(i, self.ir.Constant(i.type, r)), last) for r in range(height)]
        seconds = [(zero, b_second)[:vectors], (zero, start_second)[:vectors], (zero, c_second)[:vectors]]
        a_rows = [self.pointer(a, builder.mul(row, a_row)) for row in rows]
        b_first = [self.pointer(b, distance) for distance in seconds[0]]
        sums = [[self.cgutils.alloca_once(builder, self.vector) for _ in range(vectors)] for _ in range(height)]
        for row, places in zip(rows, sums, strict=True):
            for place, distance in zip(places, seconds[1], strict=True):
                builder.store(self.load(self.pointer(start, builder.add(builder.mul(row, start_row), distance))), place)
        with self.cgutils.for_range(builder, depth) as loop:
            below, across = builder.mul(loop.index, b_row), builder.mul(loop.index, a_column)
            weights = [self.load(builder.gep(first, [below])) for first in b_first]
            for a_first, places in zip(a_rows, sums, strict=True):
                number = self.spread(builder.load(builder.gep(a_first, [across])))
                for weight, place in zip(weights, places, strict=True):
                    builder.store(builder.call(self.multiply_add, [number, weight, builder.load(place)]), place)
        for row, places in zip(rows, sums, strict=True):
            for place, distance in zip(places, seconds[2], strict=True):
                self.store(builder.load(place), self.pointer(c, builder.add(builder.mul(row, c_row), distance)))

    def smaller(self, one: Any, other: Any) -> Any:
        return self.builder.select(self.builder.icmp_signed("<", one, other), one, other)

    def pointer(self, address: Any, distance: Any) -> Any:
        """To the element that lies so far from an address."""
        first = self.builder.inttoptr(address, self.scalar.as_pointer())
        return self.builder.gep(first, [distance])

    def load(self, pointer: Any) -> Any:
        """The vector that starts at a pointer."""
        loaded = self.builder.load(self.builder.bitcast(pointer, self.vector.as_pointer()))
        loaded.align = self.size
        return loaded

    def store(self, value: Any, pointer: Any) -> None:
        """A vector to where a pointer shows."""
        stored = self.builder.store(value, self.builder.bitcast(pointer, self.vector.as_pointer()))
        stored.align = self.size

    def spread(self, number: Any) -> Any:
        """A vector that holds one number in every lane."""
        ir = self.ir
        nothing, index = ir.Constant(self.vector, ir.Undefined), ir.IntType(32)
        first = self.builder.insert_element(nothing, number, index(0))
        lanes = ir.Constant(ir.VectorType(index, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(first, nothing, lanes)

    def transpose4(self, source: Any, source_row: Any, to: Any, to_row: Any) -> None:
        """The transpose of 4 by 4 elements: pairs are interleaved, then pairs of pairs."""
        zero = self.ir.Constant(source.type, 0)
        rows = [self.load(self.pointer(source, self.builder.mul(source_row, zero.type(r)))) for r in range(4)]
        low, high = (self.mixed(rows[0], rows[1], order) for order in ((0, 4, 1, 5), (2, 6, 3, 7)))
        other_low, other_high = (self.mixed(rows[2], rows[3], order) for order in ((0, 4, 1, 5), (2, 6, 3, 7)))
        halves = ((0, 1, 4, 5), (2, 3, 6, 7))
        columns = [self.mixed(*pair, half) for pair in ((low, other_low), (high, other_high)) for half in halves]
        for r, column in enumerate(columns):
            self.store(column, self.pointer(to, self.builder.mul(to_row, zero.type(r))))

    def mixed(self, one: Any, other: Any, order: tuple[int, ...]) -> Any:
        """Lanes of two vectors, in an order."""
        kind = self.ir.VectorType(self.ir.IntType(32), len(order))
        return self.builder.shuffle_vector(one, other, self.ir.Constant(kind, list(order)))


@functools.cache
def transpose4(scalar: Any) -> Any:
    """Writes the transpose of 4 by 4 elements."""
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def function(typing, source, source_row, to, to_row):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            _Tile(builder, context.get_value_type(scalar), 4).transpose4(*arguments)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 4), generate

    return function


@functools.cache
def move(scalar: Any, lanes: int) -> Any:
    """Copies one vector from an address to another."""
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def function(typing, source, to):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            writer, zero = _Tile(builder, context.get_value_type(scalar), lanes), arguments[0].type(0)
            writer.store(writer.load(writer.pointer(arguments[0], zero)), writer.pointer(arguments[1], zero))
            return context.get_dummy_value()

        return types.void(types.int64, types.int64), generate

    return function


@functools.cache
def fetch_ahead() -> Any:
    """Asks for the line of the cache at an address, which need not be there to be read."""
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    @intrinsic
    def function(typing, address):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            place, word = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [place, word, word, word])
            prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            read, second_level, data = word(0), word(2), word(1)
            builder.call(prefetch, [builder.inttoptr(arguments[0], place), read, second_level, data])
            return context.get_dummy_value()

        return types.void(types.int64), generate

    return function


@functools.cache
def stack(scalar: Any, count: int) -> Any:
    """The address of `count` elements on the stack of the calling function, on a border of 64 bytes."""
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def function(typing):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            with builder.goto_entry_block():  # not cgutils.alloca_once, which fills it with zeros at each call
                place = builder.alloca(ir.ArrayType(context.get_value_type(scalar), count))
            place.align = 64
            return builder.ptrtoint(place, ir.IntType(64))

        return types.int64(), generate

    return function


@functools.cache
def read(scalar: Any) -> Any:
    """The element at a position from an address."""
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def function(typing, address, position):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            first = builder.inttoptr(arguments[0], context.get_value_type(scalar).as_pointer())
            return builder.load(builder.gep(first, [arguments[1]]))

        return scalar(types.int64, types.int64), generate

    return function


@functools.cache
def write(scalar: Any) -> Any:
    """Write an element to a position from an address."""
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def function(typing, address, position, value):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            first = builder.inttoptr(arguments[0], context.get_value_type(scalar).as_pointer())
            builder.store(arguments[2], builder.gep(first, [arguments[1]]))
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, scalar), generate

    return function


@functools.cache
def pointer_to(scalar: Any) -> Any:
    """An address as a pointer, for compiled code."""
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def pointer(typing, address):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return types.CPointer(scalar)(types.int64), generate

    return pointer


@functools.cache
def matrix_at(scalar: Any) -> Any:
    """The matrix of rows and columns that lies at an address, for compiled code."""
    import numba

    pointer = pointer_to(scalar)

    @numba.njit
    def matrix(address, rows, columns):  # type: ignore[no-untyped-def]
        return numba.carray(pointer(address), (rows, columns))

    return matrix


def array_at(address: int, size: int, like: Any) -> Any:
    """The array of so many numbers that lies at an address, of the type of another one."""
    raise NotImplementedError("Addresses mean nothing outside compiled code.")


def address_of(array: Any) -> int:
    """Where an array's first element lies."""
    return int(array.ctypes.data)


@on_first_compile
def _register() -> None:
    import numba
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic, overload

    @intrinsic
    def first_element(typing, array):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            made = context.make_array(signature.args[0])(context, builder, arguments[0])
            return builder.ptrtoint(made.data, ir.IntType(64))

        return types.int64(array), generate

    overload(address_of)(lambda array: lambda array: first_element(array))

    @overload(array_at)
    def overload_array_at(address, size, like):  # type: ignore[no-untyped-def]
        pointer = pointer_to(like.dtype)
        return lambda address, size, like: numba.carray(pointer(address), (size,))
