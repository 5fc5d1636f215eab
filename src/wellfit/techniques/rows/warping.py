"""The kernels of image augmentation: one map that reads each pixel elsewhere, and a square that is cut out.

Random numbers are 24 bits wide, so that float32 holds them exactly. Row i of the batch at update t draws under
purpose AUGMENTATION and a salt: MAP with counters 16 i + k for the map's numbers in the order of the helper `draw_map`,
BENDING with counters i 2 n + k for the grid's n displacements along y, then x, and CUTTING with 2 i and 2 i + 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, helper, kernel
from wellfit.numerics.random import purpose, purpose_key, random_bits, u32
from wellfit.techniques.layout import ROWS, SEED_KEY, UPDATE

AUGMENTATION = purpose("augmentation", 12)

MAP, BENDING, CUTTING = 0, 1, 2
DRAWS = 16  # counters of a row's map

# The settings of `warp`: the strengths in the order of techniques.rows.augmentation.GEOMETRY, then the picture.
H_FLIP, V_FLIP, ROTATION, ZOOM, SHEAR, TRANSLATION, PADDING, CROP, ELASTIC = range(9)
HEIGHT, IMAGE_WIDTH, CHANNELS, MARGIN, GRID_HEIGHT, GRID_WIDTH, AMPLITUDE, TABLES = range(9, 17)


@helper
def uniform(counter: Any, key1: Any, key2: Any, like: Any) -> Any:
    """A number in [0, 1), a multiple of 2^-24."""
    return constant(random_bits(u32(counter), key1, key2) >> u32(8), like) * constant(5.9604644775390625e-08, like)


@helper
def symmetric(counter: Any, key1: Any, key2: Any, like: Any) -> Any:
    """A number in [-1, 1)."""
    return constant(2, like) * uniform(counter, key1, key2, like) - constant(1, like)


@helper
def draw_map(s: Any, i: Any, key1: Any, key2: Any) -> Any:
    """The map of row i: q_y = yy y + yx x + y0, q_x = xy y + xx x + x0.

    Its numbers in order: flips 0 and 1, rotation 2, zoom 3, shear 4, translation 5 and 6 (y, x), padding 7 and 8, the
    crop's size 9 and place 10 and 11.
    """
    first, like = i * DRAWS, s[ROTATION]
    one, half = constant(1, like), constant(0.5, like)
    radians = constant(math.pi / 180, like)
    flip_x = -one if uniform(first, key1, key2, like) < s[H_FLIP] else one
    flip_y = -one if uniform(first + 1, key1, key2, like) < s[V_FLIP] else one
    angle = symmetric(first + 2, key1, key2, like) * s[ROTATION] * radians
    zoom = np.exp(symmetric(first + 3, key1, key2, like) * np.log1p(s[ZOOM]))
    lean = np.tan(symmetric(first + 4, key1, key2, like) * s[SHEAR] * radians)
    padding = np.floor(s[PADDING] + half)
    choices = padding + padding + one
    t_y = symmetric(first + 5, key1, key2, like) * s[TRANSLATION] * s[HEIGHT]
    t_x = symmetric(first + 6, key1, key2, like) * s[TRANSLATION] * s[IMAGE_WIDTH]
    t_y += np.floor(uniform(first + 7, key1, key2, like) * choices) - padding
    t_x += np.floor(uniform(first + 8, key1, key2, like) * choices) - padding
    side = one - uniform(first + 9, key1, key2, like) * s[CROP]
    o_y = symmetric(first + 10, key1, key2, like) * (one - side) * s[HEIGHT] * half
    o_x = symmetric(first + 11, key1, key2, like) * (one - side) * s[IMAGE_WIDTH] * half
    yy, yx = np.cos(angle) / zoom, np.sin(angle) / zoom
    xy, xx = -yx - lean * yy, yy - lean * yx
    yy, yx, xy, xx = side * flip_y * yy, side * flip_y * yx, side * flip_x * xy, side * flip_x * xx
    c_y, c_x = half * (s[HEIGHT] - one), half * (s[IMAGE_WIDTH] - one)
    y0 = c_y + o_y - yy * (c_y + t_y) - yx * (c_x + t_x)
    x0 = c_x + o_x - xy * (c_y + t_y) - xx * (c_x + t_x)
    return yy, yx, y0, xy, xx, x0


@helper
def draw_grid(grid: Any, points: Any, alpha: Any, i: Any, key1: Any, key2: Any) -> None:
    """The displacements (2, points) on the grid of row i, along y and x."""
    for k in range(2 * points):
        grid[k] = alpha * symmetric(i * 2 * points + k, key1, key2, alpha)


@helper
def spread_grid(grid: Any, tables: Any, half: Any, field: Any, height: Any, width: Any) -> None:
    """The displacements (2, height, width) of all pixels: down and across the splines, two products of matrices.

    tables: weights of the grid's lines in the pixels' lines (height, lines), then of its columns (columns, width).
    """
    columns = half.size // height
    lines = grid.size // (2 * columns)
    down = tables[: height * lines].reshape(height, lines)
    across = tables[height * lines : height * lines + columns * width].reshape(columns, width)
    for k in range(2):
        points = grid[k * lines * columns : (k + 1) * lines * columns].reshape(lines, columns)
        np.dot(down, points, half.reshape(height, columns))
        pixels = field[k * height * width : (k + 1) * height * width].reshape(height, width)
        np.dot(half.reshape(height, columns), across, pixels)


@helper
def between(old: Any, at: Any, below: Any, beside: Any, f: Any, g: Any) -> Any:
    """The value at the share f of the way down and g across between four neighbours, the first of them at `at`."""
    a, b = old[at], old[at + beside]
    d, e = old[at + below], old[at + below + beside]
    upper, lower = a + g * (b - a), d + g * (e - d)
    return upper + f * (lower - upper)


@helper
def read_line(new: Any, old: Any, q_y: Any, q_x: Any, places: Any, height: Any, width: Any, channels: Any) -> None:
    """One line of the new picture, from the old one at the places q, bilinearly.

    The old picture's lines are one pixel longer than `width`, and there is one line more than `height`: neighbours of
    the last pixels, which get no weight. So a place that is a pixel's gives exactly that pixel.
    """
    zero, one = constant(0, q_y[0]), constant(1, q_y[0])
    last_y, last_x = constant(height - 1, one), constant(width - 1, one)
    below, beside = np.uint64((width + 1) * channels), np.uint64(channels)
    stride, step = constant((width + 1) * channels, one), constant(channels, one)
    # First all arithmetic, which vectorises; then the loads, which do not. An index below 2^24 is exact in float32.
    for x in range(len(q_y)):
        y, z = min(max(q_y[x], zero), last_y), min(max(q_x[x], zero), last_x)
        j, k = np.floor(y), np.floor(z)
        q_y[x], q_x[x], places[x] = y - j, z - k, j * stride + k * step
    if channels == 1:
        for x in range(len(q_y)):
            at = np.uint64(np.int64(places[x]))
            new[x] = between(old, at, below, beside, q_y[x], q_x[x])
        return
    for x in range(len(q_y)):
        at = np.uint64(np.int64(places[x]))
        for c in range(channels):
            new[x * channels + c] = between(old, at + np.uint64(c), below, beside, q_y[x], q_x[x])


WARP = fields("images pixels settings scratch")


@kernel(WARP)
def warp(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """Each picture read through its map, in place. scratch holds the old picture, the grid and what it spreads to, and
    a line's places.
    """
    size, s = row[WARP.pixels], settings[row[WARP.settings] :]
    height, width, channels = np.int64(s[HEIGHT]), np.int64(s[IMAGE_WIDTH]), np.int64(s[CHANNELS])
    margin, across = np.int64(s[MARGIN]), np.int64(s[GRID_WIDTH])
    points, tall, broad = np.int64(s[GRID_HEIGHT]) * across, height + 2 * margin, width + 2 * margin
    begin = row[WARP.scratch] + (tall + 1) * (broad + 1) * channels
    old, grid = work[row[WARP.scratch] : begin], work[begin : begin + 2 * points]
    begin += 2 * points
    half = work[begin : begin + height * across]
    field = work[begin + height * across : begin + height * (across + 2 * width)]
    begin += height * (across + 2 * width) if across > 0 else 0
    q_y, q_x = work[begin : begin + width], work[begin + width : begin + 2 * width]
    places = work[begin + 2 * width : begin + 3 * width]
    one, zero, aside = constant(1, s[0]), constant(0, s[0]), constant(margin, s[0])
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(AUGMENTATION), u32(MAP), u32(clock[UPDATE]), key1)
    key3 = purpose_key(u32(AUGMENTATION), u32(BENDING), u32(clock[UPDATE]), key1)
    bends = s[ELASTIC] > zero
    old[:] = zero
    for i in range(clock[ROWS]):
        yy, yx, y0, xy, xx, x0 = draw_map(s, i, key1, key2)
        if not bends and yy == one and xx == one and yx == zero and xy == zero and y0 == zero and x0 == zero:
            continue
        x = work[row[WARP.images] + i * size : row[WARP.images] + (i + 1) * size]
        for y in range(height):
            to = ((y + margin) * (broad + 1) + margin) * channels
            for k in range(width * channels):
                old[to + k] = x[y * width * channels + k]
        if bends:
            draw_grid(grid, points, s[ELASTIC] * s[AMPLITUDE], i, key1, key3)
            spread_grid(grid, s[TABLES:], half, field, height, width)
        for y in range(height):
            v = constant(y, one)
            for k in range(width):
                h = constant(k, one)
                q_y[k] = aside + y0 + yy * v + yx * h
                q_x[k] = aside + x0 + xy * v + xx * h
            if bends:
                for k in range(width):
                    q_y[k] += field[y * width + k]
                    q_x[k] += field[(height + y) * width + k]
            new = x[y * width * channels : (y + 1) * width * channels]
            read_line(new, old, q_y, q_x, places, tall, broad, channels)


SQUARE = fields("images pixels settings")


@kernel(SQUARE)
def cut_out(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """A square of zeros. Settings: share of the shorter side, height, width, channels."""
    size, share = row[SQUARE.pixels], settings[row[SQUARE.settings]]
    tall, broad = settings[row[SQUARE.settings] + 1], settings[row[SQUARE.settings] + 2]
    height, width, channels = np.int64(tall), np.int64(broad), np.int64(settings[row[SQUARE.settings] + 3])
    half = constant(0.5, share)
    reach = half * share * min(tall, broad)
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(AUGMENTATION), u32(CUTTING), u32(clock[UPDATE]), key1)
    for i in range(clock[ROWS]):
        c_y = uniform(2 * i, key1, key2, share) * tall - half
        c_x = uniform(2 * i + 1, key1, key2, share) * broad - half
        x = work[row[SQUARE.images] + i * size : row[SQUARE.images] + (i + 1) * size]
        for y in range(height):
            if abs(constant(y, share) - c_y) < reach:
                for k in range(width):
                    if abs(constant(k, share) - c_x) < reach:
                        for c in range(channels):
                            x[(y * width + k) * channels + c] = constant(0, share)
