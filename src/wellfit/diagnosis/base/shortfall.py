"""How much worse a case's networks do than the best of what they are compared with, and whether that is clear."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.base.case import Case, PredictedRows, TrainedNetwork
from wellfit.diagnosis.base.finding import Severity
from wellfit.reprs import short_repr
from wellfit.statistics.row_losses import row_losses

Float64 = NDArray[np.float64]
Part = Literal["training", "validation"]
Measure = Literal["losses", "errors"]
MARGIN = 0.1  # of what the reference gains over a constant prediction; less is within what two good recipes differ by
ERRORS = 2.0  # standard errors to each side, about 95 %
LEAST_GAIN = 0.02  # of the constant's loss: a reference that gains less has nothing to be compared by


@dataclass(frozen=True)
class Shortfall:
    """How much higher the loss is than the reference's, as a share of what the reference gains over a constant.

    reference: its name. loss, reference_loss, constant: means over views; constant: NaN where it is not known.
    relative: 0: as good; 1: no better than a constant prediction. low, high: its 95 % interval, of rows and of views.
    """

    reference: str
    loss: float
    reference_loss: float
    constant: float
    relative: float
    low: float
    high: float

    __repr__ = short_repr

    def clear(self, margin: float = MARGIN) -> bool:
        """Whether it is larger than a margin, and its interval lies above 0."""
        return self.relative > margin and self.low > 0

    @property
    def evidence(self) -> dict[str, float | str]:
        """As a finding shows it."""
        return {"reference": self.reference, "loss": self.loss, "loss of the reference": self.reference_loss,
                "share of the reference's gain that is missing": self.relative}  # fmt: skip


def shortfall(case: Case, part: Part = "validation", measure: Measure = "losses") -> Shortfall | None:
    """How much worse the case's networks do than the best reference: the networks of another recipe, or a baseline.

    part: of the rows; baselines know the validation rows alone. measure: "losses" (default) or "errors" of the rows.
    Networks are paired by view, averaged over seeds, and on the rows that both sides predict.

    Returns:
        None where nothing can be compared. A case whose networks all diverged counts as a constant prediction.
    """
    constants = constant_by_view(case, part, measure)
    sides = [_against_networks(case, name, nets, part, measure) for name, nets in case.references.items()]
    if part == "validation" and measure == "losses":
        sides += [_against_baseline(case, f"{name} baseline", values) for name, values in case.baselines.items()]
    compared = [one for one in sides if one is not None]
    if not compared:
        return None
    best = min(compared, key=lambda one: one.reference)
    constant = _mean([constants[view] for view in best.views if view in constants])
    gain = constant - best.reference if math.isfinite(constant) else best.reference
    gain = max(gain, LEAST_GAIN * abs(constant if math.isfinite(constant) else best.reference), 1e-12)
    if not math.isfinite(best.loss):
        return Shortfall(best.name, math.inf, best.reference, constant, 1.0, 1.0, math.inf)
    relative, error = best.difference / gain, ERRORS * best.error / gain
    return Shortfall(
        best.name, best.loss, best.reference, constant, relative, relative - error, relative + error
    )  # fmt: skip


def costs(case: Case, margin: float = MARGIN) -> bool:
    """Whether the networks do clearly worse than the best reference on validation rows (see `Shortfall.clear`)."""
    found = shortfall(case)
    return found is not None and found.clear(margin)


def severity_of(case: Case, clear: bool = True) -> Severity:
    """Of a finding about training: a problem where its evidence is clear and the networks do worse; else a warning."""
    return "problem" if clear and costs(case) else "warning"


def fits_badly(case: Case, margin: float) -> Shortfall | None:
    """The shortfall on the training rows, where it is clear and larger than a margin; else None."""
    found = shortfall(case, "training")
    return found if found is not None and found.clear(margin) else None


def held_back(case: Case, margin: float, behind: float = 0.03) -> Shortfall | None:
    """The shortfall of networks that fit their training rows worse than the reference does,
    and new rows too; else None.

    margin: of the shortfall on training rows; or, where validation rows clearly cost (see `costs`), `behind` is enough.
    """
    found = fits_badly(case, margin)
    fitted = shortfall(case, "training")
    if found is not None or fitted is None or fitted.relative <= behind or not costs(case):
        return found
    return shortfall(case)


def constant_by_view(case: Case, part: Part = "validation", measure: Measure = "losses") -> dict[int, float]:
    """The mean loss (or error) of a constant prediction, by view, where table or baselines tell it."""
    views = {one.place: one.view for one in case.networks}
    if case.table is not None and not case.table.rows.target.tasks:
        target, weight = case.table.rows.target, case.table.rows.weight
        found = {}
        for place, view in views.items():
            rows = view.training if part == "training" or not len(view.validation) else view.validation
            known = target.values[view.training].astype(np.float64)
            w = np.maximum(weight[view.training].astype(np.float64), 0)
            if target.kind in ("binary", "classes"):
                classes = known[:, 0].astype(np.int64)
                columns = max(2, int(target.values.max()) + 1)
                guess = np.bincount(classes, w, minlength=columns) / w.sum()
            else:
                guess = np.average(known, axis=0, weights=w)
            each = row_losses(target.take(rows), np.tile(guess, (len(rows), 1)))[measure == "errors"]
            found[place] = float(np.average(each, weights=weight[rows]))
        return found
    if measure == "losses" and "constant" in case.baselines:
        return {place: float(case.baselines["constant"][place]) for place in views}
    return {}


@dataclass(frozen=True)
class _Compared:
    """name: of the reference. loss, reference, difference, error (its standard error): means over views."""

    name: str
    loss: float
    reference: float
    difference: float
    error: float
    views: tuple[int, ...]


def _by_view(networks: Iterable[TrainedNetwork], part: Part) -> dict[int, list[TrainedNetwork]]:
    """The networks of each view that have predicted rows of a part."""
    found: dict[int, list[TrainedNetwork]] = {}
    for one in networks:
        if getattr(one, part) is not None:
            found.setdefault(one.place, []).append(one)
    return found


def _against_networks(
    case: Case, name: str, networks: Sequence[TrainedNetwork], part: Part, measure: Measure
) -> _Compared | None:
    theirs = _by_view(networks, part)
    if not theirs:
        return None
    if case.networks and not case.trained:
        views = tuple(sorted(theirs))
        mean = _mean([_mean(_means(theirs[view], part, measure)) for view in views])
        return _Compared(name, math.inf, mean, math.inf, 0.0, views)
    mine = _by_view(case.networks, part)
    views = tuple(sorted(mine.keys() & theirs.keys()))
    if not views:
        return None
    pairs = [_paired_rows(mine[view], theirs[view], part, measure) for view in views]
    loss = _mean([_mean(_means(mine[view], part, measure)) for view in views])
    reference = _mean([_mean(_means(theirs[view], part, measure)) for view in views])
    differences = [float(np.average(d, weights=w)) for d, w in pairs]
    rows = math.sqrt(sum(float(np.average((d - m) ** 2, weights=w)) / max(len(d), 1)
                         for (d, w), m in zip(pairs, differences, strict=True))) / len(pairs)  # fmt: skip
    between = float(np.std(differences, ddof=1)) / math.sqrt(len(views)) if len(views) > 1 else 0.0
    return _Compared(name, loss, reference, _mean(differences), max(rows, between), views)


def _paired_rows(
    mine: Sequence[TrainedNetwork], theirs: Sequence[TrainedNetwork], part: Part, measure: Measure
) -> tuple[Float64, Float64]:
    """Differences (rows,) of the loss of rows that both sides predict, averaged over seeds, and the rows' weights."""
    a, b = (_row_means([getattr(one, part) for one in side], measure) for side in (mine, theirs))
    common = sorted(a.keys() & b.keys())
    if not common:
        return np.array([_mean(_means(mine, part, measure)) - _mean(_means(theirs, part, measure))]), np.ones(1)
    weights = dict(zip(getattr(mine[0], part).rows.tolist(), getattr(mine[0], part).weight.tolist(), strict=True))
    return np.array([a[row] - b[row] for row in common]), np.array([weights.get(row, 1.0) for row in common])


def _row_means(parts: Sequence[PredictedRows], measure: Measure) -> dict[int, float]:
    rows = np.concatenate([one.rows for one in parts])
    values = np.concatenate([getattr(one, measure) for one in parts])
    names, place = np.unique(rows, return_inverse=True)
    means = np.bincount(place, values) / np.bincount(place)
    return dict(zip(names.tolist(), means.tolist(), strict=True))


def _means(networks: Sequence[TrainedNetwork], part: Part, measure: Measure) -> list[float]:
    own: Callable[[PredictedRows], float] = (lambda p: p.loss) if measure == "losses" else (lambda p: p.error)
    return [own(getattr(one, part)) for one in networks]


def _against_baseline(case: Case, name: str, values: Float64) -> _Compared | None:
    mine = _by_view(case.networks, "validation")
    views = tuple(view for view in sorted(mine) if view < len(values) and math.isfinite(values[view]))
    if not views:
        return None
    losses = np.array([_mean(_means(mine[view], "validation", "losses")) for view in views])
    theirs = np.array([values[view] for view in views])
    spread = float(np.std(losses - theirs, ddof=1)) if len(views) > 1 else float(abs(losses[0] - theirs[0]))
    return _Compared(
        name, float(losses.mean()), float(theirs.mean()), float((losses - theirs).mean()),
        spread / math.sqrt(len(views)), views,
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else math.nan
