"""Image files as a table: a folder with a subfolder a class, or a column of paths."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from wellfit.errors import InputError
from wellfit.tables.arrays import Image
from wellfit.tables.reading.images import MOST_VALUES
from wellfit.tables.reading.picture_files import ENDINGS, Size, look_at, read_pixels, require_pillow
from wellfit.tables.reading.tables import Table, read_table
from wellfit.tables.reading.whole_text import text_column

FILE, CLASS = "file", "class"  # columns of a folder of images

_USUAL_SIDE = 64  # pixels of the longer side, where images have several sizes or too many pixels


def read_pictures(
    source: Any,
    column: str | None = None,
    *,
    size: Size | None = None,
    colour: bool | None = None,
    sheet: str | None = None,
) -> Table:
    """Read image files (PNG, JPEG, BMP, GIF, WebP) as a table of images.

    source: path of a folder of images, where subfolders are classes; of one image; a list of paths; or, with a column,
        a table in any form that `read_table` takes.
    column: the column of the table with the paths of the images, relative to the folder of the table's file. None
        (default): the source itself is images.
    size: (height, width) that all images are scaled to. None (default): their own where they share one; else the median
        one, made smaller where its longer side has more than 64 pixels.
    colour: True for three channels, False for one of grey. None (default): grey where all files are.
    sheet: of a workbook, by name. None (default): the first that holds something.

    Returns:
        A `Table` of images (rows, height, width, 1 or 3), whose `beside` is the table, or of a folder the columns
        "file" and, where there are subfolders, "class".

    Raises:
        InputError: Pillow is not installed, a file is broken or missing, which is named, or there is none.
    """
    if column is None:
        beside, files, notes = _of_files(source)
    else:
        beside = read_table(source, sheet=sheet)
        files, notes = _paths_in(beside, column), list(beside.notes)
    require_pillow(beside.source)
    size, colour, chosen = _form(files, size, colour, beside.source)
    return _table(files, beside, (size, colour), column or "", [*notes, *chosen])


def read_later_pictures(source: Any, image: Image, column: str, sheet: str | None = None) -> Table:
    """Images for networks that were trained on images of one shape: from files, or in any form that `read_table` takes.

    image: height, width and channels. column: that of the paths in the training table; "": there was none.
    """
    form = image[:2], image[2] == 3
    if holds_pictures(source) and image[2] in (1, 3):
        beside, files, notes = _of_files(source)
    else:
        beside = read_table(source, sheet=sheet)
        if beside.images is not None or column not in beside.names:
            return beside
        files, notes = _paths_in(beside, column), list(beside.notes)
    require_pillow(beside.source)
    return _table(files, beside, form, column, notes)


def _table(files: list[Path], beside: Table, form: tuple[Size, bool], column: str, notes: list[str]) -> Table:
    """The images as a table. form: their size, and whether they have colours."""
    (height, width), colour = form
    channels = 3 if colour else 1
    if height * width * channels > MOST_VALUES:
        raise InputError(
            f"An image has at most {MOST_VALUES:,} values, and {height} x {width} x {channels} are more: give a "
            "smaller size, or grey images."
        )
    images = np.empty((len(files), height, width, channels), np.uint8)
    for place, path in enumerate(files):
        images[place] = read_pixels(path, (height, width), not colour)
    table = Table((), images=images, source=beside.source, notes=tuple(notes), beside=beside, image_column=column)
    return replace(table, missing=beside.missing, choices=beside.choices, taken=beside.taken)


def holds_pictures(source: Any) -> bool:
    """Whether a source is a folder, an image file, or a list of paths."""
    if isinstance(source, str | PathLike):
        path = Path(fspath(source)).expanduser()
        return path.is_dir() or path.suffix.lower() in ENDINGS
    return isinstance(source, Sequence) and bool(source) and all(isinstance(one, str | PathLike) for one in source)


def _of_files(source: Any) -> tuple[Table, list[Path], list[str]]:
    """The files that a folder or a list names, with a table of their names and classes."""
    if not isinstance(source, str | PathLike):
        files = [Path(one).expanduser() for one in source]
        return _beside([str(one) for one in source], None, "the list of images"), files, []
    folder = Path(source).expanduser()
    if folder.is_file():
        return _beside([folder.name], None, str(source)), [folder], []
    files, others = _files_below(folder)
    if not files:
        kinds = ", ".join(ENDINGS)
        raise InputError(f"A table is a file, or a folder of images ({kinds}), and {source} is a folder without any.")
    names = [path.relative_to(folder).as_posix() for path in files]
    parts = [path.relative_to(folder).parts for path in files]
    inside = [len(one) > 1 for one in parts]
    classes = [one[0] if len(one) > 1 else None for one in parts] if any(inside) else None
    notes = [] if not others else [f"Not read, since their names are not those of images: {_some(others, folder)}."]
    return _beside(names, classes, str(source)), files, notes


def _files_below(folder: Path) -> tuple[list[Path], list[Path]]:
    """The image files in a folder and its subfolders, and other files, in the order of their names."""
    files: list[Path] = []
    others: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and name not in ("Thumbs.db", "desktop.ini"):
                (files if path.suffix.lower() in ENDINGS else others).append(path)
    return sorted(files), others


def _some(paths: list[Path], folder: Path) -> str:
    shown = ", ".join(str(path.relative_to(folder))[:60] for path in paths[:3])
    return shown if len(paths) <= 3 else f"{shown} and {len(paths) - 3} more"


def _beside(names: list[str], classes: list[str | None] | None, source: str) -> Table:
    columns = [text_column(FILE, names)]
    if classes is not None:
        columns.append(text_column(CLASS, classes))
    frame = pl.DataFrame(columns)
    return Table(tuple(frame.columns), frame, source=source)


def _paths_in(table: Table, column: str) -> list[Path]:
    """The files that a column names."""
    cells = table.series(column)
    folder = Path(table.source).expanduser().parent  # of a table that came from no file, the working folder
    if cells.dtype != pl.String and not isinstance(cells.dtype, pl.Categorical | pl.Enum):
        raise InputError(
            f"The column of images holds paths, and {column[:80]!r} of {table.source} holds {cells.dtype}."
        )
    paths = []
    for row, cell in enumerate(cells.cast(pl.String).to_list(), start=1):
        if cell is None:
            raise InputError(
                f"Every row needs an image, and row {row} of {table.source} has no path in {column[:80]!r}."
            )
        paths.append(folder / Path(cell.replace("\\", "/") if os.sep == "/" else cell))
    return paths


def _form(files: list[Path], size: Size | None, colour: bool | None, source: str) -> tuple[Size, bool, list[str]]:
    """The size and colour of all images, and a note on what was chosen."""
    if size is not None and colour is not None:
        return size, colour, []
    looks = [look_at(path) for path in files]
    sizes = np.array([one for one, _ in looks])
    colour = not all(grey for _, grey in looks) if colour is None else colour
    if size is not None:
        return size, colour, []
    same = bool((sizes == sizes[0]).all())
    height, width = np.median(sizes, axis=0).round().astype(int).tolist()
    if same and height * width * (3 if colour else 1) <= MOST_VALUES:
        return (height, width), colour, []
    scale = min(1.0, _USUAL_SIDE / max(height, width))
    chosen = max(1, round(height * scale)), max(1, round(width * scale))
    low, high = sizes.min(axis=0), sizes.max(axis=0)
    came = f"{low[0]} x {low[1]}" if same else f"{low[0]} x {low[1]} to {high[0]} x {high[1]}"
    note = f"The images of {source} have {came} pixels and were scaled to {chosen[0]} x {chosen[1]}; --size chooses."
    return chosen, colour, [note]
