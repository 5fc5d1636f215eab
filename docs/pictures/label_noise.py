"""Noise on labels: the labels of one batch at several updates."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import run_kernel
from wellfit.numerics.random import seed_key
from wellfit.techniques.targets.label_changes import redraw_labels

ROWS, CLASSES, UPDATES, P = 30, 3, 12, 0.2


def draw(figure: Any, cls: type) -> str:
    """Labels of thirty rows of three classes, before and at twelve updates."""
    labels = np.sort(np.arange(ROWS) % CLASSES)
    columns = [labels]
    for update in range(UPDATES):
        done = run_kernel(
            redraw_labels,
            row={"targets": 0, "columns": 1, "classes": CLASSES},
            clock={"rows": ROWS, "update": update, "seed_key": seed_key(0)},
            settings=(P,),
            work=labels,
        )
        columns.append(done["work"])
    axes = figure.subplots()
    axes.imshow(np.stack(columns), cmap="Set2", aspect="auto", vmin=0, vmax=7)
    axes.set_yticks(range(UPDATES + 1), ["true", *(str(update) for update in range(UPDATES))])
    axes.set_xlabel("rows of a batch; a colour a class")
    axes.set_ylabel("update")
    return f"Each label is redrawn with probability {P} at each update, the right class among those that may come."
