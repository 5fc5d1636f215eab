"""Rows whose target is so far from all others that they decide the loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.base import Case, Judgement, Remedy, TableChange, fine, found, not_applicable, rule
from wellfit.diagnosis.rules.table.facts import counted_rows, is_number, row_list, shown

ROBUST = ("absolute", "huber", "quantile")


@rule(
    "outliers-in-target", "Outliers in the target", needs=("recipe", "table"),
    explains=("loss-spikes", "unstable-folds", "exploding-gradients", "clipping-always", "predictions-out-of-range"),
)  # fmt: skip
def outliers_in_target(
    case: Case, *, far: float = 6.0, most_rows: float = 0.05, much: float = 0.2, most: float = 0.4
) -> Judgement:
    """A few rows have targets far from all others, and a squared error is ruled by them.

    Detected: rows beyond the quartiles by more than `far` times the distance between them, and the part of all squared
    deviations that is theirs.
    Why it matters: a squared error of 20 standard deviations weighs as much as 400 of one. The network fits the
    outliers, and scores on held-out rows depend on where they fall.
    What to do: look at the rows listed: are they errors of entry, another unit, or real? Then correct or leave them
    out; or use a robust loss.
    How sure: which rows are far is certain; whether they are wrong is not: a skewed target has far rows as well, and
    there a logarithm helps.

    far: distances between the quartiles: of a normal distribution no row in 10^15 lies beyond 6, of an exponential one
        three in 10,000.
    most_rows: share of the rows, beyond which they are a part of the distribution and no outliers.
    much: share of the squared deviations from which on they are worth a warning.
    most: share from which on they are a problem: the loss is mostly theirs.
    """
    assert case.table is not None and case.recipe is not None
    if not is_number(case.table):
        return not_applicable("The target is not one number.")
    rows = counted_rows(case.table)
    y = case.table.rows.target.values[rows, 0].astype(np.float64)
    distance = _distance(y)
    if distance is None:
        return not_applicable("Most rows have one target, so that no row is far from the others by their spread.")
    beyond = np.flatnonzero(distance > far)
    square = (y - np.median(y)) ** 2
    share = float(square[beyond].sum() / square.sum())
    evidence: dict[str, Any] = {"rows": len(beyond), "share of squared deviations": share, "far": far, "much": much}
    if not len(beyond) or len(beyond) > most_rows * len(y) or share < much:
        return fine("No few rows rule the squared deviations of the target.", evidence)
    order = rows[beyond[np.argsort(-distance[beyond], kind="stable")]]
    evidence |= {"row numbers": row_list(order), "farthest": float(distance.max())}
    words = (
        f"{len(beyond):,} of {len(y):,} rows have targets far from all others and make {share:.0%} of the squared "
        f"deviations: rows {shown(row_list(order))}."
    )
    remedies = (
        Remedy("Use a loss that large errors do not rule.", {"loss": "huber"} if _takes_huber(case) else {}),
        Remedy("Look at these rows; leave them out if they are errors.",
               table=TableChange(drop_rows=tuple(row_list(order, 10_000)))),
    )  # fmt: skip
    if case.recipe.loss.name in ROBUST:
        return found("hint", f"{words} The loss is robust.", evidence=evidence, strength=0.2, remedies=remedies[1:])
    return found("problem" if share >= most else "warning", words, evidence=evidence, strength=share, remedies=remedies)


def _takes_huber(case: Case) -> bool:
    return case.table is not None and case.table.rows.target.kind == "numbers"


def _distance(y: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """How far each row lies beyond the quartiles, in distances between them; None where these are equal."""
    low, high = np.quantile(y, [0.25, 0.75])
    if high <= low:
        low, high = np.quantile(y, [0.05, 0.95])
    if high <= low:
        return None
    return np.asarray(np.maximum(np.maximum(low - y, y - high), 0.0) / (high - low), np.float64)
