"""How far the parts of an ensemble disagree, and what averaging gains by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.report.evidence.looked_at import LookedAt
from wellfit.statistics.diversity import ambiguity, disagreement, truth_of
from wellfit.statistics.row_losses import row_losses

Float64 = NDArray[np.float64]
MOST_ROWS = 1_000
MOST_PARTS = 40


def diversity(looked: LookedAt, names: Sequence[str]) -> dict[str, Any] | None:
    """The diversity of the parts that predict; None of one part.

    names: of the parts, such as "candidate 3"; parts of one name are averaged first. Empty: by number.

    Returns:
        "parts" with the name, mean loss and mean error of each; "average" with those of their plain average; the
        ambiguity decomposition; "disagreement", the share of rows that two decide differently; "correlation" of their
        residuals, pair by pair; and the "rows" it was measured on.
    """
    few = looked.sample(MOST_ROWS)
    every = few.each()[:MOST_PARTS]
    target, weight = few.rows.target, few.rows.weight.astype(np.float64)
    known = list(names) if len(names) >= len(every) else [f"network {k + 1}" for k in range(len(every))]
    if len(set(known[: len(every)])) < 2:  # several networks of one candidate
        known = [f"network {k + 1}" for k in range(len(every))]
    distinct = list(dict.fromkeys(known[: len(every)]))
    parts = np.stack(
        [every[[k for k in range(len(every)) if known[k] == name]].mean(axis=0) for name in distinct]
    )  # fmt: skip
    if len(parts) < 2:
        return None
    whole = ambiguity(parts, target, weight)
    decided = disagreement(parts, target, weight)
    return {
        "rows": few.rows.arrays.rows,
        "source": few.source,
        "parts": [{"name": name, **_losses(target, one, weight)} for name, one in zip(distinct, parts, strict=True)],
        "average": _losses(target, parts.mean(axis=0), weight),
        "ambiguity": whole._asdict(),
        "disagreement": decided if np.isfinite(decided) else None,
        "correlation": _correlations(parts - truth_of(target, parts.shape[2])).tolist(),
    }


def _losses(target: Any, values: Float64, weight: Float64) -> dict[str, float]:
    losses, errors = row_losses(target, values)
    return {"loss": float(np.average(losses, weights=weight)), "error": float(np.average(errors, weights=weight))}


def _correlations(residuals: Float64) -> Float64:
    """Of the parts' residuals (parts, rows, columns), the cosine of each pair (parts, parts)."""
    flat = residuals.reshape(len(residuals), -1)
    lengths = np.linalg.norm(flat, axis=1)
    return np.asarray((flat @ flat.T) / np.maximum(np.outer(lengths, lengths), 1e-300))
