"""Changes of the table tried: the same recipe without some columns, without some training rows, or on other folds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.base import Finding, TableChange
from wellfit.errors import InputError, quoted
from wellfit.recipe import Recipe
from wellfit.reprs import counted, short_repr
from wellfit.reprs import names as shown
from wellfit.statistics.paired import BETTER, SAME, WORSE, PairedDifference, paired_difference
from wellfit.studies.base import Grid, Settings, StudyTable, train_grid
from wellfit.studies.base.paired import pairing_of
from wellfit.studies.base.table import MeasuredViews, measured_views
from wellfit.tables.arrays import Arrays, SparseColumns, View
from wellfit.tables.views.copies import join_groups

Float64 = NDArray[np.float64]
NOT_KNOWN_LATER = ("leaking-columns",)  # the loss in this table is lower with them, and says nothing of new rows
MOST_TABLES = 4


@dataclass(frozen=True)
class TableTrial:
    """A change of the table that was tried with the recipe as it is.

    code: of the finding that asks for it. words: what is done. change: of the table.
    validation_loss, loss: mean losses on the changed table, of networks that did not diverge; before_validation,
        before: the same on the table as it is.
    difference: of test losses from those before, of the same test rows; None where the test rows are others.
    verdict: in words. recommended: whether the change is advised.
    """

    code: str
    words: str
    change: TableChange
    validation_loss: float
    loss: float
    before_validation: float
    before: float
    difference: PairedDifference | None
    verdict: str
    recommended: bool

    __repr__ = short_repr

    @property
    def gap(self) -> float:
        """Mean loss on test rows less that on validation rows, on the changed table."""
        return self.loss - self.validation_loss

    def to_row(self) -> dict[str, Any]:
        """As a table shows it."""
        value = None if self.difference is None else self.difference.value
        missing = math.nan
        return {
            "change": self.words, "answers": self.code, "validation_loss": self.validation_loss, "loss": self.loss,
            "gap": self.gap, "validation_loss_before": self.before_validation, "loss_before": self.before,
            "gap_before": self.before - self.before_validation,
            "difference": missing if value is None else value.mean,
            "difference_low": missing if value is None else value.low,
            "difference_high": missing if value is None else value.high, "verdict": self.verdict,
            "recommended": self.recommended,
        }  # fmt: skip


def try_table_changes(
    findings: Sequence[Finding], recipe: Recipe, grid: Grid, name: str, table: StudyTable, settings: Settings
) -> tuple[tuple[TableTrial, ...], tuple[str, ...]]:
    """The recipe trained on the table with each change that findings ask for, at most four.

    grid: on which the recipe was trained as it is, under `name`. settings: seeds, limits, folder.

    Returns:
        What was tried, and a sentence on each change that could not be.
    """
    asked = [(one, remedy) for one in findings for remedy in one.remedies[:2] if remedy.table is not None]
    tried: list[TableTrial] = []
    notes: list[str] = []
    for number, (finding, remedy) in enumerate(asked[:MOST_TABLES]):
        assert remedy.table is not None
        own = replace(settings, folder=None if settings.folder is None else settings.folder / f"table-{number}")
        try:
            tried.append(_tried(finding, remedy.words, remedy.table, recipe, grid, name, table, own))
        except InputError as error:
            notes.append(f"Not tried, {remedy.words.rstrip('.')}: {error}")
    return tuple(tried), tuple(notes)


def _tried(
    finding: Finding, words: str, change: TableChange, recipe: Recipe, grid: Grid, name: str, table: StudyTable,
    settings: Settings,
) -> TableTrial:  # fmt: skip
    changed, views = changed_table(table, grid.views, change, settings)
    after = train_grid({name: recipe}, changed, settings, validates=True, views=views)
    pairing = pairing_of(grid, table, settings, name)
    known = after.losses(name).shape[2]
    before, validation = grid.losses(name)[..., :known], grid.losses(name, "validation")[..., :known]
    losses = after.losses(name)
    difference = None
    if not change.keep_together and losses.shape == before.shape:
        difference = paired_difference(
            losses, before, pairing.test_rows, pairing.training_rows, margin=pairing.margin, shares=pairing.shares,
            groups=pairing.groups, same_seeds=False,
        )  # fmt: skip
    verdict, recommended = _judged(finding, change, difference)
    after_means = pairing.mean(after.losses(name, "validation")), pairing.mean(losses)
    before_means = pairing.mean(validation), pairing.mean(before)
    return TableTrial(finding.code, words, change, *after_means, *before_means, difference, verdict, recommended)


def _judged(finding: Finding, change: TableChange, difference: PairedDifference | None) -> tuple[str, bool]:
    if change.keep_together:
        return "on folds that keep them together the loss is that of new rows", finding.severity != "hint"
    if finding.code in NOT_KNOWN_LATER:
        return "the loss without them is that of rows for which they are not known", finding.severity != "hint"
    verdict = "not distinguishable" if difference is None else difference.verdict
    if change.drop_columns:
        return verdict, verdict in (BETTER, SAME) or verdict != WORSE and finding.severity == "problem"
    return verdict, verdict == BETTER


def changed_table(
    table: StudyTable, views: MeasuredViews, change: TableChange, settings: Settings
) -> tuple[StudyTable, MeasuredViews]:
    """The table with a change, and the views to train on: the same test and validation rows, but of rows that are kept
    together.

    Raises:
        InputError: no column or no row is left.
    """
    if change.drop_columns:
        table = without_columns(table, change.drop_columns)
    if change.keep_together:
        table = with_groups(table, change.keep_together)
        views = measured_views(table, settings)
    if change.drop_rows:
        views = replace(views, views=tuple(_without_rows(view, change.drop_rows) for view in views.views))
    return table, views


def _without_rows(view: View, rows: Sequence[int]) -> View:
    """A view that does not train on some rows; they validate and test as before."""
    kept = ~np.isin(view.training, np.asarray(rows, np.int64))
    if not kept.any():
        raise InputError(f"{counted(len(rows), 'row')} to leave out are all that trains: name fewer.")
    return replace(view, training=view.training[kept], weight=None if view.weight is None else view.weight[kept])


def with_groups(table: StudyTable, together: Sequence[Sequence[int]]) -> StudyTable:
    """The table with lists of rows that stay on one side of every split, beside the groups that it has."""
    number = np.arange(table.rows.arrays.rows)
    links = number.copy()
    for rows in together:
        links[list(rows)] = min(rows)
    copies = links if table.rows.copies is None else join_groups(links, table.rows.copies)
    groups = join_groups(number if table.rows.groups is None else table.rows.groups, copies)
    return replace(table, rows=replace(table.rows, groups=groups))


def without_columns(table: StudyTable, names: Sequence[str]) -> StudyTable:
    """The table without some columns.

    Raises:
        InputError: there is no such column, or none is left.
    """
    schema, arrays = table.schema, table.rows.arrays
    known = [column.name for column in schema.columns if column.used]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"{quoted(unknown[0])} is no column that the networks see, which are {shown(known)}.")
    numbers = [
        column.name for column in schema.columns if column.used
        for _ in range(column.kind == "number" or len(column.parts))
    ]  # fmt: skip
    codes = [column.name for column in schema.columns if column.kind == "category"]
    kept_numbers, kept_codes = (np.array([one not in names for one in of], bool) for of in (numbers, codes))
    texts = [column.name not in names for column in schema.columns if column.kind == "text"]
    sparse = None if arrays.sparse is None or not any(texts) else _with_texts(arrays.sparse, texts)
    if not kept_numbers.any() and not kept_codes.any() and sparse is None:
        raise InputError("No column would be left to learn from: keep one.")
    left = Arrays(
        np.ascontiguousarray(arrays.numbers[:, kept_numbers]), np.ascontiguousarray(arrays.codes[:, kept_codes]),
        tuple(level for level, kept in zip(arrays.levels, kept_codes, strict=True) if kept), sparse,
    )  # fmt: skip
    columns = tuple(
        replace(column, kind="dropped", note="left out") if column.name in names else column
        for column in schema.columns
    )
    return replace(table, schema=replace(schema, columns=columns), rows=replace(table.rows, arrays=left))


def _with_texts(sparse: SparseColumns, kept: Sequence[bool]) -> SparseColumns:
    """The stored columns of some of the texts. kept: (texts,), whether each stays."""
    new = np.full(sparse.columns, -1, np.int32)
    groups, width = [], 0
    for (begin, end, kind), stays in zip(sparse.groups, kept, strict=True):
        if stays:
            new[begin:end] = np.arange(width, width + end - begin)
            groups.append((width, width + end - begin, kind))
            width += end - begin
    places = new[sparse.indices]
    there = places >= 0
    counts = np.concatenate([[0], np.cumsum(there)])
    return SparseColumns(
        counts[sparse.starts].astype(np.int64), places[there], sparse.values[there], width, tuple(groups)
    )
