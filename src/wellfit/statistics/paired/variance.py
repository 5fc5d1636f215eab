"""How far a mean over folds and seeds may be off: its variance by source, and the floor that more seeds cannot pass."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Sources:
    """The variance of a mean difference by where it comes from; the parts that are known add up to the whole.

    In squared units of the loss; each part is what would go away if there were infinitely many of its kind.

    rows: other rows of the same kind, for training and testing. NaN where they cannot be told from folds.
    folds: another way to deal the same rows to folds. NaN with a single partition.
    rows_and_folds: both; with a single seed all of it.
    seeds: other initial weights, orders of rows and random numbers. NaN with a single seed.
    """

    rows: float
    folds: float
    rows_and_folds: float
    seeds: float

    __repr__ = short_repr

    @property
    def floor(self) -> float:
        """The standard error that no number of seeds takes away; NaN with a single seed, which cannot tell."""
        return math.nan if math.isnan(self.seeds) else math.sqrt(self.rows_and_folds)

    @property
    def floor_of_partitions(self) -> float:
        """The standard error that neither seeds nor partitions take away, only rows; NaN where it is not known."""
        return math.nan if math.isnan(self.seeds) else math.sqrt(self.rows)

    def scaled(self, factor: float) -> Sources:
        """All parts multiplied by a number of 0 or more."""
        return Sources(*(part * factor for part in (self.rows, self.folds, self.rows_and_folds, self.seeds)))

    def to_plain(self) -> dict[str, float | None]:
        """As JSON holds it: null for what is not known."""
        parts = {"rows": self.rows, "folds": self.folds, "rows_and_folds": self.rows_and_folds, "seeds": self.seeds}
        return {name: part if math.isfinite(part) else None for name, part in parts.items()}


@dataclass(frozen=True)
class Spread:
    """A mean, its standard error with degrees of freedom, and where the variance comes from.

    error: 0 where all values are the same, NaN where nothing shows how far they spread.
    """

    mean: float
    error: float
    freedom: float
    sources: Sources

    __repr__ = short_repr


NOT_KNOWN = Sources(math.nan, math.nan, math.nan, math.nan)


def spread_of(values: Float64, test_rows: Float64, training_rows: Float64, same_seeds: bool = True) -> Spread:
    """The mean over folds and seeds, with the corrected standard error of Nadeau & Bengio.

    Values are averaged over seeds inside a fold. With J folds the squared standard error is s^2 (1/J + n_test/n_train),
    s^2 the sample variance of the folds' means: folds share rows, so that s^2/J alone would be too small. Where the
    same seeds train on every fold, what a seed does to all folds alike is not in s^2: its variance, by the analysis of
    variance of folds and seeds, is added, divided by the number of seeds. The degrees of freedom are Satterthwaite's
    of the two parts, at most J - 1. Folds count by their test rows: with unequal ones 1/J is the sum of
    the squared weights.

    values: (partitions, folds, seeds); NaN is left out.
    test_rows, training_rows: (partitions, folds).
    same_seeds: whether every fold trains from the same seeds (default); else seeds have nothing in common over folds.

    Source: Nadeau & Bengio, "Inference for the generalization error", 2003; Bouckaert & Frank, "Evaluating the
    replicability of significance tests for comparing learning algorithms", 2004.
    """
    table = values.reshape(-1, values.shape[-1])
    known = ~np.isnan(table)
    kept = known.any(axis=1)
    if not kept.any():
        return Spread(math.nan, math.nan, math.nan, NOT_KNOWN)
    table, known, weight = table[kept], known[kept], test_rows.ravel()[kept]
    weight = weight / weight.sum()
    ratio = float(weight @ (test_rows.ravel()[kept] / training_rows.ravel()[kept]))
    fold_means = np.nanmean(table, axis=1)
    mean = float(weight @ fold_means)
    if len(table) == 1:
        return _of_seeds(mean, table[0][known[0]])
    evenness = float(weight @ weight)
    factor = evenness + ratio
    between = float(weight @ (fold_means - mean) ** 2) / (1 - evenness)
    alike, within = seed_variances(table)
    count = known.sum(axis=1)
    seeds = float(np.mean(within / count)) if np.isfinite(within) else math.nan
    parts = between * factor, alike / float(count.mean()) if same_seeds else 0.0
    of_folds = 1 / evenness - 1
    freedom = min(of_folds, satterthwaite(parts, (of_folds, table.shape[1] - 1)))
    among_seeds = min(seeds, between) * factor + parts[1]
    rest = max(between - seeds, 0.0) * factor if math.isfinite(seeds) else between * factor
    shaped = np.full(kept.shape, np.nan)
    shaped[kept] = fold_means
    folds = _of_partitions(shaped.reshape(values.shape[:2]), test_rows, seeds)
    folds = min(folds, rest) if math.isfinite(folds) else math.nan
    return Spread(mean, math.sqrt(sum(parts)), freedom, Sources(rest - folds, folds, rest, among_seeds))


def seed_variances(table: Float64) -> tuple[float, float]:
    """Of values (units, seeds): the variance of what a seed does to all units alike, and of a seed inside a unit.

    By the analysis of variance of units and seeds; the first is 0 where nothing shows it, the second NaN with a single
    seed. NaN in the table is left out.
    """
    known = ~np.isnan(table)
    units, seeds = known.any(axis=1).sum(), known.any(axis=0).sum()
    spare = int(known.sum() - units)
    if spare < 1:
        return 0.0, math.nan
    off = table - np.nanmean(table, axis=1, keepdims=True)
    within = float(np.nansum(off**2)) / spare
    if spare <= seeds - 1:
        return 0.0, within
    count = known.sum(axis=0)
    seen = count > 0
    effect = np.nansum(off, axis=0)[seen] / count[seen]
    of_effects = float(count[seen] @ effect**2) / (seeds - 1)
    rest = (float(np.nansum(off**2)) - float(count[seen] @ effect**2)) / (spare - (seeds - 1))
    return float(max(of_effects - rest, 0.0) / count[seen].mean()), float(within)


def satterthwaite(parts: tuple[float, float], freedoms: tuple[float, float]) -> float:
    """Degrees of freedom of a sum of estimated variances.

    Source: Satterthwaite, "An approximate distribution of estimates of variance components", 1946.
    """
    total = sum(parts)
    if not total > 0:
        return freedoms[0]
    return float(
        1 / sum((part / total) ** 2 / freedom for part, freedom in zip(parts, freedoms, strict=True) if part > 0)
    )


def _of_seeds(mean: float, values: Float64) -> Spread:
    """One fold: seeds alone show how far its mean may be off."""
    if len(values) < 2:
        return Spread(mean, math.nan, math.nan, NOT_KNOWN)
    variance = float(values.var(ddof=1)) / len(values)
    sources = Sources(math.nan, math.nan, math.nan, variance)
    return Spread(mean, math.sqrt(variance), len(values) - 1, sources)


def _of_partitions(fold_means: Float64, test_rows: Float64, seeds: float) -> float:
    """What another way to deal the rows to folds changes, less what seeds do; NaN with a single partition."""
    kept = np.isfinite(fold_means).all(axis=1)
    if kept.sum() < 2:
        return math.nan
    means = np.average(fold_means[kept], axis=1, weights=test_rows[kept])
    inside = seeds / fold_means.shape[1] if math.isfinite(seeds) else 0.0
    return float(max(means.var(ddof=1) - inside, 0.0) / kept.sum())
