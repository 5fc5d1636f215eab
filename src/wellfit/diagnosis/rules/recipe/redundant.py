"""Techniques of one recipe that undo each other, or do the same twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from wellfit.diagnosis.base import Case, Judgement, Remedy, fine, found, rule
from wellfit.diagnosis.rules.recipe.strengths import strength
from wellfit.diagnosis.rules.table.facts import known, loss_gap
from wellfit.recipe import Recipe

NORMALISED = ("batch", "layer")
MOMENTS = ("adam", "amsgrad", "adamax", "nadam", "nadam_dozat", "rmsprop", "adadelta", "adagrad")

LABELS = {
    "label_smoothing": "label_smoothing.epsilon", "label_noise": "label_noise.probability", "mixup": "mixup.alpha",
    "cutmix": "cutmix.alpha",
}  # fmt: skip


@dataclass(frozen=True)
class Clash:
    """Two techniques: in words why they do not go together, what to change, and whether it costs or only does nothing.

    undo: whether one takes back what the other does; False: both do the same.
    """

    words: str
    changes: dict[str, Any]
    undo: bool


Check = Callable[[Recipe, float], Clash | None]


@rule("redundant-regularisation", "Techniques that undo each other", needs=("recipe",), explains=("underfitting",))
def redundant_regularisation(case: Case, *, much_dropout: float = 0.2, strong: int = 4) -> Judgement:
    """Two techniques of the recipe do the same, or one takes back what the other does; or there are very many.

    Detected: from the recipe alone, by known pairs: two penalties of one kind; a penalty or decay on weights whose size
    normalisation or a fixed norm takes out again; an L2 penalty under an optimiser that divides by the gradient's size;
    much dropout before batch normalisation; classes weighed and labels mixed; several changes of the labels.
    Why it matters: each further technique has a strength to tune, and where two do the same, tuning one is hidden by
    the other. Where one undoes the other, training does something else than the recipe says.
    What to do: leave one of the two out.
    How sure: that the pair acts as told is a matter of mathematics; that it costs anything only a comparison on these
    rows shows: a hint, or a warning where one undoes the other or, once networks were trained, where they do worse than
    a reference; never a problem.

    much_dropout: rate from which on the shift of variance between training and prediction disturbs batch normalisation
        (Li et al., "Understanding the disharmony between dropout and batch normalization by variance shift", 2019).
    strong: techniques against overfitting at more than a usual first strength, from which on together they mostly
        underfit.
    """
    recipe = case.recipe
    assert recipe is not None
    clashes = [one for check in CHECKS if (one := check(recipe, much_dropout)) is not None]
    on = list(_strong(recipe))
    evidence: dict[str, Any] = {"pairs": [one.words for one in clashes], "strong techniques": on, "threshold": strong}
    if len(on) >= strong:
        clashes.append(Clash(f"{len(on)} strong techniques against overfitting at once ({', '.join(on)})",
                             _off(on[-1]), undo=False))  # fmt: skip
    if not clashes:
        return fine("No two techniques of the recipe are known to undo or to repeat each other.", evidence)
    undo = any(one.undo for one in clashes)
    words = f"{'; '.join(one.words for one in clashes)}."
    remedies = tuple(Remedy(_order(one.changes), one.changes) for one in clashes)
    gap = loss_gap(case)
    if gap is not None:
        evidence |= {
            "validation loss": known(gap.own),
            "of the reference": known(gap.other),
            "reference": gap.reference,
        }
        words += f" The networks do {'worse' if gap.is_worse else 'no worse'} than the {gap.reference}."
    costs = undo if gap is None else gap.is_worse
    return found("warning" if costs else "hint", words[:1].upper() + words[1:], evidence=evidence,
                 strength=0.6 if costs else 0.3, remedies=remedies)  # fmt: skip


def _order(changes: dict[str, Any]) -> str:
    what = " and ".join(
        f"{name} = {value if isinstance(value, str) else f'{value:g}'}" for name, value in changes.items()
    )
    return f"Set {what}."


def _two_penalties(recipe: Recipe, much: float) -> Clash | None:
    if strength(recipe, "l2.strength") and strength(recipe, "weight_decay.strength"):
        return Clash("an L2 penalty and decoupled weight decay both shrink the weights", {"l2": 0.0}, False)
    if strength(recipe, "elastic_net.strength") and (
        strength(recipe, "l1.strength") or strength(recipe, "l2.strength")
    ):
        return Clash("the elastic net holds an L1 and an L2 penalty already", {"l1": 0.0, "l2": 0.0}, False)
    if recipe.prior.name == "gaussian" and strength(recipe, "l2.strength"):
        return Clash("a Gaussian prior is an L2 penalty, and there is one already", {"l2": 0.0}, False)
    return None


def _normalised_away(recipe: Recipe, much: float) -> Clash | None:
    if recipe.normalization.name not in NORMALISED or not recipe.hidden:
        return None
    for slot in ("l2.strength", "max_norm.limit"):
        if strength(recipe, slot):
            name = {"l2.strength": "an L2 penalty", "max_norm.limit": "a limit of the norm"}[slot]
            words = (
                f"{name} on weights whose size {recipe.normalization.name} normalisation takes out again only changes "
                "the rate of learning"
            )
            return Clash(words, {slot.split(".")[0]: 0.0}, True)
    return None


def _fixed_norm(recipe: Recipe, much: float) -> Clash | None:
    if not strength(recipe, "unit_norm.norm"):
        return None
    for slot, name in (("weight_decay.strength", "weight decay"), ("l2.strength", "an L2 penalty"),
                       ("max_norm.limit", "a limit of the norm")):  # fmt: skip
        if strength(recipe, slot):
            words = f"a fixed norm of the weights takes back what {name} does"
            return Clash(words, {slot.split(".")[0]: 0.0}, True)
    return None


def _penalty_of_moments(recipe: Recipe, much: float) -> Clash | None:
    if strength(recipe, "l2.strength") and recipe.optimizer.name in MOMENTS:
        size = min(max(strength(recipe, "l2.strength") * 10, 0.01), 0.3)
        words = (
            f"{recipe.optimizer.name} divides the gradient by its size, and so the L2 penalty in it: large weights are "
            "hardly penalised more"
        )
        return Clash(words, {"l2": 0.0, "weight_decay": size}, True)
    return None


def _dropout_before_batch_norm(recipe: Recipe, much: float) -> Clash | None:
    rate = strength(recipe, "dropout.rate")
    if recipe.normalization.name == "batch" and rate > much and len(recipe.hidden) > 1:
        words = f"dropout of {rate:g} changes the variances that batch normalisation learns, which differ at prediction"
        return Clash(words, {"dropout": min(0.1, much)}, True)
    return None


def _labels_changed_twice(recipe: Recipe, much: float) -> Clash | None:
    on = [slot for slot, path in LABELS.items() if strength(recipe, path)]
    if len(on) > 1:
        return Clash(f"{' and '.join(on)} all soften the labels", {on[-1]: 0.0}, False)
    return None


def _averaged_twice(recipe: Recipe, much: float) -> Clash | None:
    if recipe.averaging.name != "none" and recipe.lookahead.period > 0 and recipe.lookahead.share < 1:
        return Clash("lookahead and an average of the weights both average over updates", {"averaging": "none"}, False)
    return None


CHECKS: tuple[Check, ...] = (
    _two_penalties, _normalised_away, _fixed_norm, _penalty_of_moments, _dropout_before_batch_norm,
    _labels_changed_twice, _averaged_twice,
)  # fmt: skip


def _strong(recipe: Recipe) -> Iterator[str]:
    """Techniques against overfitting that are stronger than a usual first try."""
    usual = {
        "dropout.rate": 0.3, "weight_decay.strength": 0.3, "l2.strength": 1e-3, "l1.strength": 1e-3,
        "input_noise.sd": 0.1, "mixup.alpha": 0.4, "label_smoothing.epsilon": 0.1, "label_noise.probability": 0.1,
        "weight_noise.sd": 0.1, "cutout.probability": 0.2, "swap.probability": 0.2, "activity.strength": 1e-3,
    }  # fmt: skip
    for path, limit in usual.items():
        if strength(recipe, path) >= limit:
            yield path.split(".")[0]


def _off(slot: str) -> dict[str, Any]:
    return {slot: 0.0}
