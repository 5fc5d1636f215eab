"""The best of many recipes, corrected for having been chosen, and the simplest that is practically as good."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError
from wellfit.reprs import counted, short_repr
from wellfit.statistics.intervals import Estimate
from wellfit.statistics.paired.family import Comparison, compare_family
from wellfit.statistics.paired.losses import as_losses, as_rows, mean_loss
from wellfit.statistics.paired.variance import spread_of
from wellfit.statistics.paired.verdicts import BETTER, SAME

Float64 = NDArray[np.float64]
FAR = 4.0  # times the spread of the better half: recipes further behind the middle one are no rivals of the best
Rows = float | Sequence[Any] | NDArray[Any]


@dataclass(frozen=True)
class BestOfMany:
    """The recipe with the lowest mean loss, and how much of its lead is due to having been chosen.

    name: of the best.
    candidates: how many recipes could have been the best. left_out: how many diverged, or were not trained in part.
    loss: its mean loss as it was found, which flatters it.
    optimism: how much higher its loss on new rows is expected to be, 0 or more; NaN where nothing shows it.
    lead: the mean loss of the candidates less that of the best, with its 95 % interval, corrected for the choice.
    by_chance: the lead that the best of as many equal recipes has in half of all cases.
    beyond_chance: whether the lead, as found, is one that equal recipes would have in fewer than 5 % of cases.
    """

    name: str
    candidates: int
    left_out: int
    loss: float
    optimism: float
    lead: Estimate
    by_chance: float
    beyond_chance: bool

    __repr__ = short_repr

    @property
    def sentence(self) -> str:
        """What a reader should know of a best that was chosen."""
        lowest = f"{self.name} has the lowest loss of {counted(self.candidates, 'candidate')}"
        if math.isnan(self.optimism):
            return f"{lowest}; how much of its lead is chance is not known."
        side = "is more than" if self.beyond_chance else "may well be"
        return (
            f"{lowest}. Its lead over their mean {side} what chance gives the best of so many; its loss on new rows is "
            f"expected to be {self.optimism:.2g} higher than the one it was chosen by."
        )

    def to_plain(self) -> dict[str, Any]:
        """As JSON holds it: null for what is not known."""
        numbers = {"loss": self.loss, "optimism": self.optimism, "by_chance": self.by_chance}
        return {
            "name": self.name,
            "candidates": self.candidates,
            "left_out": self.left_out,
            **{name: one if math.isfinite(one) else None for name, one in numbers.items()},
            "lead": self.lead.to_plain(),
            "beyond_chance": self.beyond_chance,
        }


def best_of_many(
    losses: Mapping[str, Any], test_rows: Rows, training_rows: Rows, same_seeds: bool = True
) -> BestOfMany:
    """The recipe with the lowest mean loss, with what order statistics say of a best that was chosen.

    Each fold's and seed's losses are taken less their mean over the m recipes. With tau^2 the mean of the squared
    standard errors of these deviations (`spread_of`), the best of m equal recipes leads by about tau t(1 - 1/(2m)). The
    variance V of the recipes' means is tau^2 and what they differ by in truth: the share tau^2 / V of the lead, at most
    all, is taken to be chance (`optimism`), so that a lead that stands out is left as it is. Recipes far behind, which
    would blow up V, are no candidates: those behind the middle recipe by more than 4 times the half-normal spread of
    the better half.

    losses: by name of the recipe, (partitions, folds, seeds) each, two recipes or more. Recipes of which a network
        diverged, or was not trained, cannot be the best and are left out.
    test_rows, training_rows, same_seeds: as `paired_difference`.

    Source: McLatchie & Vehtari, "Efficient estimation and correction of selection-induced bias with order statistics",
    2024, and arviz-stats, for the order statistic and the half-normal spread. Departures: the noise comes from the
    folds, not from the spread of the recipes alone, so that it works for few recipes too; the lead shrinks by its share
    of noise (Efron & Morris, "Stein's estimation rule and its competitors", 1973) in place of losing a fixed amount.

    Raises:
        InputError: as `paired_difference`, or fewer than two recipes that trained everywhere.
    """
    names, table, tested, trained = _complete(losses, test_rows, training_rows)
    means = np.array([mean_loss(one, tested) for one in table])
    best, left_out = int(np.argmin(means)), len(losses) - len(names)
    rivals = table[_rivals(means)]
    many = len(rivals)
    spreads = [spread_of(one, tested, trained, same_seeds) for one in rivals - rivals.mean(axis=0)]
    found = np.array([one.mean for one in spreads])
    noise, lead = float(np.mean([one.error**2 for one in spreads])), -float(found.min())
    if math.isnan(noise):
        return BestOfMany(names[best], many, left_out, float(means[best]), math.nan, Estimate(lead), math.nan, False)
    chance = min(noise / float(found.var(ddof=1)), 1.0) if lead > 0 else 1.0
    freedom = (many - 1) * float(np.mean([one.freedom for one in spreads]))
    uncertain = noise * (1 - chance + chance / many) + 2 / (many - 1) * (chance * lead) ** 2
    reach, kept = _t(0.975, freedom) * math.sqrt(uncertain), (1 - chance) * lead
    limit = math.sqrt(noise) * _t(0.95 ** (1 / many), freedom)
    return BestOfMany(
        names[best], many, left_out, float(means[best]), chance * lead, Estimate(kept, kept - reach, kept + reach),
        math.sqrt(noise) * _t(1 - 1 / (2 * many), freedom), lead > limit,
    )  # fmt: skip


def _rivals(means: Float64) -> NDArray[np.bool_]:
    """Recipes that could have been the best: not so far above the middle one that they tell nothing of the others."""
    middle = float(np.median(means))
    spread = math.sqrt(float(np.mean((means[means <= middle] - middle) ** 2)))
    return means - middle <= FAR * spread if len(means) > 2 else np.full(len(means), True)


@dataclass(frozen=True)
class Simplest:
    """The simplest recipe that is practically as good as the best.

    name: of the simplest that was shown to be; where none was, that of the best. shown: whether one was.
    best: the name of the recipe with the lowest mean loss.
    comparisons: of every other recipe with the best, simplest first.
    """

    name: str
    shown: bool
    best: str
    comparisons: tuple[Comparison, ...]

    __repr__ = short_repr

    @property
    def sentence(self) -> str:
        """The choice in words."""
        if self.name == self.best and self.shown:
            return f"{self.best} is the best recipe, and none of the others is simpler."
        if self.shown:
            return f"{self.name} is the simplest recipe that is practically as good as the best, {self.best}."
        return f"That a simpler recipe is practically as good as the best, {self.best}, was not shown."


def simplest_as_good(
    losses: Mapping[str, Any],
    complexity: Mapping[str, float],
    test_rows: Rows,
    training_rows: Rows,
    *,
    margin: float | None = None,
    shares: bool = False,
    groups: float | None = None,
    same_seeds: bool = True,
) -> Simplest:
    """The simplest recipe that is practically as good as the best one, or none where that was not shown.

    A recipe is as good if its verdict against the best is "practically the same" after all comparisons of the family
    (`compare_family`), or "better". "Not distinguishable" is not enough: with few folds everything is. Where the best
    is itself the simplest of all, nothing simpler is sought.

    losses: by name of the recipe, (partitions, folds, seeds) each.
    complexity: of each, such as the number of techniques that are on; lower is simpler. Of equally simple ones the one
        with the lower loss comes first.
    test_rows, training_rows, margin, shares, groups, same_seeds: as `paired_difference`.

    Raises:
        InputError: as `paired_difference`; a recipe without a complexity, or none that trained everywhere.
    """
    missing = [name for name in losses if name not in complexity]
    if missing:
        raise InputError(f"Each recipe has a complexity, a number; got none for {missing[0]!r}.")
    names, table, tested, _ = _complete(losses, test_rows, training_rows, least=1)
    means = {name: mean_loss(one, tested) for name, one in zip(names, table, strict=True)}
    best = min(means, key=lambda name: (means[name], complexity[name]))
    found = compare_family(
        losses, best, test_rows, training_rows, margin=margin, shares=shares, groups=groups, same_seeds=same_seeds
    )
    ranked = sorted(found, key=lambda one: (complexity[one.name], means.get(one.name, math.inf)))
    simpler = [one for one in ranked if complexity[one.name] < complexity[best]]
    good = next((one.name for one in simpler if one.verdict in (SAME, BETTER)), None)
    shown = good is not None or not simpler
    return Simplest(best if good is None else good, shown, best, tuple(ranked))


def _complete(
    losses: Mapping[str, Any], test_rows: Rows, training_rows: Rows, least: int = 2
) -> tuple[list[str], Float64, Float64, Float64]:
    """The recipes of which every network was trained to a finite loss, as (recipes, partitions, folds, seeds)."""
    if not losses:
        raise InputError("The best of some recipes is chosen from at least one; got none.")
    some = next(iter(losses.values()))
    pairs = {name: as_losses(own, some)[0] for name, own in losses.items()}
    whole = {name: one for name, one in pairs.items() if np.isfinite(one).all()}
    if len(whole) < least:
        raise InputError(
            f"A choice is made among recipes of which every network was trained, {least} or more; got {len(whole)}."
        )
    table = np.stack(list(whole.values()))
    return list(whole), table, as_rows(test_rows, table[0]), as_rows(training_rows, table[0])


def _t(share: float, freedom: float) -> float:
    from scipy.special import stdtrit  # scipy.stats has it too, and takes two seconds to load

    return float(stdtrit(freedom, share))
