"""Several tasks: the rows that each task's loss asks, and what they weigh in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, SECOND, run_kernel
from wellfit.techniques import layout as at
from wellfit.techniques.targets.tasks import KERNELS

ROWS = 24


def draw(figure: Any, cls: type) -> str:
    """The slope of the loss by each row's output, for two tasks with labels of their own missing."""
    rng = np.random.default_rng(3)
    labels = np.stack([rng.normal(size=ROWS), rng.integers(0, 2, ROWS)], axis=1)
    labels[rng.random(labels.shape) < 0.4] = np.nan
    panels = figure.subplots(2, 1, sharex=True)
    for axes, column, loss, title, color in (
        (panels[0], 0, "squared", "a number", MAIN),
        (panels[1], 1, "multi_label", "yes or no", SECOND),
    ):
        axes.bar(np.arange(ROWS), _slopes(labels, column, loss), color=color)
        missing = np.flatnonzero(np.isnan(labels[:, column]))
        axes.plot(missing, np.zeros(len(missing)), "x", color="0.4", label="label missing")
        axes.set_title(f"{title}: mean over {ROWS - len(missing)} labels", fontsize="medium")
        axes.set_ylabel("slope")
    panels[0].legend(loc="upper right")
    panels[1].set_xlabel("row of the mini-batch")
    return (
        "One mini-batch and two tasks: a row without a task's label gives that task no gradient, and serves the other."
    )


def _slopes(labels: Any, column: int, loss: str) -> Any:
    outputs, y, g, w = 0, ROWS, 3 * ROWS, 4 * ROWS
    work = np.concatenate([np.full(ROWS, 0.3), labels.ravel(), np.zeros(ROWS), np.ones(ROWS)])
    done = run_kernel(
        KERNELS[loss],
        row={
            "outputs": outputs, "output_gradient": g, "width": 1, "first_column": column, "sums": at.TASK_SUMS,
        },
        clock={"rows": ROWS, "targets": y, "weights": w, "target_columns": 2, "mode": at.TRAINING},
        settings=(0.0, 1.0, 1.0, 1.0),
        work=work,
    )  # fmt: skip
    return done["work"][g : g + ROWS]
