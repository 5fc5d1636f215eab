"""A metric on some rows as people read it: the score, its 95 % interval, and what cannot be measured there."""

from wellfit.statistics.scores.naming import (
    better,
    headline,
    score_title,
    shown_difference,
    shown_estimate,
    shown_score,
)
from wellfit.statistics.scores.scores import loss_of_form, loss_range, measured, scores

__all__ = [
    "better", "headline", "loss_of_form", "loss_range", "measured", "score_title", "scores", "shown_difference",
    "shown_estimate", "shown_score",
]  # fmt: skip
