"""Which change helped: chosen by validation rows, judged on test rows that no choice saw."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.trial.patches import Patch
from wellfit.reprs import short_repr
from wellfit.statistics.paired import BETTER, UNKNOWN, Comparison, PairedDifference
from wellfit.statistics.paired.difference import paired_difference
from wellfit.studies.base.paired import Pairing

Float64 = NDArray[np.float64]
PATIENT = "the recipe as it is"


@dataclass(frozen=True)
class Judged:
    """A change that was tried, and what it brought.

    patch: the change. validation_loss: mean; infinite where a network diverged. loss: mean on test rows.
    difference: of test losses from the patient's (below 0 is better), as if it were the only one that was tried.
    verdict: what is left of it after all changes of its kind (Holm). diverged: networks that did.
    """

    patch: Patch
    validation_loss: float
    loss: float
    difference: PairedDifference
    verdict: str
    diverged: int = 0

    __repr__ = short_repr


@dataclass(frozen=True)
class TrialResult:
    """What the trial of changes of the recipe found.

    judged: remedies and combinations, then random changes, each in the order of validation loss.
    chosen: the change with the lowest mean validation loss but random ones; None: all diverged, or none was tried.
    best_random: the same of the random ones. patient_validation, patient_loss: mean losses of the recipe as it is.
    against_random: of test losses, the chosen one's less the best random one's; None without one of the two.
    relative: by which share of the patient's mean test loss the chosen one's is lower, with its interval; NaN where it
        is not known, 1 where the patient's networks diverged and the chosen one's did not.
    """

    judged: tuple[Judged, ...]
    chosen: Judged | None
    best_random: Judged | None
    patient_validation: float
    patient_loss: float
    against_random: PairedDifference | None
    relative: tuple[float, float, float]

    __repr__ = short_repr

    def verdict_of(self, one: Judged) -> str:
        """The verdict of a change: of the chosen ones their own, of all others what Holm leaves."""
        chosen = one is self.chosen or one is self.best_random
        return one.difference.verdict if chosen else one.verdict

    @property
    def helped(self) -> bool:
        """Whether the chosen change is better than the patient on test rows."""
        return self.chosen is not None and self.chosen.difference.verdict == BETTER

    @property
    def promises(self) -> bool:
        """Whether the chosen change helped, or, where that is not shown, has lower mean losses on validation and test
        rows alike, by more than the margin.
        """
        chosen = self.chosen
        if chosen is None or chosen.difference.verdict != UNKNOWN:
            return self.helped
        margin = chosen.difference.margin
        return chosen.validation_loss < self.patient_validation - margin and chosen.loss < self.patient_loss - margin


def judge_trial(
    patches: Sequence[Patch], validation: Mapping[str, Float64], test: Mapping[str, Float64], pairing: Pairing
) -> TrialResult:
    """The changes compared with the patient on the same folds and seeds.

    patches: that were trained. validation, test: losses (partitions, folds, seeds) by name, those of `PATIENT` too.
    pairing: of the folds.
    """
    own = [one for one in patches if one.kind != "random"]
    drawn = [one for one in patches if one.kind == "random"]
    judged = [*_judged(own, validation, test, pairing), *_judged(drawn, validation, test, pairing)]
    chosen = _choice(judged, pairing.margin)
    best_random = _lowest([one for one in judged if one.patch.kind == "random"])
    against = None
    if chosen is not None and best_random is not None:
        against = _difference(test[chosen.patch.name], test[best_random.patch.name], pairing)
    reference = mean_of(test[PATIENT], pairing)
    relative = (math.nan,) * 3 if chosen is None else _relative(chosen, reference)
    return TrialResult(
        tuple(judged), chosen, best_random, mean_of(validation[PATIENT], pairing), reference, against, relative
    )


def _judged(
    patches: Sequence[Patch], validation: Mapping[str, Float64], test: Mapping[str, Float64], pairing: Pairing
) -> list[Judged]:
    """Changes of one kind as a family, the lowest validation loss first."""
    if not patches:
        return []
    family = {PATIENT: test[PATIENT], **{one.name: test[one.name] for one in patches}}
    compared: dict[str, Comparison] = {one.name: one for one in pairing.family(family, PATIENT)}
    rows = [
        Judged(
            one, mean_of(validation[one.name], pairing), mean_of(test[one.name], pairing), compared[one.name].alone,
            compared[one.name].verdict, int(np.isinf(test[one.name]).sum()),
        )
        for one in patches
    ]  # fmt: skip
    return sorted(rows, key=lambda one: one.validation_loss)


def _choice(judged: Sequence[Judged], margin: float) -> Judged | None:
    """The change with the lowest validation loss. The default recipe as a whole, which changes everything, is taken
    only where no remedy comes as near to it as the margin.
    """
    best = _lowest([one for one in judged if one.patch.kind in ("remedy", "combination")])
    whole = _lowest([one for one in judged if one.patch.kind == "default recipe"])
    if best is None or whole is None:
        return best or whole
    return whole if whole.validation_loss < best.validation_loss - margin else best


def _lowest(judged: Sequence[Judged]) -> Judged | None:
    sound = [one for one in judged if math.isfinite(one.validation_loss)]
    return min(sound, key=lambda one: one.validation_loss, default=None)


def mean_of(losses: Float64, pairing: Pairing) -> float:
    """The mean over folds and seeds; infinite where a network diverged."""
    return pairing.mean(losses) if np.isfinite(losses).all() else math.inf


def _difference(first: Float64, second: Float64, pairing: Pairing) -> PairedDifference:
    return paired_difference(
        first, second, pairing.test_rows, pairing.training_rows, margin=pairing.margin, shares=pairing.shares,
        groups=pairing.groups, same_seeds=False,
    )  # fmt: skip


def _relative(chosen: Judged, reference: float) -> tuple[float, float, float]:
    value = chosen.difference.value
    if not math.isfinite(reference):
        return (1.0 if math.isfinite(chosen.loss) else math.nan), math.nan, math.nan
    if reference <= 0:
        return (math.nan,) * 3
    return -value.mean / reference, -value.high / reference, -value.low / reference


def judged_rows(result: TrialResult) -> list[dict[str, Any]]:
    """A row a change, as a table shows it."""
    return [
        {
            "change": one.patch.name, "kind": one.patch.kind, "words": one.patch.words,
            "answers": ", ".join(one.patch.codes), "validation_loss": one.validation_loss, "loss": one.loss,
            "difference": one.difference.value.mean, "difference_low": one.difference.value.low,
            "difference_high": one.difference.value.high, "verdict": result.verdict_of(one),
            "alone": one.difference.verdict, "diverged": one.diverged,
            "chosen": "chosen" if one is result.chosen else "best random" if one is result.best_random else "",
        }
        for one in result.judged
    ]  # fmt: skip
