"""Whether a learning curve behaves: it should fall, and fall ever more slowly; what breaks that by more than noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.reprs import short_repr
from wellfit.statistics.extrapolation.curve import MeasuredCurve

Float64 = NDArray[np.float64]
LEVEL = 0.05
MOST_SIZES = 24  # of more, so many are compared, evenly chosen: every three of them are 2,024


@dataclass(frozen=True)
class Violation:
    """The most certain violation of one rule.

    size: by how much, in units of the loss; 0: nowhere. p: one-sided, multiplied by the number of places where it was
    looked for (Bonferroni). rows: the training rows where it is: two of a rise, three of a bulge.
    """

    size: float
    p: float
    rows: tuple[float, ...] = ()

    __repr__ = short_repr

    @property
    def significant(self) -> bool:
        """Whether noise is no likely reason."""
        return self.size > 0 and self.p <= LEVEL


@dataclass(frozen=True)
class Behaviour:
    """A curve's violations. rise: more rows, and a greater loss. bulge: a loss above the straight line between a
    smaller and a larger size, so that the curve falls faster later than before.
    """

    rise: Violation
    bulge: Violation

    __repr__ = short_repr

    @property
    def well_behaved(self) -> bool:
        """Whether neither violation goes beyond noise."""
        return not (self.rise.significant or self.bulge.significant)


def behaviour_of(curve: MeasuredCurve) -> Behaviour:
    """Every pair of sizes compared, for rises, and every three, for bulges; each by a paired t-test over repeats.

    The t-tests are one-sided, and each p is multiplied by the number of pairs, or of threes, so that at most 5 % of
    curves that behave are called ill-behaved for either reason. Sizes are taken as they are, not as logarithms. Of more
    than 24 sizes 24 are compared, evenly chosen.

    Source: Yan, Mohr & Viering, "LCDB 1.1: A database illustrating learning curves are more ill-behaved than previously
    thought", 2025.
    """
    kept = np.unique(np.linspace(0, len(curve.sizes) - 1, min(len(curve.sizes), MOST_SIZES)).round().astype(np.int64))
    curve = MeasuredCurve(curve.sizes[kept], curve.means[kept], curve.deviations[:, kept], curve.freedom)
    i, j = np.triu_indices(len(curve.sizes), 1)
    rises = np.zeros((len(i), len(curve.sizes)))
    rises[np.arange(len(i)), i], rises[np.arange(len(i)), j] = -1, 1
    return Behaviour(_worst(curve, rises), _worst(curve, _bulges(curve.sizes)))


def _bulges(sizes: Float64) -> Float64:
    """For every three sizes the loss at the middle one less that of the line between the others, as a contrast."""
    count = len(sizes)
    i, j, k = np.array([(a, b, c) for a in range(count) for b in range(a + 1, count) for c in range(b + 1, count)],
                       dtype=np.int64).reshape(-1, 3).T  # fmt: skip
    share = (sizes[j] - sizes[i]) / (sizes[k] - sizes[i])
    contrasts, each = np.zeros((len(i), count)), np.arange(len(i))
    contrasts[each, i], contrasts[each, j], contrasts[each, k] = share - 1, 1, -share
    return contrasts


def _worst(curve: MeasuredCurve, contrasts: Float64) -> Violation:
    """Of contrasts that should not be above 0, the one that is so most certainly."""
    from scipy.stats import t

    if not len(contrasts):
        return Violation(0.0, 1.0)
    values = contrasts @ curve.means
    errors = np.sqrt(((curve.deviations @ contrasts.T) ** 2).sum(axis=0))
    scores = np.where(errors > 0, values / np.where(errors > 0, errors, 1.0), np.where(values > 0, np.inf, 0.0))
    worst = int(np.argmax(scores))
    if not values[worst] > 0:
        return Violation(0.0, 1.0)
    p = min(float(t.sf(scores[worst], curve.freedom)) * len(contrasts), 1.0)
    return Violation(float(values[worst]), p, tuple(curve.sizes[contrasts[worst] != 0].tolist()))
