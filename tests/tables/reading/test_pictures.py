"""Image files: every kind of file becomes the pixels that people see, and a broken one is named."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from wellfit.errors import InputError
from wellfit.tables import Schema, read_pictures
from wellfit.tables.reading.picture_files import parse_size

UPRIGHT = np.arange(24, dtype=np.uint8).reshape(4, 6) * 10  # 4 high, 6 wide


def save(array: np.ndarray, path: Path, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **options)
    return path


def pixels(path: Path, **options: object) -> np.ndarray:
    images = read_pictures(path, **options).images  # type: ignore[arg-type]
    assert images is not None
    return images[0]


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [(1, UPRIGHT), (3, UPRIGHT[::-1, ::-1]), (6, np.rot90(UPRIGHT)), (8, np.rot90(UPRIGHT, -1))],
)
def test_a_turned_photograph_is_upright(orientation: int, stored: np.ndarray, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(np.ascontiguousarray(stored), tmp_path / "a.png", exif=exif)
    assert np.array_equal(pixels(path)[..., 0], UPRIGHT)


def test_kinds_of_pixels(tmp_path: Path) -> None:
    colour = np.stack([UPRIGHT, UPRIGHT[::-1], UPRIGHT + 5], axis=-1)
    grey = pixels(save(UPRIGHT, tmp_path / "grey.png"))
    assert grey.shape == (4, 6, 1) and pixels(save(colour, tmp_path / "colour.bmp")).shape == (4, 6, 3)
    assert np.array_equal(pixels(tmp_path / "grey.png", colour=True), np.repeat(grey, 3, axis=2))
    assert pixels(tmp_path / "colour.bmp", colour=False).shape == (4, 6, 1)
    assert np.array_equal(pixels(save(UPRIGHT.astype(np.uint16) * 257, tmp_path / "16.png")), grey)
    clear = np.dstack([colour, np.zeros((4, 6), np.uint8)])
    assert (pixels(save(clear, tmp_path / "clear.png")) == 255).all()  # what cannot be seen is white


def test_a_folder_has_its_classes_beside_it(tmp_path: Path) -> None:
    for name in ("b/2.png", "a/1.PNG", "a/deeper/3.png", "a/.hidden.png"):
        save(UPRIGHT, tmp_path / name)
    (tmp_path / "a" / "notes.txt").write_text("x")
    table = read_pictures(tmp_path)
    assert table.beside is not None and table.images is not None and table.images.shape == (3, 4, 6, 1)
    assert table.beside.column("file").tolist() == ["a/1.PNG", "a/deeper/3.png", "b/2.png"]
    assert table.beside.column("class").tolist() == ["a", "a", "b"]
    assert "a/notes.txt" in table.notes[0]
    part = table.take([2])
    assert part.beside is not None and part.beside.column("class").tolist() == ["b"]


def test_a_column_of_paths_and_what_is_kept_of_it(tmp_path: Path) -> None:
    for k in range(2):
        save(UPRIGHT + k, tmp_path / "in" / f"{k}.png")
    pl.DataFrame({"at": ["in/1.png", "in\\0.png"], "y": [1, 2]}).write_csv(tmp_path / "t.csv")
    table = read_pictures(tmp_path / "t.csv", "at", size=(2, 3), colour=True)
    assert table.images is not None and table.images.shape == (2, 2, 3, 3)
    schema = Schema.from_plain(Schema.infer(table).to_plain())
    for later in (tmp_path / "t.csv", [str(tmp_path / "in/1.png"), str(tmp_path / "in/0.png")]):
        assert np.array_equal(schema.read(later).images, table.images)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no image file .*in/2.png"):
        read_pictures({"at": [str(tmp_path / "in/2.png")]}, "at")
    with pytest.raises(InputError, match="row 2 .* has no path in 'at'"):
        read_pictures({"at": [str(tmp_path / "in/1.png"), None]}, "at")


def test_several_sizes_become_one_and_it_is_said(tmp_path: Path) -> None:
    for k, shape in enumerate([(100, 200), (120, 220), (90, 180)]):
        save(np.zeros(shape, np.uint8), tmp_path / f"{k}.jpg")
    table = read_pictures(tmp_path)
    assert table.images is not None and table.images.shape == (3, 32, 64, 1)
    assert "90 x 180 to 120 x 220 pixels and were scaled to 32 x 64; --size chooses" in table.notes[0]
    with pytest.raises(InputError, match="at most 100,000 values"):
        read_pictures(tmp_path, size=(400, 400))


def bomb(path: Path) -> None:
    """A PNG of a few bytes that claims 60 megapixels."""
    head = struct.pack(">IIBBBBB", 10_000, 6_000, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    made = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(made))


def test_broken_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = save(np.random.default_rng(0).integers(0, 255, (40, 40)).astype(np.uint8), tmp_path / "w.png").read_bytes()
    (tmp_path / "w.png").unlink()
    path = tmp_path / "x.png"
    for content in (b"", b"text", whole[:200], whole[:60] + b"\0" * 40 + whole[100:]):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"image file .*x\.png is damaged or no image"):
            read_pictures(tmp_path)
    bomb(path)
    with pytest.raises(InputError, match=r"at most 50,000,000 pixels, and .*x\.png has 10,000 x 6,000"):
        read_pictures(tmp_path)
    path.unlink()
    with pytest.raises(InputError, match="a folder without any"):
        read_pictures(tmp_path)
    save(UPRIGHT, path)
    monkeypatch.setattr("wellfit.tables.reading.picture_files.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r'extra "images": pip install "wellfit\[images\]"'):
        read_pictures(tmp_path)


def test_sizes() -> None:
    assert parse_size("32x48") == (32, 48) and parse_size(" 28 ") == (28, 28)
    for wrong in ("", "0x3", "axb", "3x", "1x2x3"):
        with pytest.raises(InputError, match="height x width"):
            parse_size(wrong)
