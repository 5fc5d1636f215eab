"""Classes of very different size where nothing in the recipe allows for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.base import Case, Judgement, Remedy, Severity, fine, found, not_applicable, rule
from wellfit.diagnosis.rules.table.facts import is_class
from wellfit.statistics.drift_classifier import auc_with_error

REMEDY = Remedy("Weigh each class by the inverse of its share.", {"class_weight": "balanced"})


@rule("imbalance-ignored", "Imbalance ignored", needs=("recipe", "table"), explains=("constant-predictions",))
def imbalance_ignored(
    case: Case, *, rare: float = 0.2, very_rare: float = 0.04, low_recall: float = 0.2, half_recall: float = 0.5,
    ranked: float = 0.7, least_rows: int = 10,
) -> Judgement:  # fmt: skip
    """One class is rare, and the recipe treats an error on it like any other.

    Detected: the rarest class has less than `rare` of an even share of the rows, and `class_weight` is "none". Where
    networks were trained: how many validation rows of that class they find (recall), beside how well they rank them.
    Why it matters: a network that never names the rare class has a small error and is of no use to whoever looks for
    that class.
    What to do: weigh the classes; or keep the probabilities, which are then right for the data as they are, and lower
    the threshold from which on the rare class is named.
    How sure: the shares are certain. Whether it costs depends on what errors cost: it is a problem only where networks
    rank the rare class well and yet hardly ever name it.

    rare: of an even share: 10 % of the rows for two classes, where accuracy alone begins to mislead.
    very_rare: of an even share: 2 % of the rows for two classes; before training this is a warning.
    low_recall: found rows of the rare class, below which networks hardly ever name it.
    half_recall: below which it is a warning: more are missed than found.
    ranked: AUC of the rare class from which on it can be told from the others.
    least_rows: validation rows of the rare class below which its recall is not judged.
    """
    assert case.table is not None and case.recipe is not None
    if not is_class(case.table):
        return not_applicable("The target has no classes of which one could be rare.")
    target, weight = case.table.rows.target, case.table.rows.weight
    classes = target.values[:, 0].astype(np.int64)
    shares = np.bincount(classes, weight, max(len(target.labels), 2))
    shares = shares / shares.sum()
    least = int(np.where(shares > 0, shares, 2.0).argmin())
    even = float(shares[least] * (shares > 0).sum())
    name, share = str(target.labels[least]), float(shares[least])
    evidence: dict[str, Any] = {"rarest class": name, "its share": share, "of an even share": even, "threshold": rare}
    if even >= rare:
        return fine(f"The rarest class, {name!r}, has {share:.1%} of the rows.", evidence)
    if case.recipe.class_weight != "none":
        return fine(f"The class {name!r} has {share:.1%} of the rows, and the recipe weighs the classes.", evidence)
    clear = 1 - even / rare
    seen = _rare_rows(case, classes, least, least_rows)
    if seen is None:
        severity: Severity = "warning" if even < very_rare else "hint"
        words = f"The class {name!r} has {share:.1%} of the rows, and the recipe weighs all rows alike."
        return found(severity, words, evidence=evidence, strength=clear, remedies=(REMEDY,))
    recall, auc = seen
    evidence |= {"recall of it": recall, "AUC of it": auc, "low recall": low_recall}
    words = (
        f"The class {name!r} has {share:.1%} of the rows, and the networks find {recall:.0%} of them in the validation "
        f"rows (AUC {auc:.2f})."
    )
    if recall <= low_recall and auc >= ranked:
        return found("problem", words, evidence=evidence, strength=clear, remedies=(REMEDY,))
    missed: Severity = "warning" if recall < half_recall else "hint"
    return found(missed, words, evidence=evidence, strength=clear / 2, remedies=(REMEDY,))


def _rare_rows(case: Case, classes: NDArray[np.int64], rare: int, least_rows: int) -> tuple[float, float] | None:
    """Recall and AUC of a class over the networks' validation rows; None where too few were predicted."""
    predicted = [one.validation for one in case.trained if one.validation is not None]
    if not predicted:
        return None
    values = np.concatenate([one.values for one in predicted])
    truth = np.concatenate([classes[one.rows] for one in predicted]) == rare
    if truth.sum() < least_rows or truth.all():
        return None
    auc, _ = auc_with_error(values[~truth, rare], values[truth, rare])
    return float((values[truth].argmax(axis=1) == rare).mean()), auc
