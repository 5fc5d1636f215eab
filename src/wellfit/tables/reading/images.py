"""Images: idx files (MNIST, Fashion-MNIST and the like), and arrays of (rows, height, width[, channels])."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Sequence
from io import BytesIO
from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.tables.arrays import Arrays, Float32, Image
from wellfit.tables.reading.files import load_bytes

MOST_VALUES = 100_000  # of one image: the first layer has a weight for each of them and each unit

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_DIMENSIONS = 8
_GZIP = b"\x1f\x8b"
_DEFLATE = 1100  # times as long as its source is the longest output that deflate can stand for (1032), and some slack
_PIECE = 1 << 20  # values that are read together
_FEW_CHANNELS = (1, 3, 4)


def read_idx(path: str | PathLike[str]) -> NDArray[Any]:
    """The array of an idx file, plain or gzipped, in the machine's byte order.

    The format: two zero bytes, a byte for the type of the values, a byte for the number of dimensions, each dimension
    as a big-endian uint32, then the values in row-major order, big-endian. MNIST's images are (rows, 28, 28) of uint8,
    its labels (rows,).

    path: of the file.

    Raises:
        InputError: the file cannot be read, is no idx file, or is shorter or longer than its header says.
    """
    data, source = load_bytes(fspath(path)), str(fspath(path))
    if not is_idx(data):
        raise InputError(
            f"An idx file begins with two zero bytes, a type and 1 to {_MOST_DIMENSIONS} dimensions, and {source} does "
            "not: give the file as it was downloaded."
        )
    return parse_idx(data, source)


def is_idx(data: bytes) -> bool:
    """Whether the content of a file, or of the gzip file that it is, begins as an idx file does."""
    head = data[:4]
    if data.startswith(_GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(data[:1024], 4)
        except zlib.error:
            return False
    return len(head) == 4 and head[:2] == b"\0\0" and head[2] in _TYPES and 1 <= head[3] <= _MOST_DIMENSIONS


def parse_idx(data: bytes, source: str) -> NDArray[Any]:
    """The array of an idx file's content. Never more memory is reserved than the content can fill."""
    if data.startswith(_GZIP):
        return _unzipped(data, source)
    shape, dtype, begin = _header(data, source)
    wanted = begin + math.prod(shape) * dtype.itemsize
    if len(data) != wanted:
        raise _damaged(source, f"its header states {wanted:,} bytes, and it has {len(data):,}")
    array = np.frombuffer(data, dtype, offset=begin).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=True)


def _unzipped(data: bytes, source: str) -> NDArray[Any]:
    """As `parse_idx`. A short file that unpacks to an endless one is not unpacked."""
    try:
        with gzip.open(BytesIO(data)) as file:
            head = file.read(4)
            head += file.read(4 * head[3])
            shape, dtype, begin = _header(head, source)
            size = math.prod(shape) * dtype.itemsize
            if size > _DEFLATE * len(data):
                raise _damaged(source, f"its header states {size:,} bytes, more than {len(data):,} can unpack to")
            return parse_idx(head + file.read(size + 1), source)
    except (EOFError, OSError, zlib.error) as error:
        raise _damaged(source, str(error)) from error


def _header(data: bytes, source: str) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape, type of the values, and where they begin."""
    dimensions = data[3]
    begin = 4 + 4 * dimensions
    if len(data) < begin:
        raise _damaged(source, f"it ends within its header of {begin} bytes")
    shape = tuple(int.from_bytes(data[4 * k : 4 * k + 4], "big") for k in range(1, dimensions + 1))
    return shape, np.dtype(_TYPES[data[2]]), begin


def _damaged(source: str, why: str) -> InputError:
    return InputError(f"The idx file {source} is damaged or cut short ({why}): copy or download it again.")


def images_of(source: Any, label: str = "the array") -> NDArray[Any] | None:
    """The images (rows, height, width, channels) that an array or a list of arrays holds; None of any other source.

    label: what to call it in messages.

    Raises:
        InputError: an array of three or four dimensions that cannot be images.
    """
    if isinstance(source, Sequence) and source and all(getattr(one, "ndim", 0) in (2, 3) for one in source):
        shapes = {tuple(one.shape) for one in source}
        if len(shapes) > 1:
            first, other = sorted(shapes)[:2]
            raise InputError(f"Images must have one size; got {first} and {other}: crop or scale them alike.")
        source = np.stack([np.asarray(one) for one in source])
    dimensions = getattr(source, "ndim", 0)
    if not isinstance(dimensions, int) or dimensions < 3 or not hasattr(source, "__array__"):
        return None
    return _checked(np.asarray(source), label)


def _checked(array: NDArray[Any], source: str) -> NDArray[Any]:
    """The array as (rows, height, width, channels), channels last.

    Raises:
        InputError: another number of dimensions, no rows or pixels, channels first, or values that are no real numbers.
    """
    if array.ndim not in (3, 4):
        raise InputError(
            f"Images come as (rows, height, width) or (rows, height, width, channels), a table as (rows, columns), and "
            f"{source} has the shape {array.shape}: reshape it."
        )
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"Pixels are real numbers, and {source} holds values of type {array.dtype} (Complex data not supported)."
        )
    images = array[..., None] if array.ndim == 3 else array
    if 0 in images.shape:
        raise InputError(f"Images need rows and pixels, and {source} has the shape {array.shape}: 0 sample(s).")
    rows, height, width, channels = images.shape
    if height in _FEW_CHANNELS and min(width, channels) >= 8:
        raise InputError(
            f"Images have their channels last, (rows, height, width, channels), and {source} of shape {array.shape} "
            "seems to have them first: use numpy.moveaxis(X, 1, -1)."
        )
    if height * width * channels > MOST_VALUES:
        raise InputError(
            f"An image has at most {MOST_VALUES:,} values, because a dense layer has a weight for each of them and "
            f"each unit, and those of {source} have {height} x {width} x {channels}: make them smaller."
        )
    return images


def shape_in_words(image: Image) -> str:
    """28 x 28 pixels, or 32 x 32 pixels of 3 channels."""
    height, width, channels = image
    return f"{height} x {width} pixels" + (f" of {channels} channels" if channels > 1 else "")


def image_of(images: NDArray[Any]) -> Image:
    """Height, width and channels of images (rows, height, width, channels)."""
    _, height, width, channels = images.shape
    return height, width, channels


def pixel_names(image: Image) -> tuple[str, ...]:
    """A name for each value of an image: "pixel y,x", or "pixel y,x,channel"."""
    height, width, channels = image
    if channels == 1:
        return tuple(f"pixel {y},{x}" for y in range(height) for x in range(width))
    return tuple(f"pixel {y},{x},{c}" for y in range(height) for x in range(width) for c in range(channels))


def plain_image(image: Any, columns: bool) -> Image | None:
    """The shape that a saved schema states, None of a table; InputError where it is none, or stands beside columns."""
    if image is None:
        return None
    whole = isinstance(image, list) and len(image) == 3 and all(type(size) is int and size > 0 for size in image)
    if not whole or columns or math.prod(image) > MOST_VALUES:
        raise InputError(f"A saved schema of images holds height, width and channels alone; got {str(image)[:80]}.")
    return image[0], image[1], image[2]


def image_arrays(wanted: Image | None, images: NDArray[Any] | None, source: str) -> Arrays:
    """Images as the engine takes them.

    wanted: the shape at training, None of networks trained on a table. images: None where a table came.

    Raises:
        InputError: another shape, or a table where images belong, or images where a table belongs.
    """
    if wanted is None:
        raise InputError(f"The networks were trained on a table, and {source} holds images: give a table's columns.")
    trained = f"The networks were trained on images of {shape_in_words(wanted)}"
    if images is None:
        raise InputError(
            f"{trained}, and {source} is a table: give an array (rows, height, width) or (rows, height, width, "
            "channels); of one image it is image[None]."
        )
    if image_of(images) != wanted:
        came = shape_in_words(image_of(images))
        raise InputError(f"{trained}, and those of {source} have {came}: bring them to the same size.")
    return Arrays(pixels_of(images), np.empty((len(images), 0), np.int32), image=wanted)


def pixels_of(images: NDArray[Any]) -> Float32:
    """Images (rows, height, width, channels) as rows of float32 pixels, row-major, channels last.

    float32 takes four times the memory of bytes (MNIST: 188 MB, once for all members), and spares the training step a
    conversion of each row that it gathers.

    Raises:
        InputError: a pixel is missing or infinite.
    """
    pixels = np.empty((len(images), math.prod(images.shape[1:])), np.float32)
    step = max(1, _PIECE // pixels.shape[1])
    for begin in range(0, len(images), step):
        piece = images[begin : begin + step]
        with np.errstate(over="ignore"):
            pixels[begin : begin + step] = piece.reshape(len(piece), -1)
        if images.dtype.kind == "f" and not np.isfinite(pixels[begin : begin + step]).all():
            row, place = np.argwhere(~np.isfinite(pixels[begin : begin + step]))[0]
            value = piece.reshape(len(piece), -1)[row, place]
            raise InputError(
                f"Pixels must be finite in float32 (no NaN, no infinity), and row {begin + row + 1} has {value}: "
                "correct it, or leave the image out."
            )
    return pixels
