"""Rows mixed with other rows, targets and weights included: mixup and cutmix."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from wellfit.errors import InputError
from wellfit.numerics.draws import larger_share
from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, helper, kernel
from wellfit.numerics.random import purpose, purpose_key, u32
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import (
    ROWS,
    SEED_KEY,
    TARGET_SEAM,
    UPDATE,
    WEIGHTS,
)
from wellfit.techniques.operations import Builder
from wellfit.techniques.rows.cells import cells_of, needs_other_rows, refuse_images, take_cells
from wellfit.techniques.update.schedule import Strength, is_on, strength

MIXUP = purpose("mixup", 9)
CUTMIX = purpose("cutmix", 10)


@technique("mixup")
class Mixup(Technique):
    """Trains on mixtures of two rows and of their targets, so that the network goes straight from one to the other.

    x~ = s x_i + (1 - s) x_j,  y~ = s y_i + (1 - s) y_j,  w~ = s w_i + (1 - s) w_j, with s = max(b, 1 - b) and b drawn
    from Beta(alpha, alpha). Row j is the next one in the batch, after the last one the first: batches are shuffled, so
    it is any other row. x (rows, inputs), y (rows, outputs): 0 and 1 for classes, scaled numbers, counts.

    alpha: at least 0, default 0 (off); 0.2 mixes little, 1 evenly; may carry a schedule. draw: one share a "batch"
        (default) or a "row".
    Departs: s is the larger share, so that a row stays mainly itself; as pairs are drawn without order,
    the mixed rows have the same distribution. Row weights w are mixed like the rows. Columns that hold no quantity
    (the number of an embedded category) stay the row's own.
    Cost: about 2 ns an input and row. Not for counts or numbers that jump between neighbouring rows.
    Source: Zhang, Cisse, Dauphin & Lopez-Paz, "mixup: beyond empirical risk minimization", 2018.

    >>> from wellfit import Recipe
    >>> Recipe(mixup=0.2).mixup.draw
    'batch'
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\tilde{x} = s \, x_i + (1 - s) \, x_j, \quad \tilde{y} = s \, y_i + (1 - s) \, y_j",
        r"s = \max(b, 1 - b), \quad b \sim \text{Beta}(\alpha, \alpha)",
    )
    main: ClassVar[str] = "alpha"
    title: ClassVar[str] = "mixup"
    seam: ClassVar[Seam] = "targets"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("more data", "smoother function")
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "over-confident", "few rows", "noisy labels")
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "few rows": (3, "makes new rows, each between two of those there are"),
    }
    example: ClassVar[dict[str, Any]] = {"mixup": 0.2}

    alpha: Strength = strength(default=0.0)
    draw: Literal["batch", "row"] = Field(default="batch")

    def operations(self, program: Builder) -> None:
        if is_on(self.alpha):
            refuse_missing_labels(program, self.family)
            targets, outputs = program.targets(soft=True)
            width, runs = program.encoding.width, program.encoding.mixable
            program.emit(
                TARGET_SEAM, mix_rows, inputs=program.inputs, width=width, targets=targets, outputs=outputs,
                settings=program.setting(self.alpha, self.draw == "row"), runs=program.setting(*runs.ravel()),
                run_count=len(runs), first_row=program.buffer(width + outputs, rows=1),
            )  # fmt: skip

    def refused(self, recipe: Any) -> str | None:
        return needs_other_rows(self.family, recipe, self.alpha)


@technique("cutmix")
class Cutmix(Technique):
    """Puts cells of another row into a row, and mixes the targets by the share of cells that each gave.

    Each cell c is taken from row j with probability 1 - s: x~_ic = x_jc, else x_ic; with k of C cells taken,
    y~ = (1 - k/C) y_i + (k/C) y_j and w~ likewise (row weights). s = max(b, 1 - b), b drawn from Beta(alpha, alpha);
    row j is the next one in the batch, after the last one the first. x (rows, inputs), y (rows, outputs).

    alpha: at least 0, default 0 (off), 1 in the paper; may carry a schedule. draw: one share s a "batch" (default) or a
        "row"; cells are drawn for each row.
    Departs: a table has no rectangles, so cells are drawn one by one; every cell (a number with its
    mark of a missing value, all columns of a category, a sparse number, a text) counts the same. After mixup, the
    mixed rows are cut and mixed.
    Cost: about 5 ns a cell and row. Not where columns only make sense together; refused for images.
    Source: Yun, Han, Oh, Chun, Choe & Yoo, "CutMix", 2019.

    >>> from wellfit import Recipe
    >>> Recipe(cutmix=1.0).cutmix.alpha
    1.0
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\tilde{x}_{ic} = x_{jc} \text{ with probability } 1 - s, \text{ else } x_{ic}",
        r"\tilde{y} = \left(1 - \frac{k}{C}\right) y_i + \frac{k}{C} \, y_j, \quad s = \max(b, 1 - b), \quad "
        r"b \sim \text{Beta}(\alpha, \alpha)",
    )
    main: ClassVar[str] = "alpha"
    title: ClassVar[str] = "CutMix"
    seam: ClassVar[Seam] = "targets"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("more data",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("over-confident", "few rows", "overfits")
    example: ClassVar[dict[str, Any]] = {"cutmix": 1.0}

    alpha: Strength = strength(default=0.0)
    draw: Literal["batch", "row"] = Field(default="batch")

    def operations(self, program: Builder) -> None:
        if is_on(self.alpha):
            refuse_missing_labels(program, self.family)
            refuse_images(program, self.family)
            targets, outputs = program.targets(soft=True)
            width = program.encoding.width
            program.emit(
                TARGET_SEAM, cut_and_mix_rows, inputs=program.inputs, width=width, targets=targets, outputs=outputs,
                settings=program.setting(self.alpha, self.draw == "row"),
                first_row=program.buffer(width + outputs, rows=1), **cells_of(program),
            )  # fmt: skip

    def refused(self, recipe: Any) -> str | None:
        return needs_other_rows(self.family, recipe, self.alpha)


def refuse_missing_labels(program: Builder, family: str) -> None:
    """InputError where two rows' labels would be mixed of which some may be missing."""
    if program.kind == "tasks":
        raise InputError(f"{family} mixes two rows' labels, and of several tasks some are missing: leave it out.")


@helper
def blend(values: Any, others: Any, begin: Any, end: Any, share: Any) -> None:
    """values[begin:end] <- share of their own, the rest of the others'; untouched at share 1."""
    own = constant(share, values[0])
    rest = constant(1 - share, values[0])
    for j in range(begin, end):
        values[j] = own * values[j] + rest * others[j]


MIX = fields("inputs width targets outputs settings runs run_count first_row")


@kernel(MIX)
def mix_rows(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """settings: alpha, 1 for a share a row. runs: of columns that mix (run_count, 2), begin and end. first_row takes
    the first row, with which the last one is mixed: (inputs and targets,).
    """
    rows, width, outputs = clock[ROWS], row[MIX.width], row[MIX.outputs]
    alpha, by_row = settings[row[MIX.settings]], settings[row[MIX.settings] + 1]
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(MIXUP), u32(0), u32(clock[UPDATE]), key1)
    x, y = (
        work[row[MIX.inputs] : row[MIX.inputs] + rows * width],
        work[row[MIX.targets] : row[MIX.targets] + rows * outputs],
    )
    w = work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    first_x, first_y = (
        work[row[MIX.first_row] : row[MIX.first_row] + width],
        work[row[MIX.first_row] + width : row[MIX.first_row] + width + outputs],
    )
    first_x[:] = x[:width]
    first_y[:] = y[:outputs]
    first_w = w[0]
    for i in range(rows):
        share = larger_share(alpha, i if by_row > 0 else 0, key1, key2)
        if share == 1:
            continue
        last = i + 1 == rows
        other_x = first_x if last else x[(i + 1) * width : (i + 2) * width]
        other_y = first_y if last else y[(i + 1) * outputs : (i + 2) * outputs]
        for k in range(row[MIX.run_count]):
            begin, end = settings[row[MIX.runs] + 2 * k], settings[row[MIX.runs] + 2 * k + 1]
            blend(x[i * width : (i + 1) * width], other_x, int(begin), int(end), share)
        blend(y[i * outputs : (i + 1) * outputs], other_y, 0, outputs, share)
        other_w = first_w if last else w[i + 1]
        w[i] = constant(share, alpha) * w[i] + constant(1 - share, alpha) * other_w


CUT = fields("inputs width targets outputs settings cells cell_count first_row")


@kernel(CUT)
def cut_and_mix_rows(row, settings, work, parameters, gradient, state, clock, sums):  # type: ignore[no-untyped-def]
    """settings: alpha, 1 for a share a row. cells: their bounds (cell_count, 4), -1: each is a column. first_row as in
    `mix_rows`. Shares have salt 0, cells salt 1 and the counter row x cells + cell.
    """
    rows, cells, width, outputs = clock[ROWS], row[CUT.cell_count], row[CUT.width], row[CUT.outputs]
    alpha, by_row = settings[row[CUT.settings]], settings[row[CUT.settings] + 1]
    key1 = u32(clock[SEED_KEY])
    key2 = purpose_key(u32(CUTMIX), u32(0), u32(clock[UPDATE]), key1)
    key3 = purpose_key(u32(CUTMIX), u32(1), u32(clock[UPDATE]), key1)
    x, y = (
        work[row[CUT.inputs] : row[CUT.inputs] + rows * width],
        work[row[CUT.targets] : row[CUT.targets] + rows * outputs],
    )
    w = work[clock[WEIGHTS] : clock[WEIGHTS] + rows]
    first_x, first_y = (
        work[row[CUT.first_row] : row[CUT.first_row] + width],
        work[row[CUT.first_row] + width : row[CUT.first_row] + width + outputs],
    )
    first_x[:] = x[:width]
    first_y[:] = y[:outputs]
    first_w = w[0]
    for i in range(rows):
        given = 1 - larger_share(alpha, i if by_row > 0 else 0, key1, key2)
        last = i + 1 == rows
        other_x = first_x if last else x[(i + 1) * width : (i + 2) * width]
        own_x = x[i * width : (i + 1) * width]
        taken = take_cells(own_x, other_x, settings, row[CUT.cells], cells, i * cells, given, (key1, key3))
        if taken == 0:
            continue
        share = 1 - taken / cells
        other_y = first_y if last else y[(i + 1) * outputs : (i + 2) * outputs]
        blend(y[i * outputs : (i + 1) * outputs], other_y, 0, outputs, share)
        other_w = first_w if last else w[i + 1]
        w[i] = constant(share, alpha) * w[i] + constant(1 - share, alpha) * other_w
