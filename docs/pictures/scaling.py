"""Input scaling: a column before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.common import MAIN, QUIET, abalone_column, run_kernel
from wellfit.tables.encoding import fit_numbers
from wellfit.techniques.rows.scaling_kernels import encode_numbers, quantile_numbers


def draw(figure: Any, cls: type) -> str:
    """Histograms of the snails' weights in grams with one slip of the pen, before and after."""
    column = np.append(abalone_column("whole_weight")[:600] * 200, 2500.0)
    panels = figure.subplots(1, 2)
    for axes, values, color, title in (
        (panels[0], column, QUIET, "the column: weight in g, one of them a slip"),
        (panels[1], scaled(cls(), column), MAIN, "what the network gets"),
    ):
        axes.hist(values, bins=60, color=color)
        axes.plot(values[-1], 4, "v", color="tab:red")
        axes.set_title(title)
        axes.set_yticks([])
    return "A column of the example table with one wrong value (red), before and after."


def scaled(chosen: Any, column: Any) -> Any:
    """A column through the tables that are fitted on it, and the kernel that applies them."""
    rows = len(column)
    centre, scale, knots, scores = fit_numbers(column[:, None], np.ones(rows), chosen)
    work = np.concatenate([column, np.zeros(rows)])
    row = {"raw": 0, "output": rows, "numbers": 1, "width": 1}
    if knots.shape[1]:
        kernel, settings = quantile_numbers, np.concatenate([scores, knots.ravel()])
        row["knots"] = knots.shape[1]
    else:
        kernel, settings = encode_numbers, np.concatenate([centre, scale])
        row["smooth_clip"] = int(chosen.smooth_clip)
    return run_kernel(kernel, row=row, clock={"rows": rows}, settings=settings, work=work)["work"][rows:]
