"""Cells cut out: a batch before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from docs.pictures.rows_of_cells import BY_CELL, COPY, ROWS, X, changed, show
from wellfit.techniques.rows.cells import cut_cells_out

P = 0.2


def draw(figure: Any, cls: type) -> str:
    """Eight rows: which cells are set to the centre."""
    after = [
        (f"update {k}", changed(cut_cells_out, (P,), np.zeros(ROWS), update=k, others=COPY, **BY_CELL)[0])
        for k in range(2)
    ]
    show(figure, [("as they are", X), *after], "")
    return f"A colour is a row; dark cells are set to the centre of their column, each with probability {P}."
