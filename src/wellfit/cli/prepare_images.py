"""From the options of `wellfit fit` to images: files of pixels with files of labels, folders, or columns of paths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.cli.checked import checked
from wellfit.cli.options import FitOptions
from wellfit.cli.reading import read_given, with_known_targets
from wellfit.cli.rows import groups_of, order_of, set_aside, view_of, weights_of
from wellfit.cli.targets import check_task, later_target, named, target_of, target_of_later_rows, task_in_words
from wellfit.errors import InputError
from wellfit.tables import Schema, Table, make_target, read_pictures, read_table
from wellfit.tables.arrays import Target
from wellfit.tables.reading.picture_files import parse_size
from wellfit.tables.reading.pictures import CLASS
from wellfit.tables.reading.tables import shorten
from wellfit.tables.split import LabelledRows, SplitTable
from wellfit.tables.views.copies import equal_rows, join_groups


def read_image_files(o: FitOptions) -> Table | None:
    """The images that a folder or a column names; None where the options name a table of columns or an idx file.

    Raises:
        InputError: an option of images without images; a file that cannot be read.
    """
    if o.images is None and not Path(o.table).expanduser().is_dir():
        for option, value in {"--size": o.size, "--colour or --grey": o.colour}.items():
            if value is not None:
                raise InputError(f"{option} is for image files: name a folder of them, or their column with --images.")
        return None
    size = None if o.size is None else parse_size(o.size)
    source = o.table if o.images is None else read_given(o, None)
    return read_pictures(source, o.images, size=size, colour=o.colour)


def prepare_images(table: Table, o: FitOptions) -> SplitTable:
    """Split images into rows to train on and rows to test on."""
    check_task(o.task)
    for option, value in {"drop": o.drop, "kind": o.kind}.items():
        if value:
            raise InputError(f"--{option} names a column that is learned from, and of {table.source} these are images.")
    return _with_files_of_labels(table, o) if table.beside is None else _with_columns(table, table.beside, o)


def _with_columns(table: Table, beside: Table, o: FitOptions) -> SplitTable:
    """Images whose targets stand in a table beside them; of a folder the classes are its subfolders."""
    if o.test_target is not None:
        raise InputError("--test-target is for idx images: the images of --test have their targets beside them.")
    _check_classes(table, beside, o)
    table, skipped = with_known_targets(table, o.targets, o)
    beside = table.beside or beside
    target, task = target_of(beside, o.targets, o.task, o.skip_unknown_targets)
    groups = groups_of(beside, o.group)
    order = order_of(beside, o.time_column)
    schema = Schema.infer(table)
    whole = LabelledRows(schema.arrays(table), target, weights_of(beside, o.weight), groups, order=order)
    whole = replace(whole, numbers=table.row_numbers)
    copies = equal_rows(whole.arrays)
    whole = replace(whole, copies=copies, splits_copies=o.split_equal_rows)
    groups = groups if groups is None or whole.together is None else join_groups(groups, whole.together)
    whole = replace(whole, groups=groups)
    view = view_of(target, o, groups, whole.together, order)
    train, test, source = whole.take(view.training), whole.take(view.test), set_aside(view, order)
    if o.test not in (None, "none"):
        test, source = _later_images(schema, target, o), str(o.test)
    tested = test if test.weight.any() else None
    notes = [*table.notes, *skipped, *_unused(beside, o), *view.notes]
    return checked(SplitTable(o.target, schema, train, tested, source, task, notes), copies, o)


def _check_classes(table: Table, beside: Table, o: FitOptions) -> None:
    """Refuse a folder without subfolders, and images beside them; and columns that are not there."""
    if o.images is None and o.targets == (CLASS,):
        if CLASS not in beside.names:
            raise InputError(f"The subfolders of a folder of images are their classes, and {table.source} has none.")
        loose = beside.take(beside.series(CLASS).is_null().arg_true().to_numpy())
        if loose.rows:
            raise InputError(
                f"Every image stands in the subfolder of its class, and {loose.rows:,} of {table.source} in none: move "
                f"{str(loose.column('file')[0])[:80]!r} into one."
            )
    if not o.targets:
        raise InputError(f"--target names the column to predict; the columns of {o.table} are {shorten(beside.names)}.")
    for option, column in (("--weight", o.weight), ("--group", o.group), ("--time-column", o.time_column)):
        if column is not None and column in o.targets:
            raise InputError(f"The target {column!r} cannot be the column of {option} as well: give another.")


def _unused(beside: Table, o: FitOptions) -> list[str]:
    """A note on columns beside the images, which nothing reads."""
    used = {o.images, *o.targets, o.weight, o.group, o.time_column}
    others = [name for name in beside.names if name not in used]
    if o.images is None or not others:
        return []
    return [f"Not learned from, since networks see the images alone: {shorten(others)}."]


def _later_images(schema: Schema, train: Target, o: FitOptions) -> LabelledRows:
    """Other images to test on, with their targets beside them."""
    table = schema.read(str(o.test))
    if table.beside is None:
        raise InputError(f"To test on {o.test}, it must be a folder or a table of image files, as the training images.")
    table, _ = with_known_targets(table, o.targets, o)
    beside = table.beside or table
    target = target_of_later_rows(beside, o.targets, train, o.skip_unknown_targets)
    groups = groups_of(beside, o.group if o.group in beside.names else None, f" of {o.test}")
    weight = weights_of(beside, o.weight if o.weight in beside.names else None)
    return LabelledRows(schema.arrays(table), target, weight, groups, numbers=table.row_numbers)


def _with_files_of_labels(table: Table, o: FitOptions) -> SplitTable:
    """Images whose targets, and those of the test images, are files of one value an image."""
    for option, value in {"weight": o.weight, "group": o.group, "time-column": o.time_column}.items():
        if value:
            raise InputError(f"--{option} names a column of a table, and {table.source} holds images: leave it out.")
    if not o.target:
        raise InputError(f"{table.source} holds images: give the file of their labels with --target.")
    values = _image_targets(o.target, "--target", table)
    target = named(make_target(values, kind=o.task), "target")  # type: ignore[arg-type]
    schema = Schema.infer(table)  # the size of the images, and nothing else
    whole = _equally_weighted(schema, table, target)
    copies = equal_rows(whole.arrays)
    whole = replace(whole, copies=copies, splits_copies=o.split_equal_rows)
    view = view_of(target, o, None, whole.together)
    train, test, source = whole.take(view.training), whole.take(view.test), set_aside(view)
    if o.test not in (None, "none"):
        test, source = _test_images(schema, target, o), str(o.test)
    elif o.test_target is not None:
        raise InputError("--test-target belongs to the images of --test, which names no file: give both or neither.")
    tested = test if test.arrays.rows else None
    split = SplitTable(o.target, schema, train, tested, source, task_in_words(values, o.task), [*view.notes])
    return checked(split, copies, o)


def _test_images(schema: Schema, train: Target, o: FitOptions) -> LabelledRows:
    if o.test_target is None:
        raise InputError(f"To test on the images of {o.test}, their labels are needed: give --test-target FILE.")
    table = read_table(str(o.test))
    values = _image_targets(o.test_target, "--test-target", table)
    return _equally_weighted(schema, table, later_target(values, train))


def _equally_weighted(schema: Schema, images: Table, target: Target) -> LabelledRows:
    return LabelledRows(schema.arrays(images), target, np.ones(images.rows, np.float32))


def _image_targets(path: str, option: str, images: Table) -> NDArray[Any]:
    """The one column of a file of targets: an idx file, or a table of one column."""
    table = read_table(path)
    if table.images is not None or len(table.names) != 1:
        came = "images" if table.images is not None else f"{len(table.names)} columns"
        raise InputError(
            f"{option} takes a file with one value an image, such as an idx file of labels, and {path} holds {came}."
        )
    if table.rows != images.rows:
        raise InputError(
            f"There must be one target an image, and {path} has {table.rows:,} for {images.rows:,} images."
        )
    return table.column(table.names[0])
