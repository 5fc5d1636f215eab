"""Early stopping: a validation curve, the weights that are kept, and where training ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, SECOND

EPOCHS = 100


def draw(figure: Any, cls: type) -> str:
    """The same curve for every rule, judged evaluation by evaluation."""
    losses, training = validation_curve(), 0.3 + 0.7 * np.exp(-np.arange(EPOCHS) / 9)
    chosen = cls()
    memory, kept, end = chosen.start(), 0, EPOCHS - 1
    for epoch, loss in enumerate(losses):
        keep, stop = chosen.decide(memory, float(loss), epoch + 1, float(training[epoch]))
        kept = epoch if keep else kept
        if stop:
            end = epoch
            break
    axes = figure.subplots()
    axes.plot(losses, color=QUIET, linestyle="--", label="validation loss, had training gone on")
    axes.plot(losses[: end + 1], color=MAIN, label="validation loss")
    axes.plot(kept, losses[kept], "o", color=SECOND, label=f"weights kept: epoch {kept + 1}")
    axes.axvline(end, color="black", linewidth=1, label=f"training ends: epoch {end + 1}")
    axes.set_xlabel("epoch")
    axes.legend(loc="upper right")
    return "A made curve that overfits late, with noise, judged by the rule evaluation by evaluation."


def validation_curve() -> Any:
    """Falls, then rises slowly, with noise."""
    epoch = np.arange(EPOCHS)
    noise = np.random.default_rng(4).normal(0, 0.012, EPOCHS)
    return 0.35 + 0.65 * np.exp(-epoch / 9) + 0.0016 * np.maximum(epoch - 25, 0) + noise
