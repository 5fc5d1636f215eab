"""idx files and arrays of images: read to the byte, and refused in one sentence where they are damaged."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wellfit.errors import InputError
from wellfit.tables import Schema, read_idx, read_table
from wellfit.tables.reading.images import MOST_VALUES, pixels_of

CODES = {"u1": 8, "i1": 9, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}


def idx_bytes(array: np.ndarray, dtype: str = "u1") -> bytes:
    """The array as an idx file, by the format's description."""
    head = struct.pack(">BBBB", 0, 0, CODES[dtype], array.ndim)
    return head + b"".join(struct.pack(">I", size) for size in array.shape) + array.astype(dtype).tobytes()


def digits(rows: int = 6, height: int = 4, width: int = 5, channels: int = 0) -> np.ndarray:
    shape = (rows, height, width, channels) if channels else (rows, height, width)
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("dtype", CODES)
def test_every_type_is_read(dtype: str, zipped: bool, tmp_path: Path) -> None:
    array = np.arange(-12, 12).reshape(2, 3, 4).clip(0 if dtype == "u1" else -12) * (1.5 if "f" in dtype else 1)
    content = idx_bytes(array, dtype)
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(content) if zipped else content)
    read = read_idx(path)
    assert np.array_equal(read, array.astype(dtype)) and read.dtype.isnative and read.dtype.itemsize == int(dtype[-1])


def test_images_labels_and_rows_of_numbers_as_tables(tmp_path: Path) -> None:
    for array in (digits(), digits(channels=3), digits()[:, 0, 0], digits()[:, 0]):
        path = tmp_path / "file"
        path.write_bytes(idx_bytes(array))
        table = read_table(path)
        assert table.rows == 6
        if array.ndim > 2:
            assert table.images is not None and np.array_equal(table.images.reshape(array.shape), array)
        else:
            assert table.images is None
            assert np.array_equal(np.stack([table.column(name) for name in table.names], 1), array.reshape(6, -1))


WHOLE = idx_bytes(digits())
DAMAGED: dict[str, bytes] = {
    "cut in its values": WHOLE[:-1],
    "cut in its header": WHOLE[:9],
    "longer than its header says": WHOLE + b"\0",
    "billions of rows": WHOLE[:4] + b"\xff\xff\xff\xff" * 3 + WHOLE[16:],
    "eight dimensions in four bytes": WHOLE[:3] + b"\x08",
    "cut gzip": gzip.compress(WHOLE)[:-9],
    "gzip with a wrong checksum": gzip.compress(WHOLE)[:-8] + b"\0" * 8,
    "gzip of a cut file": gzip.compress(WHOLE[:-1]),
    "gzip of a longer file": gzip.compress(WHOLE + b"\0"),
    "gzip that announces too much": gzip.compress(WHOLE[:4] + b"\xff\xff\xff\xff" * 3 + WHOLE[16:]),
}


@pytest.mark.parametrize("reader", [read_idx, read_table])
@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_refused_and_costs_no_memory(name: str, reader: Any, tmp_path: Path) -> None:
    path = tmp_path / "file.idx"
    path.write_bytes(DAMAGED[name])
    tracemalloc.start()
    with pytest.raises(InputError, match=r"idx file .* is damaged or cut short \(.*\): copy or download it again"):
        reader(path)
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A few kilobytes that unpack to far more than their header says."""
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(WHOLE + bytes(200_000_000), compresslevel=1))
    tracemalloc.start()
    with pytest.raises(InputError, match="damaged"):
        read_table(path)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "content", [b"", b"\0\0", b"a,b\n1,2\n", b"\0\0\x07\x01" + bytes(8), b"\0\0\x08\x00", b"\x1f\x8b"]
)
def test_what_is_no_idx_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(InputError, match="An idx file begins with"):
        read_idx(path)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((2, 3, 4, 5, 6)), "has the shape"),
        (np.zeros((0, 3, 4)), "need rows and pixels"),
        (np.zeros((2, 0, 4)), "need rows and pixels"),
        (np.zeros((2, 3, 32, 32)), r"channels last.*moveaxis"),
        (np.zeros((2, 3, 4), complex), "Complex data not supported"),
        (np.full((2, 3, 4), "a"), "Pixels are real numbers"),
        (np.broadcast_to(np.uint8(0), (1, MOST_VALUES + 1, 1)), "at most 100,000 values"),
        ([np.zeros((3, 4)), np.zeros((4, 3))], "must have one size"),
    ],
)
def test_arrays_that_cannot_be_images(array: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_table(array)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e39])
def test_pixels_are_finite(value: float) -> None:
    images = np.zeros((5, 2, 3, 1))
    images[3, 1, 2, 0] = value
    with pytest.raises(InputError, match="row 4 has"):
        pixels_of(images)


def test_pixels_are_row_major_with_channels_last() -> None:
    images = digits(channels=3)
    schema = Schema.infer(read_table(images))
    arrays = schema.arrays(read_table(list(images)))  # a list of images is the same
    assert arrays.image == schema.image == (4, 5, 3) and arrays.numbers.dtype == np.float32
    for y, x, c in np.ndindex(4, 5, 3):
        column = schema.number_names.index(f"pixel {y},{x},{c}")
        assert np.array_equal(arrays.numbers[:, column], images[:, y, x, c])
    assert arrays.take(np.array([1, 0])).image == (4, 5, 3)


def test_a_grey_image_may_or_may_not_name_its_channel() -> None:
    schema = Schema.infer(read_table(digits()))
    assert schema.image == (4, 5, 1)
    assert np.array_equal(
        schema.arrays(read_table(digits())).numbers, schema.arrays(read_table(digits()[..., None])).numbers
    )


def test_another_shape_is_refused() -> None:
    schema, table = Schema.infer(read_table(digits())), Schema.infer(read_table(np.eye(6)))
    for wrong in (digits(height=5), digits(channels=2), digits().reshape(6, 20), digits()[0]):
        with pytest.raises(InputError, match="trained on images of 4 x 5 pixels, and"):
            schema.arrays(read_table(wrong))
    with pytest.raises(InputError, match="trained on a table, and the array holds images"):
        table.arrays(read_table(digits()))
    with pytest.raises(InputError, match="holds images, which have no columns"):
        Schema.infer(read_table(digits()), target="y")


def test_schema_to_plain_and_back() -> None:
    schema = Schema.infer(read_table(digits(channels=3)))
    assert Schema.from_plain(schema.to_plain()) == schema
    assert schema.describe()[0]["note"] == "images of 4 x 5 pixels of 3 channels, scaled all alike"
    for wrong in ([4, 5], [4, 5, 0], [4, 5, 2.0], [10**6, 10**6, 1], "4x5", [True, 5, 5]):
        with pytest.raises(InputError, match="height, width and channels"):
            Schema.from_plain({**schema.to_plain(), "image": wrong})


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_real_files(name: str, data_folder: Path) -> None:
    folder = data_folder / "images" / name
    if not folder.is_dir():
        pytest.skip(f"there is no folder {folder}")
    for part, rows in (("train", 60_000), ("t10k", 10_000)):
        images, labels = (read_idx(next(folder.glob(f"{part}-{kind}*"))) for kind in ("images", "labels"))
        assert images.shape == (rows, 28, 28) and images.dtype == np.uint8 and images.max() == 255
        assert np.array_equal(np.unique(labels), np.arange(10)) and labels.shape == (rows,)
