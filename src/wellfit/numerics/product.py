"""Matrix products of the training step in which every element is one chain of multiply-adds over k = 0, 1, ...

A BLAS cuts matrices into blocks and adds differently in each, so that an element's last bits depend on the rows and
columns beside it. Here the chain is the same wherever the element lies: rows and columns may be shared among tiles,
calls and cores without changing a bit, and prediction, validation and training agree. At the sizes of small networks
this is faster than a BLAS too, whose packing takes its time there.

How it is done: two vectors of columns of the second factor at a time, a panel; inside, pieces of the depth; inside,
tiles of rows (`wellfit.numerics.tiles`). Where the result is narrower than a vector and taller than wide, its transpose
is computed: the same chains.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import OPTIONS, on_first_compile, routine
from wellfit.numerics.tiles import (
    address_of,
    fetch_ahead,
    move,
    read,
    stack,
    tile,
    tile_rows,
    transpose4,
    vector_lanes,
    write,
)

# k in one piece of a panel, which has to stay in the first-level cache.
DEPTH = 256
# A matrix whose rows lie so far apart is copied into the panel: they would drive each other out of the cache.
FAR = 128
# A first factor whose columns lie so far apart is copied too, so many rows at a time.
FAR_COLUMNS, BLOCK = 512, 64
NARROW = 8  # columns; fewer are computed as the rows of the transpose


def product(x: Any, w: Any, y: Any, begin: int = 0, end: int = -1) -> None:
    """Y = X W, with X (rows, fan_in), W (fan_in, fan_out), Y (rows, fan_out), all C-contiguous.

    begin, end: of Y's columns those that are computed; end -1: to the last one. At least 8 at a time, or all.
    """
    part = slice(begin, y.shape[1] if end < 0 else end)
    y[:, part] = constant(0, y[0, 0])
    for k in range(x.shape[1]):
        y[:, part] += x[:, k : k + 1] * w[k, part]


def product_plus(x: Any, w: Any, bias: Any, y: Any, begin: int = 0, end: int = -1) -> None:
    """Y = X W + b, with the chain of each element beginning at its bias, (fan_out,). begin, end: of Y's columns."""
    part = slice(begin, y.shape[1] if end < 0 else end)
    y[:, part] = bias[part]
    for k in range(x.shape[1]):
        y[:, part] += x[:, k : k + 1] * w[k, part]


def transposed_product(x: Any, g: Any, dw: Any, begin: int = 0, end: int = -1) -> None:
    """dW = X' G, with X (rows, fan_in), G (rows, fan_out), dW (fan_in, fan_out), all C-contiguous. begin, end: of dW's
    rows.
    """
    part = slice(begin, dw.shape[0] if end < 0 else end)
    dw[part] = constant(0, dw[0, 0])
    for k in range(x.shape[0]):
        dw[part] += x[k, part].reshape(-1, 1) * g[k]


def product_transposed(g: Any, w: Any, dx: Any, begin: int = 0, end: int = -1) -> None:
    """dX = G W', with G (rows, fan_out), W (fan_in, fan_out), dX (rows, fan_in), all C-contiguous. begin, end: of dX's
    columns.
    """
    part = slice(begin, dx.shape[1] if end < 0 else end)
    dx[:, part] = constant(0, dx[0, 0])
    for k in range(g.shape[1]):
        dx[:, part] += g[:, k : k + 1] * w[part, k]


@on_first_compile
def _register() -> None:
    from numba.extending import overload

    # Without leave to reorder sums: the chain is the guarantee.
    options: dict[str, Any] = {"jit_options": OPTIONS | {"fastmath": {"contract"}}, "inline": "never"}
    overload(product, **options)(lambda x, w, y, begin=0, end=-1: _compiled_product(str(y.dtype)))
    overload(product_plus, **options)(lambda x, w, bias, y, begin=0, end=-1: _compiled_product_plus(str(y.dtype)))
    overload(transposed_product, **options)(lambda x, g, dw, begin=0, end=-1: _compiled_transposed(str(dw.dtype)))
    overload(product_transposed, **options)(lambda g, w, dx, begin=0, end=-1: _compiled_by_transposed(str(dx.dtype)))
    overload(by_tiles, **options)(lambda scalar, a, a_steps, sizes, b, b_steps, bias, c: _compiled_by_tiles(scalar))


def _compiled_product(precision: str) -> Any:
    multiply, size = MULTIPLY.caller(precision), np.dtype(precision).itemsize

    def compiled(x, w, y, begin=0, end=-1):  # type: ignore[no-untyped-def]
        (rows, fan_in), fan_out = x.shape, y.shape[1]
        x_at, w_at, y_at = address_of(x), address_of(w), address_of(y)
        columns = (fan_out if end < 0 else end) - begin
        if columns <= 0:
            return
        if fan_out < NARROW and rows > fan_out:  # all of them
            multiply((w_at, 1, fan_out, fan_out, fan_in, x_at, fan_in, 1, rows, 0, y_at, fan_out, 1))
        else:
            first = begin * size
            multiply((x_at, fan_in, 1, rows, fan_in, w_at + first, fan_out, 0, columns, 0, y_at + first, fan_out, 0))

    return compiled


def _compiled_product_plus(precision: str) -> Any:
    multiply, size = MULTIPLY.caller(precision), np.dtype(precision).itemsize

    def compiled(x, w, bias, y, begin=0, end=-1):  # type: ignore[no-untyped-def]
        (rows, fan_in), fan_out = x.shape, y.shape[1]
        x_at, w_at, b_at, y_at = address_of(x), address_of(w), address_of(bias), address_of(y)
        columns = (fan_out if end < 0 else end) - begin
        if columns <= 0:
            return
        if fan_out < NARROW and rows > fan_out:  # all of them
            multiply((w_at, 1, fan_out, fan_out, fan_in, x_at, fan_in, 1, rows, b_at, y_at, fan_out, 1))
        else:
            w_at, b_at, y_at = w_at + begin * size, b_at + begin * size, y_at + begin * size
            multiply((x_at, fan_in, 1, rows, fan_in, w_at, fan_out, 0, columns, b_at, y_at, fan_out, 0))

    return compiled


def _compiled_transposed(precision: str) -> Any:
    multiply, size = MULTIPLY.caller(precision), np.dtype(precision).itemsize

    def compiled(x, g, dw, begin=0, end=-1):  # type: ignore[no-untyped-def]
        (rows, fan_in), fan_out = x.shape, g.shape[1]
        inputs = (fan_in if end < 0 else end) - begin
        x_at, g_at, w_at = address_of(x) + begin * size, address_of(g), address_of(dw) + begin * fan_out * size
        if inputs <= 0:
            return
        if fan_out < NARROW and fan_in > fan_out:
            multiply((g_at, 1, fan_out, fan_out, rows, x_at, fan_in, 0, inputs, 0, w_at, fan_out, 1))
        else:
            multiply((x_at, 1, fan_in, inputs, rows, g_at, fan_out, 0, fan_out, 0, w_at, fan_out, 0))

    return compiled


def _compiled_by_transposed(precision: str) -> Any:
    multiply, size = MULTIPLY.caller(precision), np.dtype(precision).itemsize

    def compiled(g, w, dx, begin=0, end=-1):  # type: ignore[no-untyped-def]
        (rows, fan_out), fan_in = g.shape, w.shape[0]
        columns = (fan_in if end < 0 else end) - begin
        g_at, w_at, x_at = address_of(g), address_of(w), address_of(dx)
        if columns <= 0:
            return
        if fan_in < NARROW and rows > fan_in:  # all of them
            multiply((w_at, fan_out, 1, fan_in, fan_out, g_at, fan_out, 1, rows, 0, x_at, fan_in, 1))
        else:
            w_at, x_at = w_at + begin * fan_out * size, x_at + begin * size
            multiply((g_at, fan_out, 1, rows, fan_out, w_at, fan_out, 1, columns, 0, x_at, fan_in, 0))

    return compiled


def multiply_float32(a, a_row, a_column, m, depth, b, b_row, b_transposed, n, bias, c, c_row, c_transposed):  # type: ignore[no-untyped-def]
    """C = A B, or the transpose of C, plus a bias.

    a, b, bias, c: addresses. Element (i, k) of A is a[i * a_row + k * a_column], m rows, `depth` columns. B is
    (depth, n), its rows b_row apart; transposed (1, else 0), it lies as (n, depth). bias: 0 for none, else n numbers; m
    numbers where C is transposed. c_row: the distance of C's rows, m where C is transposed.
    """
    sizes = (m, depth, n)
    by_tiles(np.float32(0), a, (a_row, a_column), sizes, b, (b_row, b_transposed), bias, (c, c_row, c_transposed))


def multiply_float64(a, a_row, a_column, m, depth, b, b_row, b_transposed, n, bias, c, c_row, c_transposed):  # type: ignore[no-untyped-def]
    """The same for float64."""
    sizes = (m, depth, n)
    by_tiles(np.float64(0), a, (a_row, a_column), sizes, b, (b_row, b_transposed), bias, (c, c_row, c_transposed))


MULTIPLY = routine("multiply", 13, lambda precision: multiply_float32 if precision == "float32" else multiply_float64)


def by_tiles(scalar: Any, a: Any, a_steps: Any, sizes: Any, b: Any, b_steps: Any, bias: Any, c: Any) -> None:
    """The product, by the widest vectors that fit into a row of B, and low tiles for one or two rows."""
    raise NotImplementedError("Addresses mean nothing outside compiled code.")


def _compiled_by_tiles(scalar: Any) -> Any:
    import numba

    options: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract"}}
    lanes = vector_lanes()
    far = numba.njit(**options)(_packed_blocks(scalar, tile_rows(), lanes))
    tall, low, eight, one = (
        numba.njit(**options)(_panels(scalar, height, count))
        for height, count in ((tile_rows(), lanes), (2, lanes), (tile_rows(), 8), (2, 1))
    )

    def compiled(scalar, a, a_steps, sizes, b, b_steps, bias, c):  # type: ignore[no-untyped-def]
        m, depth, n = sizes
        if n >= lanes and m >= BLOCK and depth <= DEPTH and a_steps[1] >= FAR_COLUMNS and not c[2]:
            far(a, a_steps, sizes, b, b_steps, bias, c)
        elif n >= lanes and m > 2:
            tall(a, a_steps, sizes, b, b_steps, bias, c)
        elif n >= lanes:
            low(a, a_steps, sizes, b, b_steps, bias, c)
        elif n >= 8:
            eight(a, a_steps, sizes, b, b_steps, bias, c)
        else:
            one(a, a_steps, sizes, b, b_steps, bias, c)

    return compiled


def _panels(scalar: Any, height: int, lanes: int) -> Any:
    """Pieces of the depth; inside, blocks of rows of A; inside, panels of two vectors of columns; inside, tiles.

    The last vector overlaps the one before it, and the last tile repeats the last row: nothing is added twice.
    Between pieces of the depth the chains wait in C.
    """
    import numba

    size, wide = scalar.bitwidth // 8, 2 * lanes
    two_vectors, one_vector = tile(scalar, height, lanes, 2), tile(scalar, height, lanes, 1)
    panel_at, narrow_at, zeros_at = (stack(scalar, count) for count in (DEPTH * wide, max(8, height) * wide, wide))
    store, fetch = write(scalar), fetch_ahead()
    pack_panel, begin, scatter = (
        numba.njit(build(scalar, lanes)) for build in (_panel_packing, _beginning, _scattering)
    )

    def panels(a, a_steps, sizes, b, b_steps, bias, result):  # type: ignore[no-untyped-def]
        (a_row, a_column), (m, depth, n), (b_row, b_transposed) = a_steps, sizes, b_steps
        c, c_row, c_transposed = result
        panel, narrow, zeros = panel_at(), narrow_at(), zeros_at()
        for t in range(wide):
            store(zeros, t, 0)
        for j in range(0, n, wide):
            first = min(j, n - lanes)
            shift = min(j + lanes, n - lanes) - first
            if c_transposed:
                out_at, out_row, second = narrow, wide, lanes
                begin(bias, m, narrow)
            else:
                out_at, out_row, second = c + first * size, c_row, shift
            for k in range(0, max(depth, 1), DEPTH):
                piece, part = min(DEPTH, depth - k), a + k * a_column * size
                source = b + (k + first * b_row if b_transposed else k * b_row + first) * size
                if b_transposed or (b_row >= FAR and m > 2 * height):
                    pack_panel(source, b_row, b_transposed, shift, piece, panel)
                    rows_of_b, row_of_b, second_of_b = panel, wide, lanes
                else:
                    rows_of_b, row_of_b, second_of_b = source, b_row, shift
                if k > 0 or c_transposed:
                    start_at, start_row, second_of_start = out_at, out_row, second
                elif bias:
                    start_at, start_row, second_of_start = bias + first * size, 0, shift
                else:
                    start_at, start_row, second_of_start = zeros, 0, 0
                first_factor, second_factor = (part, a_row, a_column), (rows_of_b, row_of_b, second_of_b)
                start, out = (start_at, start_row, second_of_start), (out_at, out_row, second)
                # The rows of the panel that comes next are fetched while this one is used, some with each tile.
                coming = source + (DEPTH * b_row if k + DEPTH < depth else wide - k * b_row) * size
                ahead = 0 if rows_of_b == source or b_transposed else -(-piece * height // m)
                for i in range(0, m, height):
                    for r in range(i // height * ahead, min((i // height + 1) * ahead, piece)):
                        fetch(coming + r * b_row * size)
                        fetch(coming + (r * b_row + shift) * size)
                    if shift:
                        two_vectors(first_factor, (i, m - 1), piece, second_factor, start, out)
                    else:
                        one_vector(first_factor, (i, m - 1), piece, second_factor, start, out)
            if c_transposed:
                scatter(narrow, first, shift, m, c)

    return panels


def _packed_blocks(scalar: Any, height: int, lanes: int) -> Any:
    """As `_panels`, for a first factor whose columns lie far apart, in one piece of the depth.

    Blocks of rows of A, each copied column by column; inside, panels of B; inside, tiles.
    """
    import numba

    size, wide = scalar.bitwidth // 8, 2 * lanes
    two_vectors, one_vector = tile(scalar, height, lanes, 2), tile(scalar, height, lanes, 1)
    block_at, panel_at, zeros_at = (stack(scalar, count) for count in (DEPTH * BLOCK, DEPTH * wide, wide))
    store = write(scalar)
    pack_block, pack_panel = (numba.njit(build(scalar, lanes)) for build in (_block_packing, _panel_packing))

    def blocks(a, a_steps, sizes, b, b_steps, bias, result):  # type: ignore[no-untyped-def]
        (a_row, a_column), (m, depth, n), (b_row, b_transposed), (c, c_row, _) = a_steps, sizes, b_steps, result
        block, panel, zeros = block_at(), panel_at(), zeros_at()
        for t in range(wide):
            store(zeros, t, 0)
        for i in range(0, m, BLOCK):
            rows = min(BLOCK, m - i)
            pack_block(a + i * a_row * size, a_row, a_column, rows, depth, block)
            first_factor = (block, 1, BLOCK)
            for j in range(0, n, wide):
                first = min(j, n - lanes)
                shift = min(j + lanes, n - lanes) - first
                pack_panel(b + first * (b_row if b_transposed else 1) * size, b_row, b_transposed, shift, depth, panel)
                second_factor, out = (panel, wide, lanes), (c + (i * c_row + first) * size, c_row, shift)
                start = (bias + first * size, 0, shift) if bias else (zeros, 0, 0)
                for r in range(0, rows, height):
                    if shift:
                        two_vectors(first_factor, (r, rows - 1), depth, second_factor, start, out)
                    else:
                        one_vector(first_factor, (r, rows - 1), depth, second_factor, start, out)

    return blocks


def _block_packing(scalar: Any, lanes: int) -> Any:
    """Some rows of A, a column of them after the other, `BLOCK` numbers apart."""
    size, load, store, vector = scalar.bitwidth // 8, read(scalar), write(scalar), move(scalar, lanes)

    def pack(a, a_row, a_column, rows, depth, block):  # type: ignore[no-untyped-def]
        for k in range(depth):
            source, to = a + k * a_column * size, block + k * BLOCK * size
            if a_row == 1 and rows == BLOCK:
                for r in range(0, BLOCK, lanes):
                    vector(source + r * size, to + r * size)
            else:
                for r in range(rows):
                    store(to, r, load(source, r * a_row))

    return pack


def _panel_packing(scalar: Any, lanes: int) -> Any:
    """Two vectors of columns of B side by side: `shift` columns apart in B, `lanes` in the panel."""
    size, wide = scalar.bitwidth // 8, 2 * lanes
    load, store, vector, transposed4 = read(scalar), write(scalar), move(scalar, lanes), transpose4(scalar)
    fours = lanes // 4 * 4

    def pack(b, b_row, transposed, shift, piece, panel):  # type: ignore[no-untyped-def]
        for v in range(2 if shift else 1):
            source, to = b + v * shift * (b_row if transposed else 1) * size, panel + v * lanes * size
            if transposed:
                whole = piece // 4 * 4 if fours else 0
                for t in range(0, fours, 4):
                    for k in range(0, whole, 4):
                        transposed4(source + (t * b_row + k) * size, b_row, to + (k * wide + t) * size, wide)
                for t in range(lanes):
                    for k in range(whole, piece):
                        store(to, k * wide + t, load(source, t * b_row + k))
            else:
                for k in range(piece):
                    vector(source + k * b_row * size, to + k * wide * size)

    return pack


def _beginning(scalar: Any, lanes: int) -> Any:
    """What the chains of a transposed result begin with: the bias of each of its rows, or 0."""
    load, store, wide = read(scalar), write(scalar), 2 * lanes

    def begin(bias, m, narrow):  # type: ignore[no-untyped-def]
        for r in range(m):
            for t in range(wide):
                store(narrow, r * wide + t, load(bias, r) if bias else 0)

    return begin


def _scattering(scalar: Any, lanes: int) -> Any:
    """Rows of a tile of C' to the columns of C, (n, m)."""
    load, store, wide = read(scalar), write(scalar), 2 * lanes

    def scatter(narrow, first, shift, m, c):  # type: ignore[no-untyped-def]
        for t in range(wide if shift else lanes):
            column = first + t if t < lanes else first + shift + t - lanes
            for r in range(m):
                store(c, column * m + r, load(narrow, r * wide + t))

    return scatter
