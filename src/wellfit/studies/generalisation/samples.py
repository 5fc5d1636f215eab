"""Training samples drawn from a pool of rows, beside a fixed part of the table that measures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.reprs import short_repr
from wellfit.studies.base import Settings, StudyTable
from wellfit.studies.base.table import measured_views, with_validation
from wellfit.tables.arrays import View

Int64 = NDArray[np.int64]
LEAST = 5  # rows of a training sample


@dataclass(frozen=True)
class Pool:
    """Rows that samples are drawn from, and rows that measure.

    rows, test: row numbers. rows_each: of a sample. bootstrap: whether it is drawn with replacement.
    seed: of the draws. notes: sentences.
    """

    rows: Int64
    test: Int64
    rows_each: int
    bootstrap: bool
    seed: int
    notes: tuple[str, ...] = ()

    __repr__ = short_repr

    @property
    def remark(self) -> str:
        """What should be known of samples of one pool."""
        if self.bootstrap:
            return (
                f"Training samples are {self.rows_each:,} draws with replacement from the same {len(self.rows):,} "
                "rows: about 63 % of them are in each, some several times, which is not quite what new rows would do."
            )
        share = self.rows_each / len(self.rows)
        return (
            f"Training samples are {self.rows_each:,} of the same {len(self.rows):,} rows, so that any two share about "
            f"{share:.0%} of theirs: the variance from sample to sample would be about {1 / (1 - share):.2g} times as "
            "large on new rows."
        )


def pool_of(table: StudyTable, settings: Settings, sampling: str, rows: int | None) -> Pool:
    """The rows of the first fold measure; samples are drawn from all others.

    sampling: "subset" or "bootstrap". rows: of a sample; None: half of the pool, of a bootstrap all of it.

    Raises:
        InputError: several partitions, another way of sampling, or more rows than there are.
    """
    if settings.partitions > 1:
        raise InputError("A fixed part of the rows measures every training sample: leave partitions out.")
    if sampling not in ("subset", "bootstrap"):
        raise InputError(f'Training samples are drawn as "subset" or "bootstrap"; got {quoted(sampling)}.')
    views = measured_views(table, settings, validates=False)
    pool, test = np.unique(views.views[0].training), views.views[0].test
    bootstrap = sampling == "bootstrap"
    most = len(pool) if bootstrap else len(pool) - 1
    each = rows if rows is not None else (len(pool) if bootstrap else len(pool) // 2)
    if not LEAST <= each <= most:
        raise InputError(f"A training sample has from {LEAST} to {most:,} of these rows; got {each:,}.")
    return Pool(pool, test, int(each), bootstrap, settings.seed, views.notes)


def sample_view(pool: Pool, number: int, table: StudyTable, validates: bool) -> View:
    """One training sample, by its number from 0 on; a fifth of it validates where any recipe asks for that.

    Rows of a group come together, so that a sample of groups has about as many rows as one of rows.
    """
    rng = np.random.default_rng([pool.seed & 0xFFFFFFFF, number, 13])
    groups = np.arange(len(pool.rows)) if table.rows.groups is None else table.rows.groups[pool.rows]
    drawn = _rows_of_groups(groups, pool.rows_each, pool.bootstrap, rng)
    view = View(pool.rows[drawn], validation=pool.test, name=f"sample {number}")
    made = with_validation(view, table, pool.seed + number, validates)
    return replace(made, name=view.name)


def _rows_of_groups(groups: Int64, size: int, bootstrap: bool, rng: np.random.Generator) -> Int64:
    """Places of about `size` rows, of whole groups: exactly that many where each row is a group of its own."""
    order = np.argsort(groups, kind="stable")
    names, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
    wanted = max(round(size / (len(groups) / len(names))), 1)
    picks = rng.choice(len(names), wanted if bootstrap else min(wanted, len(names) - 1), replace=bootstrap)
    return np.sort(np.concatenate([order[starts[k] : starts[k] + counts[k]] for k in picks]))
