"""Two recipes on a single split, row by row: what other seeds and other test rows would change, and no more."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.statistics.intervals import Units, units_of
from wellfit.statistics.paired.difference import PairedDifference, exact_reach, judged, with_diverged
from wellfit.statistics.paired.diverged import split_losses
from wellfit.statistics.paired.losses import as_losses, mean_loss
from wellfit.statistics.paired.remarks import Layout, remark_on_split
from wellfit.statistics.paired.variance import NOT_KNOWN, Sources, Spread, satterthwaite
from wellfit.statistics.paired.verdicts import margin_of

Float64 = NDArray[np.float64]


def split_difference(
    first: Any,
    second: Any,
    *,
    weight: Any = None,
    groups: Any = None,
    margin: float | None = None,
    shares: bool = False,
) -> PairedDifference:
    """The loss of one recipe less that of another, of the same test rows of one split and with the same seeds.

    The interval covers other test rows and other seeds. It does not cover other training rows, for which it takes
    folds: its remark says so. The variance over rows is that of their differences, averaged over seeds; what a seed
    does to all rows alike is added, as over folds (`spread_of`).

    first, second: losses (rows, seeds) of the test rows; a diverged network's are infinite. The second is the
        reference.
    weight: (rows,) of 0 or more. None (default): 1 each.
    groups: (rows,); rows of one group are taken as one. None (default): rows are independent.
    margin: in units of the loss, 0 or more, fixed before. None (default): 1 % of the reference's mean loss.
    shares: as `paired_difference` (default False).

    Raises:
        InputError: losses of different or wrong shapes, weights or groups that do not fit, or a margin below 0.

    >>> rng = np.random.default_rng(0)
    >>> losses = rng.exponential(size=(500, 1)) + 0.1 * rng.normal(size=(500, 2))
    >>> found = split_difference(losses, losses + 0.2 + 0.1 * rng.normal(size=(500, 2)))
    >>> found.verdict, round(found.value.mean, 1)
    ('better', -0.2)
    """
    ours, theirs = as_losses(first, second, "(rows, seeds)")
    given = _weights(weight, len(ours))
    if groups is not None and np.shape(groups) != (len(ours),):
        raise InputError(f"Groups are one value a row, {len(ours)} of them; got the shape {np.shape(groups)}.")
    kept = given > 0
    ours, theirs, given = ours[kept], theirs[kept], given[kept]
    units = units_of(given, None if groups is None else np.asarray(groups)[kept])
    networks = _of_networks(ours, units), _of_networks(theirs, units)
    differences, diverged = split_losses(*networks)
    finite = np.isfinite(differences[0, 0])
    pairs = ours[:, finite] - theirs[:, finite]
    limit = margin_of(margin, mean_loss(networks[1], np.ones((1, 1))))
    layout = Layout(units.effective, groups is not None, pairs)
    size = mean_loss(np.abs(networks[1]), np.ones((1, 1)))
    least = exact_reach(units.size) if shares else 0.0
    found = judged(_spread(pairs, units), limit, size, remark_on_split(layout), least)
    return with_diverged(found, *networks, diverged) if diverged else found


def _weights(weight: Any, rows: int) -> Float64:
    given = np.ones(rows) if weight is None else np.asarray(weight, np.float64)
    if given.shape != (rows,):
        raise InputError(f"Weights are one number a row, {rows} of them; got the shape {given.shape}.")
    if not (np.isfinite(given) & (given >= 0)).all() or not given.any():
        raise InputError("Weights are numbers of 0 or more, one of them above 0; got others, or none above 0.")
    return given


def _of_networks(losses: Float64, units: Units) -> Float64:
    """The mean loss of each network, (1, 1, seeds): infinite where that of any row is."""
    infinite = np.isinf(losses)
    means = units.share @ np.where(infinite, 0.0, losses)
    return np.where(infinite.any(axis=0), np.inf, means)[None, None]


def _spread(pairs: Float64, units: Units) -> Spread:
    """The mean over rows and seeds of paired losses (rows, seeds), and how far it may be off."""
    seeds = pairs.shape[1]
    if not seeds:
        return Spread(math.nan, math.nan, math.nan, NOT_KNOWN)
    rows = pairs.mean(axis=1)
    mean = float(units.share @ rows)
    of_units = units.standard_error(units.means_without(rows)) ** 2
    if math.isnan(of_units):
        return Spread(mean, math.nan, math.nan, NOT_KNOWN)
    if seeds < 2:
        return Spread(mean, math.sqrt(of_units), units.effective - 1, Sources(of_units, 0.0, of_units, math.nan))
    of_seeds = float((units.share @ pairs).var(ddof=1)) / seeds
    of_rest = [units.standard_error(units.means_without(one)) ** 2 for one in pairs.T - rows]
    inside = float(np.mean(of_rest)) / (seeds - 1)
    alike = max(of_seeds - inside, 0.0)
    freedom = min(units.effective - 1, satterthwaite((of_units, alike), (units.effective - 1, seeds - 1)))
    shown = min(inside, of_units)
    parts = Sources(of_units - shown, 0.0, of_units - shown, shown + alike)
    return Spread(mean, math.sqrt(of_units + alike), freedom, parts)
