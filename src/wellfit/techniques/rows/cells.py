"""Techniques on the cells of a table: another row's cells of the same class, and cells that are cut out.

A cell is what one raw column gives one row's inputs: a number with its mark of a missing value, all columns of a
category, one sparse number, one text. `Encoding.cells` lists them.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from wellfit.errors import InputError
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, helper, kernel
from wellfit.numerics.random import purpose, purpose_key, random_bits, u32
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import (
    AUGMENT_SEAM,
    ROWS,
    SEED_KEY,
    TARGET_COLUMNS,
    TARGETS,
    UPDATE,
)
from wellfit.techniques.operations import NOWHERE, Builder
from wellfit.techniques.targets.label_changes import refuse_quantities
from wellfit.techniques.update.schedule import Strength, is_on, strength

ROW_SWAP = purpose("row_swap", 8)
FEATURE_CUTOUT = purpose("feature_cutout", 11)

BOUNDS = 4  # of a cell: its columns' begin and end, and its mark's


@technique("swap")
class Swap(Technique):
    """Gives a row some cells of another row of its class: new rows that the class could have had.

    With probability p, independently for every row, cell and update, x_ic <- x_jc. Row j is the next one of the same
    class in the batch, after the last one the first: batches are shuffled, so it is any other row of the class in the
    batch with the same probability. A row that is alone in its class stays. x (rows, inputs); the labels stay.

    probability: p, in [0, 1], default 0; may carry a schedule. Drawn with 32 bits.
    A cell is a number with its mark of a missing value, all columns of a category, one sparse number or one text.
    Of several yes/no labels, rows with equal labels are of one class. Numbers and counts have no classes: refused, use
    mixup there. A row keeps its weight.
    Cost: one copy of the batch, and about 4 ns a cell and row. Not where columns only make sense together
    (coordinates); refused for images.
    Source: the lectures' "swap with another row of the class"; akin to Chawla, Bowyer, Hall & Kegelmeyer, "SMOTE",
    2002, and Bahri, Jiang, Tay & Metzler, "SCARF", 2022.

    >>> from wellfit import Recipe
    >>> Recipe(swap=0.1).swap.probability
    0.1
    """

    equations: ClassVar[tuple[str, ...]] = (r"x_{ic} \leftarrow x_{jc} \text{ with probability } p, \quad y_j = y_i",)
    main: ClassVar[str] = "probability"
    title: ClassVar[str] = "Swap noise within a class"
    seam: ClassVar[Seam] = "encode and augment"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("more data",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("few rows", "overfits")

    probability: Strength = strength(default=0.0, le=1.0)

    def operations(self, program: Builder) -> None:
        if is_on(self.probability):
            refuse_images(program, self.family)
            why = "rows without one class have no others of it: use input_noise or cutout"
            refuse_quantities(program, self.family, why)
            width = program.encoding.width
            program.emit(
                AUGMENT_SEAM, swap_cells, inputs=program.inputs, width=width, others=program.buffer(width),
                settings=program.setting(self.probability), **cells_of(program),
            )  # fmt: skip

    def refused(self, recipe: Any) -> str | None:
        return needs_other_rows(self.family, recipe, self.probability)


@technique("cutout")
class Cutout(Technique):
    """Sets cells of the table to the centre of their column, so that no column can be leant on alone.

    With probability p, independently for every row, cell and update, x_ic <- 0: a number and its mark of a missing
    value, all columns of a category together, one sparse number, one text. Nothing is scaled up in return, and nothing
    is done in evaluation: dropout of the inputs, by contrast, scales, and drops one-hot columns one by one.
    x (rows, inputs).

    probability: p, in [0, 1), default 0; may carry a schedule. Drawn with 32 bits.
    The labels stay. Cost: about 4 ns a cell and row. Not for tables in which one column says almost everything.
    Source: DeVries & Taylor, "Improved regularization of convolutional neural networks with cutout", 2017, for cells
    of a table.

    >>> from wellfit import Recipe
    >>> Recipe(cutout=0.1).cutout.probability
    0.1
    """

    equations: ClassVar[tuple[str, ...]] = (r"x_{ic} \leftarrow 0 \text{ with probability } p",)
    main: ClassVar[str] = "probability"
    title: ClassVar[str] = "Cutout of cells"
    seam: ClassVar[Seam] = "encode and augment"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("more data",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")
    random_in_prediction: ClassVar[bool] = True

    probability: Strength = strength(default=0.0, lt=1.0)

    def operations(self, program: Builder) -> None:
        if is_on(self.probability):
            width = program.encoding.width
            program.emit(
                AUGMENT_SEAM, cut_cells_out, inputs=program.inputs, width=width, others=program.buffer(width, rows=1),
                settings=program.setting(self.probability), **cells_of(program),
            )  # fmt: skip


def cells_of(program: Builder) -> dict[str, Any]:
    """How many cells a row has, and where their bounds start in the settings; NOWHERE: each cell is one column."""
    cells = program.encoding.cells
    alone = len(cells) >= program.encoding.width
    return {"cell_count": len(cells), "cells": NOWHERE if alone else program.setting(*cells.ravel())}


def needs_other_rows(slot: str, recipe: Any, strength: Any) -> str | None:
    """Why a technique that takes from another row cannot work: there is none in a batch of one."""
    if recipe.batch_size == 1 and is_on(strength):
        return f"{slot} takes from another row of the batch, but batch_size = 1: raise it"
    return None


def refuse_images(program: Builder, slot: str) -> None:
    """InputError for a technique of a table's cells where rows are images."""
    if program.encoding.image is not None:
        raise InputError(f"{slot} takes single cells of a table, and these rows are images: use mixup or augmentation.")


@helper
def take_cells(to: Any, source: Any, settings: Any, bounds: Any, cells: Any, first: Any, chance: Any, keys: Any) -> Any:
    """Copy each cell of a row with a probability; returns how many. bounds: where the cells' bounds start in
    `settings`, -1 where cell c is column c. first: the first cell's counter. keys: the two of its bits.
    """
    below, taken = np.int64(np.float64(chance) * np.float64(4294967296.0)), 0
    key1, key2 = keys
    if below <= 0:
        return 0
    if bounds < 0:
        top = u32(below - 1)
        for c in range(cells):
            hit = u32(random_bits(u32(first + c), key1, key2)) <= top
            to[c] = source[c] if hit else to[c]
            taken += 1 if hit else 0
        return taken
    for c in range(cells):
        if np.int64(random_bits(u32(first + c), key1, key2)) < below:
            at = bounds + BOUNDS * c
            for j in range(np.int64(settings[at]), np.int64(settings[at + 1])):
                to[j] = source[j]
            for j in range(np.int64(settings[at + 2]), np.int64(settings[at + 3])):
                to[j] = source[j]
            taken += 1
    return taken


@helper
def next_of_class(y: Any, i: Any, rows: Any, columns: Any) -> Any:
    """The next row with the same labels, i if there is none."""
    for step in range(1, rows):
        k = i + step if i + step < rows else i + step - rows
        same = True
        for j in range(columns):
            if y[k * columns + j] != y[i * columns + j]:
                same = False
        if same:
            return k
    return i


CELLS = fields("inputs width settings cells cell_count others")


@kernel(CELLS)
def swap_cells(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """others takes a copy of the batch. Counter of the draws: row x cells + cell."""
    rows, cells, width, columns = clock[ROWS], row[CELLS.cell_count], row[CELLS.width], clock[TARGET_COLUMNS]
    x, copy = (
        work[row[CELLS.inputs] : row[CELLS.inputs] + rows * width],
        work[row[CELLS.others] : row[CELLS.others] + rows * width],
    )
    y = work[clock[TARGETS] : clock[TARGETS] + rows * columns]
    p = settings[row[CELLS.settings]]
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(ROW_SWAP), u32(0), u32(clock[UPDATE]), key1)
    copy[:] = x
    for i in range(rows):
        j = next_of_class(y, i, rows, columns)
        to, source = x[i * width : (i + 1) * width], copy[j * width : (j + 1) * width]
        take_cells(to, source, settings, row[CELLS.cells], cells, i * cells, p, (key1, key2))


@kernel(CELLS)
def cut_cells_out(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """others holds the centre (width,). Counter of the draws: row x cells + cell."""
    rows, cells, width = clock[ROWS], row[CELLS.cell_count], row[CELLS.width]
    p, centre = settings[row[CELLS.settings]], work[row[CELLS.others] : row[CELLS.others] + width]
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(FEATURE_CUTOUT), u32(0), u32(clock[UPDATE]), key1)
    centre[:] = constant(0, p)
    for i in range(rows):
        x = work[row[CELLS.inputs] + i * width : row[CELLS.inputs] + (i + 1) * width]
        take_cells(x, centre, settings, row[CELLS.cells], cells, i * cells, p, (key1, key2))
