"""Categories: codes become columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import bare, run_kernel
from wellfit.tables.encoding import fit_categories
from wellfit.techniques.rows.scaling_kernels import encode_categories

COLOURS = ("red", "green", "blue", "red", "grey", "blue", "red", "green", "pink", "lime")


def draw(figure: Any, cls: type) -> str:
    """A column of colours as one-hot columns; with a narrow limit the rare ones share the last."""
    panels = figure.subplots(1, 2)
    for axes, most in zip(panels, (64, 3), strict=True):
        names = sorted(set(COLOURS))
        codes = np.array([names.index(colour) for colour in COLOURS], dtype=np.int32)
        axes.imshow(_columns(codes, len(names), most), cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
        bare(axes, f"one_hot_up_to = {most}")
        axes.set_yticks(range(len(COLOURS)), COLOURS)
        axes.set_xlabel("the network's inputs")
    return "Ten rows of a column of colours. Right: with three columns allowed, all but the commonest share the last."


def _columns(codes: Any, levels: int, most: int) -> Any:
    rows = len(codes)
    places, units, _ = fit_categories(codes, levels, np.ones(rows), most)
    done = run_kernel(
        encode_categories,
        row={"codes": 0, "output": rows, "columns": 1, "width": units},
        clock={"rows": rows},
        settings=np.concatenate([[0, units, len(places), 4], places]),
        work=np.concatenate([codes, np.zeros(rows * units)]),
    )
    return done["work"][rows:].reshape(rows, units)
