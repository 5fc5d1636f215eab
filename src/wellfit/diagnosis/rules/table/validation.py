"""Too few rows, or none, to choose the weights by."""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.diagnosis.base import Case, Judgement, Remedy, Severity, fine, found, rule
from wellfit.diagnosis.rules.table.facts import counted_rows

VALIDATION_SHARE = 0.2


@rule("no-validation", "No or few validation rows", needs=("table",), explains=("unstable-folds", "within-seed-noise"))
def no_validation(case: Case, *, tiny: int = 15, few: int = 30, usual: float = 0.1) -> Judgement:
    """No rows, or hardly any, are held out to tell when to stop and how good the network is.

    Detected: the validation rows of each view; before training, a fifth of the table's rows.
    Why it matters: without validation rows nobody sees overfitting, and no weights can be chosen. With 15 rows the
    error of a class has a standard error of about 0.1: what is chosen by it is chosen by chance.
    What to do: hold a fifth of the rows out; with few rows cross-validate, so that every row is held out once.
    How sure: the counts are certain.

    tiny: validation rows below which it is a problem.
    few: below which it is a warning: the standard error of an error of 20 % is then 0.07.
    usual: share of the rows that learn and validate, from which on few validation rows are those of a small table, and
        a hint.
    """
    assert case.table is not None
    views = {one.place: one.view for one in case.networks}
    total = len(counted_rows(case.table))
    evidence: dict[str, Any] = {"rows": total, "tiny": tiny, "few": few}
    remedies = (Remedy("Hold a fifth of the rows out for validation."),
                Remedy("Cross-validate, so that every row is held out once."))  # fmt: skip
    if not views:
        left = int(total * VALIDATION_SHARE)
        if left >= few:
            return fine(f"A fifth of {total:,} rows leaves {left:,} to validate.", evidence)
        words = f"A fifth of {total:,} rows leaves only {left:,} to validate."
        return found("hint", words, evidence=evidence, remedies=remedies[1:])
    least = min(len(one.validation) for one in views.values())
    evidence |= {"validation rows": least}
    if least >= few:
        return fine(f"At least {least:,} rows validate in each of {len(views)} views.", evidence)
    words = "No row validates." if not least else f"Only {least:,} rows validate."
    share = min(len(one.validation) / (len(one.validation) + len(np.unique(one.training))) for one in views.values())
    severity: Severity = "problem" if least < tiny else "warning"
    if least and share >= usual:
        severity, words = "hint", f"{words[:-1]}, for the table is small."
    return found(severity, words, evidence=evidence, strength=1 - least / (2 * few), remedies=remedies)
