"""What several rules ask of a case's table and networks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.base import Case, TrainedNetwork
from wellfit.statistics.target_leaks import NamedColumn
from wellfit.studies.base import StudyTable
from wellfit.training.table_checks import column_of, named_columns

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
SHOWN = 5  # names or rows in a sentence


def counted_rows(table: StudyTable) -> Int64:
    """The rows that weigh anything."""
    return np.flatnonzero(table.rows.weight > 0)


def columns_of(table: StudyTable) -> list[NamedColumn]:
    """Numbers and categories by name; none of images, whose pixels are no columns."""
    return [] if table.rows.arrays.image is not None else named_columns(table.schema, table.rows.arrays)


def source_of(table: StudyTable, names: Sequence[str]) -> tuple[str, ...]:
    """The table's own columns that some numbers are made of, each once."""
    return tuple(dict.fromkeys(column_of(table.schema, name) for name in names))


def is_class(table: StudyTable) -> bool:
    """Whether the target is one of classes."""
    return table.rows.target.kind in ("binary", "classes")


def is_number(table: StudyTable) -> bool:
    """Whether the target is one column of numbers or counts."""
    target = table.rows.target
    return target.kind in ("numbers", "counts") and target.values.shape[1] == 1


def shown(names: Sequence[object]) -> str:
    """A few of some names, and how many more there are."""
    some = ", ".join(repr(one) if isinstance(one, str) else f"{one:,}" for one in names[:SHOWN])
    return some + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")


def row_list(rows: Sequence[int] | Int64, most: int = 200) -> list[int]:
    """Row numbers as JSON holds them, counted from 0, at most so many."""
    return [int(row) for row in rows[:most]]


def known(value: float) -> float | None:
    """A number as JSON holds it: None where it is not finite."""
    return float(value) if math.isfinite(value) else None


@dataclass(frozen=True)
class LossGap:
    """How much worse the case's networks do than the best reference, on the same views.

    reference: its name. own, other: mean validation losses. gap: own - other over pairs. low: the lower end of its
    one-sided 95 % interval.
    """

    reference: str
    own: float
    other: float
    gap: float
    low: float

    @property
    def is_worse(self) -> bool:
        """Whether it is worse by more than chance, and by at least 2 % of the reference's loss."""
        return self.low > 0 and self.gap >= 0.02 * abs(self.other)


def loss_gap(case: Case) -> LossGap | None:
    """The networks beside the best reference, paired by view (averaged over seeds); None where there are too few."""
    own = _by_place(case.networks)
    gaps = []
    for name, networks in case.references.items():
        other = _by_place(networks)
        shared = [place for place in own if place in other and math.isfinite(other[place])]
        if shared:
            gaps.append(_gap(name, [own[place] for place in shared], [other[place] for place in shared]))
    return max(gaps, key=lambda one: one.gap, default=None)


def _by_place(networks: Sequence[TrainedNetwork]) -> dict[int, float]:
    """Mean validation loss of each view; infinity where a network diverged."""
    losses: dict[int, list[float]] = {}
    for one in networks:
        if one.status == "diverged":
            losses.setdefault(one.place, []).append(math.inf)
        elif one.validation is not None:
            losses.setdefault(one.place, []).append(one.validation.loss)
    return {place: float(np.mean(some)) for place, some in losses.items()}


def _gap(name: str, own: Sequence[float], other: Sequence[float]) -> LossGap:
    from scipy.special import stdtrit

    mine, theirs = np.array(own), np.array(other)
    if not np.isfinite(mine).all():
        return LossGap(name, math.inf, float(theirs.mean()), math.inf, math.inf)
    gaps = mine - theirs
    low = -math.inf
    if len(gaps) > 1:
        low = float(gaps.mean() - stdtrit(len(gaps) - 1, 0.95) * gaps.std(ddof=1) / math.sqrt(len(gaps)))
    return LossGap(name, float(mine.mean()), float(theirs.mean()), float(gaps.mean()), low)
