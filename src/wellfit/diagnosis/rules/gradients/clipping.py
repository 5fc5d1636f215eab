"""Clipping that always binds, or never."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, Remedy, fine, found, not_applicable, rule
from wellfit.diagnosis.base.readings import column, grade, median_of
from wellfit.diagnosis.base.remedies import fresh_start, learning_rate, recipe_of, valid
from wellfit.diagnosis.base.shortfall import fits_badly, severity_of


def _share(case: Case) -> float:
    def mean(one) -> float:  # type: ignore[no-untyped-def]
        shares = column(one, "clipped_share")
        shares = shares[np.isfinite(shares)]
        return float(np.mean(shares)) if len(shares) else float("nan")

    return median_of(case.networks, mean)


@rule("clipping-always", "Clipping always binds", needs=("training",),
      explains=("recipe-unusual", "underfitting", "plateau", "still-improving", "constant-predictions",
          "learning-rate-too-low",
                "too-few-epochs", "unstable-folds"))  # fmt: skip
def clipping_always(case: Case, *, share: float = 0.95, missing: float = 0.1) -> Judgement:
    """Every gradient is clipped, so that clipping sets the size of the updates and not the learning rate.

    Detected: the gradients of at least `share` of all updates were clipped. A problem where the training rows lack
        `missing` of the reference's gain too.
    Why it matters: the size of the gradient no longer counts, and small limits make tiny updates. Adam, which divides
        by the size of the gradient, hardly notices.
    What to do: a higher limit, or no clipping.
    How sure: counted; that it does harm is likely where the weights hardly move.

    share: clipping is meant for the rare gradient that is far too large.
    missing: less is within what two good recipes differ by.
    """
    bound = _share(case)
    if not bound == bound:
        return not_applicable("The recipe clips no gradients.")
    evidence = {"share of updates clipped": bound, "threshold": share}
    if bound < share:
        return fine("Clipping leaves part of the gradients as they are.", evidence)
    limit = getattr(recipe_of(case).clipping, "limit", None)
    higher = None if limit is None else Remedy("Raise the limit a hundredfold.", {"clipping.limit": 100 * limit})
    off = Remedy("Do not clip.", {"clipping": "none"})
    clear = fits_badly(case, missing) is not None
    return found(
        severity_of(case, clear) if clear else "hint", f"The gradients of {bound:.0%} of the updates were clipped: "
        "the limit, and not the learning rate, sets the size of the updates.",
        evidence=evidence, strength=0.95, remedies=valid(case, [off, higher, fresh_start(case), learning_rate(case,
            10.0)]),
    )  # fmt: skip


@rule("clipping-never", "Clipping never binds", needs=("training",))
def clipping_never(case: Case, *, share: float = 0.0005) -> Judgement:
    """Gradients are to be clipped, and none ever was.

    Detected: the gradients of at most `share` of all updates were clipped.
    Why it matters: it does no harm and no good; whoever counts on it should know.
    What to do: leave it out, or lower the limit where the loss has spikes.
    How sure: counted.

    share: one update in two thousand.
    """
    bound = _share(case)
    if not bound == bound:
        return not_applicable("The recipe clips no gradients.")
    evidence = {"share of updates clipped": bound, "threshold": share}
    if bound > share:
        return fine("Some gradients were clipped.", evidence)
    return found(
        "hint", "No gradient was ever as large as the limit of clipping.", evidence=evidence,
        strength=grade(1.0, 1.0, 2.0), remedies=valid(case, [Remedy("Do not clip.", {"clipping": "none"})]),
    )  # fmt: skip
