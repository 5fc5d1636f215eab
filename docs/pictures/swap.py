"""Cells of another row of the class: a batch before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.rows_of_cells import BY_CELL, COPY, ROWS, X, changed, show
from wellfit.techniques.rows.cells import swap_cells

P = 0.3


def draw(figure: Any, cls: type) -> str:
    """Eight rows of two classes: which row each cell comes from."""
    y = np.arange(ROWS) % 2
    after = [(f"update {k}", changed(swap_cells, (P,), y, update=k, others=COPY, **BY_CELL)[0]) for k in range(2)]
    show(figure, [("as they are", X), *after], "")
    return (
        f"A colour is a row of origin; even rows are of one class, odd ones of the other. With probability {P} a cell "
        "comes from the next row of the class."
    )
