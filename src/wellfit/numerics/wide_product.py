"""Matrix products of wide layers by a BLAS, on processors where its packing of both factors is worth its time.

With 16 vector registers of 8 numbers a BLAS is faster than `wellfit.numerics.product` from some hundred units on; with
32 registers of 16 it is not. Training alone uses it: in prediction a row must never depend on the rows beside it.
NumPy's own OpenBLAS is called where it is found and not older than the one that SciPy carries, which compiled np.dot
calls otherwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.numerics.blas import numpy_gemm
from wellfit.numerics.kernel import on_first_compile, routine
from wellfit.numerics.tiles import address_of, many_registers, matrix_at

WIDE = 512  # units from which a BLAS is faster
_ROW_MAJOR, _AS_IT_IS, _TRANSPOSED = 101, 111, 112  # the words of CBLAS


def is_wide(fan_in: int, fan_out: int) -> bool:
    """Whether a BLAS trains a layer of such a width on this processor."""
    return False


def wide_product(a: Any, a_transposed: bool, b: Any, b_transposed: bool, c: Any) -> None:
    """C = A B, either factor transposed where it is said, all C-contiguous."""
    np.dot(a.T if a_transposed else a, b.T if b_transposed else b, c)


def which_products() -> str:
    """In words, what multiplies the matrices of the training step on this machine."""
    if many_registers():
        return "wellfit's own at every width"
    name = "NumPy's OpenBLAS" if numpy_gemm("float32") else "SciPy's BLAS"
    return f"wellfit's own up to {WIDE} units, {name} above"


@on_first_compile
def _register() -> None:
    from numba.extending import overload

    never = many_registers()

    @overload(is_wide)
    def overload_is_wide(fan_in, fan_out):  # type: ignore[no-untyped-def]
        if never:
            return lambda fan_in, fan_out: False
        return lambda fan_in, fan_out: fan_in > WIDE or fan_out > WIDE

    @overload(wide_product, inline="never")
    def overload_wide_product(a, a_transposed, b, b_transposed, c):  # type: ignore[no-untyped-def]
        if never:  # nothing calls it, and there is no such routine
            return lambda a, a_transposed, b, b_transposed, c: None
        multiply = GEMM.caller(str(c.dtype))

        def compiled(a, a_transposed, b, b_transposed, c):  # type: ignore[no-untyped-def]
            depth = a.shape[0] if a_transposed else a.shape[1]
            first = (address_of(a), a.shape[1], int(a_transposed))
            second = (address_of(b), b.shape[1], int(b_transposed))
            multiply((*first, *second, address_of(c), c.shape[0], c.shape[1], depth))

        return compiled

    overload(call_cblas)(lambda scalar, a, b, c, sizes: _compiled_call_of_cblas(scalar))
    overload(call_dot)(lambda scalar, a, b, c, sizes: _compiled_call_of_dot(scalar))


def _compiled_call_of_cblas(scalar: Any) -> Any:
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    @intrinsic
    def gemm(typing, number, a, a_row, a_transposed, b, b_row, b_transposed, c, m, n, depth):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            one, a, a_row, a_transposed, b, b_row, b_transposed, c, m, n, depth = arguments
            number, whole, word = one.type, ir.IntType(64), ir.IntType(32)
            place = number.as_pointer()
            kinds = [word] * 3 + [whole] * 3 + [number, place, whole, place, whole, number, place, whole]
            name = f"wellfit_cblas_{scalar}"
            function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), kinds), name)
            orders = [
                builder.select(builder.icmp_signed("!=", each, whole(0)), word(_TRANSPOSED), word(_AS_IT_IS))
                for each in (a_transposed, b_transposed)
            ]
            a, b, c = (builder.inttoptr(each, place) for each in (a, b, c))
            nothing = ir.Constant(number, 0.0)
            builder.call(function, [word(_ROW_MAJOR), *orders, m, n, depth, one, a, a_row, b, b_row, nothing, c, n])
            return context.get_dummy_value()

        return types.void(scalar, *[types.int64] * 10), generate

    def compiled(scalar, a, b, c, sizes):  # type: ignore[no-untyped-def]
        (a_at, a_row, a_transposed), (b_at, b_row, b_transposed), (m, n, depth) = a, b, sizes
        gemm(scalar, a_at, a_row, a_transposed, b_at, b_row, b_transposed, c, m, n, depth)

    return compiled


def _compiled_call_of_dot(scalar: Any) -> Any:
    view = matrix_at(scalar)

    def compiled(scalar, a, b, c, sizes):  # type: ignore[no-untyped-def]
        (a_at, _, a_transposed), (b_at, _, b_transposed), (m, n, depth) = a, b, sizes
        result = view(c, m, n)
        if a_transposed:
            np.dot(view(a_at, depth, m).T, view(b_at, depth, n), result)
        elif b_transposed:
            np.dot(view(a_at, m, depth), view(b_at, n, depth).T, result)
        else:
            np.dot(view(a_at, m, depth), view(b_at, depth, n), result)

    return compiled


def by_cblas_float32(a, a_row, a_transposed, b, b_row, b_transposed, c, m, n, depth):  # type: ignore[no-untyped-def]
    """C = A B, (m, depth) by (depth, n). a, b, c: addresses; a_row, b_row: numbers from row to row as they lie."""
    call_cblas(np.float32(1), (a, a_row, a_transposed), (b, b_row, b_transposed), c, (m, n, depth))


def by_cblas_float64(a, a_row, a_transposed, b, b_row, b_transposed, c, m, n, depth):  # type: ignore[no-untyped-def]
    """The same for float64."""
    call_cblas(np.float64(1), (a, a_row, a_transposed), (b, b_row, b_transposed), c, (m, n, depth))


def by_dot_float32(a, a_row, a_transposed, b, b_row, b_transposed, c, m, n, depth):  # type: ignore[no-untyped-def]
    """The same by compiled np.dot."""
    call_dot(np.float32(1), (a, a_row, a_transposed), (b, b_row, b_transposed), c, (m, n, depth))


def by_dot_float64(a, a_row, a_transposed, b, b_row, b_transposed, c, m, n, depth):  # type: ignore[no-untyped-def]
    """The same for float64."""
    call_dot(np.float64(1), (a, a_row, a_transposed), (b, b_row, b_transposed), c, (m, n, depth))


def _choose(precision: str) -> Any:
    if many_registers():
        return None
    address = numpy_gemm(precision)
    if not address:
        return by_dot_float32 if precision == "float32" else by_dot_float64
    import llvmlite.binding

    llvmlite.binding.add_symbol(f"wellfit_cblas_{precision}", address)
    return by_cblas_float32 if precision == "float32" else by_cblas_float64


GEMM = routine("gemm", 10, _choose)


def call_cblas(scalar: Any, a: Any, b: Any, c: Any, sizes: Any) -> None:
    """A BLAS's product of matrices at addresses."""
    raise NotImplementedError("Addresses mean nothing outside compiled code.")


def call_dot(scalar: Any, a: Any, b: Any, c: Any, sizes: Any) -> None:
    """The product of matrices at addresses by np.dot."""
    raise NotImplementedError("Addresses mean nothing outside compiled code.")
