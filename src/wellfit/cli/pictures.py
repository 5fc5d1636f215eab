"""From the options of `wellfit fit` to arrays where the table is a file of images, with their labels in another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.cli.prepare import TEST_SHARE, Part, Prepared, check_task, later_target, named, task_in_words
from wellfit.errors import InputError
from wellfit.tables import Schema, Table, holdout, make_target, read_table
from wellfit.tables.views.views import ViewWithNotes


def prepare_images(
    table: Table, target: str, task: str | None, test: str | None, test_target: str | None, seed: int, **columns: Any
) -> Prepared:
    """Split images. target, test_target: files of one value an image. columns: options that only a table can have.

    Raises:
        InputError: what is wrong with a file or an option.
    """
    check_task(task)
    for option, value in columns.items():
        if value:
            raise InputError(f"--{option} names a column of a table, and {table.source} holds images: leave it out.")
    values = _targets(target, "--target", table)
    whole = named(make_target(values, kind=task), "target")  # type: ignore[arg-type]
    view = holdout(whole, TEST_SHARE, seed, part="test") if test is None else ViewWithNotes(np.arange(table.rows))
    schema = Schema.infer(table)  # the size of the images, and nothing else
    arrays, source = schema.arrays(table), f"{len(view.test):,} rows set aside" if len(view.test) else "none"
    train, held = (_part(arrays.take(rows), whole.take(rows)) for rows in (view.training, view.test))
    if test not in (None, "none"):
        held, source = _other_images(schema, str(test), test_target, whole), str(test)
    elif test_target is not None:
        raise InputError("--test-target belongs to the images of --test, which names no file: give both or neither.")
    tested = held if held.arrays.rows else None
    return Prepared(schema, train, None, tested, None, source, task_in_words(values, task), [*view.notes])


def _other_images(schema: Schema, test: str, target: str | None, train: Any) -> Part:
    if target is None:
        raise InputError(f"To measure on the images of {test}, their labels are needed: give --test-target FILE.")
    table = read_table(test)
    values = _targets(target, "--test-target", table)
    return _part(schema.arrays(table), later_target(values, train))


def _part(arrays: Any, target: Any) -> Part:
    return Part(arrays, target, np.ones(arrays.rows, np.float32))


def _targets(path: str, option: str, images: Table) -> NDArray[Any]:
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
