"""The known targets of a later table, as a saved model predicts them: which columns, which rows, which classes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.cli.targets import TASK_OF_KIND, target_columns
from wellfit.errors import InputError, quoted
from wellfit.models.model import Model
from wellfit.tables import Table, make_target, read_table
from wellfit.tables.arrays import Label, Target, TargetKind
from wellfit.tables.columns.target import read_target
from wellfit.tables.columns.target_values import plain_label
from wellfit.tables.reading.choices import Choices

MOST_SHOWN = 5


@dataclass(frozen=True)
class KnownTarget:
    """One target where it is known.

    name: of its column. task: of a model of several; "" for one target.
    rows: int array, where it is known. target: of these rows.
    left_out: why the others are ("have no target"), and how many.
    """

    name: str
    task: str
    rows: NDArray[np.int64]
    target: Target
    left_out: dict[str, int] = field(default_factory=dict)


def known_targets(model: Model, table: Table, given: str) -> list[KnownTarget]:
    """The target, or each of several, in the classes or under the names of the model.

    given: columns with commas between; "": those of training. For images: the file of their labels.

    Raises:
        InputError: a column is not there or cannot be read, or no row has a class that the model knows.
    """
    table = table.beside or table
    if table.images is not None:
        return [_known(_image_labels(table, given), given, "", model.kind, model.labels, table.choices)]
    columns = [task.name for task in model.tasks] or _columns(model, table, given)
    if model.tasks and given:
        columns = list(target_columns(given, table))
        if len(columns) != len(model.tasks):
            raise InputError(f"The model predicts {len(model.tasks)} targets; got {len(columns)} in --target: {given}.")
    if not model.tasks:
        return [_known(_cells(table, columns), ", ".join(columns), "", model.kind, model.labels, table.choices)]
    pairs = zip(columns, model.tasks, strict=True)
    return [_known(table.column(name), name, task.name, task.kind, task.labels, table.choices) for name, task in pairs]


def _columns(model: Model, table: Table, given: str) -> list[str]:
    """The columns of one target: those given, those that the model was trained on, or those of its outputs' names."""
    kept = model.info.get("target")
    if given or isinstance(kept, str):
        return list(target_columns(given or str(kept), table))
    if model.kind in ("numbers", "counts", "labels") and set(map(str, model.labels)) <= set(table.names):
        return [str(label) for label in model.labels]
    raise InputError("The model does not say which column it predicts: name it with --target.")


def _cells(table: Table, columns: list[str]) -> Any:
    cells = [table.column(name) for name in columns]
    return cells[0] if len(cells) == 1 else np.stack(cells, axis=1)


def _image_labels(images: Table, path: str) -> Any:
    """The labels of images, from a file of their own."""
    if not path:
        raise InputError("To measure a model on images their labels are needed: give --target FILE.")
    table = read_table(path)
    if table.images is not None or len(table.names) != 1 or table.rows != images.rows:
        raise InputError(f"--target takes a file with one value for each of the {images.rows:,} images; got {path!r}.")
    return table.column(table.names[0])


def _known(
    values: Any, name: str, task: str, kind: TargetKind, labels: tuple[Label, ...], choices: Choices
) -> KnownTarget:
    """A target at the rows where it is known and, of classes, one that the model has.

    choices: how numbers in text are read.
    """
    read = read_target(values, TASK_OF_KIND[kind], choices)  # type: ignore[arg-type]
    cells = read.values
    missing = read.unknown.reshape(len(cells), -1).any(axis=1)
    what = "number" if read.strays.count else "target"
    left_out = {f"have no {what}{_examples(read.strays.words)}": int(missing.sum())}
    unknown = np.zeros(len(cells), bool)
    if kind in ("binary", "classes"):
        known = {*labels, *map(str, labels)}
        plain = [plain_label(value) for value in cells.tolist()]
        unknown = ~missing & np.array([one not in known and str(one) not in known for one in plain], bool)
        others = dict.fromkeys(str(value) for value in cells[unknown].tolist())
        left_out[f"have a class that the model was not trained on{_examples(others)}"] = int(unknown.sum())
    rows = np.flatnonzero(~(missing | unknown))
    left_out = {why: count for why, count in left_out.items() if count}
    if not len(rows):
        wanted = f"; the model's classes are {', '.join(map(repr, labels[:MOST_SHOWN]))}" if unknown.any() else ""
        raise InputError(
            f"A model is measured on rows whose target is known, and all rows of {quoted(name)} "
            f"{' and '.join(left_out)}{wanted}."
        )
    picked = cells[rows].tolist() if cells.dtype == object else cells[rows]
    target = make_target(picked, kind=TASK_OF_KIND[kind], labels=labels, choices=choices)  # type: ignore[arg-type]
    return KnownTarget(name, task, rows, target, left_out)


def _examples(values: Iterable[str]) -> str:
    """The first few values in brackets; nothing where there are none."""
    shown = [f"{value[:40]!r}" for value in values]
    more = ", ..." if len(shown) > MOST_SHOWN else ""
    return f" ({', '.join(shown[:MOST_SHOWN])}{more})" if shown else ""
