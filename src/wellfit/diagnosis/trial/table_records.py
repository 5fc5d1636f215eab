"""Changes of the table that are asked for, what each brought, and the table with those that are advised."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from wellfit.diagnosis.base import TableChange
from wellfit.diagnosis.trial.judging import PATIENT
from wellfit.diagnosis.trial.table_changes import joined_change
from wellfit.reprs import short_repr
from wellfit.statistics.paired import UNKNOWN, PairedDifference, paired_difference
from wellfit.studies.base import Grid, Settings, StudyTable
from wellfit.studies.base.paired import pairing_of

NOT_KNOWN_LATER = "leaking-columns"  # the loss in this table is lower with them, and says nothing of new rows
LEAK_WORDS = "the loss without them is that of rows for which they are not known"
KEPT_WORDS = "on folds that keep them together the loss is that of new rows"


@dataclass(frozen=True)
class Asked:
    """A change that a finding asks for: its code and severity, what is done in words, and the change."""

    code: str
    severity: str
    words: str
    change: TableChange

    __repr__ = short_repr

    @property
    def reason(self) -> str:
        """Why it is advised whatever the losses say; "" where they have to show that it helps."""
        if self.severity == "hint":
            return ""
        return KEPT_WORDS if self.change.keep_together else LEAK_WORDS if self.code == NOT_KNOWN_LATER else ""


@dataclass(frozen=True)
class TableTrial:
    """A change of the table that was tried with the recipe as it is, on top of those advised before.

    code: of the finding that asks for it; of several together "". words: what is done. change: of the table.
    validation_loss, loss: mean losses on the changed table, of networks that did not diverge; before_validation,
        before: the same without it.
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
    def shown(self) -> str:
        """What the difference shows, in the words of `Verdict`."""
        return UNKNOWN if self.difference is None else self.difference.verdict

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


@dataclass(frozen=True)
class Ground:
    """The table with the changes that are advised, and the recipe trained on it.

    asked: these changes; none: the table is as it was. grid: under `PATIENT`.
    """

    asked: tuple[Asked, ...]
    table: StudyTable
    grid: Grid

    __repr__ = short_repr

    @property
    def change(self) -> TableChange | None:
        """The changes as one; None without any."""
        return joined_change([one.change for one in self.asked])


@dataclass(frozen=True)
class TableAdvice:
    """tried: every change. notes: a sentence on each that could not be. ground: with those that are advised.
    grids: of all that was trained for it.
    """

    tried: tuple[TableTrial, ...]
    notes: tuple[str, ...]
    ground: Ground
    grids: tuple[Grid, ...]

    __repr__ = short_repr


def compared(
    code: str, words: str, change: TableChange, before: Ground, after: Ground, settings: Settings, verdict: str = "",
) -> TableTrial:  # fmt: skip
    """A change compared with the ground that it was tried on, not advised as yet.

    verdict: in words; "": that of the difference.
    """
    pairing = pairing_of(before.grid, before.table, settings, PATIENT)
    seeds = min(grid.losses(PATIENT).shape[2] for grid in (before.grid, after.grid))
    ours, theirs = (grid.losses(PATIENT)[..., :seeds] for grid in (after.grid, before.grid))
    held = [grid.losses(PATIENT, "validation")[..., :seeds] for grid in (after.grid, before.grid)]
    difference = None
    if not change.keep_together and ours.shape == theirs.shape:
        difference = paired_difference(
            ours, theirs, pairing.test_rows, pairing.training_rows, margin=pairing.margin, shares=pairing.shares,
            groups=pairing.groups, same_seeds=False,
        )  # fmt: skip
    said = verdict or (UNKNOWN if difference is None else difference.verdict)
    ours_held, before_held = (pairing.mean(one) for one in held)
    return TableTrial(
        code, words, change, ours_held, pairing.mean(ours), before_held, pairing.mean(theirs), difference, said, False
    )
