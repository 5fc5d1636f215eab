"""Regularisation that is there twice."""

from __future__ import annotations

from wellfit.diagnosis.base import Case, Judgement, Remedy, fine, found, rule
from wellfit.diagnosis.base.remedies import recipe_of, valid
from wellfit.diagnosis.rules.regularisation.too_strong import main_strength

# Techniques that do about the same: of each group one is enough.
ALIKE: tuple[tuple[str, ...], ...] = (
    ("weight_decay", "l2", "elastic_net"),
    ("l1", "elastic_net"),
    ("label_smoothing", "label_noise"),
    ("max_norm", "unit_norm"),
    ("swap", "cutout", "input_noise"),
)
OFF: dict[str, float] = {"weight_decay": 0.0}


@rule("redundant-regularisation", "Regularisation there twice", needs=("recipe",))
def redundant_regularisation(case: Case, *, many: int = 5) -> Judgement:
    """Techniques that do about the same are on together, or very many are on at once.

    Detected: from the recipe: two or more of one group (weight decay, L2, elastic net; L1, elastic net; label
        smoothing, label noise; max norm, unit norm; swap, cutout, input noise), or `many` regularisers or more at once.
    Why it matters: their strengths add up and have to be tuned together; each alone would do.
    What to do: keep one of each group.
    How sure: the recipe says it; whether it costs anything an ablation tells (`wellfit study ablation`).

    many: good recipes have two to four.
    """
    recipe = recipe_of(case)
    on = [name for name in dict.fromkeys(name for group in ALIKE for name in group) if main_strength(recipe, name) > 0]
    on += [name for name in ("dropout", "mixup", "cutmix", "weight_noise", "activity", "power")
           if main_strength(recipe, name) > 0]  # fmt: skip
    twice = [tuple(name for name in group if name in on) for group in ALIKE]
    twice = [group for group in twice if len(group) > 1]
    evidence = {"regularisers": ", ".join(on) or "none", "number": len(on), "threshold": many}
    if not twice and len(on) < many:
        return fine("No two regularisers of the recipe do the same.", evidence)
    words = "; ".join(" and ".join(name.replace("_", " ") for name in group) for group in twice) or f"{len(on)} of them"
    keep = [Remedy(f"Leave {', '.join(name.replace('_', ' ') for name in group[1:])} out.", dict.fromkeys(group[1:],
        0.0))
            for group in twice]  # fmt: skip
    return found(
        "hint", f"Regularisers that do about the same are on together: {words}.", evidence=evidence,
        strength=min(1.0, 0.3 * len(twice) + 0.1 * len(on)), remedies=valid(case, keep),
    )  # fmt: skip
