"""Regularisation that is far too strong."""

from __future__ import annotations

from typing import Any

from wellfit.diagnosis.base import Case, Judgement, Remedy, fine, found, rule
from wellfit.diagnosis.base.readings import grade
from wellfit.diagnosis.base.remedies import DEFAULT_REGULARISATION, recipe_of, valid
from wellfit.diagnosis.base.shortfall import held_back, severity_of, shortfall
from wellfit.recipe import Recipe

# Of each regulariser the strength from which on it is stronger than almost any good recipe has it.
STRONG: dict[str, float] = {
    "dropout": 0.55, "l2": 0.02, "l1": 0.005, "elastic_net": 0.01, "power": 0.02, "activity": 0.05,
    "weight_decay": 1.0, "input_noise": 0.7, "weight_noise": 0.15, "label_smoothing": 0.3, "label_noise": 0.25,
    "swap": 0.4, "cutout": 0.5, "adversarial": 0.5, "sharpness_aware": 0.5, "mixup": 3.0,
}  # fmt: skip
SMALLER_IS_STRONGER: dict[str, float] = {"max_norm": 0.5, "constraint": 0.5}


@rule("regularisation-too-strong", "Regularisation too strong", needs=("training",),
      explains=("recipe-unusual", "underfitting", "plateau", "constant-predictions", "still-improving",
          "unstable-folds", "too-few-units",
                "dead-units", "vanishing-gradients", "exploding-gradients", "bad-initial-scale", "too-few-epochs",
                "learning-rate-too-low", "learning-rate-too-high", "stopped-too-late", "oscillating-loss",
                "loss-spikes"))  # fmt: skip
def regularisation_too_strong(case: Case, *, missing: float = 0.1) -> Judgement:
    """Dropout, penalties, decay or noise are so strong that not even the training rows can be fitted.

    Detected: some strength of the recipe lies above what good recipes use (the table `STRONG` of this module: dropout
        0.55, L2 0.02, input noise 0.7 standard deviations, label smoothing 0.3, ...), and the training rows, in
        evaluation mode, lack at least `missing` of what the reference gains (or fewer, where validation rows clearly
        do).
    Why it matters: what keeps a network from learning by heart then keeps it from learning.
    What to do: a tenth of the strength, the default's, or none.
    How sure: the strength is certain and so is the loss; another finding may be the cause beside it.

    missing: less is within what two good recipes differ by.
    """
    strong = _strong(recipe_of(case))
    evidence: dict[str, Any] = {name: value for name, (value, _) in strong.items()}
    if not strong:
        return fine("No regularisation is stronger than usual.")
    behind = held_back(case, missing)
    if behind is None and shortfall(case, "training") is not None:
        return fine("Regularisation is strong, and the training rows are fitted well all the same.", evidence)
    names = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, (value, _) in strong.items())
    most = max(times for _, times in strong.values())
    return found(
        severity_of(case), f"Regularisation is very strong ({names}), and the training rows are fitted badly.",
        evidence=evidence | (behind.evidence if behind else {}), strength=0.6 + 0.4 * grade(most, 1.0, 2.0),
        remedies=valid(case, _remedies(recipe_of(case), strong)),
    )  # fmt: skip


def _strong(recipe: Recipe) -> dict[str, tuple[float, float]]:
    """The strengths above what is usual, each with how many times it is."""
    found = {}
    for name, usual in STRONG.items():
        value = main_strength(recipe, name)
        if value >= usual:
            found[name] = (value, value / usual)
    for name, least in SMALLER_IS_STRONGER.items():
        value = main_strength(recipe, name)
        if 0 < value <= least:
            found[name] = (value, least / value)
    return found


def main_strength(recipe: Recipe, slot: str) -> float:
    """The largest strength of a slot over layers, before its schedule; 0 where it is off."""
    technique = getattr(recipe, slot)
    value: Any = getattr(technique, technique.main)
    values: tuple[Any, ...] = value if isinstance(value, tuple) else (value,)
    return max(float(getattr(one, "value", one)) for one in values)


def _remedies(recipe: Recipe, strong: dict[str, tuple[float, float]]) -> list[Remedy]:
    off = {name: 0.0 for name in strong}
    tenth = {name: value / 10 for name, (value, _) in strong.items() if name not in SMALLER_IS_STRONGER}
    return [
        Remedy("Leave it out.", off), Remedy("Use a tenth of the strength.",
            tenth | dict.fromkeys(off.keys() - tenth, 0.0)),
        Remedy("Leave it out, and regularise as the default recipe does.", off | dict(DEFAULT_REGULARISATION.changes)),
    ]  # fmt: skip
