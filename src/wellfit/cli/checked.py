"""What is said of a table before training: repeated rows, and what could make scores mean less than they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.cli.options import FitOptions
from wellfit.shell import shell_word
from wellfit.tables.split import SplitTable, TableCheck
from wellfit.tables.views.copies import repeats_in_words
from wellfit.training.table_checks import check_table

FEW_NAMES = 5
CAVEATS = {
    "column-tells-target": "The scores hold only where {} can be known before the target is.",
    "drift": "The test rows differ from the training rows in {}: the scores are those of rows like the test rows.",
}


def checked(data: SplitTable, copies: NDArray[np.int64] | None, o: FitOptions) -> SplitTable:
    """The same, with what was found, in words too.

    copies: the number of its group of equal rows for each row of the table; None where none are equal.
    """
    checks = check_table(data, later=o.test not in (None, "none"), seed=o.seed)
    notes = [*_on_constant(data), *_on_copies(copies, o), *map(_with_way_out, checks)]
    return replace(data, checks=checks, notes=[*data.notes, *notes])


def _on_constant(data: SplitTable) -> list[str]:
    """That there is nothing to learn, where every row has the same number."""
    values = data.train.target.values
    if data.train.target.tasks or not (values == values[0]).all():
        return []
    return ["The target is constant, the same in every training row: there is nothing to learn."]


def _on_copies(copies: NDArray[np.int64] | None, o: FitOptions) -> list[str]:
    if copies is None:
        return []
    if o.time_column is not None:
        what = "equal rows may train and be held out, for rows are split by time"
    elif o.split_equal_rows:
        what = "they are split at random like any others, so that some are held out while equal rows train"
    else:
        what = (
            "equal rows stay together, to train or to be held out. If such rows will occur again in new data, "
            "--split-equal-rows splits them at random like any others"
        )
    return [f"{repeats_in_words(copies)}: {what}."]


def _with_way_out(check: TableCheck) -> str:
    """The sentence, with the option that leaves a column out."""
    if check.code != "column-tells-target":
        return check.sentence
    return f"{check.sentence.rstrip('.')} (--drop {shell_word(check.columns[0])})."


def caveats(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the scores depend on, said once more beside them. checks: of a result."""
    columns = {code: [name for one in checks if one["code"] == code for name in one["columns"]] for code in CAVEATS}
    return [words.format(_enumerated(columns[code])) for code, words in CAVEATS.items() if columns[code]]


def _enumerated(names: Sequence[str]) -> str:
    """Names in quotes, the first few of many."""
    more = f" and {len(names) - FEW_NAMES:,} more" if len(names) > FEW_NAMES else ""
    return ", ".join(repr(name) for name in names[:FEW_NAMES]) + more
