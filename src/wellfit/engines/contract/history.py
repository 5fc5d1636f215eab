"""What is measured at an evaluation, by name."""

from __future__ import annotations

HISTORY = (
    "epoch",
    "update",
    "learning_rate",
    "running_loss",
    "objective",
    "training_loss",
    "training_error",
    "validation_loss",
    "validation_error",
    "gradient_norm",
    "clipped_share",
    "averaged",
)
MEASURED = ("training_loss", "training_error", "validation_loss", "validation_error")
